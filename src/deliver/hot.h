/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hot cache: rows, small contents and open descriptors of files that are
 * being read, so that a loop can answer without disk, database or worker.
 *
 * Entries are immutable and refcounted; a change of the file drops the entry
 * (library_on_change, before the writer hears of its commit), so a reader
 * never sees what a finished write has replaced. A row read before a change
 * and offered after it is not kept (change counter).
 */
#ifndef DELIVER_HOT_H
#define DELIVER_HOT_H

#include "deliver/content.h"
#include "library/files/file.h"

#include <stddef.h>

struct hot;

/* What is read; most are files of the library. */
struct hot_entry {
	struct file file;       /* strings live as long as the entry */
	struct content content; /* the file's, likewise */
	/* Why there is no content, and perhaps not all of the row: for whoever
	 * may read the file. NULL: all is there. */
	const struct err *lost;
};

struct hot_options {
	size_t max_bytes;     /* of small contents and rows */
	unsigned max_entries; /* a quarter of them (but at least 16, or half of
				 them all) may have open descriptors */
};

/* Subscribes to the library's changes, until hot_free(). */
struct hot *hot_new(struct library *library, const struct hot_options *options);
/* Entries that somebody still holds stay usable. Nothing may change the
 * library at the same time. NULL is fine. */
void hot_free(struct hot *hot);

/* From memory only; a reference, or NULL. Expired files are never found. */
struct hot_entry *hot_find_id(struct hot *hot, const struct id *id);
struct hot_entry *hot_find_path(struct hot *hot, int64_t account_id,
				struct str path);
/* The same, else from the library (blocks) and kept from then on, but for one
 * that is lost. 1 found, 0 absent, -1 failed. */
int hot_load_id(struct hot *hot, const struct id *id, struct hot_entry **out,
		struct err *err) MUST_CHECK;
int hot_load_path(struct hot *hot, int64_t account_id, struct str path,
		  struct hot_entry **out, struct err *err) MUST_CHECK;
/* The same without contents, for whoever only asks about the file: nothing but
 * a row is read, and that is not kept. */
int hot_look_id(struct hot *hot, const struct id *id, struct hot_entry **out,
		struct err *err) MUST_CHECK;
int hot_look_path(struct hot *hot, int64_t account_id, struct str path,
		  struct hot_entry **out, struct err *err) MUST_CHECK;
/* A version of the file; an old one is read each time and not kept. */
int hot_load_version(struct hot *hot, const struct file *file,
		     const struct id *version, struct hot_entry **out,
		     struct err *err) MUST_CHECK;
/* One that is in no table, for what is delivered like a file and has no row:
 * its id is zero, its store HOT_NO_STORE, and its blob_id and checksum are of a
 * digest that nobody can make collide, as pictures made of it are known by
 * them. Copies the strings; takes fd, -1 when file->bytes has all. The caller
 * has the first reference. */
#define HOT_NO_STORE (-1)
struct hot_entry *hot_entry_new(const struct file *file, int fd);
struct hot_entry *hot_entry_ref(struct hot_entry *entry);
/* NULL is fine. */
void hot_unref(struct hot_entry *entry);

#endif
