/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions that are not current: listing, deleting, restoring. A file's row
 * keeps the count of them.
 */
#include "library/files/version.h"
#include "base/clock.h"
#include "library/accounts/usage_charge.h"
#include "library/files/blob.h"
#include "library/files/event.h"
#include "library/files/file_row.h"
#include "library/files/file_tx.h"
#include "library/files/tags.h"
#include "library/library_internal.h"
#include "library/row.h"

#define LIVE " AND (v.expires_at IS NULL OR v.expires_at > $3)"

static const char select_all[] = SELECT_VERSION FROM_VERSION
	" WHERE v.file_id = $1" LIVE " ORDER BY v.number LIMIT $2";
static const char select_one[] =
	SELECT_VERSION FROM_VERSION " WHERE v.id = $1 AND v.file_id = $2" LIVE;
static const char select_one_bytes[] =
	SELECT_VERSION ", b.inline_bytes" FROM_VERSION
		       " WHERE v.id = $1 AND v.file_id = $2" LIVE;

static int read_versions(const struct view *view, const struct id *file,
			 bool pass_over, struct file_list *out, struct err *err)
{
	struct db_stmt *stmt =
		db_query(view->tx, select_all,
			 DB_ARGS(DB_ID(file), DB_INT(FILE_VERSIONS_MAX),
				 DB_INT(view->now)));
	out->items = arena_alloc(view->arena,
				 FILE_VERSIONS_MAX * sizeof(*out->items));
	out->n = 0;
	int more = 0, result = 0;
	while (result == 0 && out->n < FILE_VERSIONS_MAX &&
	       (more = db_step(stmt, err)) > 0) {
		result = file_row_read(stmt, view->arena, &out->items[out->n],
				       err);
		if (result == 0)
			out->n++;
		else if (pass_over && row_passed_over(err, "a version"))
			result = 0;
	}
	db_done(stmt); /* a job goes on after a damaged row */
	return more < 0 ? -1 : result;
}

int versions_read_tx(const struct view *view, const struct id *file,
		     struct file_list *out, struct err *err)
{
	return read_versions(view, file, false, out, err);
}

int version_ids_tx(struct db_tx *tx, const struct id *file, struct id *out,
		   size_t *n, struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT id FROM version WHERE file_id = $1"
			 " ORDER BY number LIMIT $2",
			 DB_ARGS(DB_ID(file), DB_INT(FILE_VERSIONS_MAX)));
	int more = 0, result = 0;
	*n = 0;
	while (result == 0 && *n < FILE_VERSIONS_MAX &&
	       (more = db_step(stmt, err)) > 0)
		result = row_id(stmt, 0, &out[(*n)++], err);
	db_done(stmt); /* a job goes on after a damaged row */
	return more < 0 ? -1 : result;
}

struct version_call {
	struct view view;
	const struct id *file; /* of list */
	const struct version_ref *which;
	struct file *out;
	struct file_list *list;
	int found;
};

/* A version that is not current. */
static int read_old(const struct version_call *call, struct file *out,
		    struct err *err)
{
	const struct view *view = &call->view;
	struct db_stmt *stmt = db_query(
		view->tx, view->with_bytes ? select_one_bytes : select_one,
		DB_ARGS(DB_ID(&call->which->version), DB_ID(&call->which->file),
			DB_INT(view->now)));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	if (file_row_read(stmt, view->arena, out, err) < 0)
		return -1;
	if (view->with_bytes && out->is_inline &&
	    file_row_bytes(stmt, view->arena, out, err) < 0)
		return -1;
	db_done(stmt);
	return 1;
}

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct version_call *call = arg;
	struct file_list *out = call->list, old;
	struct file current;
	call->view.tx = tx;
	call->found = file_find_tx(&call->view, call->file, &current, err);
	if (call->found <= 0)
		return call->found;
	if (read_versions(&call->view, call->file, true, &old, err) < 0)
		return -1;
	out->n = old.n + 1;
	out->items =
		arena_alloc(call->view.arena, out->n * sizeof(*out->items));
	out->items[0] = current;
	for (size_t i = 0; i < old.n; i++)
		out->items[1 + i] = old.items[old.n - 1 - i];
	return 0;
}

int version_list(const struct view *view, const struct id *file,
		 struct file_list *out, struct err *err)
{
	struct version_call call = {.view = *view, .file = file, .list = out};
	*out = (struct file_list){0};
	if (view_read(view, list_rows, &call, err) < 0)
		return -1;
	return call.found;
}

static int find_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct version_call *call = arg;
	struct view rows = call->view;
	call->view.tx = rows.tx = tx;
	rows.with_bytes = false;
	call->found = file_find_tx(&rows, &call->which->file, call->out, err);
	if (call->found <= 0)
		return call->found;
	if (!id_eq(&call->out->version_id, &call->which->version))
		call->found = read_old(call, call->out, err);
	else if (call->view.with_bytes)
		call->found = file_find_tx(&call->view, &call->which->file,
					   call->out, err);
	return call->found < 0 ? -1 : 0;
}

int version_find(const struct view *view, const struct version_ref *which,
		 struct file *out, struct err *err)
{
	struct version_call call = {.view = *view, .which = which, .out = out};
	if (view_read(view, find_rows, &call, err) < 0)
		return -1;
	return call.found;
}

static int delete_row(struct db_tx *tx, const struct id *version,
		      struct err *err)
{
	return db_exec(tx, "DELETE FROM version WHERE id = $1",
		       DB_ARGS(DB_ID(version)), err);
}

int version_trash_tx(struct db_tx *tx, const struct file *old, int64_t now,
		     struct err *err)
{
	const struct usage_charge freed = {
		.account_id = old->account_id,
		.added = file_counted(old),
		.items = 1,
	};
	if (delete_row(tx, &old->version_id, err) < 0 ||
	    blob_drop(tx, old->blob_id, now, err) < 0 ||
	    usage_discharge(tx, &freed, err) < 0 ||
	    db_exec(tx,
		    "UPDATE file SET older_versions = older_versions - 1"
		    " WHERE id = $1",
		    DB_ARGS(DB_ID(&old->id)), err) < 0)
		return -1;
	file_changed(tx, &old->id);
	return event_add(
		tx, &(struct event_new){EVENT_VERSION_DELETED, old, .now = now},
		err);
}

static int delete_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct version_call *call = arg;
	struct file current, old;
	call->view.tx = tx;
	call->found =
		file_find_tx(&call->view, &call->which->file, &current, err);
	if (call->found <= 0)
		return call->found;
	if (id_eq(&current.version_id, &call->which->version))
		return err_set(err, ERR_INVALID,
			       "The current version of a file cannot be "
			       "deleted.");
	call->found = read_old(call, &old, err);
	if (call->found <= 0)
		return call->found;
	return version_trash_tx(tx, &old, call->view.now, err);
}

int version_delete(const struct view *view, const struct version_ref *which,
		   struct err *err)
{
	struct version_call call = {.view = *view, .which = which};
	int result = row_write(view, delete_rows, &call, err);
	return result < 0 ? -1 : call.found;
}

/* The file with the content of the old version, and what described it; as
 * closed as the file has become meanwhile. */
static struct file as_current(const struct file *current,
			      const struct file *old, int64_t now)
{
	struct file file = *old;
	file.is_old = false;
	file.access = MAX(old->access, current->access);
	file.draft = old->draft || current->draft;
	file.created_ms = current->created_ms;
	file.updated_ms = MAX(now, current->updated_ms);
	file_place(&file, now, file_modified_s(current));
	return file;
}

static int restore_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct version_call *call = arg;
	struct file current, old;
	call->view.tx = tx;
	call->found =
		file_find_tx(&call->view, &call->which->file, &current, err);
	if (call->found <= 0)
		return call->found;
	*call->out = current;
	if (id_eq(&current.version_id, &call->which->version))
		return 0;
	call->found = read_old(call, &old, err);
	if (call->found <= 0)
		return call->found;
	if (!file_outlives(&old, &current))
		return err_set(err, ERR_INVALID,
			       "The version expires before the file does, and "
			       "cannot be its current one.");
	*call->out = as_current(&current, &old, call->view.now);
	if (delete_row(tx, &call->which->version, err) < 0 ||
	    version_insert_tx(tx, &current, err) < 0 ||
	    file_update_tx(tx, call->out, err) < 0 ||
	    tags_replace(tx, call->out, current.tags.p != NULL, err) < 0)
		return -1;
	file_changed(tx, &call->which->file);
	return event_add(tx,
			 &(struct event_new){EVENT_VERSION_RESTORED, call->out,
					     .now = call->view.now},
			 err);
}

int version_restore(const struct view *view, const struct version_ref *which,
		    struct file *out, struct err *err)
{
	struct version_call call = {.view = *view, .which = which, .out = out};
	if (row_write(view, restore_rows, &call, err) < 0)
		return -1;
	return call.found;
}
