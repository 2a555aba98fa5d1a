/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of fsck that asks whether rows about blobs contradict each other: a
 * table of queries, each of which names the blobs that something is wrong with.
 */
#include "library/check/fsck.h"
#include "library/library_internal.h"

/* The query gives blob ids. */
struct row_rule {
	const char *problem;
	const char *select;
	/* With the blob id as $1; without any of the two: reported only. */
	const char *repair;
	/* Once for all that was found. */
	const char *rebuild[2];
};

#define OUT_OF_TRASH "DELETE FROM trash WHERE blob_id = $1"
#define BLOBS_IN_USE                                                           \
	"SELECT blob_id FROM file UNION ALL SELECT blob_id FROM version"

static const struct row_rule row_rules[] = {
	{.problem = "is in the trash and has no row",
	 .select = "SELECT blob_id FROM trash"
		   " WHERE blob_id NOT IN (SELECT id FROM blob)",
	 .repair = OUT_OF_TRASH},
	{.problem = "is in the trash and in use",
	 .select = "SELECT blob_id FROM trash"
		   " WHERE blob_id IN (" BLOBS_IN_USE ")",
	 .repair = OUT_OF_TRASH},
	{.problem = "has a row that nothing points to",
	 .select = "SELECT id FROM blob WHERE id NOT IN (" BLOBS_IN_USE
		   " UNION ALL SELECT blob_id FROM trash)",
	 .repair = "INSERT INTO trash (blob_id, trashed_at) VALUES ($1, 0)"},
	{.problem = "of a version has no row",
	 .select = "SELECT blob_id FROM version"
		   " WHERE blob_id NOT IN (SELECT id FROM blob)"},
	{.problem = "has checksums of parts and no row",
	 .select = "SELECT blob_id FROM blob_extent"
		   " WHERE blob_id NOT IN (SELECT id FROM blob)",
	 .repair = "DELETE FROM blob_extent WHERE blob_id = $1"},
	{.problem = "belongs to a version of no file",
	 .select = "SELECT blob_id FROM version"
		   " WHERE file_id NOT IN (SELECT id FROM file)"},
	{.problem = "has another number of rows pointing to it than is noted",
	 .select = "SELECT u.blob_id FROM (" BLOBS_IN_USE ") u"
		   " GROUP BY u.blob_id HAVING COUNT(*) <>"
		   " 1 + COALESCE((SELECT s.extra FROM blob_share s"
		   " WHERE s.blob_id = u.blob_id), 0)"
		   " UNION SELECT blob_id FROM blob_share WHERE extra < 1"
		   " OR blob_id NOT IN (" BLOBS_IN_USE ")",
	 .rebuild = {"DELETE FROM blob_share",
		     "INSERT INTO blob_share (blob_id, extra)"
		     " SELECT u.blob_id, COUNT(*) - 1"
		     " FROM (" BLOBS_IN_USE ") u"
		     " GROUP BY u.blob_id HAVING COUNT(*) > 1"}},
};

struct rule_call {
	const struct row_rule *rule;
	GArray *ids;
};

static int rule_select(struct db_tx *tx, void *arg, struct err *err)
{
	struct rule_call *call = arg;
	struct db_stmt *stmt = db_prepare(tx, call->rule->select);
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		int64_t id = db_int(stmt, 0);
		g_array_append_val(call->ids, id);
	}
	return more;
}

static int rule_repair(struct db_tx *tx, void *arg, struct err *err)
{
	const struct rule_call *call = arg;
	const struct row_rule *rule = call->rule;
	for (guint i = 0; rule->repair && i < call->ids->len; i++)
		if (db_exec(tx, rule->repair,
			    DB_ARGS(DB_INT(
				    g_array_index(call->ids, int64_t, i))),
			    err) < 0)
			return -1;
	for (size_t i = 0; i < 2 && rule->rebuild[i]; i++) {
		if (db_exec(tx, rule->rebuild[i], DB_NO_ARGS, err) < 0)
			return -1;
	}
	return 0;
}

static int check_rule(struct library *library, struct library_fsck *fsck,
		      const struct row_rule *rule, struct err *err)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
	struct rule_call call = {rule, ids};
	if (db_read(library->db, rule_select, &call, err) < 0)
		return -1;
	for (guint i = 0; i < ids->len; i++)
		fsck_report(fsck, "blob %" G_GINT64_FORMAT " %s",
			    g_array_index(ids, gint64, i), rule->problem);
	if (ids->len == 0 || !fsck->repair)
		return 0;
	return db_write(library->db, rule_repair, &call, err);
}

int fsck_rows(struct library *library, struct library_fsck *fsck,
	      struct err *err)
{
	for (size_t i = 0; i < G_N_ELEMENTS(row_rules); i++)
		if (check_rule(library, fsck, &row_rules[i], err) < 0)
			return -1;
	return 0;
}
