/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page whose text was recognised, read from the JSON of
 * recognition/protocol.h. Not here: how it came about.
 */
#ifndef RECOGNITION_PAGE_H
#define RECOGNITION_PAGE_H

#include "base/arena.h"
#include "base/err.h"

#include <glib.h>

/* Top left, top right, bottom right, bottom left as they stand in the picture
 * as it is stored: pixels of it, within its width and height. Skewed as the
 * text may be. */
struct recognised_box {
	int32_t x[4], y[4];
};

/* Texts are valid UTF-8 without control characters and never empty; what there
 * is has at least one of what it is made of. Confidences are 0..1. */
struct recognised_word {
	struct str text;
	double confidence;
	struct recognised_box box;
};

struct recognised_line {
	struct str text;
	double confidence;
	struct recognised_box box;
	const struct recognised_word *words;
	size_t n_words;
};

/* A block of text; in the order in which they are read. */
struct recognised_section {
	const struct recognised_line *lines;
	size_t n_lines;
};

struct recognised_page {
	uint32_t width, height; /* pixels as stored */
	const struct recognised_section *sections;
	size_t n_sections; /* 0: no text */
};

/* Its lines with line feeds between, behind what is there. */
void recognised_section_text(GString *text,
			     const struct recognised_section *section);

/* What the page points to is in the arena or in the text, which has to stay; it
 * takes about as much memory as the text. -1, ERR_INTERNAL: not what
 * stowage-ocr may say. */
int recognised_page_read(struct arena *arena, struct str json,
			 struct recognised_page *out,
			 struct err *err) MUST_CHECK;

#endif
