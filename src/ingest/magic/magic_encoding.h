/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libmagic finds out about some bytes before it runs a test, where that is
 * clear: which encoding a text is in, and that it is none of the formats which
 * are no matter of tests.
 */
#ifndef INGEST_MAGIC_MAGIC_ENCODING_H
#define INGEST_MAGIC_MAGIC_ENCODING_H

#include "base/arena.h"

enum magic_encoding {
	MAGIC_UNCLEAR, /* libmagic has to be asked */
	MAGIC_BINARY,
	MAGIC_ASCII,
	MAGIC_UTF8,
	MAGIC_EIGHT_BITS, /* a byte a character: ISO 8859-1 and the like */
	MAGIC_UTF7,
	MAGIC_UTF16,
	MAGIC_UTF32,
	MAGIC_EBCDIC,
};

enum magic_encoding magic_encoding_of(struct str bytes);

/* By libmagic's name of it. */
enum magic_encoding magic_encoding_named(struct str name);

/* A text in UTF-8, as the tests for texts see it: without a mark at its start
 * and what its end cuts off, of UTF-7 nothing. Text of 16 or 32 bits begins
 * with the mark. STR_NONE for what is no text, or cannot be written so. */
struct str magic_text_of(struct arena *arena, struct str bytes,
			 enum magic_encoding encoding);

/* Whether UTF-16 has characters of two parts. magic_text_of() writes the first
 * part, then the character; not every version of libmagic does. */
bool magic_has_pairs(struct str bytes);

/* What it could be that is no matter of tests; a set of these. */
enum magic_format {
	MAGIC_FORMAT_TAR = 1,
	MAGIC_FORMAT_JSON = 2,
	MAGIC_FORMAT_CSV = 4,
	MAGIC_FORMAT_OLE = 8,
};

unsigned magic_formats_of(struct str bytes);

#endif
