/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a data directory and its database know of each other: the number in the
 * ids of blobs, and databases that are not the right one.
 */
#include "library/node.h"
#include "library/library_internal.h"
#include "library_world.h"
#include "store/local/local_store.h"
#include "store/stage.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static char *in(const struct world *world, const char *name)
{
	return g_build_filename(world->dir, name, NULL);
}

static void copy(const char *from, const char *to)
{
	g_autofree char *bytes = NULL;
	gsize n;
	if (!g_file_get_contents(from, &bytes, &n, NULL) ||
	    !g_file_set_contents(to, bytes, (gssize)n, NULL))
		fail_msg("cannot copy %s to %s", from, to);
}

static void stop(struct world *world)
{
	library_close(world->library);
	world->library = NULL;
}

static void start(struct world *world)
{
	world->library = world_open(world, true);
}

/* Durable, with no row yet. */
static int64_t leave_pending(struct world *world)
{
	struct err err;
	struct store_blob blob;
	struct str bytes = world_content(&world->arena, 7, LARGE);
	struct store_sink *sink =
		store_sink_new(library_store(world->library), LARGE);
	if (store_sink_write(sink, bytes.p, bytes.n, &err) < 0 ||
	    store_sink_finish(sink, &blob, &err) < 0)
		fail_msg("%s", err.text);
	store_sink_keep_in_doubt(sink);
	store_sink_free(sink);
	return blob.id;
}

static int64_t new_id(struct world *world)
{
	int64_t id = leave_pending(world);
	struct err err;
	enum store_place places[] = {STORE_BLOBS, STORE_PENDING};
	for (size_t i = 0; i < COUNT(places); i++)
		assert_int_equal(
			store_blob_remove(library_store(world->library),
					  places[i], STORE_NAME(id), &err),
			0);
	return id;
}

static void the_first_directory_is_number_0_and_stays_it(void **state)
{
	struct world *world = *state;
	for (int i = 1; i <= 3; i++) {
		start(world);
		assert_int_equal(store_id_node(new_id(world)), 0);
		/* and the stops before it */
		assert_int_equal(world_ask(world, "SELECT starts FROM node"),
				 2 * i - 1);
		assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM node"),
				 1);
		stop(world);
	}
}

static void a_tool_is_no_start(void **state)
{
	struct world *world = *state;
	start(world);
	stop(world);
	world->library = world_open(world, false);
	assert_int_equal(world_ask(world, "SELECT starts FROM node"), 2);
	stop(world);
	world->library = world_open(world, false);
	assert_int_equal(world_ask(world, "SELECT starts FROM node"), 2);
}

/* Numbers 0 to n - 1, other than this directory's. */
#define OTHERS(n)                                                              \
	"WITH RECURSIVE other (n) AS (VALUES (0) UNION ALL"                    \
	" SELECT n + 1 FROM other WHERE n < " n " - 1)"                        \
	" INSERT INTO node (number, directory, starts, started_at)"            \
	" SELECT n, CAST(100000000000 + n AS BLOB), 1, 1 FROM other"

static void a_directory_takes_a_number_that_no_other_has(void **state)
{
	struct world *world = *state;
	g_autofree char *node = in(world, "node");
	start(world);
	world_change(world, "DELETE FROM node");
	world_change(world, OTHERS("1023"));
	stop(world);
	assert_int_equal(unlink(node), 0);
	start(world);
	assert_int_equal(store_id_node(new_id(world)), 1023);
	stop(world);
	assert_int_equal(unlink(node), 0);
	struct err err;
	assert_null(world_try(world, true, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

/* As a clone of the machine, started after the original. */
static void a_copy_of_a_directory_gets_a_number_of_its_own(void **state)
{
	struct world *world = *state;
	g_autofree char *node = in(world, "node");
	g_autofree char *old = in(world, "node.copy");
	start(world);
	stop(world);
	copy(node, old);
	start(world);
	int64_t theirs = leave_pending(world);
	stop(world);
	copy(old, node);
	start(world);
	assert_int_equal(store_id_node(theirs), 0);
	assert_int_equal(store_id_node(new_id(world)), 1);
	/* what the other one is about to commit is not touched, ever */
	stop(world);
	start(world);
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(world_aside(world), 0);
	assert_int_equal(store_id_node(new_id(world)), 1);
}

static void what_other_nodes_have_pending_is_not_touched(void **state)
{
	struct world *world = *state;
	start(world);
	world_change(world, "UPDATE node SET number = 5");
	world_change(world, OTHERS("3"));
	stop(world);
	struct store *theirs, *nobodys;
	struct err err;
	struct store_options options = {.dir = world->dir, .node = 2};
	assert_int_equal(store_open_local(&theirs, &options, &err), 0);
	options.node = 3;
	assert_int_equal(store_open_local(&nobodys, &options, &err), 0);
	struct store *stores[] = {theirs, nobodys};
	for (size_t i = 0; i < COUNT(stores); i++) {
		struct store_blob blob;
		struct store_sink *sink = store_sink_new(stores[i], LARGE);
		assert_int_equal(store_sink_write(sink, "x", 1, &err), 0);
		assert_int_equal(store_sink_finish(sink, &blob, &err), 0);
		store_sink_keep_in_doubt(sink);
		store_sink_free(sink);
		store_close(stores[i]);
	}
	start(world);
	assert_int_equal(store_id_node(new_id(world)), 5);
	/* one of a number that nobody has is judged */
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(world_aside(world), 1);
}

static void ids_ascend_when_the_clock_has_gone_back(void **state)
{
	struct world *world = *state;
	start(world);
	store_ids_above(library_store(world->library),
			new_id(world) + (DAY_MS << 22));
	int64_t last = new_id(world);
	int64_t aside = leave_pending(world);
	assert_true(aside > last);
	stop(world);
	start(world);
	assert_int_equal(world_aside(world), 1);
	last = new_id(world);
	assert_true(last > aside);
	/* and a row */
	g_autofree char *sql =
		g_strdup_printf("INSERT INTO blob (id, size, checksum)"
				" VALUES (%" G_GINT64_FORMAT ", 0, x'')",
				last + (DAY_MS << 22));
	world_change(world, sql);
	stop(world);
	start(world);
	last = new_id(world);
	assert_true(last > world_ask(world, "SELECT MAX(id) FROM blob"));
	/* and an upload in parts */
	struct store *store = library_store(world->library);
	struct store_stage *stage;
	struct err err;
	store_ids_above(store, last + (DAY_MS << 22));
	int64_t staged = store_stage_new_id(store);
	assert_int_equal(store_stage_create(store, staged, &stage, &err), 0);
	store_stage_close(stage);
	stop(world);
	start(world);
	assert_true(new_id(world) > staged);
}

enum loss {
	NONE,
	DATABASE_REMOVED,
	OLD_COPY,
	NEW_AND_NODE_REMOVED,
};

static void lose(struct world *world, enum loss loss)
{
	g_autofree char *database = in(world, "stowage.db");
	g_autofree char *old = in(world, "old.db");
	g_autofree char *node = in(world, "node");
	if (loss == OLD_COPY)
		copy(old, database);
	else if (loss != NONE)
		assert_int_equal(unlink(database), 0);
	if (loss == NEW_AND_NODE_REMOVED)
		assert_int_equal(unlink(node), 0);
}

static void a_start_with_the_wrong_database_moves_nothing(void **state)
{
	struct world *world = *state;
	g_autofree char *database = in(world, "stowage.db");
	g_autofree char *old = in(world, "old.db");
	for (enum loss loss = NONE; loss <= NEW_AND_NODE_REMOVED; loss++) {
		start(world);
		stop(world);
		copy(database, old);
		start(world);
		int64_t id = leave_pending(world);
		stop(world);
		lose(world, loss);
		start(world);
		assert_int_equal(world_stored(world), loss != NONE);
		assert_int_equal(world_aside(world), loss == NONE);
		/* as if it had been the right one then */
		stop(world);
		start(world);
		assert_int_equal(world_aside(world), 1);
		struct err err;
		assert_int_equal(
			store_blob_remove(library_store(world->library),
					  STORE_ASIDE, STORE_NAME(id), &err),
			0);
		stop(world);
	}
}

static void a_start_that_was_cut_off_is_no_wrong_database(void **state)
{
	struct world *world = *state;
	static const char *const words[] = {"start", "claim"};
	static const struct {
		int noted, in_row; /* starts; 0: no row */
		bool claimed, strange;
	} rows[] = {
		{1, 0, true, false},  {1, 1, true, false}, {1, 0, false, true},
		{2, 1, true, false},  {2, 1, false, true}, {2, 2, true, false},
		{2, 2, false, false}, {3, 1, true, true},
	};
	g_autofree char *node = in(world, "node");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct node got;
		struct err err;
		g_autofree char *text =
			g_strdup_printf("000000010000000000000001 %018d %s\n",
					rows[i].noted, words[rows[i].claimed]);
		start(world);
		world_change(world, "DELETE FROM node");
		g_autofree char *sql = g_strdup_printf(
			"INSERT INTO node (number, directory, starts,"
			" started_at) SELECT 7,"
			" x'000000010000000000000001', %d, 1 WHERE %d",
			rows[i].in_row, rows[i].in_row);
		world_change(world, sql);
		assert_true(g_file_set_contents(node, text, -1, NULL));
		assert_int_equal(node_claim(world->library, &got, &err), 0);
		if (got.is_strange != rows[i].strange)
			fail_msg("row %zu", i);
		assert_int_equal(got.number, rows[i].in_row ? 7 : 0);
		assert_false(got.is_new);
		stop(world);
	}
}

static void a_damaged_file_is_a_directory_without_a_number(void **state)
{
	struct world *world = *state;
	static const char *const texts[] = {
		"",
		"x",
		"000000010000000000000001 000000000000000001 start",
		"000000010000000000000001 000000000000000000 start\n",
		"000000010000000000000001 000000000000000001 stops\n",
		"000000010000000000000001 00000000000000001 start\n",
		"00000001000000000000000g 000000000000000001 start\n",
		"000000010000000000000001 000000000000000001 start\nmore",
	};
	g_autofree char *node = in(world, "node");
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_true(i == 0 ||
			    g_file_set_contents(node, texts[i], -1, NULL));
		start(world);
		assert_int_equal(store_id_node(new_id(world)), i);
		stop(world);
	}
}

#define CLOSED(test)                                                           \
	cmocka_unit_test_setup_teardown(test, world_setup_closed,              \
					world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLOSED(the_first_directory_is_number_0_and_stays_it),
		CLOSED(a_tool_is_no_start),
		CLOSED(a_directory_takes_a_number_that_no_other_has),
		CLOSED(a_copy_of_a_directory_gets_a_number_of_its_own),
		CLOSED(what_other_nodes_have_pending_is_not_touched),
		CLOSED(ids_ascend_when_the_clock_has_gone_back),
		CLOSED(a_start_with_the_wrong_database_moves_nothing),
		CLOSED(a_start_that_was_cut_off_is_no_wrong_database),
		CLOSED(a_damaged_file_is_a_directory_without_a_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
