/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this directory share with each other and with nobody else.
 *
 * Functions that take a struct db_tx run inside somebody's transaction and may
 * be run again with it: they change rows and nothing else.
 */
#ifndef LIBRARY_INTERNAL_H
#define LIBRARY_INTERNAL_H

#include "db/db.h"
#include "library/accounts/account.h"
#include "library/files/edit.h"
#include "library/files/event.h"
#include "library/files/file.h"
#include "library/library.h"
#include "store/store.h"

#include <glib.h>

#define USAGE_BUCKETS 256

struct usage_counter;

/* By account or key; usage.c. */
struct usage_counters {
	struct usage_counter *_Atomic buckets[USAGE_BUCKETS];
};

struct library {
	char *dir;
	struct db *db;
	struct store *store;
	int lock_fd; /* -1: not exclusive */
	library_change_fn *on_change;
	void *on_change_user;
	GMutex mutex;            /* guards keyring; nothing is taken inside */
	struct keyring *keyring; /* never NULL after library_open() */
	struct usage_counters sent, used;
	GRWLock usage_lock; /* guards what is flushed; no other is held */
	_Atomic int64_t jobs_until_us; /* monotonic: job_finish_within(); 0 */
};

/* Takes the lock of the data directory; close the descriptor to let go.
 * ERR_BUSY when another process has it. */
int library_lock(const char *dir, int *fd, struct err *err) MUST_CHECK;

/* Everything up to the last slash; "" in the root. */
struct str path_folder(struct str path);

/* Makes one folder row: 1 made, 0 was there. */
int folder_make(struct db_tx *tx, int64_t account_id, struct str folder,
		int64_t now, struct err *err) MUST_CHECK;
/* The same with all its ancestors; "" needs none. */
int folder_make_all(struct db_tx *tx, int64_t account_id, struct str folder,
		    int64_t now, struct err *err) MUST_CHECK;

/* path_valid(), and files can be in it. */
bool folder_path_valid(struct str folder);
/* 1 there is such a folder (the root always is), 0, -1. */
int folder_exists_tx(struct db_tx *tx, int64_t account_id, struct str path,
		     struct err *err) MUST_CHECK;

/* One more row points to the blob. */
int blob_share(struct db_tx *tx, int64_t blob_id, struct err *err) MUST_CHECK;
/* A row that pointed to it is gone; with the last one it goes to the trash. */
int blob_drop(struct db_tx *tx, int64_t blob_id, int64_t now,
	      struct err *err) MUST_CHECK;

/* The rows that a search for tags looks at; tags: JSON array text or STR_NONE.
 * Those of a file are replaced as a whole; had_tags: there may be some. */
int tags_replace(struct db_tx *tx, int64_t account_id, const struct id *file,
		 bool had_tags, struct str tags, struct err *err) MUST_CHECK;

/* What takes a file away needs to know of it. */
struct doomed_file {
	struct id id;
	int64_t account_id, blob_id, older_versions, size;
	bool has_tags;
};
/* Bytes of all its versions. */
int file_all_bytes(struct db_tx *tx, const struct doomed_file *file,
		   int64_t *bytes, struct err *err) MUST_CHECK;
/* Removes a file's rows, older versions too, and trashes the blobs; the usage
 * is left to the caller. */
int trash_file(struct db_tx *tx, const struct doomed_file *file, int64_t now,
	       struct err *err) MUST_CHECK;
/* The same, and its bytes off the account's usage. */
int trash_file_and_usage(struct db_tx *tx, const struct doomed_file *file,
			 int64_t now, struct err *err) MUST_CHECK;
/* Queues an event for each webhook of the account that wants it. file: what the
 * kind needs (event.h). */
int event_add(struct db_tx *tx, enum event_kind kind, const struct file *file,
	      int64_t now, struct err *err) MUST_CHECK;

/* file_relocate() inside a transaction. 1 done, 0 no such source, -1. What it
 * refuses, it refuses before it has changed anything. */
int relocate_tx(struct db_tx *tx, const struct file_relocation *how,
		int64_t now, struct err *err) MUST_CHECK;
/* The file's current row, live and of the account: 1, 0, -1. */
int file_find_tx(struct db_tx *tx, int64_t account_id, const struct id *id,
		 int64_t now, struct arena *arena, struct file *out,
		 struct err *err) MUST_CHECK;
/* What stands at the path, expired or not: 1, 0, -1. */
int file_at_path_tx(struct db_tx *tx, int64_t account_id, struct str path,
		    struct arena *arena, struct file *out,
		    struct err *err) MUST_CHECK;
bool file_is_expired(const struct file *file, int64_t now);
/* trash_file_and_usage() of a file that was read. */
int file_trash_tx(struct db_tx *tx, const struct file *file, int64_t now,
		  struct err *err) MUST_CHECK;
/* Its old versions, oldest first, at most FILE_VERSIONS_MAX. In the arena. */
int versions_read_tx(struct db_tx *tx, const struct id *file,
		     struct arena *arena, struct file **out, size_t *n,
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

/* Tells the subscriber of changes once the transaction is committed. */
void file_changed(struct db_tx *tx, const struct id *id);

/* year * 100 + month, UTC */
int64_t usage_period(int64_t ms);

struct usage_charge {
	int64_t account_id, now;
	int64_t added;                           /* bytes, less what is freed */
	uint64_t max_storage_bytes, max_uploads; /* 0: none */
};
/* Counts one upload, before anything else of it has changed: ERR_QUOTA leaves
 * the transaction as it was. */
int usage_charge(struct db_tx *tx, const struct usage_charge *charge,
		 struct err *err) MUST_CHECK;
/* Counts bytes only: what is copied here is no upload. */
int usage_charge_copy(struct db_tx *tx, int64_t account_id, int64_t bytes,
		      uint64_t max_storage_bytes, struct err *err) MUST_CHECK;
/* Takes back bytes only. */
int usage_discharge(struct db_tx *tx, int64_t account_id, int64_t bytes,
		    struct err *err) MUST_CHECK;
/* The row of a new account. */
int usage_insert(struct db_tx *tx, int64_t account_id,
		 struct err *err) MUST_CHECK;
void usage_init(struct library *library);
void usage_release(struct library *library);

/* A row that is not what its files add up to. */
struct usage_wrong {
	int64_t account_id;
	int64_t noted;
	bool missing; /* there is no row */
	int64_t counted;
};
/* Appends to out, an array of struct usage_wrong. */
int usage_find_wrong(struct library *library, GArray *out,
		     struct err *err) MUST_CHECK;
int usage_repair(struct library *library, int64_t account_id,
		 struct err *err) MUST_CHECK;

/* The statements of list.c; a test looks at their plans. */
#define LIST_STATEMENTS 4
extern const char *const list_statements[LIST_STATEMENTS];

/* Parts of library_fsck(): counts a problem and tells it; rows about blobs that
 * contradict each other; tags. */
void fsck_report(struct library_fsck *fsck, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int fsck_rows(struct library *library, struct library_fsck *fsck,
	      struct err *err) MUST_CHECK;
int fsck_tags(struct library *library, struct library_fsck *fsck,
	      struct err *err) MUST_CHECK;

/* A blob in the store that no row names. */
struct orphan {
	int64_t id;
	uint64_t size;
};
/* Appends to out, an array of struct orphan. A blob that is just being put
 * counts too: ask again before believing it. */
int orphans_find(struct library *library, bool recent_only, GArray *out,
		 struct err *err) MUST_CHECK;
/* 1 the blob has a row, 0 it has none. */
int blob_has_row(struct library *library, int64_t id,
		 struct err *err) MUST_CHECK;

/* purge_create() inside a transaction, with an id. */
int purge_insert_tx(struct db_tx *tx, const struct id *id, int64_t account_id,
		    struct str url, int64_t now, struct err *err) MUST_CHECK;

/* The first column of a statement's only row, which is then done. 1 found, 0 no
 * row. */
int row_first_int(struct db_stmt *stmt, int64_t *out,
		  struct err *err) MUST_CHECK;
/* The same for a statement without parameters that has a row. */
int row_select_int(struct db_tx *tx, const char *sql, int64_t *out,
		   struct err *err) MUST_CHECK;

/* KEY_TEXT_MIN..KEY_TEXT_MAX visible ASCII characters without a colon, which
 * would end the user name of Basic. */
bool key_text_valid(const char *text);

struct key_text {
	char text[KEY_TEXT_MAX + 1];
};
/* The preset, or a generated one when that is NULL. */
void key_text_init(struct key_text *out, enum key_kind kind,
		   const char *preset);

/* A NULL-terminated list as the text of a JSON array and back; NULL and NULL.
 * free() the text. */
char *key_list_text(const char *const *list);
const char *const *key_list_parse(struct arena *arena, struct str text);

/* -1, ERR_INVALID */
int account_name_refused(struct err *err);
/* The row of an account and that of its usage; *id is the new one. */
int account_insert(struct db_tx *tx, const struct account *account, int64_t now,
		   int64_t *id, struct err *err) MUST_CHECK;

/* First of all in a transaction that changes accounts or keys. */
int key_revision_bump(struct db_tx *tx, struct err *err) MUST_CHECK;
/* Fills key->id. */
int key_insert(struct db_tx *tx, struct api_key *key, int64_t account_id,
	       struct err *err) MUST_CHECK;
/* After the commit. A failure is logged only: the change is on disk, and the
 * server asks again twice a second. */
void keyring_refresh_now(struct library *library);

/* All accounts by id and keys by age, as read in one transaction. */
struct key_rows {
	int64_t revision; /* 0: not read because it is still the known one */
	struct account *accounts;
	size_t n_accounts;
	struct api_key *keys;
	size_t n_keys;
};
/* The texts of the keys are wiped when the arena is released. */
int key_rows_load(struct db_tx *tx, bool with_revoked, struct arena *arena,
		  struct key_rows *out, struct err *err) MUST_CHECK;
/* NULL when there is none of that id. */
struct account *key_rows_account(const struct key_rows *rows, int64_t id);

#endif
