/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headings over columns: what is above one is read before it, in all columns,
 * and what is below it after it.
 */
#ifndef OCR_WORDS_BANDS_H
#define OCR_WORDS_BANDS_H

#include "ocr/words/found.h"

void bands_order(struct found *found);

#endif
