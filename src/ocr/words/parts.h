/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ink that hangs together, as a letter or a dot does.
 */
#ifndef OCR_WORDS_PARTS_H
#define OCR_WORDS_PARTS_H

#include "ocr/words/found.h"

struct Pix;

/* Whether a part is one of those that are looked for, where letters are so
 * many pixels high. */
typedef bool parts_test(const struct box *part, double height);

/* Their boxes (struct box), for the caller; none of ink that falls into more
 * parts than a page has. NULL: no memory. */
GArray *parts_find(struct Pix *ink, double height, parts_test *test);

#endif
