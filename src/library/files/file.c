/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and opening files. Putting is in put.c, deleting in trash.c.
 */
#include "library/files/file.h"
#include "base/clock.h"
#include "base/log/log.h"
#include "base/metrics.h"
#include "library/files/blob.h"
#include "library/files/file_row.h"
#include "library/files/file_tx.h"
#include "library/library_internal.h"
#include "library/row.h"

#define BY_ID " WHERE f.id = $1"
#define BY_PATH " WHERE f.account_id = $1 AND f.path = $2"

static const char select_by_id[] = SELECT_FILE_BY_ID;
static const char select_by_id_bytes[] =
	SELECT_FILE ", b.inline_bytes" FROM_FILE BY_ID;
static const char select_old[] = SELECT_VERSION FROM_VERSION " WHERE v.id = $1";
static const char select_by_path[] = SELECT_FILE FROM_FILE BY_PATH;
static const char select_by_path_bytes[] =
	SELECT_FILE ", b.inline_bytes" FROM_FILE BY_PATH;

bool file_is_expired(const struct file *file, int64_t now)
{
	return file->expires_ms && file->expires_ms <= now;
}

bool file_outlives(const struct file *file, const struct file *other)
{
	return file->expires_ms == 0 ||
	       (other->expires_ms && file->expires_ms >= other->expires_ms);
}

/* The one row of a statement that is bound. To a view with an account another
 * one's is not there, whatever state it is in. */
static int read_one(const struct view *view, struct db_stmt *stmt,
		    struct file *out, struct err *err)
{
	int found = db_step(stmt, err);
	if (found > 0 && view->account_id &&
	    db_int(stmt, COL_account_id) != view->account_id)
		found = 0;
	if (found > 0 && file_row_read(stmt, view->arena, out, err) < 0)
		found = -1;
	if (found > 0 && view->with_bytes && out->is_inline &&
	    file_row_bytes(stmt, view->arena, out, err) < 0)
		found = -1;
	db_done(stmt); /* a job goes on after a damaged row */
	return found;
}

static int find_by_id(const struct view *view, const struct id *id,
		      struct file *out, struct err *err)
{
	struct db_stmt *stmt = db_query(
		view->tx, view->with_bytes ? select_by_id_bytes : select_by_id,
		DB_ARGS(DB_ID(id)));
	return read_one(view, stmt, out, err);
}

int file_find_tx(const struct view *view, const struct id *id, struct file *out,
		 struct err *err)
{
	int found = find_by_id(view, id, out, err);
	if (found <= 0)
		return found;
	return out->account_id == view->account_id &&
	       !file_is_expired(out, view->now);
}

int file_at_path_tx(const struct view *view, struct str path, struct file *out,
		    struct err *err)
{
	struct db_stmt *stmt = db_query(
		view->tx,
		view->with_bytes ? select_by_path_bytes : select_by_path,
		DB_ARGS(DB_INT(view->account_id), DB_TEXT(path)));
	return read_one(view, stmt, out, err);
}

static bool copy_exact(void *to, struct str from, size_t n)
{
	if (from.n != n)
		return false;
	memcpy(to, from.p, n);
	return true;
}

static enum alpha alpha_of(struct db_stmt *stmt, int column)
{
	if (db_is_null(stmt, column))
		return ALPHA_UNKNOWN;
	return db_int(stmt, column) ? ALPHA_YES : ALPHA_NO;
}

#define READ_ID(to, column)                                                    \
	good = copy_exact(to.b, db_blob(stmt, column), ID_BYTES) && good
#define READ_TEXT(to, column) to = arena_str(arena, db_text(stmt, column))
#define READ_OPT(to, column) READ_TEXT(to, column)
#define READ_INT(to, column) to = (__typeof__(to))db_int(stmt, column)
#define READ_NONZERO(to, column) READ_INT(to, column)
#define READ_BLOB(to, column) READ_INT(to, column)
#define READ_NOT(to, column) to = db_int(stmt, column) == 0
#define READ_ALPHA(to, column) to = alpha_of(stmt, column)
#define READ(column, old, kind, field, key)                                    \
	READ_##kind(out->field, COL_##field);

int file_row_read(struct db_stmt *stmt, struct arena *arena, struct file *out,
		  struct err *err)
{
	bool good = true;
	struct blob_location location;
	blob_location_read(stmt, COL_STORE, arena, &location);
	*out = (struct file){
		.store = location.store,
		.store_key = location.name.key,
		.is_inline = db_int(stmt, COL_INLINE) != 0,
		.is_old = db_int(stmt, COL_OLD) != 0,
		.extents = (unsigned)db_int(stmt, COL_EXTENTS),
	};
	FILE_COLUMNS(READ)
	if (out->is_old)
		out->created_ms = out->content_ms;
	if (!copy_exact(out->checksum, db_blob(stmt, COL_CHECKSUM),
			CHECKSUM_BYTES) ||
	    !good)
		return err_set(err, ERR_CORRUPT, "The row of %.*s is damaged.",
			       STR_ARG(out->path));
	return 0;
}

void file_damaged(const struct file *file, const char *why)
{
	metric_add(METRIC_DAMAGED_READS, 1);
	log_error("file %.*s of account %lld: %s (blob %lld)",
		  STR_ARG(file->path), (long long)file->account_id, why,
		  (long long)file->blob_id);
}

int file_row_bytes(struct db_stmt *stmt, struct arena *arena, struct file *out,
		   struct err *err)
{
	uint8_t sum[CHECKSUM_BYTES];
	struct str bytes = db_blob(stmt, COL_BYTES);
	if (bytes.p == NULL)
		bytes = STR("");
	checksum_of(bytes.p, bytes.n, sum);
	if (bytes.n != out->size || memcmp(sum, out->checksum, sizeof(sum))) {
		file_damaged(out, "its content differs from its checksum");
		return err_set(err, ERR_CORRUPT,
			       "The stored bytes of %.*s do not match their "
			       "checksum.",
			       STR_ARG(out->path));
	}
	out->bytes = arena_str(arena, bytes);
	return 0;
}

static int no_row(struct err *err)
{
	return err_set(err, ERR_CORRUPT, "A file's content has no row.");
}

int file_row_find(const struct view *view, const struct id *id,
		  struct file *out, struct err *err)
{
	return find_by_id(view, id, out, err);
}

int file_row_load(const struct view *view, const struct id *id,
		  struct file *out, struct err *err)
{
	int found = find_by_id(view, id, out, err);
	return found ? MIN(found, 0) : no_row(err);
}

int version_row_find(const struct view *view, const struct id *id,
		     struct file *out, struct err *err)
{
	return read_one(view,
			db_query(view->tx, select_old, DB_ARGS(DB_ID(id))), out,
			err);
}

struct find_call {
	struct view view;
	const struct id *id; /* NULL: by path */
	struct str path;
	struct file *out;
	bool found;
};

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct find_call *call = arg;
	call->view.tx = tx;
	int found = call->id ? find_by_id(&call->view, call->id, call->out, err)
			     : file_at_path_tx(&call->view, call->path,
					       call->out, err);
	call->found = found > 0 && !file_is_expired(call->out, call->view.now);
	return found < 0 ? -1 : 0;
}

int file_by_id_of_any(const struct view *view, const struct id *id,
		      struct file *out, struct err *err)
{
	struct find_call call = {.view = *view, .id = id, .out = out};
	call.view.account_id = 0;
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

int file_by_id(const struct view *view, const struct id *id, struct file *out,
	       struct err *err)
{
	struct find_call call = {.view = *view, .id = id, .out = out};
	if (view->account_id == 0)
		return 0;
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

int file_by_path(const struct view *view, struct str path, struct file *out,
		 struct err *err)
{
	struct find_call call = {.view = *view, .path = path, .out = out};
	if (!path_valid(path))
		return 0;
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

int file_open(struct library *library, const struct file *file, struct err *err)
{
	struct store_blob blob = {
		.id = file->blob_id,
		.store = file->store,
		.key = file->store_key,
		.size = file->size,
	};
	struct err why = {0};
	struct arena arena;
	int fd = -1;
	g_assert(!file->is_inline);
	memcpy(blob.checksum, file->checksum, CHECKSUM_BYTES);
	arena_init(&arena);
	if (file->size > library->check_max ||
	    blob_find_extents(library, &arena, file->extents, &blob, &why) == 0)
		fd = blob_open(library, &blob, library->check_max, &why);
	arena_release(&arena);
	if (fd >= 0)
		return fd;
	if (why.code == ERR_CORRUPT)
		file_damaged(file, "its content is damaged");
	return err_set(err, why.code, "%s", why.text);
}
