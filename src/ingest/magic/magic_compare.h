/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of libmagic's table beside some bytes, as libmagic compares them.
 * What is not understood may match.
 */
#ifndef INGEST_MAGIC_MAGIC_COMPARE_H
#define INGEST_MAGIC_MAGIC_COMPARE_H

#include "ingest/magic/magic_literal.h"
#include "ingest/magic/magic_table.h"

/* False when the record surely does not match the bytes. */
bool magic_may_match(const struct magic_record *record, struct str bytes);

/* False when it surely does not match what comes first inside a DER sequence at
 * the start of the bytes. True for what is no such test. */
bool magic_may_be_inside(const struct magic_record *record, struct str bytes);

#define MAGIC_SPOT 8u /* bytes of a spot */

/* Bytes at a fixed place that the record needs: (there & mask) == value, as
 * they are in memory. */
struct magic_spot {
	uint64_t mask, value; /* mask 0: it needs none */
	uint32_t offset;
	uint32_t places; /* there, or at so many from there on */
};
struct magic_spot magic_spot_of(const struct magic_record *record);

/* Texts of which it needs one, at places from `from` to before `to`. n is 0
 * when it needs none. */
struct magic_texts {
	struct literals literals;
	unsigned char anchors[LITERALS_MAX]; /* the rarest byte of each */
	bool any_case;
	uint32_t from, to;
};
void magic_texts_of(struct magic_texts *out, const struct magic_record *record);
/* Whether the i-th of them stands there. */
bool magic_text_is_at(const struct magic_texts *texts, unsigned i,
		      struct str bytes, size_t at);
/* Whether one of them stands somewhere, as often as it must. */
bool magic_texts_are_in(const struct magic_texts *texts, struct str bytes);

#endif
