/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the database share: a directory and a database for each
 * test, a table of items, functions that write and count them.
 */
#ifndef UNIT_DB_FIXTURE_H
#define UNIT_DB_FIXTURE_H

#include "db/db.h"
#include "db/sqlite/db_sqlite.h"
#include "unit.h"

#include <glib.h>
#include <unistd.h>

static char *dir, *path;
static struct db *db;

/* Fixture */

static inline struct db *must_open(bool read_only)
{
	struct db_options options = {.path = path,
				     .driver = &db_driver_sqlite,
				     .readers = 2,
				     .read_only = read_only};
	struct db *opened = NULL;
	struct err err = {0};
	if (db_open(&opened, &options, &err) < 0)
		fail_msg("db_open: %s", err.text);
	return opened;
}

static inline void open_fails(bool read_only, enum err_code code)
{
	struct db_options options = {.path = path,
				     .driver = &db_driver_sqlite,
				     .readers = 2,
				     .read_only = read_only};
	struct db *opened = NULL;
	struct err err = {0};
	assert_int_equal(db_open(&opened, &options, &err), -1);
	assert_null(opened);
	assert_string_equal(err_code_name(err.code), err_code_name(code));
}

static inline void reopen(void)
{
	db_close(db);
	db = must_open(false);
}

static inline int create_item(struct db_tx *tx, void *arg, struct err *err)
{
	(void)arg;
	return db_exec(tx,
		       "CREATE TABLE item (id INTEGER PRIMARY KEY,"
		       " name TEXT NOT NULL UNIQUE, bytes BLOB, number REAL)",
		       DB_ARGS(), err);
}

static inline int make_dir(void **state)
{
	(void)state;
	dir = g_dir_make_tmp("stowage-db-XXXXXX", NULL);
	path = g_build_filename(dir, "library.db", NULL);
	return dir ? 0 : -1;
}

static inline int make_db(void **state)
{
	struct err err;
	if (make_dir(state) < 0)
		return -1;
	db = must_open(false);
	return db_write(db, create_item, NULL, &err);
}

static inline int remove_all(void **state)
{
	(void)state;
	db_close(db);
	db = NULL;
	GDir *files = g_dir_open(dir, 0, NULL);
	const char *name;
	while ((name = g_dir_read_name(files))) {
		g_autofree char *file = g_build_filename(dir, name, NULL);
		if (g_str_has_prefix(name, "library.db"))
			unlink(file);
	}
	g_dir_close(files);
	int result = rmdir(dir);
	g_clear_pointer(&dir, g_free);
	g_clear_pointer(&path, g_free);
	return result;
}

/* Functions to run */

struct item {
	int64_t id;
	const char *name;
	size_t bytes;   /* so many zeros */
	bool fail_late; /* after the insert */
	bool note;
	int runs;
};

static inline int insert_item(struct db_tx *tx, void *arg, struct err *err)
{
	static const char zeros[64 << 10];
	struct item *item = arg;
	item->runs++;
	if (item->note)
		db_tx_notify(tx, &item->id, sizeof(item->id));
	if (db_exec(tx,
		    "INSERT INTO item (id, name, bytes) VALUES ($1, $2, $3)",
		    DB_ARGS(DB_INT(item->id), DB_OPT(str_of(item->name)),
			    DB_BLOB(zeros, MIN(item->bytes, sizeof(zeros)))),
		    err) < 0)
		return -1;
	return item->fail_late ? err_set(err, ERR_FORBIDDEN, "late") : 0;
}

static inline int put(int64_t id, size_t bytes, struct err *err)
{
	char name[32];
	g_snprintf(name, sizeof(name), "item %d", (int)id);
	struct item item = {.id = id, .name = name, .bytes = bytes};
	return db_write(db, insert_item, &item, err);
}

static inline void must_put(int64_t id, size_t bytes)
{
	struct err err = {0};
	if (put(id, bytes, &err) < 0)
		fail_msg("insert %d: %s", (int)id, err.text);
}

struct number {
	const char *sql; /* one row, one column; a literal */
	int64_t value;
};

static inline int read_number(struct db_tx *tx, void *arg, struct err *err)
{
	struct number *number = arg;
	return db_query_int(tx, number->sql, DB_ARGS(), &number->value, err) > 0
		       ? 0
		       : -1;
}

static inline int64_t number_of(const char *sql)
{
	struct number number = {.sql = sql};
	struct err err = {0};
	if (db_read(db, read_number, &number, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	return number.value;
}

static inline int64_t count_items(void)
{
	return number_of("SELECT count(*) FROM item");
}

static inline int run_sql(struct db_tx *tx, void *arg, struct err *err)
{
	return db_exec(tx, arg, DB_ARGS(), err);
}

static inline void must_run(const char *sql)
{
	struct err err = {0};
	/* only looked up by its address */
	if (db_write(db, run_sql, (void *)(uintptr_t)sql, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
}

#define WITH_DB(test) cmocka_unit_test_setup_teardown(test, make_db, remove_all)
#define WITH_DIR(test)                                                         \
	cmocka_unit_test_setup_teardown(test, make_dir, remove_all)

#endif
