/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out the cuts of a shape (scale/shape.h) on RGBA, not multiplied with
 * alpha: the first while the source's rows are decoded, the others on what
 * there is.
 */
#ifndef SCALE_CUT_H
#define SCALE_CUT_H

#include "pixels/picture.h"
#include "scale/shape.h"

/* Rows as a decoder gives them, from the top. */
struct rows {
	unsigned width, height;
	void *source;
	int (*next)(void *source, uint8_t *rgba, struct err *err);
};

/* The kept box is in the rows' pixels. No more rows are asked for than are
 * needed. The caller releases `out`; on failure there is nothing to release.
 * Errors as of next(), and ERR_TOO_LARGE: no memory. */
int cut_rows(const struct rows *rows, const struct shape_cut *cut,
	     struct picture *out, struct err *err) MUST_CHECK;

/* The same of a picture, which stays. */
int cut_picture(const struct picture *in, const struct shape_cut *cut,
		struct picture *out, struct err *err) MUST_CHECK;

#endif
