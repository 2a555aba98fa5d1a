/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and opening files. Putting is in put.c, deleting in trash.c.
 */
#include "library/files/file.h"
#include "base/clock.h"
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

/* The one row of a statement that is bound. */
static int read_one(struct db_stmt *stmt, struct arena *arena, struct file *out,
		    struct err *err)
{
	int found = db_step(stmt, err);
	if (found > 0 && file_row_read(stmt, arena, out, err) < 0)
		found = -1;
	db_done(stmt); /* a job goes on after a damaged row */
	return found;
}

int file_find_tx(struct db_tx *tx, int64_t account_id, const struct id *id,
		 int64_t now, struct arena *arena, struct file *out,
		 struct err *err)
{
	struct db_stmt *stmt = db_query(tx, select_by_id, DB_ARGS(DB_ID(id)));
	int found = read_one(stmt, arena, out, err);
	if (found <= 0)
		return found;
	return out->account_id == account_id && !file_is_expired(out, now);
}

int file_at_path_tx(struct db_tx *tx, int64_t account_id, struct str path,
		    struct arena *arena, struct file *out, struct err *err)
{
	struct db_stmt *stmt = db_query(
		tx, select_by_path, DB_ARGS(DB_INT(account_id), DB_TEXT(path)));
	return read_one(stmt, arena, out, err);
}

struct find_call {
	const char *sql;
	const struct id *id; /* NULL: by account and path */
	int64_t account_id;
	struct str path;
	bool with_bytes;
	int64_t now;
	struct arena *arena;
	struct file *out;
	bool found;
};

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
	*out = (struct file){
		.is_inline = db_int(stmt, COL_INLINE) != 0,
		.is_old = db_int(stmt, COL_OLD) != 0,
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

int file_row_bytes(struct db_stmt *stmt, struct arena *arena, struct file *out,
		   struct err *err)
{
	uint8_t sum[CHECKSUM_BYTES];
	struct str bytes = db_blob(stmt, COL_BYTES);
	if (bytes.p == NULL)
		bytes = STR("");
	checksum_of(bytes.p, bytes.n, sum);
	if (bytes.n != out->size || memcmp(sum, out->checksum, sizeof(sum)))
		return err_set(err, ERR_CORRUPT,
			       "The stored bytes of %.*s do not match their "
			       "checksum.",
			       STR_ARG(out->path));
	out->bytes = arena_str(arena, bytes);
	return 0;
}

int file_row_load(struct db_tx *tx, const struct id *id, bool old,
		  struct arena *arena, struct file *out, struct err *err)
{
	struct db_stmt *stmt = db_query(tx, old ? select_old : select_by_id,
					DB_ARGS(DB_ID(id)));
	int found = read_one(stmt, arena, out, err);
	if (found == 0)
		return err_set(err, ERR_CORRUPT,
			       "A file's content has no row.");
	return found < 0 ? -1 : 0;
}

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct find_call *call = arg;
	struct db_stmt *stmt =
		call->id ? db_query(tx, call->sql, DB_ARGS(DB_ID(call->id)))
			 : db_query(tx, call->sql,
				    DB_ARGS(DB_INT(call->account_id),
					    DB_TEXT(call->path)));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	int64_t expires = db_int(stmt, COL_expires_ms);
	if (expires && expires <= call->now)
		return 0;
	if (file_row_read(stmt, call->arena, call->out, err) < 0)
		return -1;
	if (call->with_bytes && call->out->is_inline &&
	    file_row_bytes(stmt, call->arena, call->out, err) < 0)
		return -1;
	call->found = true;
	return 0;
}

int file_by_id(struct library *library, const struct id *id, bool with_bytes,
	       struct arena *arena, struct file *out, struct err *err)
{
	struct find_call call = {
		.sql = with_bytes ? select_by_id_bytes : select_by_id,
		.id = id,
		.with_bytes = with_bytes,
		.now = now_ms(),
		.arena = arena,
		.out = out,
	};
	if (db_read(library->db, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

int file_by_path(struct library *library, int64_t account_id, struct str path,
		 bool with_bytes, struct arena *arena, struct file *out,
		 struct err *err)
{
	struct find_call call = {
		.sql = with_bytes ? select_by_path_bytes : select_by_path,
		.account_id = account_id,
		.path = path,
		.with_bytes = with_bytes,
		.now = now_ms(),
		.arena = arena,
		.out = out,
	};
	if (!path_valid(path))
		return 0;
	if (db_read(library->db, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

int file_open(struct library *library, const struct file *file, struct err *err)
{
	g_assert(!file->is_inline);
	return store_blob_open(library->store, file->blob_id, file->size, err);
}
