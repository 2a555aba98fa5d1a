/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a backend of the store implements, and what it may use. Callers of the
 * store include store.h instead.
 *
 * The front (store.c, sink.c, verify.c, stage*.c) keeps the invariants: limits,
 * counting, checksums, ids, what stays inline, undoing what was not kept. A
 * backend only moves bytes. It logs what went wrong with its own names and
 * paths and gives the client a sentence without them.
 */
#ifndef STORE_STORE_BACKEND_H
#define STORE_STORE_BACKEND_H

#include "store/block.h"
#include "store/store.h"

#include <sys/types.h>

struct store_backend;
struct store_upload;
struct store_staged;

/* What a staged blob consists of. */
enum store_staged_file {
	STORE_STAGED_BYTES,
	STORE_STAGED_LOG, /* what the front notes about them */
};

enum store_stage_use {
	STORE_STAGE_NEW, /* is made durably, both files empty */
	STORE_STAGE_WRITE,
	STORE_STAGE_READ, /* both files are read and nothing else is called */
};

struct store_piece {
	const void *p;
	size_t n; /* > 0 */
	uint64_t offset;
	/* It begins at whole pages, in memory and in the file (BLOCK_ALIGN), is
	 * not read soon, and whoever writes it may wait for the disk. */
	bool is_direct;
};

/* As write() and stage_write() below, of whatever has the file. */
typedef ssize_t store_write_fn(void *user, const struct store_piece *piece,
			       struct err *err);

/* All of the piece; after -1 what is left of it has not been written. */
static inline MUST_CHECK int store_write_all(store_write_fn *write, void *user,
					     struct store_piece *piece,
					     struct err *err)
{
	while (piece->n) {
		ssize_t done = write(user, piece, err);
		if (done < 0)
			return -1;
		piece->p = (const char *)piece->p + done;
		piece->n -= (size_t)done;
		piece->offset += (uint64_t)done;
		piece->is_direct &= (size_t)done % BLOCK_ALIGN == 0;
	}
	return 0;
}

/* Any thread may call any of them; one upload belongs to one thread at a time.
 * Each returns 0, or -1 with *err filled, unless said otherwise. */
struct store_backend_ops {
	/* Frees. No upload is open any more. */
	void (*close)(struct store_backend *backend);

	/* A new blob; nobody sees it before commit. */
	int (*begin)(struct store_backend *backend, int64_t id,
		     struct store_upload **out, struct err *err);
	/* Returns how many of the piece's bytes were taken, at least one, or
	 * -1. Several threads may write to different places at once. */
	ssize_t (*write)(struct store_upload *upload,
			 const struct store_piece *piece, struct err *err);
	/* Bytes will be written there, perhaps: space for them may lie
	 * together, and the file be longer until it is cut. Any thread. */
	void (*reserve)(struct store_upload *upload, uint64_t offset,
			uint64_t size);
	/* It ends there, where its bytes do; nothing is being written. */
	int (*cut)(struct store_upload *upload, uint64_t size, struct err *err);
	/* All bytes written so far, for positioned reads; the upload's own. */
	int (*fd)(const struct store_upload *upload);
	/* Makes it durable under its id, in STORE_PENDING and in STORE_BLOBS.
	 * After -1 it may be in either or not: the front removes it. Called
	 * once, last. */
	int (*commit)(struct store_upload *upload, struct err *err);
	/* Frees; without commit() it vanishes. */
	void (*end)(struct store_upload *upload);

	/* A descriptor for positioned reads that the caller closes.
	 * -1: ERR_NOT_FOUND when absent, ERR_CORRUPT when it can have no such
	 * name. */
	int (*open)(struct store_backend *backend,
		    const struct store_name *name, struct err *err);
	/* As store_blob_remove(), store_blob_move(), store_each(). */
	int (*remove)(struct store_backend *backend, enum store_place place,
		      const struct store_name *name, struct err *err);
	int (*move)(struct store_backend *backend, int64_t id,
		    enum store_place from, enum store_place to,
		    struct err *err);
	int (*each)(struct store_backend *backend, enum store_place place,
		    store_each_fn *fn, void *user, struct err *err);
	/*
	 * Staged blobs. Several threads may act on one at once.
	 *
	 * Opens one, once at a time for each id, but for those who only read.
	 * -1: ERR_NOT_FOUND when absent.
	 */
	int (*stage_open)(struct store_backend *backend, int64_t id,
			  enum store_stage_use use, struct store_staged **out,
			  struct err *err);
	/* As write(), anywhere. */
	ssize_t (*stage_write)(struct store_staged *staged,
			       enum store_staged_file file,
			       const struct store_piece *piece,
			       struct err *err);
	/* For positioned reads; the staged blob's own. */
	int (*stage_fd)(const struct store_staged *staged,
			enum store_staged_file file);
	/* What was written before is durable. */
	int (*stage_sync)(struct store_staged *staged,
			  enum store_staged_file file, struct err *err);
	/* As reserve(). */
	void (*stage_reserve)(struct store_staged *staged, uint64_t offset,
			      uint64_t size);
	/* Gives back the space of bytes that nobody will read; if it cannot,
	 * they stay. */
	void (*stage_forget)(struct store_staged *staged, uint64_t offset,
			     uint64_t size);
	/* An upload that has its bytes, cut to the size: for fd(), commit() and
	 * end(). Where it can be, the staged blob remains until it is removed.
	 */
	int (*stage_upload)(struct store_staged *staged, uint64_t size,
			    struct store_upload **out, struct err *err);
	/* Frees; the staged blob remains. */
	void (*stage_close)(struct store_staged *staged);

	/* As store_check(). */
	int (*check)(struct store_backend *backend, struct err *err);
};

/* A backend's own structs begin with these. */
struct store_backend {
	const struct store_backend_ops *ops;
};

struct store_upload {
	struct store_backend *backend;
	int64_t id;
	/* Of what is staged: it is in STORE_BLOBS already, and commit() only
	 * makes sure of that. */
	bool published;
};

struct store_staged {
	struct store_backend *backend;
	int64_t id;
};

/* A store over a backend, which it takes, also when it fails. */
int store_open_backend(struct store **out, const struct store_options *options,
		       struct store_backend *backend,
		       struct err *err) MUST_CHECK;

/*
 * A backend that does what it is told to get wrong, and hands everything else
 * to the one it owns; for tests. The plan belongs to the caller, outlives the
 * backend, and may be changed between calls.
 */
struct store_flaky_plan {
	size_t write_max; /* takes at most so many at a time; 0: no cap */
	bool space_ends;  /* ENOSPC once space_left bytes are written */
	uint64_t space_left;
	bool sync_fails; /* EIO before anything is visible */
	bool link_fails; /* EIO although the blob is already visible */
	/* After so many syncs of a staged blob the power goes: from then on all
	 * of it is EIO, and of what was written and not synced each piece is
	 * lost, kept or torn (one end of it is kept, or the other), by chance.
	 */
	bool power_ends;
	unsigned syncs_left;
	uint32_t chance;
	/* Of a staged blob: called before each sync, or before it is removed,
	 * by whoever does that. */
	void (*before_sync)(void *user);
	void (*before_remove)(void *user);
	void *user;
};
struct store_backend *store_flaky_new(struct store_backend *inner,
				      struct store_flaky_plan *plan);

#endif
