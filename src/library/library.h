/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library: accounts, keys, files, versions, folders over one database and
 * its stores. Knows no HTTP, and of the dialects no more than rows say of them:
 * through which one a file came in, whose plan an account has, and which names
 * an account cannot take.
 *
 * All calls block on disk unless they say otherwise: worker threads.
 */
#ifndef LIBRARY_LIBRARY_H
#define LIBRARY_LIBRARY_H

#include "base/err.h"
#include "base/id.h"

#include <stddef.h>

struct db;
struct store;
struct library;

struct library_options {
	const char *dir;     /* data directory, made with mode 0700 */
	size_t inline_limit; /* bytes; larger contents get their own file */
	uint64_t reserve;    /* bytes of disk that new files leave free */
	uint64_t check_max;  /* bytes; contents that are not in the database are
				compared with their checksum when they are
				opened,  up to this size */
	unsigned readers;    /* database reader connections */
	unsigned open_uploads; /* in parts, that nobody uses now; two
				  descriptors each */
	bool exclusive;        /* the server: lock the directory, bring its
				  schema up to date, clean up what an unclean
				  stop left. Others refuse an older schema */
};

/* ERR_BUSY when another server has the directory, or would have its database
 * migrated below it. */
int library_open(struct library **out, const struct library_options *options,
		 struct err *err) MUST_CHECK;
void library_close(struct library *library);
/* Any thread: from that long on nobody waits for a database that another
 * process has locked, or reads on for long; ERR_BUSY. */
void library_finish_within(struct library *library, unsigned ms);

struct db *library_db(struct library *library);
/* The data directory's own, into which new files go. */
struct store *library_store(struct library *library);

/* A file's row changed or went, told after the commit and before the writer
 * hears of it, on the database writer thread. Not told of new files. One
 * subscriber, set before the first write. */
typedef void library_change_fn(void *user, const struct id *file);
void library_on_change(struct library *library, library_change_fn *fn,
		       void *user);

/* All who wait for a group of writes have been told: db_on_told(). */
void library_on_told(struct library *library, void (*fn)(void *user),
		     void *user);

/* The bytes of a content are gone, told by the sweep that has removed them. One
 * subscriber, set before the first sweep; it may block. */
typedef void library_gone_fn(void *user, int64_t store, int64_t blob_id);
void library_on_gone(struct library *library, library_gone_fn *fn, void *user);

/* Removes trashed blobs older than grace_ms and files that have expired;
 * *removed counts both, also when it fails. For the sweeper and `stowage gc`.
 */
int library_sweep(struct library *library, int64_t grace_ms, uint64_t *removed,
		  struct err *err) MUST_CHECK;

/* The database answers. (The store: store_check().) */
int library_check_database(struct library *library, struct err *err) MUST_CHECK;
/* Database and stores answer. */
int library_check(struct library *library, struct err *err) MUST_CHECK;

/*
 * Checks everything: the database itself (repair: indexes made again), each
 * blob against its checksum, rows without bytes (reported only), bytes without
 * rows (repair: into quarantine), files without folder rows (repair: made),
 * rows that contradict each other (repair: trash rows and the usage of accounts
 * put right). Calls problem for each finding; problems counts them. Repairing
 * needs the data directory alone: ERR_BUSY beside a server.
 */
struct library_fsck {
	bool repair;
	void (*problem)(void *user, const char *text);
	void *user;
	uint64_t files, blobs, bytes, problems;
	/* Uploads in parts of which something is staged, and how much of them
	 * has come. */
	uint64_t uploads, staged_bytes;
};
int library_fsck(struct library *library, struct library_fsck *fsck,
		 struct err *err) MUST_CHECK;

/* Bytes that no row points to, moved aside by a start or by a repair. Nothing
 * but this removes them. */
struct library_quarantine {
	uint64_t blobs, bytes;
};
/* What lies there; empty: removes it, but for what a row points to by now,
 * which goes back to its place and is not counted. */
int library_quarantine(struct library *library, bool empty,
		       struct library_quarantine *out,
		       struct err *err) MUST_CHECK;

#endif
