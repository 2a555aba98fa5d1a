/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found, as the JSON of recognition/protocol.h: boxes carried into the
 * source, texts escaped.
 */
#ifndef OCR_PAGE_H
#define OCR_PAGE_H

#include "ocr/words/found.h"
#include "ocr/picture/matrix.h"

#include <stdint.h>

struct page_source {
	struct matrix from_found; /* from the pixels of boxes to the source's */
	uint32_t width, height;
};

/* The caller's text to free, which may be longer than is allowed. */
GString *page_write(const struct found *found,
		    const struct page_source *source);

#endif
