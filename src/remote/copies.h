/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of what was fetched, by account and URL, in bounds. Small ones are in
 * memory, larger ones are open files without a name, so that nothing of them is
 * left behind. What goes when there is no room is the oldest use of whoever has
 * most: an account keeps what is its share, whatever others fetch. Any thread;
 * never blocks.
 */
#ifndef REMOTE_COPIES_H
#define REMOTE_COPIES_H

#include "base/threads/flight.h"
#include "deliver/hot.h"
#include "remote/freshness.h"

struct copies;

struct copies_options {
	uint64_t max_bytes; /* an eighth of them in memory; 0: keeps nothing */
	unsigned max_files; /* open descriptors */
};

struct copies *copies_new(const struct copies_options *options);
/* Entries that somebody still holds stay usable. NULL is fine. */
void copies_free(struct copies *copies);

struct copy {
	struct hot_entry *entry;
	struct str final_url;
	struct fetch_validity validity;
	struct freshness freshness;
	bool moved;
};

/* False: there is none. Else the caller has a reference to the entry, and the
 * strings are in the arena. */
bool copies_find(struct copies *copies, const struct flight_key *key,
		 struct arena *arena, struct copy *out);
/* The entry alone if it is fresh; a reference, or NULL. */
struct hot_entry *copies_find_fresh(struct copies *copies,
				    const struct flight_key *key,
				    int64_t now_ms);
/* Keeps it in place of what is there, if there can be room for it; the account
 * is the entry's. Takes a reference of its own and copies the strings. */
void copies_put(struct copies *copies, const struct flight_key *key,
		const struct copy *copy);
void copies_drop(struct copies *copies, const struct flight_key *key);

#endif
