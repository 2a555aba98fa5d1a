/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding, writing and moving files inside a transaction. Private to
 * src/library. A view says by its tx which one.
 */
#ifndef LIBRARY_FILES_FILE_TX_H
#define LIBRARY_FILES_FILE_TX_H

#include "db/db.h"
#include "library/files/edit.h"
#include "library/files/file.h"

/* The file's current row, live and of the account: 1, 0, -1. */
int file_find_tx(const struct view *view, const struct id *id, struct file *out,
		 struct err *err) MUST_CHECK;
/* What stands at the path, expired or not: 1, 0, -1. */
int file_at_path_tx(const struct view *view, struct str path, struct file *out,
		    struct err *err) MUST_CHECK;
bool file_is_expired(const struct file *file, int64_t now);
/* Whether the one lives as long as the other, or longer. */
bool file_outlives(const struct file *file, const struct file *other);
/* Its old versions, oldest first, at most FILE_VERSIONS_MAX, without those that
 * have expired. In the arena. */
int versions_read_tx(const struct view *view, const struct id *file,
		     struct file_list *out, struct err *err) MUST_CHECK;
/* Their ids alone, in the same order; out has FILE_VERSIONS_MAX. */
int version_ids_tx(struct db_tx *tx, const struct id *file, struct id *out,
		   size_t *n, struct err *err) MUST_CHECK;
/* Notes how long what describes the file is; to be called once that has
 * changed. */
void file_described(struct file *file);
/* What a version counts in its account's storage: its content, or what
 * describes it if that is longer. */
int64_t file_counted(const struct file *file);
#define COUNTED_BYTES(table)                                                   \
	"CASE WHEN " table "size > " table "described THEN " table             \
	"size ELSE " table "described END"
/* Takes an old version away: its id and its file's, account, blob and what it
 * counts are asked for. */
int version_trash_tx(struct db_tx *tx, const struct file *old, int64_t now,
		     struct err *err) MUST_CHECK;
/* Writes all columns of a row that is there, by id; folders and search rows
 * are the caller's. */
int file_update_tx(struct db_tx *tx, const struct file *file,
		   struct err *err) MUST_CHECK;
/* A new row, with its folders and tags. */
int file_insert_tx(struct db_tx *tx, const struct file *file,
		   struct err *err) MUST_CHECK;
/* Writes what the file shows as a row of an old version. The file's own row is
 * left to the caller. */
int version_insert_tx(struct db_tx *tx, const struct file *file,
		      struct err *err) MUST_CHECK;

/* The same of a file whose row is still as it was. */
int version_keep_tx(struct db_tx *tx, const struct id *file,
		    struct err *err) MUST_CHECK;

/* How many seconds file_modified_s() may be ahead of the clock at most. */
#define FILE_AHEAD_MAX_S 3
/* What the file shows is at its path from now on. `before`: file_modified_s()
 * of what was there, 0 for nothing. */
void file_place(struct file *file, int64_t now, int64_t before);
/* It is at its path no more: what comes there has a later date. */
void file_leaves(const struct file *file, int64_t now);

/* Tells the subscriber of changes once the transaction is committed. */
void file_changed(struct db_tx *tx, const struct id *id);

/* file_relocate() inside a transaction. 1 done, 0 no such source, -1. What it
 * refuses, it refuses before it has changed anything. */
int relocate_tx(struct db_tx *tx, const struct file_relocation *how,
		int64_t now, struct err *err) MUST_CHECK;

#endif
