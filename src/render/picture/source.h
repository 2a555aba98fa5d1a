/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file that a picture is of: which part of it is decoded, and how small it
 * may be decoded, so that what follows gets no more pixels than it needs.
 */
#ifndef RENDER_PICTURE_SOURCE_H
#define RENDER_PICTURE_SOURCE_H

#include "render/picture/picture.h"

/*
 * Opens what the plan begins with: the job's source, or the input of an
 * `image`. Sets everything of *picture that has to do with pixels; they are
 * still to be decoded. ERR_INVALID: cannot be read, or has no such page;
 * ERR_TOO_LARGE: more pixels than IMAGE_PIXELS_MAX, by its header.
 */
int source_begin(struct picture *picture, const struct image_plan *plan,
		 struct err *err) MUST_CHECK;
/* Only its size, of all that. */
int source_measure(struct picture *picture, const struct image_plan *plan,
		   struct err *err) MUST_CHECK;

#endif
