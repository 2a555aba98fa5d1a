/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boxes of words fitted to their ink. Tesseract's network knows a line and what
 * stands in it, but only roughly where in it: the boxes of short words may be
 * beside them.
 */
#ifndef OCR_WORDS_FIT_H
#define OCR_WORDS_FIT_H

#include "ocr/words/found.h"
#include "pixels/picture.h"

/* In the picture that was read. all: also boxes that are near enough. */
void fit_boxes(struct found *found, const struct picture *picture, bool all);

#endif
