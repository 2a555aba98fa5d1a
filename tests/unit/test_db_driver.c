/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each driver of a database must do (driver.h), through connections of its
 * own. The SQL is what all databases share.
 */
#include "db/connection.h"
#include "db/migrate.h"
#include "faulty_driver.h"

#include <glib/gstdio.h>

struct place {
	const struct db_driver *driver;
	char *dir, *path;
	struct connection *writer, *reader;
};

static struct connection *connect(struct place *place,
				  enum connection_kind kind)
{
	struct db_place where = {.driver = place->driver, .path = place->path};
	struct connection *connection;
	struct err err = {0};
	if (connection_open(&connection, &where, kind, &err) < 0)
		fail_msg("%s", err.text);
	return connection;
}

static void begin(struct connection *connection)
{
	struct err err = {0};
	if (connection_begin_write(connection, &err) < 0)
		fail_msg("%s", err.text);
}

static void begin_read(struct connection *connection)
{
	struct err err = {0};
	if (connection_begin_read(connection, &err) < 0)
		fail_msg("%s", err.text);
}

static void commit(struct connection *connection)
{
	struct err err = {0};
	if (connection_commit(connection, &err) < 0)
		fail_msg("%s", err.text);
}

static int try(struct connection *connection, const char *sql,
	       struct db_args args, struct err *err)
{
	struct db_tx tx = {.connection = connection};
	return db_change(&tx, sql, args, err);
}

static void change(struct connection *connection, const char *sql,
		   struct db_args args, int rows)
{
	struct err err = {0};
	int got = try(connection, sql, args, &err);
	if (got != rows)
		fail_msg("%s: %d, not %d: %s", sql, got, rows, err.text);
}

static int64_t ask(struct connection *connection, const char *sql)
{
	struct db_tx tx = {.connection = connection};
	struct err err = {0};
	int64_t value = -1;
	if (db_query_int(&tx, sql, DB_ARGS(), &value, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	return value;
}

#define COUNT_ITEMS "SELECT COUNT(*) FROM item"
#define INSERT_ITEM "INSERT INTO item (id, name) VALUES ($1, $2)"

static void insert(struct connection *connection, int64_t id, const char *name)
{
	change(connection, INSERT_ITEM,
	       DB_ARGS(DB_INT(id), DB_TEXT(str_of(name))), 1);
}

static int make_place(void **state, const struct db_driver *driver)
{
	struct place *place = g_new0(struct place, 1);
	struct err err = {0};
	place->driver = driver;
	place->dir = g_dir_make_tmp("stowage-driver-XXXXXX", NULL);
	place->path = g_build_filename(place->dir, "db", NULL);
	place->writer = connect(place, CONNECTION_WRITER);
	begin(place->writer);
	if (driver->script(place->writer,
			   "CREATE TABLE item (id BIGINT PRIMARY KEY,"
			   " name TEXT NOT NULL UNIQUE, bytes BYTEA,"
			   " number DOUBLE PRECISION);"
			   "CREATE INDEX item_by_number ON item (number);",
			   &err) < 0)
		fail_msg("%s", err.text);
	commit(place->writer);
	place->reader = connect(place, CONNECTION_READER);
	*state = place;
	return 0;
}

static int on_sqlite(void **state)
{
	return make_place(state, &db_driver_sqlite);
}

static int on_faulty(void **state)
{
	atomic_store(&fault_after, 0);
	return make_place(state, faulty_driver());
}

static int remove_place(void **state)
{
	struct place *place = *state;
	connection_close(place->reader);
	connection_close(place->writer);
	g_unlink(place->path);
	int result = g_rmdir(place->dir);
	g_free(place->dir);
	g_free(place->path);
	g_free(place);
	return result;
}

/* Values */

static void values_come_back_as_they_were(void **state)
{
	struct place *place = *state;
	static const char bytes[] = {0, 'a', (char)0xff, 0};
	static const struct {
		int64_t id;
		double number;
		const char *name;
		struct str bytes;
	} rows[] = {
		{INT64_MIN, -0.5, "", {"", 0}},
		{INT64_MAX, 1e300, "\xf0\x9f\x98\x80 'x' \"y\" \\", {bytes, 4}},
		{0, 0, "a\nb", {NULL, 0}},
	};
	begin(place->writer);
	for (size_t i = 0; i < COUNT(rows); i++)
		change(place->writer,
		       "INSERT INTO item (name, id, bytes, number)"
		       " VALUES ($3, $1, $4, $2)",
		       DB_ARGS(DB_INT(rows[i].id), DB_DOUBLE(rows[i].number),
			       DB_TEXT(str_of(rows[i].name)),
			       rows[i].bytes.p ? DB_BLOB(rows[i].bytes.p,
							 rows[i].bytes.n)
					       : DB_NULL),
		       1);
	commit(place->writer);
	begin_read(place->reader);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct db_tx tx = {.connection = place->reader};
		struct err err = {0};
		struct db_stmt *stmt =
			db_query(&tx,
				 "SELECT name, number, bytes, id FROM item"
				 " WHERE id = $1",
				 DB_ARGS(DB_INT(rows[i].id)));
		assert_int_equal(db_step(stmt, &err), 1);
		assert_str(db_text(stmt, 0), str_of(rows[i].name));
		assert_true(db_double(stmt, 1) == rows[i].number);
		assert_str(db_blob(stmt, 2), rows[i].bytes);
		assert_true(db_is_null(stmt, 2) == (rows[i].bytes.p == NULL));
		assert_true(db_int(stmt, 3) == rows[i].id);
		assert_int_equal(db_step(stmt, &err), 0);
		/* behind the last row there is nothing */
		assert_true(db_is_null(stmt, 3));
		db_done(stmt);
	}
	connection_rollback(place->reader);
}

static void parameters_count_by_their_digits(void **state)
{
	struct place *place = *state;
	insert((begin(place->writer), place->writer), 1, "a");
	change(place->writer,
	       "UPDATE item SET name = $3, number = $2 WHERE id = $1"
	       " AND name <> $3",
	       DB_ARGS(DB_INT(1), DB_INT(7), DB_TEXT(STR("b"))), 1);
	assert_int_equal(ask(place->writer,
			     "SELECT COUNT(*) FROM item WHERE name = 'b'"
			     " AND number = 7"),
			 1);
	commit(place->writer);
}

static void a_text_made_at_run_time_has_many_parameters(void **state)
{
	struct place *place = *state;
	struct db_tx tx = {.connection = place->reader};
	g_autoptr(GString) sql = g_string_new("SELECT 0");
	struct db_value values[500];
	struct err err = {0};
	for (int i = 1; i <= 500; i++) {
		g_string_append_printf(sql, " + $%d", i);
		values[i - 1] = DB_INT(i);
	}
	begin_read(place->reader);
	for (int round = 0; round < 2; round++) {
		struct db_stmt *stmt = db_prepare_text(&tx, sql->str);
		db_bind(stmt, (struct db_args){values, COUNT(values)});
		assert_int_equal(db_step(stmt, &err), 1);
		assert_int_equal(db_int(stmt, 0), 500 * 501 / 2);
	}
	connection_rollback(place->reader);
}

/* Pages, ranges and folder jobs go by this order. */
static void texts_are_in_the_order_of_their_bytes(void **state)
{
	struct place *place = *state;
	static const char *const sorted[] = {
		"",
		"A",
		"Z",
		"_",
		"a",
		"a b",
		"a!",
		"a-b",
		"a/",
		"a/b",
		"a/b/",
		"a/~",
		"a0",
		"aB",
		"aa",
		"b",
		"z",
		"\xc3\x89",
		"\xc3\xa9",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
	};
	struct db_tx tx = {.connection = place->writer};
	struct err err = {0};
	begin(place->writer);
	for (size_t i = 0; i < COUNT(sorted); i++) {
		size_t k = i * 8 % COUNT(sorted);
		insert(place->writer, (int64_t)k, sorted[k]);
	}
	struct db_stmt *stmt =
		db_query(&tx, "SELECT id FROM item ORDER BY name", DB_ARGS());
	for (size_t i = 0; i < COUNT(sorted); i++) {
		assert_int_equal(db_step(stmt, &err), 1);
		assert_int_equal(db_int(stmt, 0), i);
	}
	for (size_t i = 0; i < COUNT(sorted); i++) {
		int64_t n;
		assert_int_equal(
			db_query_int(
				&tx,
				"SELECT COUNT(*) FROM item WHERE name < $1",
				DB_ARGS(DB_TEXT(str_of(sorted[i]))), &n, &err),
			1);
		assert_int_equal(n, i);
	}
	/* all below `a`, and nothing else */
	assert_int_equal(ask(place->writer,
			     "SELECT COUNT(*) FROM item"
			     " WHERE name > 'a/' AND name < 'a0'"),
			 3);
	connection_rollback(place->writer);
}

/* Statements */

static void a_statement_begins_again_after_it_was_ended(void **state)
{
	struct place *place = *state;
	struct db_tx tx = {.connection = place->writer};
	static const char sql[] = "SELECT id FROM item WHERE id >= $1"
				  " ORDER BY id";
	struct err err = {0};
	begin(place->writer);
	for (int64_t id = 1; id <= 3; id++)
		insert(place->writer, id, (char[]){(char)('a' + id), '\0'});
	for (int64_t first = 1; first <= 3; first++) {
		struct db_stmt *stmt =
			db_query(&tx, sql, DB_ARGS(DB_INT(first)));
		assert_int_equal(db_step(stmt, &err), 1);
		assert_int_equal(db_int(stmt, 0), first);
		db_done(stmt);
	}
	struct db_stmt *stmt = db_prepare(&tx, sql);
	assert_int_equal(db_step(stmt, &err), 0);
	connection_rollback(place->writer);
}

static void changed_rows_are_counted(void **state)
{
	struct place *place = *state;
	begin(place->writer);
	for (int64_t id = 1; id <= 3; id++)
		insert(place->writer, id, (char[]){(char)('a' + id), '\0'});
	change(place->writer, "UPDATE item SET number = 1 WHERE id > $1",
	       DB_ARGS(DB_INT(1)), 2);
	change(place->writer, "UPDATE item SET number = 1 WHERE id > $1",
	       DB_ARGS(DB_INT(9)), 0);
	change(place->writer, INSERT_ITEM " ON CONFLICT DO NOTHING",
	       DB_ARGS(DB_INT(1), DB_TEXT(STR("b"))), 0);
	change(place->writer, "DELETE FROM item", DB_ARGS(), 3);
	commit(place->writer);
}

static void what_is_no_statement_is_refused(void **state)
{
	struct place *place = *state;
	static const char *const texts[] = {"SELEKT 1", "SELECT x FROM nowhere",
					    "SELECT nothing FROM item"};
	begin_read(place->reader);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct err err = {0};
		assert_null(place->driver->prepare(place->reader, texts[i],
						   false, &err));
		assert_int_equal(err.code, ERR_INTERNAL);
		assert_true(err.text[0] != '\0');
	}
	connection_rollback(place->reader);
}

/* Transactions */

static void only_what_was_committed_is_seen_by_others(void **state)
{
	struct place *place = *state;
	begin(place->writer);
	insert(place->writer, 1, "a");
	assert_int_equal(ask(place->writer, COUNT_ITEMS), 1);
	begin_read(place->reader);
	assert_int_equal(ask(place->reader, COUNT_ITEMS), 0);
	connection_rollback(place->reader);
	commit(place->writer);
	begin_read(place->reader);
	assert_int_equal(ask(place->reader, COUNT_ITEMS), 1);
	begin(place->writer);
	insert(place->writer, 2, "b");
	commit(place->writer);
	/* one snapshot */
	assert_int_equal(ask(place->reader, COUNT_ITEMS), 1);
	connection_rollback(place->reader);
}

static void what_is_rolled_back_was_never_there(void **state)
{
	struct place *place = *state;
	begin(place->writer);
	insert(place->writer, 1, "a");
	connection_rollback(place->writer);
	begin(place->writer);
	assert_int_equal(ask(place->writer, COUNT_ITEMS), 0);
	insert(place->writer, 1, "a");
	commit(place->writer);
}

static void a_reader_cannot_write(void **state)
{
	struct place *place = *state;
	struct err err = {0};
	begin_read(place->reader);
	assert_int_equal(try(place->reader, INSERT_ITEM,
			     DB_ARGS(DB_INT(1), DB_TEXT(STR("a"))), &err),
			 -1);
	connection_rollback(place->reader);
	begin_read(place->reader);
	assert_int_equal(ask(place->reader, COUNT_ITEMS), 0);
	connection_rollback(place->reader);
}

/* A refused write of a group: it is undone or the driver says that it cannot.
 */
static void what_is_undone_leaves_the_rest(void **state)
{
	struct place *place = *state;
	static const bool changes_before[] = {false, true};
	for (size_t i = 0; i < COUNT(changes_before); i++) {
		struct err err = {0};
		begin(place->writer);
		insert(place->writer, 1, "a");
		int64_t mark = place->driver->mark(place->writer);
		if (changes_before[i])
			insert(place->writer, 3, "c");
		assert_int_equal(try(place->writer, INSERT_ITEM,
				     DB_ARGS(DB_INT(2), DB_TEXT(STR("a"))),
				     &err),
				 -1);
		assert_int_equal(err.code, ERR_EXISTS);
		connection_end_statements(place->writer);
		bool undone = place->driver->undo(place->writer, mark);
		assert_true(undone || changes_before[i]);
		if (undone) {
			insert(place->writer, 2, "b");
			assert_int_equal(ask(place->writer, COUNT_ITEMS), 2);
		}
		connection_rollback(place->writer);
	}
}

static void violated_keys_are_told_from_other_constraints(void **state)
{
	struct place *place = *state;
	static const struct {
		int64_t id;
		const char *name;
		enum err_code code;
	} rows[] = {
		{1, "b", ERR_EXISTS},
		{2, "a", ERR_EXISTS},
		{2, NULL, ERR_INTERNAL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = {0};
		begin(place->writer);
		insert(place->writer, 1, "a");
		assert_int_equal(try(place->writer, INSERT_ITEM,
				     DB_ARGS(DB_INT(rows[i].id),
					     DB_OPT(str_of(rows[i].name))),
				     &err),
				 -1);
		assert_string_equal(err_code_name(err.code),
				    err_code_name(rows[i].code));
		connection_rollback(place->writer);
	}
}

static void a_transaction_that_has_ended_is_known(void **state)
{
	struct place *place = *state;
	begin(place->writer);
	assert_false(place->driver->is_lost(place->writer));
	insert(place->writer, 1, "a");
	assert_false(place->driver->is_lost(place->writer));
	commit(place->writer);
	assert_true(place->driver->is_lost(place->writer));
}

/* Schema */

static void a_script_is_done_as_a_whole_or_not(void **state)
{
	struct place *place = *state;
	static const struct {
		const char *sql;
		int result;
	} rows[] = {
		{"CREATE TABLE one (id BIGINT PRIMARY KEY);"
		 "INSERT INTO nowhere VALUES (1);",
		 -1},
		{"CREATE TABLE one (id BIGINT PRIMARY KEY);\n"
		 "-- ; of no importance\n"
		 "INSERT INTO one (id) VALUES (7);",
		 0},
	};
	const struct db_driver *driver = place->driver;
	struct err err = {0};
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(place->writer);
		assert_int_equal(driver->has_table(place->writer, "one", &err),
				 0);
		assert_int_equal(
			driver->script(place->writer, rows[i].sql, &err),
			rows[i].result);
		if (rows[i].result < 0)
			connection_rollback(place->writer);
		else
			commit(place->writer);
	}
	begin(place->writer);
	assert_int_equal(driver->has_table(place->writer, "one", &err), 1);
	assert_int_equal(
		driver->has_table(place->writer, "item_by_number", &err), 0);
	assert_int_equal(ask(place->writer, "SELECT id FROM one"), 7);
	connection_rollback(place->writer);
}

static void the_schema_of_the_library_can_be_made(void **state)
{
	struct place *place = *state;
	struct err err = {0};
	if (migrate(place->writer, schema_steps, schema_steps_count, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(migrate_check(place->writer, schema_steps,
				       schema_steps_count, &err),
			 0);
	/* given ids go up */
	begin(place->writer);
	for (int64_t id = 1; id <= 2; id++)
		change(place->writer,
		       "INSERT INTO account (name, created_at) VALUES ($1, 1)",
		       DB_ARGS(DB_TEXT(str_of(id == 1 ? "a" : "b"))), 1);
	assert_int_equal(
		ask(place->writer, "SELECT id FROM account WHERE name = 'b'"),
		2);
	connection_rollback(place->writer);
}

static void what_was_committed_is_there_when_opened_again(void **state)
{
	struct place *place = *state;
	begin(place->writer);
	insert(place->writer, 1, "a");
	commit(place->writer);
	begin(place->writer);
	insert(place->writer, 2, "b");
	connection_close(place->reader);
	connection_rollback(place->writer);
	connection_close(place->writer);
	place->writer = connect(place, CONNECTION_WRITER);
	place->reader = connect(place, CONNECTION_READER);
	begin_read(place->reader);
	assert_int_equal(ask(place->reader, COUNT_ITEMS), 1);
	connection_rollback(place->reader);
	struct connection *alone = connect(place, CONNECTION_READ_ONLY);
	begin_read(alone);
	assert_int_equal(ask(alone, COUNT_ITEMS), 1);
	connection_rollback(alone);
	connection_close(alone);
}

#define ON_EACH(test)                                                          \
	{"sqlite: " #test, test, on_sqlite, remove_place, NULL},               \
	{                                                                      \
		"faulty: " #test, test, on_faulty, remove_place, NULL          \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(values_come_back_as_they_were),
		ON_EACH(parameters_count_by_their_digits),
		ON_EACH(a_text_made_at_run_time_has_many_parameters),
		ON_EACH(texts_are_in_the_order_of_their_bytes),
		ON_EACH(a_statement_begins_again_after_it_was_ended),
		ON_EACH(changed_rows_are_counted),
		ON_EACH(what_is_no_statement_is_refused),
		ON_EACH(only_what_was_committed_is_seen_by_others),
		ON_EACH(what_is_rolled_back_was_never_there),
		ON_EACH(a_reader_cannot_write),
		ON_EACH(what_is_undone_leaves_the_rest),
		ON_EACH(violated_keys_are_told_from_other_constraints),
		ON_EACH(a_transaction_that_has_ended_is_known),
		ON_EACH(a_script_is_done_as_a_whole_or_not),
		ON_EACH(the_schema_of_the_library_can_be_made),
		ON_EACH(what_was_committed_is_there_when_opened_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
