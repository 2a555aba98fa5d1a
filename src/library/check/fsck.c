/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of everything: bytes against checksums, rows against bytes, rows
 * against each other. In pages of rows, so that a long check does not hold a
 * snapshot of the database. It may run beside a server: what a server could
 * have changed meanwhile is asked again before it is reported. Repairing needs
 * the data directory for itself.
 */
#include "library/check/fsck.h"
#include "base/clock.h"
#include "base/fd.h"
#include "library/check/blob_page.h"
#include "library/check/orphan.h"
#include "library/files/blob.h"
#include "library/files/folder_row.h"
#include "library/library_internal.h"
#include "library/row.h"

#include <inttypes.h>

#define PAGE 200

struct fsck_run {
	struct library *library;
	struct library_fsck *fsck;
	/* blob id to what is wrong with its bytes, until it was reported */
	GHashTable *bad;
	GHashTable *missing; /* folders reported, "account/path" */
	unsigned naps;       /* taken for rows that may be about to come */
};

static void blob_is_bad(struct fsck_run *run, int64_t id, const char *reason)
{
	int64_t *key = g_memdup2(&id, sizeof(id));
	g_hash_table_insert(run->bad, key, g_strdup(reason));
}

/* A blob that was deleted since its row was read is no problem. */
static int check_stored(struct fsck_run *run, const struct blob_row *row,
			struct err *err)
{
	struct store_blob blob = row->blob;
	struct err why = {0};
	struct arena arena;
	arena_init(&arena);
	int result = blob_find_extents(run->library, &arena, row->extents,
				       &blob, &why);
	if (result == 0)
		result = blob_verify(run->library, &blob, &why);
	arena_release(&arena);
	if (result == 0)
		return 0;
	int in_use = blob_in_use(run->library, blob.id, err);
	if (in_use > 0)
		blob_is_bad(run, blob.id, why.text);
	return MIN(in_use, 0);
}

static int check_blob(struct fsck_run *run, const struct blob_row *row,
		      struct err *err)
{
	run->fsck->blobs++;
	run->fsck->bytes += row->blob.size;
	if (row->problem)
		blob_is_bad(run, row->blob.id, row->problem);
	else if (!row->is_inline)
		return check_stored(run, row, err);
	return 0;
}

static int check_blobs(struct fsck_run *run, struct err *err)
{
	g_autofree struct blob_page *page = g_new0(struct blob_page, 1);
	int result;
	page->after = INT64_MIN;
	page->until = INT64_MAX;
	page->max = BLOB_PAGE_MAX;
	arena_init(&page->arena);
	do {
		result = blob_page_read(run->library, page, err);
		for (unsigned i = 0; result == 0 && i < page->n; i++)
			result = check_blob(run, &page->rows[i], err);
		arena_release(&page->arena);
	} while (result == 0 && page->n == page->max);
	return result;
}

/* Trashed bytes may be gone already, but a sweep must know where they were. */
static int read_trash_stores(struct db_tx *tx, void *arg, struct err *err)
{
	struct fsck_run *run = arg;
	struct db_stmt *stmt =
		db_prepare(tx, "SELECT b.store, COUNT(*) FROM trash t"
			       " JOIN blob b ON b.id = t.blob_id"
			       " GROUP BY b.store ORDER BY b.store");
	int more;
	while ((more = db_step(stmt, err)) > 0)
		if (!stores_know(run->library, db_int(stmt, 0)))
			fsck_report(run->fsck,
				    "trash: %" PRId64 " blobs are in store "
				    "%" PRId64 ", which there is not",
				    db_int(stmt, 1), db_int(stmt, 0));
	return more;
}

static void report_other_blobs(struct fsck_run *run)
{
	GHashTableIter iter;
	gpointer id, reason;
	g_hash_table_iter_init(&iter, run->bad);
	while (g_hash_table_iter_next(&iter, &id, &reason))
		fsck_report(run->fsck, "blob %" G_GINT64_FORMAT ": %s",
			    *(gint64 *)id, (const char *)reason);
}

/* What a file's row says of its versions, put right. */
struct version_counts {
	struct id id;
	int64_t older_versions, last_number;
};

struct file_page {
	struct fsck_run *run;
	struct arena arena; /* of this page */
	char *after;        /* path of the last file seen */
	int64_t account_id; /* and its account */
	struct str folder;  /* the last one looked up, in the same account */
	unsigned rows;
	GArray *missing; /* of struct folder, to be made */
	GArray *counts;  /* of struct version_counts */
};

/* Once for each folder, however many files are in it. */
static void note_missing(struct file_page *page, struct str folder)
{
	struct folder missing = {.account_id = page->account_id,
				 .path = folder,
				 .created_ms = now_ms()};
	char *key = g_strdup_printf("%" G_GINT64_FORMAT "/%.*s",
				    missing.account_id, STR_ARG(folder));
	if (g_hash_table_add(page->run->missing, key))
		g_array_append_val(page->missing, missing);
}

static int check_folder(struct db_tx *tx, struct file_page *page,
			struct str folder, struct err *err)
{
	for (; folder.n; folder = path_folder(folder)) {
		int found = folder_exists_tx(tx, page->account_id, folder, err);
		if (found < 0)
			return -1;
		if (!found)
			note_missing(page, folder);
	}
	return 0;
}

static void check_file_row(struct fsck_run *run, struct str path,
			   struct db_stmt *stmt)
{
	int64_t blob_id = db_int(stmt, 4);
	if (db_is_null(stmt, 5)) {
		fsck_report(run->fsck, "file %.*s: its blob %lld has no row",
			    STR_ARG(path), (long long)blob_id);
		return;
	}
	if (db_int(stmt, 3) != db_int(stmt, 5))
		fsck_report(run->fsck,
			    "file %.*s: its size is not that of its blob %lld",
			    STR_ARG(path), (long long)blob_id);
	if (!str_eq(db_text(stmt, 2), path_folder(path)))
		fsck_report(run->fsck,
			    "file %.*s: its folder is not that of its path",
			    STR_ARG(path));
	const char *reason = g_hash_table_lookup(run->bad, &blob_id);
	if (reason == NULL)
		return;
	fsck_report(run->fsck, "file %.*s: blob %lld: %s", STR_ARG(path),
		    (long long)blob_id, reason);
	g_hash_table_remove(run->bad, &blob_id);
}

static int check_versions(struct file_page *page, struct str path,
			  struct db_stmt *stmt, struct err *err)
{
	int64_t noted = db_int(stmt, 7), counted = db_int(stmt, 8);
	int64_t last = db_int(stmt, 9);
	int64_t highest = MAX(db_int(stmt, 10), db_int(stmt, 11));
	struct version_counts counts = {
		.older_versions = counted,
		.last_number = MAX(last, highest),
	};
	if (noted == counted && last >= highest)
		return 0;
	if (row_id(stmt, 6, &counts.id, err) < 0)
		return -1;
	if (noted != counted)
		fsck_report(page->run->fsck,
			    "file %.*s has %lld older versions, but %lld are "
			    "noted",
			    STR_ARG(path), (long long)counted,
			    (long long)noted);
	if (last < highest)
		fsck_report(page->run->fsck,
			    "file %.*s has a version %lld, but %lld is noted "
			    "as the last",
			    STR_ARG(path), (long long)highest, (long long)last);
	g_array_append_val(page->counts, counts);
	return 0;
}

static int check_file(struct db_tx *tx, struct file_page *page,
		      struct db_stmt *stmt, struct err *err)
{
	int64_t account_id = db_int(stmt, 0);
	struct str path = arena_str(&page->arena, db_text(stmt, 1));
	struct str folder = path_folder(path);
	bool looked_up =
		account_id == page->account_id && str_eq(folder, page->folder);
	page->rows++;
	page->run->fsck->files++;
	page->account_id = account_id;
	page->folder = folder;
	g_free(page->after);
	page->after = g_strndup(path.p, path.n);
	check_file_row(page->run, path, stmt);
	if (check_versions(page, path, stmt, err) < 0)
		return -1;
	return looked_up ? 0 : check_folder(tx, page, folder, err);
}

static int read_file_page(struct db_tx *tx, void *arg, struct err *err)
{
	struct file_page *page = arg;
	g_autofree char *after = g_strdup(page->after);
	struct db_stmt *stmt = db_query(
		tx,
		"SELECT f.account_id, f.path, f.folder, f.size, f.blob_id,"
		" b.size, f.id, f.older_versions,"
		" (SELECT COUNT(*) FROM version v WHERE v.file_id = f.id),"
		" f.last_number, f.version_number, (SELECT MAX(v.number)"
		" FROM version v WHERE v.file_id = f.id)"
		" FROM file f LEFT JOIN blob b ON b.id = f.blob_id"
		" WHERE (f.account_id, f.path) > ($1, $2)"
		" ORDER BY f.account_id, f.path LIMIT $3",
		DB_ARGS(DB_INT(page->account_id), DB_TEXT(str_of(after)),
			DB_INT(PAGE)));
	page->rows = 0;
	page->folder = STR("");
	int more = 0;
	while (page->rows < PAGE && (more = db_step(stmt, err)) > 0)
		if (check_file(tx, page, stmt, err) < 0)
			return -1;
	db_done(stmt); /* before what it has bound is freed */
	return more < 0 ? -1 : 0;
}

static int make_missing(struct db_tx *tx, void *arg, struct err *err)
{
	return folder_make(tx, arg, err) < 0 ? -1 : 0;
}

static int report_missing(struct file_page *page, struct err *err)
{
	struct fsck_run *run = page->run;
	for (guint i = 0; i < page->missing->len; i++) {
		struct folder *missing =
			&g_array_index(page->missing, struct folder, i);
		fsck_report(run->fsck, "folder %.*s of account %lld has no row",
			    STR_ARG(missing->path),
			    (long long)missing->account_id);
		if (run->fsck->repair &&
		    db_write(run->library->db, make_missing, missing, err) < 0)
			return -1;
	}
	g_array_set_size(page->missing, 0);
	return 0;
}

static int write_counts(struct db_tx *tx, void *arg, struct err *err)
{
	const GArray *all = arg;
	for (guint i = 0; i < all->len; i++) {
		const struct version_counts *counts =
			&g_array_index(all, struct version_counts, i);
		if (db_exec(tx,
			    "UPDATE file SET older_versions = $2,"
			    " last_number = $3 WHERE id = $1",
			    DB_ARGS(DB_ID(&counts->id),
				    DB_INT(counts->older_versions),
				    DB_INT(counts->last_number)),
			    err) < 0)
			return -1;
	}
	return 0;
}

static int repair_counts(struct file_page *page, struct err *err)
{
	if (page->counts->len && page->run->fsck->repair &&
	    db_write(page->run->library->db, write_counts, page->counts, err) <
		    0)
		return -1;
	g_array_set_size(page->counts, 0);
	return 0;
}

static int check_files(struct fsck_run *run, struct err *err)
{
	g_autoptr(GArray) missing =
		g_array_new(FALSE, FALSE, sizeof(struct folder));
	g_autoptr(GArray) counts =
		g_array_new(FALSE, FALSE, sizeof(struct version_counts));
	struct file_page page = {
		.run = run,
		.after = g_strdup(""),
		.account_id = INT64_MIN,
		.missing = missing,
		.counts = counts,
	};
	int result;
	arena_init(&page.arena);
	do {
		result = db_read(run->library->db, read_file_page, &page, err);
		if (result == 0)
			result = report_missing(&page, err);
		if (result == 0)
			result = repair_counts(&page, err);
		arena_release(&page.arena);
	} while (result == 0 && page.rows == PAGE);
	g_free(page.after);
	return result;
}

/* A commit may take as long on a disk that is busy; in all, since who was
 * killed leaves what is pending for ever. */
#define NAP_US 50000
#define NAPS_MAX 40

/* 1 it has its row, or is gone; 0 nothing will come of it any more. */
static int await_row(struct fsck_run *run, const struct orphan *orphan,
		     struct err *err)
{
	for (;;) {
		struct err why = {0};
		/* before its row is looked for: the one follows the other */
		int pending = orphan_is_pending(orphan, err);
		int found = pending < 0
				    ? -1
				    : orphan_has_row(run->library, orphan, err);
		if (found)
			return found;
		SCOPED_FD fd =
			store_blob_open(orphan->store, STORE_NAME(orphan->id),
					orphan->size, &why);
		if (fd < 0 && why.code == ERR_NOT_FOUND)
			return 1;
		if (!pending || run->fsck->repair || run->naps >= NAPS_MAX)
			return 0;
		run->naps++;
		g_usleep(NAP_US);
	}
}

/* Asked again at the end: what was just being put has its row by now, or is
 * gone. */
static int check_orphan(struct fsck_run *run, const struct orphan *orphan,
			struct err *err)
{
	int settled = await_row(run, orphan, err);
	if (settled)
		return settled < 0 ? -1 : 0;
	fsck_report(run->fsck, "blob %lld: bytes without a row",
		    (long long)orphan->id);
	if (!run->fsck->repair)
		return 0;
	return orphan_set_aside(orphan, err) < 0 ? -1 : 0;
}

static int run_checks(struct fsck_run *run, struct err *err)
{
	g_autoptr(GArray) orphans =
		g_array_new(FALSE, FALSE, sizeof(struct orphan));
	if (fsck_database(run->library, run->fsck, err) < 0 ||
	    (run->fsck->repair && orphans_give_back(run->library, err) < 0) ||
	    orphans_find(run->library, orphans, err) < 0 ||
	    /* folders that are made below count themselves */
	    fsck_usage(run->library, run->fsck, err) < 0 ||
	    check_blobs(run, err) < 0 || check_files(run, err) < 0)
		return -1;
	report_other_blobs(run);
	if (db_read(run->library->db, read_trash_stores, run, err) < 0 ||
	    fsck_rows(run->library, run->fsck, err) < 0 ||
	    fsck_tags(run->library, run->fsck, err) < 0 ||
	    fsck_uploads(run->library, run->fsck, err) < 0)
		return -1;
	for (guint i = 0; i < orphans->len; i++)
		if (check_orphan(run, &g_array_index(orphans, struct orphan, i),
				 err) < 0)
			return -1;
	return 0;
}

int library_fsck(struct library *library, struct library_fsck *fsck,
		 struct err *err)
{
	struct fsck_run run = {.library = library, .fsck = fsck};
	SCOPED_FD lock = -1;
	if (fsck->repair && library->lock_fd < 0 &&
	    library_lock(library->dir, &lock, err) < 0)
		return -1;
	fsck->files = fsck->blobs = fsck->bytes = fsck->problems = 0;
	fsck->uploads = fsck->staged_bytes = 0;
	run.bad = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					g_free);
	run.missing =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	int result = run_checks(&run, err);
	g_hash_table_unref(run.bad);
	g_hash_table_unref(run.missing);
	return result;
}
