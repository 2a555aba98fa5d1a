/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of fsck that adds up what each account stores.
 */
#include "library/check/fsck.h"
#include "library/files/file_tx.h"
#include "library/library_internal.h"

#define COUNTED                                                                \
	"CAST(COALESCE((SELECT SUM(" COUNTED_BYTES(                            \
		"f.") ") FROM file f"                                          \
		      " WHERE f.account_id = a.id), 0)"                        \
		      " + COALESCE((SELECT SUM(" COUNTED_BYTES(                \
			      "v.") ") FROM version v"                         \
				    " JOIN file f ON f.id = v.file_id WHERE "  \
				    "f.account_id = a.id), 0)"                 \
				    " + COALESCE((SELECT SUM(p.reserved)"      \
				    " FROM upload p"                           \
				    " WHERE p.account_id = a.id), 0)"          \
				    " AS BIGINT)"

#define COUNTED_ITEMS                                                          \
	"(SELECT COUNT(*) FROM file f WHERE f.account_id = a.id)"              \
	" + (SELECT COUNT(*) FROM version v JOIN file f ON f.id = v.file_id"   \
	" WHERE f.account_id = a.id)"                                          \
	" + (SELECT COUNT(*) FROM folder d WHERE d.account_id = a.id)"

/* A row that is not what its files add up to. */
struct usage_wrong {
	int64_t account_id;
	int64_t noted, noted_items;
	bool missing; /* there is no row */
	int64_t counted, counted_items;
};

static int find_wrong(struct db_tx *tx, void *arg, struct err *err)
{
	GArray *out = arg;
	struct db_stmt *stmt = db_prepare(
		tx, "SELECT a.id, u.storage_bytes, " COUNTED
		    ", u.item_count, " COUNTED_ITEMS
		    " FROM account a LEFT JOIN usage u ON u.account_id = a.id"
		    " ORDER BY a.id");
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		struct usage_wrong row = {
			.account_id = db_int(stmt, 0),
			.noted = db_int(stmt, 1),
			.missing = db_is_null(stmt, 1),
			.counted = db_int(stmt, 2),
			.noted_items = db_int(stmt, 3),
			.counted_items = db_int(stmt, 4),
		};
		if (row.missing || row.noted != row.counted ||
		    row.noted_items != row.counted_items)
			g_array_append_val(out, row);
	}
	return more;
}

static int repair_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct usage_wrong *row = arg;
	return db_exec(tx,
		       "INSERT INTO usage (account_id, storage_bytes, period,"
		       " upload_count, bandwidth_bytes, item_count)"
		       " SELECT a.id, " COUNTED ", 0, 0, 0, " COUNTED_ITEMS
		       " FROM account a WHERE a.id = $1"
		       " ON CONFLICT (account_id) DO UPDATE"
		       " SET storage_bytes = excluded.storage_bytes,"
		       " item_count = excluded.item_count",
		       DB_ARGS(DB_INT(row->account_id)), err);
}

static void report(struct library_fsck *fsck, const struct usage_wrong *row)
{
	if (row->missing)
		fsck_report(fsck, "account %lld has no row for its usage",
			    (long long)row->account_id);
	else if (row->noted != row->counted)
		fsck_report(fsck,
			    "account %lld uses %lld bytes, but %lld are noted",
			    (long long)row->account_id, (long long)row->counted,
			    (long long)row->noted);
	else
		fsck_report(fsck,
			    "account %lld has %lld files, versions and "
			    "folders, but %lld are noted",
			    (long long)row->account_id,
			    (long long)row->counted_items,
			    (long long)row->noted_items);
}

int fsck_usage(struct library *library, struct library_fsck *fsck,
	       struct err *err)
{
	g_autoptr(GArray) wrong =
		g_array_new(FALSE, FALSE, sizeof(struct usage_wrong));
	if (db_read(library->db, find_wrong, wrong, err) < 0)
		return -1;
	for (guint i = 0; i < wrong->len; i++) {
		struct usage_wrong *row =
			&g_array_index(wrong, struct usage_wrong, i);
		report(fsck, row);
		if (fsck->repair &&
		    db_write(library->db, repair_row, row, err) < 0)
			return -1;
	}
	return 0;
}
