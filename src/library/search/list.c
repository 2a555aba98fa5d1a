/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of files, newest first: the ids of the page from an index, then the
 * row of each.
 *
 * A folder with all below it is no range of any index that is in order of age.
 * So the newest ids of each of these folders are merged: one look-up a folder,
 * which ends at the first id that is too old for the page. docs/decisions/0007
 * says why.
 */
#include "library/search/list.h"
#include "base/clock.h"
#include "library/files/file_row.h"
#include "library/library_internal.h"
#include "library/row.h"

#define LIVE " AND (expires_at IS NULL OR expires_at > $3)"

static const char ids_of_account[] =
	"SELECT id FROM file WHERE account_id = $1 AND id < $2" LIVE
	" ORDER BY id DESC LIMIT $4";
static const char ids_of_folder[] =
	"SELECT id FROM file WHERE account_id = $1 AND folder = $5"
	" AND id < $2" LIVE " ORDER BY id DESC LIMIT $4";
static const char folders_below[] =
	"SELECT path FROM folder WHERE account_id = $1"
	" AND path > $2 AND path < $3";

const char *const list_statements[LIST_STATEMENTS] = {
	ids_of_account, ids_of_folder, folders_below, SELECT_FILE_BY_ID};

struct list_call {
	struct view view;
	const struct list_query *query;
	/* Newest first; one more than the page has, to see that there are
	 * more. */
	struct id *ids;
	size_t n, max;
	struct file *files;
	size_t n_files; /* without those that are damaged */
};

/* False when it is older than all there is room for. */
static bool take_id(struct list_call *call, const struct id *id)
{
	size_t at = call->n;
	while (at && memcmp(call->ids[at - 1].b, id->b, ID_BYTES) < 0)
		at--;
	if (at == call->max)
		return false;
	size_t after = MIN(call->n, call->max - 1) - at;
	memmove(&call->ids[at + 1], &call->ids[at], after * sizeof(*id));
	call->ids[at] = *id;
	call->n = at + after + 1;
	return true;
}

static int take_ids(struct list_call *call, struct db_stmt *stmt,
		    struct err *err)
{
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		struct id id;
		if (row_id(stmt, 0, &id, err) < 0) {
			if (row_passed_over(err, "a file"))
				continue;
			return -1;
		}
		if (!take_id(call, &id))
			break;
	}
	if (more > 0)
		db_done(stmt);
	return more < 0 ? -1 : 0;
}

/* Above every id, for the first page. */
static const uint8_t above_all[ID_BYTES + 1] = {0xff, 0xff, 0xff, 0xff, 0xff,
						0xff, 0xff, 0xff, 0xff, 0xff,
						0xff, 0xff, 0xff};

/* folder: STR_NONE for the whole account. */
static int collect(struct db_tx *tx, struct list_call *call, struct str folder,
		   struct err *err)
{
	const struct list_query *query = call->query;
	struct db_value account = DB_INT(call->view.account_id);
	struct db_value before =
		query->after ? DB_ID(&query->after_id)
			     : DB_BLOB(above_all, sizeof(above_all));
	struct db_value now = DB_INT(call->view.now);
	struct db_value max = DB_INT((int64_t)call->max);
	struct db_stmt *stmt =
		folder.p ? db_query(tx, ids_of_folder,
				    DB_ARGS(account, before, now, max,
					    DB_TEXT(folder)))
			 : db_query(tx, ids_of_account,
				    DB_ARGS(account, before, now, max));
	return take_ids(call, stmt, err);
}

static int collect_below(struct db_tx *tx, struct list_call *call,
			 struct err *err)
{
	struct str folder = call->query->folder;
	/* '0' is the character after '/' */
	struct db_stmt *stmt = db_query(
		tx, folders_below,
		DB_ARGS(DB_INT(call->view.account_id),
			DB_TEXT(arena_join(call->view.arena, folder, STR("/"))),
			DB_TEXT(arena_join(call->view.arena, folder,
					   STR("0")))));
	int more;
	while ((more = db_step(stmt, err)) > 0)
		if (collect(tx, call, db_text(stmt, 0), err) < 0)
			return -1;
	return more;
}

static int load_rows(struct list_call *call, size_t n, struct err *err)
{
	call->files = arena_alloc(call->view.arena, n * sizeof(*call->files));
	call->n_files = 0;
	for (size_t i = 0; i < n; i++) {
		struct file *file = &call->files[call->n_files];
		if (file_row_load(&call->view, &call->ids[i], file, err) == 0)
			call->n_files++;
		else if (!row_passed_over(err, "a file"))
			return -1;
	}
	return 0;
}

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct list_call *call = arg;
	call->view.tx = tx;
	struct str folder = call->query->folder;
	if (collect(tx, call, folder, err) < 0)
		return -1;
	/* "" is the root alone */
	if (folder.n && collect_below(tx, call, err) < 0)
		return -1;
	return load_rows(call, MIN(call->n, call->query->limit), err);
}

int file_list(const struct view *view, const struct list_query *query,
	      struct file_page *out, struct err *err)
{
	g_assert(query->limit > 0 && query->limit <= LIST_LIMIT_MAX);
	struct list_call call = {
		.view = *view, .query = query, .max = query->limit + 1};
	call.ids = arena_alloc(view->arena, call.max * sizeof(*call.ids));
	if (view_read(view, list_rows, &call, err) < 0)
		return -1;
	*out = (struct file_page){.items = call.files,
				  .n = call.n_files,
				  .more = call.n > query->limit};
	if (out->more)
		out->last = call.ids[query->limit - 1];
	return 0;
}
