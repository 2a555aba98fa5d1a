/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What requests hold of copies: open files, and bytes in them and in memory.
 * Copies (remote/copies.h) bound what is kept; what somebody reads stays though
 * it is kept no more. One copy that many hold is there once. Any thread; never
 * blocks.
 */
#ifndef REMOTE_PINS_H
#define REMOTE_PINS_H

#include "base/threads/turns.h"
#include "deliver/hot.h"

/* At once. What one account holds is at most three times what it leaves free
 * of each; its first does not count. */
struct pins_options {
	unsigned holds; /* of files: a request that holds one has one */
	uint64_t file_bytes, memory_bytes;
};

struct pins;

struct pins *pins_new(const struct pins_options *options);
/* Nobody holds any. NULL is fine. */
void pins_free(struct pins *pins);

/* False: there is no room. Else pins_drop() of the same entry with *out when it
 * is let go, before the reference is. */
bool pins_take(struct pins *pins, const struct hot_entry *entry,
	       struct turns_place *out);
void pins_drop(struct pins *pins, const struct hot_entry *entry,
	       struct turns_place place);

#endif
