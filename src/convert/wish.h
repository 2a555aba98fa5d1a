/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a converter is asked for, and its one spelling, by which the result is
 * known (remote_item.text). Pure.
 */
#ifndef CONVERT_WISH_H
#define CONVERT_WISH_H

#include "base/arena.h"

enum convert_kind {
	CONVERT_DOCUMENT,
	CONVERT_SCREENSHOT,
};

#define CONVERT_WORD_MAX 16

/* Words are of small letters and digits, at most CONVERT_WORD_MAX; STR_NONE:
 * not said. */
struct convert_wish {
	enum convert_kind kind;
	struct str format; /* of what is made: "pdf", "png" */
	/* Of a document. */
	struct str extension; /* of its name: "docx" */
	struct str pageformat, orientation;
	struct str identity; /* of its content: no blanks */
	/* Of a page of the web. */
	unsigned width, height; /* of the window, pixels */
	unsigned delay_ms;      /* until it is taken */
	bool whole_page;        /* not only the window */
	bool is_mobile;
	struct str url; /* fetch_url_text() */
};

bool convert_is_word(struct str word);
struct str convert_text(struct arena *arena, const struct convert_wish *wish);
/* False when it is no such text. The strings point into it. */
bool convert_parse(struct str text, struct convert_wish *out);

#endif
