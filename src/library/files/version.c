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

static const char select_all[] =
	SELECT_VERSION FROM_VERSION " WHERE v.file_id = $1"
				    " ORDER BY v.number LIMIT $2";
static const char select_one[] =
	SELECT_VERSION FROM_VERSION " WHERE v.id = $1 AND v.file_id = $2";
static const char select_one_bytes[] = SELECT_VERSION
	", b.inline_bytes" FROM_VERSION " WHERE v.id = $1 AND v.file_id = $2";
static const char select_current_bytes[] =
	SELECT_FILE ", b.inline_bytes" FROM_FILE " WHERE f.id = $1";

int versions_read_tx(struct db_tx *tx, const struct id *file,
		     struct arena *arena, struct file **out, size_t *n,
		     struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx, select_all,
			 DB_ARGS(DB_ID(file), DB_INT(FILE_VERSIONS_MAX)));
	*out = arena_alloc(arena, FILE_VERSIONS_MAX * sizeof(**out));
	*n = 0;
	int more = 0, result = 0;
	while (result == 0 && *n < FILE_VERSIONS_MAX &&
	       (more = db_step(stmt, err)) > 0)
		result = file_row_read(stmt, arena, &(*out)[(*n)++], err);
	db_done(stmt); /* a job goes on after a damaged row */
	return more < 0 ? -1 : result;
}

/* A version that is not current. */
static int read_old(struct db_tx *tx, const struct id *file,
		    const struct id *version, bool with_bytes,
		    struct arena *arena, struct file *out, struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx, with_bytes ? select_one_bytes : select_one,
			 DB_ARGS(DB_ID(version), DB_ID(file)));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	if (file_row_read(stmt, arena, out, err) < 0)
		return -1;
	if (with_bytes && out->is_inline &&
	    file_row_bytes(stmt, arena, out, err) < 0)
		return -1;
	db_done(stmt);
	return 1;
}

struct version_call {
	int64_t account_id, now;
	const struct id *file, *version;
	bool with_bytes;
	struct arena *arena;
	struct file *out; /* of list: an array */
	size_t n;
	int found;
};

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct version_call *call = arg;
	struct file current, *old;
	size_t n;
	call->found = file_find_tx(tx, call->account_id, call->file, call->now,
				   call->arena, &current, err);
	if (call->found <= 0)
		return call->found;
	if (versions_read_tx(tx, call->file, call->arena, &old, &n, err) < 0)
		return -1;
	call->out = arena_alloc(call->arena, (n + 1) * sizeof(*call->out));
	call->out[0] = current;
	for (size_t i = 0; i < n; i++)
		call->out[1 + i] = old[n - 1 - i];
	call->n = n + 1;
	return 0;
}

int version_list(struct library *library, int64_t account_id,
		 const struct id *file, struct arena *arena, struct file **out,
		 size_t *n, struct err *err)
{
	struct version_call call = {.account_id = account_id,
				    .now = now_ms(),
				    .file = file,
				    .arena = arena};
	if (db_read(library->db, list_rows, &call, err) < 0)
		return -1;
	*out = call.out;
	*n = call.n;
	return call.found;
}

static int read_current(struct db_tx *tx, const struct version_call *call,
			struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx, select_current_bytes, DB_ARGS(DB_ID(call->file)));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	if (file_row_bytes(stmt, call->arena, call->out, err) < 0)
		return -1;
	return 1;
}

static int find_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct version_call *call = arg;
	struct file current;
	call->found = file_find_tx(tx, call->account_id, call->file, call->now,
				   call->arena, &current, err);
	if (call->found <= 0)
		return call->found;
	bool is_old = !id_eq(&current.version_id, call->version);
	*call->out = current;
	if (is_old)
		call->found =
			read_old(tx, call->file, call->version,
				 call->with_bytes, call->arena, call->out, err);
	else if (call->with_bytes && current.is_inline)
		call->found = read_current(tx, call, err);
	return call->found < 0 ? -1 : 0;
}

int version_find(struct library *library, int64_t account_id,
		 const struct id *file, const struct id *version,
		 bool with_bytes, struct arena *arena, struct file *out,
		 struct err *err)
{
	struct version_call call = {.account_id = account_id,
				    .now = now_ms(),
				    .file = file,
				    .version = version,
				    .with_bytes = with_bytes,
				    .arena = arena,
				    .out = out};
	if (db_read(library->db, find_rows, &call, err) < 0)
		return -1;
	return call.found;
}

static int delete_row(struct db_tx *tx, const struct id *version,
		      struct err *err)
{
	return db_exec(tx, "DELETE FROM version WHERE id = $1",
		       DB_ARGS(DB_ID(version)), err);
}

static int delete_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct version_call *call = arg;
	struct file current, old;
	call->found = file_find_tx(tx, call->account_id, call->file, call->now,
				   call->arena, &current, err);
	if (call->found <= 0)
		return call->found;
	if (id_eq(&current.version_id, call->version))
		return err_set(err, ERR_INVALID,
			       "The current version of a file cannot be "
			       "deleted.");
	call->found = read_old(tx, call->file, call->version, false,
			       call->arena, &old, err);
	if (call->found <= 0)
		return call->found;
	current.older_versions--;
	if (delete_row(tx, call->version, err) < 0 ||
	    blob_drop(tx, old.blob_id, call->now, err) < 0 ||
	    usage_discharge(tx, call->account_id, (int64_t)old.size, err) < 0 ||
	    file_update_tx(tx, &current, err) < 0)
		return -1;
	file_changed(tx, call->file);
	return event_add(tx, EVENT_VERSION_DELETED, &old, call->now, err);
}

int version_delete(struct library *library, int64_t account_id,
		   const struct id *file, const struct id *version,
		   struct err *err)
{
	struct arena arena;
	arena_init(&arena);
	struct version_call call = {.account_id = account_id,
				    .now = now_ms(),
				    .file = file,
				    .version = version,
				    .arena = &arena};
	int result = db_write(library->db, delete_rows, &call, err);
	arena_release(&arena);
	return result < 0 ? -1 : call.found;
}

/* The file with the content of the old version, and what described it. */
static struct file as_current(const struct file *current,
			      const struct file *old, int64_t now)
{
	struct file file = *old;
	file.is_old = false;
	file.created_ms = current->created_ms;
	file.updated_ms = MAX(now, current->updated_ms);
	return file;
}

static int restore_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct version_call *call = arg;
	struct file current, old;
	call->found = file_find_tx(tx, call->account_id, call->file, call->now,
				   call->arena, &current, err);
	if (call->found <= 0)
		return call->found;
	*call->out = current;
	if (id_eq(&current.version_id, call->version))
		return 0;
	call->found = read_old(tx, call->file, call->version, false,
			       call->arena, &old, err);
	if (call->found <= 0)
		return call->found;
	*call->out = as_current(&current, &old, call->now);
	if (delete_row(tx, call->version, err) < 0 ||
	    version_insert_tx(tx, &current, err) < 0 ||
	    file_update_tx(tx, call->out, err) < 0 ||
	    tags_replace(tx, call->account_id, call->file,
			 current.tags.p != NULL, old.tags, err) < 0)
		return -1;
	file_changed(tx, call->file);
	return event_add(tx, EVENT_FILE_UPDATED, call->out, call->now, err);
}

int version_restore(struct library *library, int64_t account_id,
		    const struct id *file, const struct id *version,
		    struct arena *arena, struct file *out, struct err *err)
{
	struct version_call call = {.account_id = account_id,
				    .now = now_ms(),
				    .file = file,
				    .version = version,
				    .arena = arena,
				    .out = out};
	if (db_write(library->db, restore_rows, &call, err) < 0)
		return -1;
	return call.found;
}
