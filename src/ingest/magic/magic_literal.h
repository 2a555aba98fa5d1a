/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a text must contain for a regular expression to match it. Says less than
 * it could, never more.
 */
#ifndef INGEST_MAGIC_MAGIC_LITERAL_H
#define INGEST_MAGIC_MAGIC_LITERAL_H

#include "base/str.h"

#define LITERALS_MAX 8
#define LITERAL_MAX 24u    /* bytes; longer ones are cut */
#define LITERAL_DIGIT '\1' /* stands for any, but not at the start */

enum literal_place {
	ANYWHERE,
	LINE_START,
	LINE_INDENT, /* at its start, or behind blanks there */
};

/* One of these texts. n is 0 when nothing is known. */
struct literals {
	unsigned n;
	struct literal {
		unsigned char n;
		unsigned char place; /* enum literal_place */
		unsigned char times; /* of one byte: as often, in one line */
		char text[LITERAL_MAX];
	} of[LITERALS_MAX];
};

/* Of a POSIX extended expression with GNU's additions. */
void literals_of(struct literals *out, struct str expression);

#endif
