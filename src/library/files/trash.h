/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking files away inside a transaction. Private to src/library.
 */
#ifndef LIBRARY_FILES_TRASH_H
#define LIBRARY_FILES_TRASH_H

#include "db/db.h"
#include "library/files/file.h"

/* What takes a file away needs to know of it. */
struct doomed_file {
	struct id id;
	int64_t account_id, blob_id, older_versions;
	int64_t counted; /* its current version, in the account's storage */
	bool has_tags;
};
/* What all its versions count. */
int file_all_bytes(struct db_tx *tx, const struct doomed_file *file,
		   int64_t *bytes, struct err *err) MUST_CHECK;
/* Removes a file's own row and its tags; versions and blobs have been seen to.
 */
int trash_row(struct db_tx *tx, const struct doomed_file *file, int64_t now,
	      struct err *err) MUST_CHECK;
/* Removes a file's rows, older versions too, and trashes the blobs; the usage
 * is left to the caller. */
int trash_file(struct db_tx *tx, const struct doomed_file *file, int64_t now,
	       struct err *err) MUST_CHECK;
/* The same, and its bytes off the account's usage. */
int trash_file_and_usage(struct db_tx *tx, const struct doomed_file *file,
			 int64_t now, struct err *err) MUST_CHECK;
/* trash_file_and_usage() of a file that was read. */
int file_trash_tx(struct db_tx *tx, const struct file *file, int64_t now,
		  struct err *err) MUST_CHECK;

#endif
