/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The derivative cache: pictures that were made are kept on the disk and, while
 * they are being read, in memory. A disk that is full, slow or not writable
 * costs nobody an answer: what has no place is made again. A thread of its own
 * writes, looks through what an earlier life of the process has left, and notes
 * what is used, so that the order in which they go outlives the process.
 */
#ifndef DERIVE_CACHE_H
#define DERIVE_CACHE_H

#include "derive/index.h"

struct derive_cache;

struct derive_cache_options {
	const char *dir; /* the data directory */
	struct derive_limits limits;
	uint64_t reserve; /* bytes of the disk that are left free */
};

/* Without limits.max_bytes, or where the directory cannot be used (which is
 * logged), there is only memory. ERR_INTERNAL: no thread. */
int derive_cache_new(struct derive_cache **out,
		     const struct derive_cache_options *options,
		     struct err *err) MUST_CHECK;
/* Writes what is still to be written. NULL is fine. */
void derive_cache_free(struct derive_cache *cache);

/* Never blocks. DERIVE_IN_MEMORY: *out is a reference. DERIVE_ON_DISK: it may
 * be there, derive_cache_read() looks. */
enum derive_place derive_cache_find(struct derive_cache *cache,
				    const struct derive_key *key,
				    struct derivative **out);
/* Blocks. A reference, kept in memory from now on as one of a source of that
 * date; NULL: it is not there, or damaged, and has to be made. */
struct derivative *derive_cache_read(struct derive_cache *cache,
				     const struct derive_key *key,
				     int64_t modified_s);
/* One that was made; takes a reference of its own. Never blocks. */
void derive_cache_put(struct derive_cache *cache, const struct derive_key *key,
		      struct derivative *derivative);
/* All that was made of a source. Blocks. */
void derive_cache_purge(struct derive_cache *cache,
			const struct derive_content *source);

/* Blocks until all is written that was put, and what was left is known. */
void derive_cache_settle(struct derive_cache *cache);

#endif
