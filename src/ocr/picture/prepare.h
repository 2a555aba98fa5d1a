/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture as Tesseract reads it best: dark on white, with little noise, lines
 * that are straight, letters of a usual size. A picture that is so already
 * stays as it is. Which way up it is, is ocr/upright.h's.
 */
#ifndef OCR_PICTURE_PREPARE_H
#define OCR_PICTURE_PREPARE_H

#include "ocr/picture/matrix.h"
#include "ocr/picture/survey.h"

struct prepared {
	struct picture picture;
	struct picture own; /* what it is in, if not in the source */
	struct matrix back; /* to the source's pixels */
	bool has_text;      /* something that may be */
	bool is_intricate;  /* for the letters that it has */
	bool is_photo;      /* lit unevenly, or lying on something */
	/* its lengths in the picture's pixels; angle is 0 */
	struct survey survey;
};

/* The source has to outlive it. ERR_TOO_LARGE: no memory. */
int prepare(const struct picture *source, struct prepared *out,
	    struct err *err) MUST_CHECK;
/* Puts the picture that `next` is in place of the one there is; `back` leads
 * from it to that. */
void prepare_replace(struct prepared *prepared, const struct picture *next,
		     const struct matrix *back);
/* The picture may be written to then. ERR_TOO_LARGE: no memory. */
int prepare_own(struct prepared *prepared, struct err *err) MUST_CHECK;
void prepare_release(struct prepared *prepared);

#endif
