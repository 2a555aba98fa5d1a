/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables and receipts by their rows. Tesseract takes columns of short texts
 * for columns of a page and gives one after the other; whoever reads a receipt
 * wants each amount beside what it is for.
 */
#ifndef OCR_WORDS_ORDER_H
#define OCR_WORDS_ORDER_H

#include "ocr/words/found.h"

/* Sections that stand side by side, line by line at the same height, become
 * one, whose lines are rows, when some are of numbers, or there are rules on
 * the page (has_grid); columns of prose and addresses stay. What they cover is
 * read again, as a few figures that stand alone are easily taken for specks. */
void order_rows(struct found *found, bool has_grid,
		const struct found_reader *reader);

#endif
