/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grey pixels as a file, for programs of ours: netpbm's PGM with a head of one
 * form, so that who reads it makes the head that there must be and compares.
 * Behind it stands a byte a pixel, 255 white, in rows without padding.
 */
#ifndef IMAGE_PGM_H
#define IMAGE_PGM_H

#include "base/str.h"

#define IMAGE_PGM_TYPE "image/x-portable-graymap"
#define IMAGE_PGM_HEAD_MAX 32 /* bytes */

/* Of a picture with these sides; points into the buffer. */
struct str image_pgm_head(unsigned width, unsigned height,
			  char buffer[IMAGE_PGM_HEAD_MAX]);

#endif
