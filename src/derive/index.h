/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which derivatives there are, on the disk and in memory, and which of them go
 * when there are too many: those that nobody has used for longest. It does no
 * I/O: what has to be removed from the disk is told to the caller. Any thread,
 * loops too.
 */
#ifndef DERIVE_INDEX_H
#define DERIVE_INDEX_H

#include "derive/derivative.h"
#include "derive/key.h"

struct derive_index;

struct derive_limits {
	uint64_t max_bytes; /* on the disk; 0: none are there */
	unsigned max_files;
	size_t memory; /* bytes, of those in memory */
	unsigned descriptors;
};

enum derive_place {
	DERIVE_NOWHERE,
	DERIVE_ON_DISK,
	DERIVE_IN_MEMORY,
};

/* Keys whose files the caller is to remove: of struct derive_key. */
GArray *derive_victims_new(void);

struct derive_index *derive_index_new(const struct derive_limits *limits);
/* NULL is fine. */
void derive_index_free(struct derive_index *index);

/* It is used now. *out: a reference when it is in memory, else NULL. */
enum derive_place derive_index_find(struct derive_index *index,
				    const struct derive_key *key,
				    struct derivative **out);

/* In memory from now on, as long as there is room. */
void derive_index_keep(struct derive_index *index, const struct derive_key *key,
		       struct derivative *derivative);
/* Until its end, with the same key: in memory whatever room there is, as it is
 * being written. False: it is there, or being written, already. */
bool derive_index_begin(struct derive_index *index,
			const struct derive_key *key,
			struct derivative *derivative);
/* size: bytes on the disk; 0: it has not come there. What is larger than a
 * sixteenth of all that may be there, or than all if that is little, takes
 * nobody's place. */
void derive_index_end(struct derive_index *index, const struct derive_key *key,
		      uint64_t size, GArray *victims);

/* What is found on the disk. */
struct derive_found {
	struct derive_key key;
	uint64_t size;   /* bytes on the disk */
	int64_t used_ms; /* Unix; 0: now */
};
/* One that is known stays as it is. used_ms other than 0: to be called in
 * descending order, and before all that is used in the process's life. */
void derive_index_add(struct derive_index *index,
		      const struct derive_found *found, GArray *victims);

/* It is not on the disk, or not what it should be. */
void derive_index_remove(struct derive_index *index,
			 const struct derive_key *key);
/* All of a source, also from memory. */
void derive_index_remove_source(struct derive_index *index,
				const uint8_t source[DERIVE_SOURCE_BYTES],
				GArray *victims);

/* Those on the disk that were used since then, of struct derive_found; free
 * with g_array_unref(). */
GArray *derive_index_used(struct derive_index *index, int64_t since_ms);

#endif
