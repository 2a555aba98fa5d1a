/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes of contents, all kinds at once: a whole content is read for them, so
 * few threads do it, which everybody else goes before, and accounts take turns
 * at them, a piece of a content each. Whoever asks for the same meanwhile waits
 * for that one. What was begun is finished, whoever has left, and kept
 * (library/files/hashes.h): each content is read once.
 */
#ifndef HASHING_HASHER_H
#define HASHING_HASHER_H

#include "base/threads/flight.h"
#include "deliver/hot.h"
#include "library/files/hashes.h"

struct hasher;

struct hasher *hasher_new(struct library *library);
/* Any thread: what is asked for from now on is ERR_BUSY, and so is, soon, what
 * waits. NULL is fine. */
void hasher_stop(struct hasher *hasher);
/* Likewise; nobody waits any more. */
void hasher_free(struct hasher *hasher);

/* Contents of no more than that are hashed by who asks, where that may take two
 * milliseconds. */
#define HASHER_AT_ONCE (256u * 1024)
/* -1, ERR_INTERNAL: it cannot be read. */
int hasher_now(const struct content *content, struct hashes *out,
	       struct err *err) MUST_CHECK;

/*
 * Any thread, does not block. The waiter has guest, left_us, done and user; the
 * rest is filled in. 0: `done` will be called, by any thread, perhaps before
 * this returns, with a struct hashes, or with ERR_BUSY or ERR_INTERNAL. -1:
 * ERR_BUSY, it will not.
 */
int hasher_ask(struct hasher *hasher, struct hot_entry *entry,
	       struct flight_waiter *waiter, struct err *err) MUST_CHECK;

#endif
