/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters that nobody has read. Where all letters are of one width, as on many
 * receipts, Tesseract sees columns in them, and what crosses the border of one
 * is cut there: of 1.45 the cents are lost.
 */
#ifndef OCR_WORDS_MISSED_H
#define OCR_WORDS_MISSED_H

#include "ocr/words/found.h"
#include "pixels/picture.h"

/* Sections with nothing beside them, and letters around them that are in no
 * line, are read again from one side of the picture to the other, and kept so
 * when more is read. Letters that stand one below the other, as the numbers of
 * a column, and were taken for a line that stands, count as not read. */
void missed_read(struct found *found, const struct picture *picture,
		 const struct found_reader *reader);

#endif
