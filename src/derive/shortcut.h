/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a URL says to the key of its picture, without reading what it says:
 * for URLs that are asked for again. A table of fixed size; what is not in it
 * costs a look at the grammar. Any thread, does not block.
 */
#ifndef DERIVE_SHORTCUT_H
#define DERIVE_SHORTCUT_H

#include "derive/key.h"

struct shortcuts;

#define SHORTCUT_TAG_BYTES SHA256_BYTES

struct shortcut {
	uint8_t tag[SHORTCUT_TAG_BYTES];
	struct derive_key key;
	const char *vary; /* static; NULL: none */
	int64_t note;     /* of whoever added it */
};

/* recipe: all that the plan is made of, but for the source. */
void shortcut_tag(const struct derive_content *source, struct str recipe,
		  uint8_t out[SHORTCUT_TAG_BYTES]);

/* Room for n, a power of two. */
struct shortcuts *shortcuts_new(size_t n);
/* NULL is fine. */
void shortcuts_free(struct shortcuts *shortcuts);
/* By out->tag; fills in the rest. */
bool shortcut_find(struct shortcuts *shortcuts, struct shortcut *out);
void shortcut_add(struct shortcuts *shortcuts, const struct shortcut *shortcut);

#endif
