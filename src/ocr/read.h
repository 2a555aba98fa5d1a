/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture to what is in it: prepared, turned upright, read, put in order.
 */
#ifndef OCR_READ_H
#define OCR_READ_H

#include "ocr/engine.h"
#include "ocr/picture/matrix.h"

struct read_result {
	struct found found; /* the caller's, initialised */
	struct matrix back; /* from its boxes to the picture's pixels */
};

/* is_fine: every box is fitted to its ink. -1: no memory. */
int read_picture(struct engine *engine, const struct picture *picture,
		 bool is_fine, struct read_result *out) MUST_CHECK;

#endif
