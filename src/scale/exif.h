/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thing of EXIF (2.32) that changes where pixels go. All else is not
 * for this program.
 */
#ifndef SCALE_EXIF_H
#define SCALE_EXIF_H

#include "base/str.h"

/* 1 to 8 (pixels/picture.h), 1 when it is not said, or not so that it can be
 * understood. exif: a TIFF, with or without "Exif\0\0" before it; may be
 * absent. */
unsigned exif_orientation(struct str exif);

#endif
