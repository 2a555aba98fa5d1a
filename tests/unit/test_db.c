/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database opened, migrated, read: migrations, files, statements,
 * snapshots. Writing is in test_db_write.c.
 */
#include "db_fixture.h"
#include "db/migrate.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Migrations */

static int newest_step(void)
{
	return schema_steps[schema_steps_count - 1].number;
}

static void migrations_run_once_and_are_remembered(void **state)
{
	(void)state;
	assert_int_equal(number_of("SELECT count(*) FROM schema_step"),
			 newest_step());
	int64_t when = number_of("SELECT max(applied_at) FROM schema_step");
	assert_true(when > 0);
	must_run("UPDATE revision SET number = 7 WHERE name = 'keys'");
	reopen();
	assert_int_equal(number_of("SELECT count(*) FROM schema_step"),
			 newest_step());
	assert_int_equal(number_of("SELECT max(applied_at) FROM schema_step"),
			 when);
	assert_int_equal(
		number_of("SELECT number FROM revision WHERE name = 'keys'"),
		7);
}

static void bigint_primary_keys_are_row_ids(void **state)
{
	(void)state;
	must_run("INSERT INTO account (name, created_at) VALUES ('a', 1)");
	must_run("INSERT INTO account (name, created_at) VALUES ('b', 1)");
	assert_int_equal(number_of("SELECT id FROM account WHERE name = 'b'"),
			 2);
}

static struct connection *must_connect(void)
{
	struct db_place place = {.driver = &db_driver_sqlite, .path = path};
	struct connection *connection;
	struct err err = {0};
	if (connection_open(&connection, &place, CONNECTION_WRITER, &err) < 0)
		fail_msg("%s", err.text);
	return connection;
}

static void
a_step_is_run_by_the_driver_it_names_and_remembered_once(void **state)
{
	(void)state;
	static const struct schema_step steps[] = {
		{1, "0001_one", "CREATE TABLE one (id BIGINT PRIMARY KEY);",
		 NULL},
		{1, "0001_one", "this is for another database", "other"},
		{1, "0001_one", "INSERT INTO one VALUES (1);", "sqlite"},
		{2, "0002_two", "INSERT INTO one VALUES (2);", NULL},
		{2, "0002_two", "INSERT INTO one VALUES (2);", "sqlite"},
	};
	struct connection *connection = must_connect();
	struct err err = {0};
	struct db_tx tx = {.connection = connection};
	int64_t sum = 0;
	assert_int_equal(migrate(connection, steps, 3, &err), 0);
	/* all of a step is one transaction */
	assert_int_equal(migrate(connection, steps, 5, &err), -1);
	assert_int_equal(migrate_check(connection, steps, 3, &err), 0);
	assert_int_equal(connection_begin_read(connection, &err), 0);
	assert_int_equal(db_query_int(&tx, "SELECT sum(id) FROM one", DB_ARGS(),
				      &sum, &err),
			 1);
	connection_rollback(connection);
	assert_int_equal(sum, 1);
	connection_close(connection);
}

static void a_step_that_fails_leaves_the_schema_as_it_was(void **state)
{
	(void)state;
	static const struct schema_step bad[] = {
		{1, "0001_one", "CREATE TABLE one (id BIGINT PRIMARY KEY);",
		 NULL},
		{2, "0002_two",
		 "CREATE TABLE two (id BIGINT PRIMARY KEY);"
		 "INSERT INTO nowhere VALUES (1);",
		 NULL},
	};
	static const struct schema_step good[] = {
		{1, "0001_one", "this has been run before", NULL},
		{2, "0002_two", "CREATE TABLE two (id BIGINT PRIMARY KEY);",
		 NULL},
	};
	struct connection *connection = must_connect();
	struct err err = {0};
	assert_int_equal(migrate(connection, bad, COUNT(bad), &err), -1);
	assert_non_null(strstr(err.text, "0002_two"));
	assert_int_equal(migrate_check(connection, bad, 1, &err), -1);
	assert_int_equal(migrate(connection, bad, 1, &err), 0);
	assert_int_equal(migrate(connection, bad, COUNT(bad), &err), -1);
	assert_int_equal(migrate_check(connection, bad, 1, &err), 0);
	assert_int_equal(migrate_check(connection, good, 2, &err), -1);
	assert_int_equal(migrate(connection, good, COUNT(good), &err), 0);
	assert_int_equal(migrate_check(connection, good, 2, &err), 0);
	assert_int_equal(migrate(connection, good, 1, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	connection_close(connection);
}

static void make_older(void)
{
	struct connection *connection = must_connect();
	struct err err = {0};
	assert_int_equal(migrate(connection, schema_steps, 1, &err), 0);
	assert_int_equal(connection_begin_write(connection, &err), 0);
	struct db_tx tx = {.connection = connection};
	assert_int_equal(db_exec(&tx,
				 "INSERT INTO account (name, created_at)"
				 " VALUES ('old', 1)",
				 DB_ARGS(), &err),
			 0);
	assert_int_equal(connection_commit(connection, &err), 0);
	connection_close(connection);
}

/* What db_open() logs; free with g_free(). */
static char *log_of_opening(void)
{
	g_autofree char *name = g_build_filename(dir, "log", NULL);
	char *text = NULL;
	int log = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	int before = dup(STDERR_FILENO);
	assert_true(log >= 0 && before >= 0);
	dup2(log, STDERR_FILENO);
	db = must_open(false);
	dup2(before, STDERR_FILENO);
	close(before);
	close(log);
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	unlink(name);
	return text;
}

static void an_older_database_is_copied_before_its_schema_changes(void **state)
{
	(void)state;
	g_autofree char *copy = g_strconcat(path, ".before-2", NULL);
	struct stat got;
	make_older();
	g_autofree char *log = log_of_opening();
	g_autofree char *said =
		g_strdup_printf("schema 1 -> %d", newest_step());
	assert_non_null(strstr(log, said));
	assert_non_null(strstr(log, copy));
	assert_int_equal(number_of("SELECT max(number) FROM schema_step"),
			 newest_step());
	assert_int_equal(stat(copy, &got), 0);
	assert_int_equal(got.st_mode & 07777, 0600);
	db_close(db);
	/* the copy is the database as it was */
	assert_int_equal(rename(copy, path), 0);
	struct connection *connection = must_connect();
	struct err err = {0};
	assert_int_equal(migrate_check(connection, schema_steps, 1, &err), 0);
	connection_close(connection);
	g_free(log);
	log = log_of_opening();
	assert_int_equal(number_of("SELECT count(*) FROM account"), 1);
	assert_int_equal(unlink(copy), 0);
	reopen();
	assert_int_equal(stat(copy, &got), -1);
}

static void a_schema_stays_when_no_copy_can_be_kept(void **state)
{
	(void)state;
	g_autofree char *part = g_strconcat(path, ".before-2.part", NULL);
	make_older();
	assert_int_equal(mkdir(part, 0700), 0);
	open_fails(false, ERR_INTERNAL);
	assert_int_equal(rmdir(part), 0);
	struct connection *connection = must_connect();
	struct err err = {0};
	assert_int_equal(migrate_check(connection, schema_steps, 1, &err), 0);
	connection_close(connection);
}

static void a_schema_is_kept_for_whoever_asks(void **state)
{
	(void)state;
	struct db_options options = {.path = path,
				     .driver = &db_driver_sqlite,
				     .readers = 1,
				     .keep_schema = true};
	struct err err = {0};
	/* a new one is made */
	assert_int_equal(db_open(&db, &options, &err), 0);
	assert_int_equal(number_of("SELECT max(number) FROM schema_step"),
			 newest_step());
	db_close(db);
	db = NULL;
	unlink(path);
	make_older();
	assert_int_equal(db_open(&db, &options, &err), -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	struct connection *connection = must_connect();
	assert_int_equal(migrate_check(connection, schema_steps, 1, &err), 0);
	connection_close(connection);
}

static void a_newer_database_is_refused(void **state)
{
	(void)state;
	must_run("INSERT INTO schema_step (number, name, applied_at)"
		 " VALUES (9999, '9999_later', 1)");
	db_close(db);
	db = NULL;
	open_fails(false, ERR_INVALID);
	open_fails(true, ERR_INVALID);
}

/* Opening */

static void files_are_for_their_owner_only_whatever_the_umask(void **state)
{
	(void)state;
	static const char *const endings[] = {"", "-wal", "-shm"};
	static const mode_t masks[] = {0, 0277};
	for (size_t m = 0; m < COUNT(masks); m++) {
		unlink(path);
		mode_t before = umask(masks[m]);
		db = must_open(false);
		umask(before);
		for (size_t i = 0; i < COUNT(endings); i++) {
			g_autofree char *name =
				g_strconcat(path, endings[i], NULL);
			struct stat got;
			assert_int_equal(stat(name, &got), 0);
			assert_int_equal(got.st_mode & 07777, 0600);
		}
		db_close(db);
		db = NULL;
	}
}

static void closing_leaves_one_file(void **state)
{
	(void)state;
	g_autofree char *log = g_strconcat(path, "-wal", NULL);
	must_put(1, 10);
	assert_true(g_file_test(log, G_FILE_TEST_EXISTS));
	db_close(db);
	db = NULL;
	assert_false(g_file_test(log, G_FILE_TEST_EXISTS));
	assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void a_file_that_is_no_database_is_corrupt(void **state)
{
	(void)state;
	char noise[8192];
	memset(noise, 'x', sizeof(noise));
	assert_true(g_file_set_contents(path, noise, sizeof(noise), NULL));
	open_fails(false, ERR_CORRUPT);
	open_fails(true, ERR_CORRUPT);
}

static void reading_only_refuses_to_write_and_to_make(void **state)
{
	(void)state;
	struct err err = {0};
	must_put(1, 0);
	db_close(db);
	db = must_open(true);
	assert_int_equal(count_items(), 1);
	assert_int_equal(put(2, 0, &err), -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	assert_int_equal(count_items(), 1);
	db_close(db);
	db = NULL;
	unlink(path);
	open_fails(true, ERR_INTERNAL);
	assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	/* empty: no schema step yet */
	assert_true(g_file_set_contents(path, "", 0, NULL));
	open_fails(true, ERR_UNSUPPORTED);
}

static void reads_cannot_write(void **state)
{
	(void)state;
	struct item item = {.id = 1, .name = "a"};
	struct err err = {0};
	assert_int_equal(db_read(db, insert_item, &item, &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_int_equal(count_items(), 0);
}

/* Damage */

static void count_finding(void *user, const char *text)
{
	g_assert(text[0] != '\0');
	++*(int *)user;
}

static int findings(void)
{
	int n = 0;
	struct err err = {0};
	if (db_check(db, count_finding, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

/* With the database closed. */
static void zero_page(int64_t page)
{
	static const char zeros[4096];
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, zeros, sizeof(zeros),
				(page - 1) * (int64_t)sizeof(zeros)),
			 sizeof(zeros));
	close(fd);
}

static void an_index_that_is_damaged_is_found_and_made_again(void **state)
{
	(void)state;
	struct err err = {0};
	must_run("CREATE INDEX item_number ON item (number)");
	for (int64_t id = 0; id < 10; id++)
		must_put(id, 100);
	assert_int_equal(findings(), 0);
	static const char *const roots[] = {
		"SELECT rootpage FROM sqlite_schema WHERE name = 'item_number'",
		"SELECT rootpage FROM sqlite_schema"
		" WHERE name = 'sqlite_autoindex_item_1'",
	};
	for (size_t i = 0; i < COUNT(roots); i++) {
		int64_t page = number_of(roots[i]);
		db_close(db);
		db = NULL;
		zero_page(page);
		db = must_open(false);
		assert_true(findings() > 0);
		if (db_repair(db, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(findings(), 0);
		assert_int_equal(count_items(), 10);
		must_put(100 + (int64_t)i, 1);
		must_run("DELETE FROM item WHERE id >= 100");
	}
}

static void a_damaged_table_is_left_as_it_is(void **state)
{
	(void)state;
	struct err err = {0};
	g_autofree char *before = NULL, *after = NULL;
	gsize n_before, n_after;
	must_put(1, 100);
	int64_t page = number_of(
		"SELECT rootpage FROM sqlite_schema WHERE name = 'item'");
	db_close(db);
	zero_page(page);
	assert_true(g_file_get_contents(path, &before, &n_before, NULL));
	db = must_open(false);
	assert_true(findings() > 0);
	assert_int_equal(db_repair(db, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_int_equal(number_of("SELECT number FROM revision"), 1);
	db_close(db);
	db = NULL;
	assert_true(g_file_get_contents(path, &after, &n_after, NULL));
	assert_int_equal(n_after, n_before);
	assert_memory_equal(after, before, n_before);
}

/* Statements */

static int round_trip(struct db_tx *tx, void *arg, struct err *err)
{
	static const char bytes[] = {0, 1, 0, (char)0xff};
	struct db_stmt *stmt =
		db_prepare(tx, "SELECT $3, $1, $2, $5, $4, $1, $6, $7, $8, $9");
	(void)arg;
	db_bind(stmt,
		DB_ARGS(DB_INT(INT64_MIN), DB_TEXT(STR("two")),
			DB_BLOB(bytes, sizeof(bytes)), DB_NULL, DB_DOUBLE(0.5),
			DB_TEXT(STR_NONE), DB_BLOB(NULL, 0), DB_OPT(STR_NONE),
			DB_OPT(STR(""))));
	assert_int_equal(db_step(stmt, err), 1);
	assert_str(db_blob(stmt, 0), (struct str){bytes, sizeof(bytes)});
	assert_true(db_int(stmt, 1) == INT64_MIN);
	assert_str(db_text(stmt, 2), STR("two"));
	assert_true(db_double(stmt, 3) == 0.5);
	assert_true(db_is_null(stmt, 4));
	assert_int_equal(db_int(stmt, 4), 0);
	assert_str(db_text(stmt, 4), STR_NONE);
	assert_str(db_blob(stmt, 4), STR_NONE);
	assert_true(db_int(stmt, 5) == INT64_MIN);
	assert_str(db_text(stmt, 6), STR(""));
	assert_str(db_blob(stmt, 7), STR(""));
	assert_str(db_text(stmt, 8), STR_NONE);
	assert_str(db_text(stmt, 9), STR(""));
	assert_int_equal(db_step(stmt, err), 0);
	return 0;
}

static void values_come_back_by_number_not_by_order(void **state)
{
	(void)state;
	struct err err;
	assert_int_equal(db_read(db, round_trip, NULL, &err), 0);
	/* prepared before */
	assert_int_equal(db_read(db, round_trip, NULL, &err), 0);
}

static int bind_once(struct db_tx *tx, void *arg, struct err *err)
{
	static const char sql[] = "SELECT $1 IS NULL";
	bool *is_null = arg;
	struct db_stmt *stmt = db_prepare(tx, sql);
	db_bind(stmt, DB_ARGS(DB_INT(1)));
	assert_int_equal(db_step(stmt, err), 1);
	assert_int_equal(db_int(stmt, 0), 0);
	db_done(stmt);
	assert_ptr_equal(db_prepare(tx, sql), stmt);
	assert_int_equal(db_step(stmt, err), 1);
	*is_null = db_int(stmt, 0) != 0;
	return 0; /* left open: the transaction ends it */
}

static void a_statement_prepared_again_has_nothing_bound(void **state)
{
	(void)state;
	struct err err;
	for (int i = 0; i < 3; i++) {
		bool is_null = false;
		assert_int_equal(db_read(db, bind_once, &is_null, &err), 0);
		assert_true(is_null);
	}
}

/* For each of its numbers the same text counts those below it. */
static int count_down(struct db_tx *tx, void *arg, struct err *err)
{
	int64_t *calls = arg;
	int64_t below = *calls;
	static const char sql[] =
		"SELECT id FROM item WHERE id < $1 ORDER BY id DESC";
	if (below < 0)
		return 0;
	struct db_stmt *stmt = db_query(tx, sql, DB_ARGS(DB_INT(below)));
	for (int64_t want = below - 1; want >= 0; want--) {
		assert_int_equal(db_step(stmt, err), 1);
		assert_int_equal(db_int(stmt, 0), want);
		if (want < below - 1)
			continue;
		*calls = below - 1;
		assert_int_equal(count_down(tx, calls, err), 0);
		/* the inner one has left it where it was */
		assert_int_equal(db_int(stmt, 0), want);
	}
	assert_int_equal(db_step(stmt, err), 0);
	return 0;
}

static void one_text_can_be_in_use_several_times(void **state)
{
	(void)state;
	struct err err = {0};
	for (int64_t id = 0; id < 5; id++)
		must_put(id, 0);
	for (int i = 0; i < 3; i++) {
		int64_t calls = 5;
		assert_int_equal(db_read(db, count_down, &calls, &err), 0);
		assert_int_equal(calls, 0);
	}
}

static void bind_all_kinds(struct db_stmt *stmt)
{
	const struct db_value values[] = {
		DB_INT(1), DB_TEXT(STR("a")), DB_BLOB("a", 1),
		DB_NULL,   DB_OPT(STR_NONE),  DB_DOUBLE(1),
	};
	for (size_t i = 0; i < COUNT(values); i++)
		db_bind(stmt, (struct db_args){&values[i], 1});
	db_bind(stmt, DB_ARGS(DB_INT(1)));
}

static void assert_broken(struct db_stmt *stmt, const char *why)
{
	assert_non_null(stmt);
	bind_all_kinds(stmt);
	for (int i = 0; i < 2; i++) {
		struct err err = {0};
		assert_int_equal(db_step(stmt, &err), -1);
		assert_int_equal(err.code, ERR_INTERNAL);
		assert_non_null(strstr(err.text, why));
	}
	struct err err = {0};
	assert_int_equal(db_run(stmt, &err), -1);
	assert_non_null(strstr(err.text, why));
	assert_int_equal(db_int(stmt, 0), 0);
	assert_true(db_is_null(stmt, 0));
	assert_str(db_text(stmt, 0), STR_NONE);
	assert_str(db_blob(stmt, 0), STR_NONE);
	db_done(stmt);
}

static int prepare_nonsense(struct db_tx *tx, void *arg, struct err *err)
{
	static const struct {
		const char *sql, *why;
	} rows[] = {
		{"SELEKT 1", "SELEKT"},
		{"SELECT 1 FROM nowhere WHERE 1 = $1", "nowhere"},
		{"SELECT nothing FROM item", "nothing"},
		{"SELECT ?1", "parameters"},
		{"SELECT :name", "parameters"},
		{"SELECT $0", "parameters"},
		{"SELECT $65", "parameters"},
		{"SELECT $1x", "parameters"},
	};
	(void)arg;
	(void)err;
	for (size_t i = 0; i < COUNT(rows); i++) {
		/* not kept: the second time it is the same */
		assert_broken(db_prepare(tx, rows[i].sql), rows[i].why);
		assert_broken(db_prepare(tx, rows[i].sql), rows[i].why);
	}
	for (size_t i = 0; i < 3; i++)
		assert_broken(db_prepare_text(tx, rows[i].sql), rows[i].why);
	/* the transaction goes on */
	return 0;
}

static void what_cannot_be_prepared_says_so_when_it_is_stepped(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(db_read(db, prepare_nonsense, NULL, &err), 0);
	assert_int_equal(db_write(db, prepare_nonsense, NULL, &err), 0);
	must_put(1, 0);
}

static int prepare_late(struct db_tx *tx, void *arg, struct err *err)
{
	(void)arg;
	return db_exec(tx, "INSERT INTO later (id) VALUES ($1)",
		       DB_ARGS(DB_INT(1)), err);
}

static void a_statement_works_once_its_table_is_there(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(db_write(db, prepare_late, NULL, &err), -1);
	assert_non_null(strstr(err.text, "later"));
	must_run("CREATE TABLE later (id BIGINT)");
	assert_int_equal(db_write(db, prepare_late, NULL, &err), 0);
}

static int bind_what_is_not_there(struct db_tx *tx, void *arg, struct err *err)
{
	static const size_t wrong[] = {0, 1, 3, 65, 1000};
	static const char sql[] = "SELECT $1, $2";
	struct db_value values[1000];
	(void)arg;
	for (size_t i = 0; i < COUNT(values); i++)
		values[i] = DB_INT((int64_t)i);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct db_stmt *stmts[] = {
			db_prepare(tx, sql),
			db_prepare_text(tx, "SELECT $1, $2")};
		for (size_t k = 0; k < COUNT(stmts); k++) {
			struct err why = {0};
			db_bind(stmts[k], (struct db_args){values, wrong[i]});
			assert_int_equal(db_step(stmts[k], &why), -1);
			assert_int_equal(why.code, ERR_INTERNAL);
			db_done(stmts[k]);
		}
	}
	/* prepared again it has forgotten that */
	struct db_stmt *stmt = db_prepare(tx, sql);
	db_bind(stmt, DB_ARGS(DB_NULL, DB_INT(3)));
	assert_int_equal(db_step(stmt, err), 1);
	assert_true(db_is_null(stmt, 0));
	assert_int_equal(db_int(stmt, 1), 3);
	return 0;
}

static void a_wrong_number_of_values_is_told_by_the_step(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(db_read(db, bind_what_is_not_there, NULL, &err), 0);
}

static int run_in_one_call(struct db_tx *tx, void *arg, struct err *err)
{
	static const char insert[] =
		"INSERT INTO item (number, name, bytes, id)"
		" VALUES ($4, $2, $3, $1)";
	static const uint8_t bytes[] = {0, 0xff};
	int64_t value = 77;
	(void)arg;
	assert_int_equal(
		db_exec(tx, insert,
			DB_ARGS(DB_INT(1), DB_TEXT(STR("a")),
				DB_BLOB(bytes, sizeof(bytes)), DB_DOUBLE(0.5)),
			err),
		0);
	assert_int_equal(db_change(tx, insert,
				   DB_ARGS(DB_INT(2), DB_OPT(STR("b")),
					   DB_OPT(STR_NONE), DB_NULL),
				   err),
			 1);
	struct db_stmt *stmt = db_query(
		tx, "SELECT bytes, number FROM item ORDER BY id", DB_ARGS());
	assert_int_equal(db_step(stmt, err), 1);
	assert_str(db_blob(stmt, 0), ((struct str){"\0\xff", 2}));
	assert_true(db_double(stmt, 1) == 0.5);
	assert_int_equal(db_step(stmt, err), 1);
	assert_true(db_is_null(stmt, 0) && db_is_null(stmt, 1));
	assert_int_equal(db_query_int(tx, "SELECT id FROM item WHERE name = $1",
				      DB_ARGS(DB_TEXT(STR("c"))), &value, err),
			 0);
	assert_int_equal(value, 77);
	assert_int_equal(db_query_int(tx, "SELECT id FROM item WHERE name = $1",
				      DB_ARGS(DB_TEXT(STR("b"))), &value, err),
			 1);
	assert_int_equal(value, 2);
	assert_int_equal(db_change(tx, "DELETE FROM item", DB_ARGS(), err), 2);
	return db_exec(tx, insert, DB_ARGS(DB_INT(1), DB_TEXT(STR("a"))), err);
}

static void a_statement_with_all_its_values_is_one_call(void **state)
{
	(void)state;
	struct err err = {0};
	/* the last one has too few */
	assert_int_equal(db_write(db, run_in_one_call, NULL, &err), -1);
	assert_non_null(strstr(err.text, "2 values"));
	assert_int_equal(count_items(), 0);
}

static void violated_constraints_have_their_code(void **state)
{
	(void)state;
	static const struct {
		struct item item;
		enum err_code code;
	} rows[] = {
		{{.id = 1, .name = "b"}, ERR_EXISTS},
		{{.id = 2, .name = "a"}, ERR_EXISTS},
		{{.id = 2, .name = NULL}, ERR_INTERNAL},
	};
	struct item first = {.id = 1, .name = "a"};
	struct err err = {0};
	assert_int_equal(db_write(db, insert_item, &first, &err), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct item item = rows[i].item;
		assert_int_equal(db_write(db, insert_item, &item, &err), -1);
		assert_string_equal(err_code_name(err.code),
				    err_code_name(rows[i].code));
	}
	assert_int_equal(count_items(), 1);
	must_run("INSERT INTO account (id, name, created_at)"
		 " VALUES (1, 'a', 1)");
	static const char orphan[] =
		"INSERT INTO api_key (account_id, kind, key_text, label,"
		" created_at) VALUES (99, 1, 'k', '', 1)";
	assert_int_equal(db_write(db, run_sql, (void *)(uintptr_t)orphan, &err),
			 -1);
	assert_int_equal(err.code, ERR_INTERNAL);
}

/* Reading */

struct snapshot {
	int64_t before, after;
};

static int read_twice(struct db_tx *tx, void *arg, struct err *err)
{
	struct snapshot *snapshot = arg;
	struct number count = {.sql = "SELECT count(*) FROM item"};
	if (read_number(tx, &count, err) < 0)
		return -1;
	snapshot->before = count.value;
	must_put(100 + count.value, 0);
	if (read_number(tx, &count, err) < 0)
		return -1;
	snapshot->after = count.value;
	return 0;
}

static void a_read_sees_one_snapshot(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 3; i++) {
		struct snapshot snapshot;
		struct err err;
		assert_int_equal(db_read(db, read_twice, &snapshot, &err), 0);
		assert_int_equal(snapshot.before, i);
		assert_int_equal(snapshot.after, i);
		assert_int_equal(count_items(), i + 1);
	}
}

static void *read_many(void *arg)
{
	int64_t last = 0;
	for (int i = 0; i < 200; i++) {
		int64_t now = count_items();
		g_assert(now >= last);
		last = now;
	}
	return arg;
}

static void more_threads_than_connections_read_while_one_writes(void **state)
{
	(void)state;
	GThread *threads[8];
	for (size_t i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("reader", read_many, NULL);
	for (int64_t i = 0; i < 50; i++)
		must_put(i, 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		g_thread_join(threads[i]);
	assert_int_equal(count_items(), 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DB(migrations_run_once_and_are_remembered),
		WITH_DB(bigint_primary_keys_are_row_ids),
		WITH_DIR(
			a_step_is_run_by_the_driver_it_names_and_remembered_once),
		WITH_DIR(a_step_that_fails_leaves_the_schema_as_it_was),
		WITH_DIR(an_older_database_is_copied_before_its_schema_changes),
		WITH_DIR(a_schema_stays_when_no_copy_can_be_kept),
		WITH_DIR(a_schema_is_kept_for_whoever_asks),
		WITH_DB(a_newer_database_is_refused),
		WITH_DIR(files_are_for_their_owner_only_whatever_the_umask),
		WITH_DB(closing_leaves_one_file),
		WITH_DIR(a_file_that_is_no_database_is_corrupt),
		WITH_DB(reading_only_refuses_to_write_and_to_make),
		WITH_DB(reads_cannot_write),
		WITH_DB(an_index_that_is_damaged_is_found_and_made_again),
		WITH_DB(a_damaged_table_is_left_as_it_is),
		WITH_DB(values_come_back_by_number_not_by_order),
		WITH_DB(a_statement_prepared_again_has_nothing_bound),
		WITH_DB(one_text_can_be_in_use_several_times),
		WITH_DB(what_cannot_be_prepared_says_so_when_it_is_stepped),
		WITH_DB(a_statement_works_once_its_table_is_there),
		WITH_DB(a_wrong_number_of_values_is_told_by_the_step),
		WITH_DB(a_statement_with_all_its_values_is_one_call),
		WITH_DB(violated_constraints_have_their_code),
		WITH_DB(a_read_sees_one_snapshot),
		WITH_DB(more_threads_than_connections_read_while_one_writes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
