/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of dots that lead from a name to its number. Tesseract takes them for
 * letters and loses what is behind them, so they are taken out of the picture
 * and put back into what was read.
 */
#ifndef OCR_WORDS_LEADERS_H
#define OCR_WORDS_LEADERS_H

#include "ocr/words/found.h"
#include "ocr/picture/prepare.h"

struct leader {
	struct box box;
	unsigned dots;
};

/* Takes them out of an upright picture: *out has each (struct leader), from top
 * to bottom, the caller's to free. ERR_TOO_LARGE: no memory. */
int leaders_take(struct prepared *prepared, GArray **out,
		 struct err *err) MUST_CHECK;

/* As words of dots, in the lines that they stand in. */
void leaders_put(const GArray *leaders, struct found *found);

#endif
