/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmagic's regular expressions, matched in time that grows with the text and
 * not with its square: every state that the expression can be in is kept at
 * once. They are POSIX's extended ones in the C locale, with REG_NEWLINE:
 * neither '.' nor "[^x]" matches a line's end, '^' and '$' are at those of
 * lines, too.
 */
#ifndef INGEST_MAGIC_MAGIC_REGEX_H
#define INGEST_MAGIC_MAGIC_REGEX_H

#include "base/str.h"

struct magic_regex;

/* NULL for an expression with something that is not known here: back
 * references, "\w", anchors that are repeated, thousands of states. */
struct magic_regex *magic_regex_new(struct str expression, bool any_case);
void magic_regex_free(struct magic_regex *regex);

/* In bytes of the text; of all that begin first the longest. */
struct magic_match {
	size_t from, to;
};

/* out: NULL when it does not matter where. Any thread; on the stack some
 * kilobytes. */
bool magic_regex_find(const struct magic_regex *regex, struct str text,
		      struct magic_match *out);

#endif
