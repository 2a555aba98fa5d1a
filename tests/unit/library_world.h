/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library in a directory of its own, for the tests of that layer: each test
 * begins with an empty one and leaves nothing behind.
 */
#ifndef UNIT_LIBRARY_WORLD_H
#define UNIT_LIBRARY_WORLD_H

#include "base/clock.h"
#include "db/db.h"
#include "library/accounts/account.h"
#include "library/files/file.h"
#include "library/files/file_columns.h"
#include "library/files/version.h"
#include "store/store.h"
#include "remove_tree.h"
#include "unit.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define INLINE_LIMIT 1024
#define LARGE 5000 /* bytes, more than that */
#define CHECK_MAX (1024 * 1024)
#define ACCOUNT 1 /* made by world_setup() */

struct world {
	char *top, *dir; /* dir is made by library_open() */
	struct library *library;
	struct arena arena;
};

/* For the rest of the block. */
#define WORLD_VIEW(world, account) WORLD_VIEW_OF(world, account, false)
#define WORLD_VIEW_OF(world, account, bytes)                                   \
	(&(struct view){.library = (world)->library,                           \
			.account_id = account,                                 \
			.now = now_ms(),                                       \
			.arena = &(world)->arena,                              \
			.with_bytes = bytes})

static inline struct library *world_try(const struct world *world,
					bool exclusive, struct err *err)
{
	struct library *library = NULL;
	struct library_options options = {
		.dir = world->dir,
		.inline_limit = INLINE_LIMIT,
		.check_max = CHECK_MAX,
		.readers = 2,
		.exclusive = exclusive,
	};
	return library_open(&library, &options, err) < 0 ? NULL : library;
}

static inline struct library *world_open(const struct world *world,
					 bool exclusive)
{
	struct err err;
	struct library *library = world_try(world, exclusive, &err);
	if (library == NULL)
		fail_msg("cannot open: %s", err.text);
	return library;
}

static inline int world_setup_closed(void **state)
{
	struct world *world = g_new0(struct world, 1);
	world->top = g_dir_make_tmp("stowage-test-XXXXXX", NULL);
	world->dir = g_build_filename(world->top, "data", NULL);
	arena_init(&world->arena);
	*state = world;
	return 0;
}

static inline int world_setup_empty(void **state)
{
	world_setup_closed(state);
	struct world *world = *state;
	world->library = world_open(world, true);
	return 0;
}

static inline int world_teardown(void **state)
{
	struct world *world = *state;
	library_close(world->library);
	remove_tree(world->top);
	arena_release(&world->arena);
	g_free(world->top);
	g_free(world->dir);
	g_free(world);
	return 0;
}

/* One statement; the first column of its first row goes to value. */
struct world_sql {
	const char *sql;
	int64_t value;
};

static inline int world_run_sql(struct db_tx *tx, void *arg, struct err *err)
{
	struct world_sql *call = arg;
	struct db_stmt *stmt = db_prepare(tx, call->sql);
	int row = db_step(stmt, err);
	call->value = row > 0 ? db_int(stmt, 0) : -1;
	return row < 0 ? -1 : 0;
}

static inline int64_t world_ask(struct world *world, const char *sql)
{
	struct err err;
	struct world_sql call = {sql, 0};
	if (db_read(library_db(world->library), world_run_sql, &call, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	return call.value;
}

static inline void world_change(struct world *world, const char *sql)
{
	struct err err;
	struct world_sql call = {sql, 0};
	if (db_write(library_db(world->library), world_run_sql, &call, &err) <
	    0)
		fail_msg("%s: %s", sql, err.text);
}

static inline int world_account_rows(struct db_tx *tx, void *arg,
				     struct err *err)
{
	static const char *const texts[] = {
		"INSERT INTO account (id, name, created_at)"
		" VALUES ($1, 'account' || $1, 1)",
		"INSERT INTO usage (account_id, storage_bytes, period,"
		" upload_count, bandwidth_bytes) VALUES ($1, 0, 0, 0, 0)",
	};
	for (size_t i = 0; i < COUNT(texts); i++)
		if (db_exec(tx, texts[i],
			    DB_ARGS(DB_INT(*(const int64_t *)arg)), err) < 0)
			return -1;
	return 0;
}

/* The rows are all that files ask of an account. */
static inline void world_account(struct world *world, int64_t id)
{
	struct err err;
	if (db_write(library_db(world->library), world_account_rows, &id,
		     &err) < 0)
		fail_msg("account: %s", err.text);
}

static inline int world_setup(void **state)
{
	world_setup_empty(state);
	world_account(*state, ACCOUNT);
	return 0;
}

/* For tests that open the library themselves. */
static inline int world_setup_stopped(void **state)
{
	world_setup(state);
	struct world *world = *state;
	library_close(world->library);
	world->library = NULL;
	return 0;
}

static inline int world_count_one(void *user, int64_t id, uint64_t size)
{
	(void)id, (void)size;
	++*(unsigned *)user;
	return 0;
}

/* Blobs in the store. */
static inline unsigned world_stored(struct world *world)
{
	struct err err;
	unsigned n = 0;
	if (store_each(library_store(world->library), STORE_BLOBS,
		       world_count_one, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

/* Blobs in quarantine. */
static inline uint64_t world_aside(struct world *world)
{
	struct library_quarantine aside;
	struct err err;
	if (library_quarantine(world->library, false, &aside, &err) < 0)
		fail_msg("%s", err.text);
	return aside.blobs;
}

/* Content that tells numbers and sizes apart. */
static inline struct str world_content(struct arena *arena, unsigned number,
				       size_t n)
{
	char *bytes = arena_alloc(arena, n + 1);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)((i * 7 + number * 131 + (number >> 8)) % 251);
	return (struct str){bytes, n};
}

/* A put of a path with plain defaults; tests change what they are about. */
static inline struct file_put world_put_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return (struct file_put){
		.id = id_new(),
		.account_id = ACCOUNT,
		.path = str_of(path),
		.folder = slash ? (struct str){path, (size_t)(slash - path)}
				: STR(""),
		.name = str_of(slash ? slash + 1 : path),
		.origin = ORIGIN_IMAGEKIT,
		.type = STR("image/png"),
	};
}

static inline int world_put(struct world *world, struct file_put *put,
			    struct str bytes, struct file *out, struct err *err)
{
	put->sink = store_sink_new(library_store(world->library), 2 << 20);
	int result = store_sink_write(put->sink, bytes.p, bytes.n, err);
	if (result == 0)
		result = file_put(WORLD_VIEW(world, put->account_id), put, out,
				  err);
	store_sink_free(put->sink);
	return result;
}

/* For tests that need some file at a path. */
static inline struct file world_file(struct world *world, const char *path,
				     size_t size)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of(path);
	if (world_put(world, &put, world_content(&world->arena, 1, size), &file,
		      &err) < 0)
		fail_msg("%s: %s", path, err.text);
	return file;
}

/* COPIES files like the only one there is, which must be inline: at once,
 * because each put waits for the disk. */
#define COPIES 250
#define COPY_NUMBERS                                                           \
	"WITH RECURSIVE copy (n) AS (VALUES (1) UNION ALL"                     \
	" SELECT n + 1 FROM copy WHERE n < 250) "

static inline const char *world_copied(const char *column)
{
	static const char *const different[][2] = {
		{"id", "CAST(100000000000 + n AS BLOB)"},
		{"version_id", "CAST(100000000000 + n AS BLOB)"},
		{"path", "path || n"},
		{"name", "name || n"},
		{"blob_id", "blob_id + n"},
	};
	for (size_t i = 0; i < COUNT(different); i++)
		if (strcmp(different[i][0], column) == 0)
			return different[i][1];
	return column;
}

static inline void world_copy(struct world *world)
{
#define COLUMN_NAME(column, old, kind, field, key) ", " column
#define COLUMN_COPY(column, old, kind, field, key) , world_copied(column)
#define COLUMN_FORMAT(column, old, kind, field, key) ", %s"
	world_change(world, COPY_NUMBERS
		     "INSERT INTO blob (id, size, checksum, inline_bytes)"
		     " SELECT id + n, size, checksum, inline_bytes"
		     " FROM blob, copy");
	world_change(world,
		     "UPDATE usage SET storage_bytes = 251 * storage_bytes,"
		     " item_count = item_count + 250");
	const char *names = FILE_COLUMNS(COLUMN_NAME);
	struct str values = arena_printf(
		&world->arena,
		FILE_COLUMNS(COLUMN_FORMAT) "%s" FILE_COLUMNS(COLUMN_COPY), "");
	world_change(world, arena_printf(&world->arena,
					 "%sINSERT INTO file (%s) SELECT %s"
					 " FROM file, copy",
					 COPY_NUMBERS, names + 2, values.p + 2)
				    .p);
#undef COLUMN_NAME
#undef COLUMN_COPY
#undef COLUMN_FORMAT
}

/* version_list() */
static inline int world_versions(struct world *world, const struct id *file,
				 struct file **out, size_t *n, struct err *err)
{
	struct file_list list;
	int found = version_list(WORLD_VIEW(world, ACCOUNT), file, &list, err);
	*out = list.items;
	*n = list.n;
	return found;
}

/* All bytes of a file, wherever they are. */
static inline struct str world_bytes(struct world *world,
				     const struct file *file)
{
	struct err err;
	if (file->is_inline)
		return file->bytes;
	int fd = file_open(world->library, file, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	char *bytes = arena_alloc(&world->arena, (size_t)file->size + 1);
	assert_int_equal(pread(fd, bytes, (size_t)file->size + 1, 0),
			 file->size);
	close(fd);
	return (struct str){bytes, (size_t)file->size};
}

static inline bool world_has(struct world *world, const char *path,
			     struct file *out)
{
	struct err err;
	int found = file_by_path(WORLD_VIEW_OF(world, ACCOUNT, true),
				 str_of(path), out, &err);
	if (found < 0)
		fail_msg("%s: %s", path, err.text);
	return found;
}

static inline void world_note_problem(void *user, const char *text)
{
	g_string_append_printf(user, "%s\n", text);
}

/* The findings, one a line; *fsck gets the counts. Free with g_free(). */
static inline char *world_fsck(struct world *world, bool repair,
			       struct library_fsck *fsck)
{
	struct err err;
	GString *text = g_string_new(NULL);
	*fsck = (struct library_fsck){
		.repair = repair,
		.problem = world_note_problem,
		.user = text,
	};
	if (library_fsck(world->library, fsck, &err) < 0)
		fail_msg("%s", err.text);
	return g_string_free(text, FALSE);
}

/* Bytes, rows, usage and tags agree. */
static inline void world_assert_sound(struct world *world)
{
	struct library_fsck fsck;
	g_autofree char *text = world_fsck(world, false, &fsck);
	if (fsck.problems)
		fail_msg("%s", text);
}

#endif
