/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the bytes of blobs live. This header is for callers; backends
 * implement store_backend.h.
 *
 * A blob is written once and never changed. Small ones (up to inline_limit)
 * stay in memory and are handed to the database by the caller, in the same
 * transaction as their row; larger ones stream into an unnamed file of the
 * backend, which store_sink_finish() makes durable.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"

struct store;
struct store_sink;

#define STORE_INLINE_LIMIT_MAX (256u * 1024)

struct store_options {
	const char *dir; /* data directory, must exist; "blobs" is made inside
			  */
	size_t inline_limit; /* 0..STORE_INLINE_LIMIT_MAX bytes */
	/* Bytes of the data directory's file system that new files leave free,
	 * at most a tenth of it; so that deletes and the database still find
	 * room when the disk is full. */
	uint64_t reserve;
	/* Bytes: what comes of larger files goes past the page cache, which it
	 * would only pass through. 0: nothing does. */
	uint64_t cached_max;
	/* Bytes that inline blobs find beside what the file system has free;
	 * set by any thread, at any time, there while anything comes in. NULL:
	 * none. */
	const _Atomic int64_t *spare;
	/* Below STORE_NODES, and of no other store that puts blobs to the same
	 * place: it is in the ids, so that no two stores make the same. */
	unsigned node;
	/* What rows call it. */
	unsigned number;
	/* The store that makes this one's ids, so that rows of one table can
	 * point to blobs of both; it is closed last. NULL: it makes its own. */
	struct store *ids;
};

#define STORE_NODES 1024

/* Where a blob is known. A finished one is in STORE_BLOBS, and until it is kept
 * in STORE_PENDING, too: what is found there later is what a crash has left. */
enum store_place {
	STORE_BLOBS,   /* where readers look */
	STORE_PENDING, /* a second name of the same bytes, or what never came
			  as far as STORE_BLOBS; on disk "staging" */
	STORE_ASIDE,   /* moved out of the way, for people to judge; on disk
			  "quarantine" */
	STORE_STAGED,  /* still coming, in parts: stage.h; on disk "uploads" */
};

/* Closes what its kind has opened (store/local/local_store.h). All sinks must
 * be freed before, all stages closed. NULL is fine. */
void store_close(struct store *store);

unsigned store_number(const struct store *store);

/* What a blob is called in its store. */
struct store_name {
	int64_t id;
	/* Of a store whose blobs can be called otherwise than by their ids; a
	 * local one's cannot. STR_NONE: as follows from the id. */
	struct str key;
};
/* For the rest of the block. */
#define STORE_NAME(blob_id) (&(struct store_name){.id = (blob_id)})

/* Ids made from now on are greater than this one, whatever the clock says: to
 * be told of those that are in use. One that no clock will reach is damaged,
 * and passed over. */
void store_ids_above(struct store *store, int64_t id);
/* Which node has made the id. */
unsigned store_id_node(int64_t id);

/* A run of bytes of a blob that has a checksum, XXH3-128, of its own. */
struct store_extent {
	uint64_t offset, size; /* bytes */
	uint8_t checksum[CHECKSUM_BYTES];
};

/* Without gaps, from the first byte on. */
struct store_extents {
	const struct store_extent *list;
	size_t n;
};

/* Of the whole: of one extent its own; of several that of their list. */
void store_extents_checksum(struct store_extents extents,
			    uint8_t out[CHECKSUM_BYTES]);

/* A finished blob that no row points to yet. */
struct store_blob {
	int64_t id;                       /* unique, ascending, > 0 */
	int64_t store;                    /* store_number() */
	struct str key;                   /* as in struct store_name */
	uint64_t size;                    /* bytes */
	uint8_t checksum[CHECKSUM_BYTES]; /* as store_extents_checksum() */
	/* What came in parts has them, and with more than one it can only be
	 * verified by them. Else .n is 0. Belongs to the sink. */
	struct store_extents extents;
	/* The bytes when they are to be kept inline; STR_NONE when they are in
	 * the backend. Belongs to the sink. */
	struct str inline_bytes;
};

/*
 * One blob on its way in. One thread at a time; may move between threads.
 *
 * limit: bytes; what passes it is refused with ERR_TOO_LARGE.
 */
struct store_sink *store_sink_new(struct store *store, uint64_t limit);
/* Appends. -1: ERR_TOO_LARGE (also when a file-size limit of the operating
 * system is met; the process must ignore SIGXFSZ), ERR_NO_SPACE, ERR_INTERNAL;
 * the sink then stays failed and can only be freed. */
int store_sink_write(struct store_sink *sink, const void *p, size_t n,
		     struct err *err) MUST_CHECK;
/* Before anything is written: what is larger than cached_max may be on its way
 * when store_sink_write() returns, which tells of an error before, and is there
 * for store_sink_fd() only once it is settled. */
void store_sink_write_behind(struct store_sink *sink);
/* As store_part_room(). */
char *store_sink_room(struct store_sink *sink, size_t *n);
/* Whether settling it may block. */
bool store_sink_is_behind(const struct store_sink *sink);
/* Nothing is on its way any more, and no bytes will be. -1 as
 * store_sink_write(). Blocks. */
int store_sink_settle(struct store_sink *sink, struct err *err) MUST_CHECK;
uint64_t store_sink_size(const struct store_sink *sink);
uint64_t store_sink_limit(const struct store_sink *sink);
/* The first bytes received, up to STORE_HEAD: for content type detection. Valid
 * until the next write. */
#define STORE_HEAD 4096
struct str store_sink_head(const struct store_sink *sink);
/* All bytes when they are still in memory, STR_NONE otherwise. Valid until the
 * next write. */
struct str store_sink_bytes(const struct store_sink *sink);
/* A descriptor with all bytes for reading (positioned reads only), owned by
 * the sink; -1 when they are in memory. */
int store_sink_fd(const struct store_sink *sink);

/*
 * Makes the bytes durable (fdatasync, linkat, fsync of the directory) and
 * fills *out. Blocks, so on a worker only, when store_sink_fd() is not -1;
 * bytes in memory do not block. Until store_sink_keep(), freeing the sink
 * removes the blob again. Nothing may be written afterwards.
 */
int store_sink_finish(struct store_sink *sink, struct store_blob *out,
		      struct err *err) MUST_CHECK;
/* The row is committed: the blob stays, and is soon no longer pending. */
void store_sink_keep(struct store_sink *sink);
/* Nobody knows whether the row is: the blob stays, and stays pending. What is
 * staged can be kept again, by another sink. */
void store_sink_keep_in_doubt(struct store_sink *sink);
/* Frees; whatever was not kept is gone. NULL is fine. */
void store_sink_free(struct store_sink *sink);
/* The same without blocking: what was not kept gives back its space soon. */
void store_sink_drop(struct store_sink *sink);

/* Opens a blob of the backend for reading (positioned reads, sendfile);
 * the caller closes. -1: ERR_NOT_FOUND, ERR_CORRUPT (size differs, or the store
 * cannot have such a name), ERR_INTERNAL. */
int store_blob_open(struct store *store, const struct store_name *name,
		    uint64_t size, struct err *err) MUST_CHECK;
/* Removes it from one place; removing an absent one succeeds. After a power
 * loss it may be back, as a blob without a row. -1: ERR_CORRUPT (as above),
 * ERR_INTERNAL. */
int store_blob_remove(struct store *store, enum store_place place,
		      const struct store_name *name,
		      struct err *err) MUST_CHECK;
/* Durably. 1 moved; 0 it is not in `from`; -1. Where both places have it,
 * nothing happens to either (1). */
int store_blob_move(struct store *store, int64_t id, enum store_place from,
		    enum store_place to, struct err *err) MUST_CHECK;
/* The same of a blob that is read and compared first: ERR_CORRUPT too. Blocks
 * for as long as that takes. */
int store_blob_open_checked(struct store *store, const struct store_blob *blob,
			    struct err *err) MUST_CHECK;
/* Reads all and compares: with the extents, if there are some, else with the
 * checksum. -1: ERR_CORRUPT or as store_blob_open(). */
int store_blob_verify(struct store *store, const struct store_blob *blob,
		      struct err *err) MUST_CHECK;

/*
 * The same a piece at a time, for those who read everything and must not be
 * noticed: what was not in the page cache does not stay there. One thread at a
 * time.
 */
struct store_audit;
/* -1: as store_blob_open(). The blob's extents stay until the end. */
int store_audit_begin(struct store *store, const struct store_blob *blob,
		      struct store_audit **out, struct err *err) MUST_CHECK;
/* Reads 256 KiB at most, *read of them. 1 there is more, 0 all is as it was
 * stored, -1 it is not (ERR_CORRUPT) or cannot be read; then it has ended. */
int store_audit_step(struct store_audit *audit, size_t *read,
		     struct err *err) MUST_CHECK;
/* NULL is fine. */
void store_audit_free(struct store_audit *audit);

/*
 * Calls fn for each blob in a place whose name follows from its id, finished
 * ones whose row is not yet committed included. fn returns 0 to go on, -1 to
 * stop (store_each() then returns 0); it may remove the blob.
 */
typedef int store_each_fn(void *user, int64_t id, uint64_t size);
int store_each(struct store *store, enum store_place place, store_each_fn *fn,
	       void *user, struct err *err) MUST_CHECK;

/* Ends what is left of STORE_PENDING for blobs that were kept. Uploads do it,
 * each for those before it; blocks. */
void store_tidy(struct store *store);

/* Bytes that the data directory's file system has left, whatever the reserve;
 * UINT64_MAX when it does not say. */
uint64_t store_room(const struct store *store);

/* Writes, syncs, reads back and removes a few bytes that no store_each() sees:
 * for /readyz. -1: ERR_NO_SPACE, ERR_INTERNAL. */
int store_check(struct store *store, struct err *err) MUST_CHECK;

#endif
