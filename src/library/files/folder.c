/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder rows. They exist so that a folder can be empty; where a folder has a
 * row, so have all its ancestors. A file and a folder may have one path: they
 * are found by different calls.
 */
#include "library/files/folder.h"
#include "base/clock.h"
#include "library/accounts/usage_charge.h"
#include "library/files/file.h"
#include "library/files/folder_row.h"
#include "library/library_internal.h"
#include "library/row.h"

int folder_make(struct db_tx *tx, const struct folder *folder, struct err *err)
{
	struct str path = folder->path, parent = path_folder(path);
	int made = db_change(
		tx,
		"INSERT INTO folder (account_id, path, created_at, updated_at,"
		" parent, name) VALUES ($1, $2, $3, $3, $4, $5)"
		" ON CONFLICT DO NOTHING",
		DB_ARGS(DB_INT(folder->account_id), DB_TEXT(path),
			DB_INT(folder->created_ms), DB_TEXT(parent),
			DB_TEXT(parent.n ? str_skip(path, parent.n + 1)
					 : path)),
		err);
	if (made > 0 && usage_count_folders(tx, folder->account_id, 1, err) < 0)
		return -1;
	return made;
}

int folder_check_quota(struct db_tx *tx, int64_t account_id, struct str path,
		       struct err *err)
{
	int exists = folder_exists_tx(tx, account_id, path, err);
	return exists ? MIN(exists, 0) : usage_check_room(tx, account_id, err);
}

/* From the deepest up: the first one that was there has its ancestors. */
int folder_make_all(struct db_tx *tx, const struct folder *folder,
		    struct err *err)
{
	struct folder at = *folder;
	for (; at.path.n; at.path = path_folder(at.path)) {
		int made = folder_make(tx, &at, err);
		if (made < 0)
			return -1;
		if (made == 0)
			break;
	}
	return 0;
}

int folder_exists_tx(struct db_tx *tx, int64_t account_id, struct str path,
		     struct err *err)
{
	int64_t one;
	if (path.n == 0)
		return 1;
	return db_query_int(
		tx, "SELECT 1 FROM folder WHERE account_id = $1 AND path = $2",
		DB_ARGS(DB_INT(account_id), DB_TEXT(path)), &one, err);
}

struct id folder_id(int64_t account_id, struct str path)
{
	uint8_t hash[SHA256_BYTES];
	struct id id;
	g_autofree char *text = g_strdup_printf(
		"folder:%" G_GINT64_FORMAT ":%.*s", account_id, STR_ARG(path));
	sha256_of(str_of(text), hash);
	memcpy(id.b, hash, sizeof(id.b));
	return id;
}

bool folder_path_valid(struct str folder)
{
	unsigned levels = 0;
	for (struct str rest = folder; rest.p; levels++)
		str_split(&rest, '/');
	return path_valid(folder) && folder.n <= FILE_PATH_MAX - 2 &&
	       levels <= FILE_LEVELS_MAX;
}

struct deepest_call {
	const struct view *view;
	struct str path;
};

static int find_deepest(struct db_tx *tx, void *arg, struct err *err)
{
	struct deepest_call *call = arg;
	int found = 0;
	while (call->path.n &&
	       (found = folder_exists_tx(tx, call->view->account_id, call->path,
					 err)) == 0)
		call->path = path_folder(call->path);
	return found < 0 ? -1 : 0;
}

int folder_deepest(const struct view *view, struct str path, struct str *out,
		   struct err *err)
{
	struct deepest_call call = {view, path};
	*out = STR("");
	if (!path_valid(path))
		return 0;
	if (db_read(view->library->db, find_deepest, &call, err) < 0)
		return -1;
	*out = call.path;
	return 0;
}

struct room_call {
	int64_t account_id;
	struct str source; /* of a copy; "": one folder is made */
	int64_t n;
};

static int count_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct room_call *call = arg;
	struct db_value account = DB_INT(call->account_id);
	/* '0' is the character after '/' */
	g_autofree char *first =
		g_strdup_printf("%.*s/", STR_ARG(call->source));
	g_autofree char *end = g_strdup_printf("%.*s0", STR_ARG(call->source));
	int64_t below = 0;
	if (db_query_int(tx,
			 "SELECT COUNT(*) FROM (SELECT 1 FROM folder"
			 " WHERE account_id = $1 LIMIT $2) AS some",
			 DB_ARGS(account, DB_INT(FOLDERS_MAX)), &call->n,
			 err) < 0 ||
	    db_query_int(tx,
			 "SELECT COUNT(*) FROM folder WHERE account_id = $1"
			 " AND path > $2 AND path < $3",
			 DB_ARGS(account, DB_TEXT(str_of(first)),
				 DB_TEXT(str_of(end))),
			 &below, err) < 0)
		return -1;
	call->n += 1 + (call->source.n ? below : 0);
	return 0;
}

int folder_check_room(struct library *library, int64_t account_id,
		      struct str source, struct err *err)
{
	struct room_call call = {.account_id = account_id, .source = source};
	if (db_read(library->db, count_rows, &call, err) < 0)
		return -1;
	if (call.n <= FOLDERS_MAX)
		return 0;
	return err_set(err, ERR_LIMIT,
		       "An account can have at most %d folders besides those "
		       "that its uploads make.",
		       FOLDERS_MAX);
}

struct folder_call {
	const struct view *view;
	struct str path;
};

static int create_rows(struct db_tx *tx, void *arg, struct err *err)
{
	const struct folder_call *call = arg;
	const struct folder folder = {.account_id = call->view->account_id,
				      .path = call->path,
				      .created_ms = call->view->now};
	if (folder_check_quota(tx, folder.account_id, folder.path, err) < 0 ||
	    folder_make_all(tx, &folder, err) < 0)
		return -1;
	/* asked for now: a deletion from before must not take it */
	return db_exec(tx,
		       "UPDATE folder SET updated_at = $3"
		       " WHERE account_id = $1 AND path = $2"
		       " AND updated_at < $3",
		       DB_ARGS(DB_INT(folder.account_id), DB_TEXT(folder.path),
			       DB_INT(folder.created_ms)),
		       err);
}

int folder_create(const struct view *view, struct str path, struct err *err)
{
	struct folder_call call = {.view = view, .path = path};
	if (!folder_path_valid(path))
		return err_set(err, ERR_INVALID,
			       "The folder's path is too long, too deep or not "
			       "valid.");
	if (folder_check_room(view->library, view->account_id, STR(""), err) <
	    0)
		return -1;
	return row_write(view, create_rows, &call, err);
}
