/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and rows that lost each other: what a start, fsck and gc do about them.
 */
#include "library_world.h"

static void restart(struct world *world)
{
	library_close(world->library);
	world->library = world_open(world, true);
}

/* Bytes that were made durable by a run that was killed before their row. */
static int64_t leave_pending(struct world *world)
{
	struct err err;
	struct store_blob blob;
	struct str bytes = world_content(&world->arena, 7, LARGE);
	struct store *store = library_store(world->library);
	struct store_sink *sink = store_sink_new(store, LARGE);
	if (store_sink_write(sink, bytes.p, bytes.n, &err) < 0 ||
	    store_sink_finish(sink, &blob, &err) < 0)
		fail_msg("%s", err.text);
	store_sink_keep_in_doubt(sink);
	store_sink_free(sink);
	return blob.id;
}

static uint64_t must_empty(struct world *world)
{
	struct library_quarantine removed;
	struct err err;
	if (library_quarantine(world->library, true, &removed, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(removed.bytes, removed.blobs * LARGE);
	return removed.blobs;
}

static void lose_row(struct world *world)
{
	world_change(world, "CREATE TABLE lost AS SELECT * FROM blob");
	world_change(world, "DELETE FROM blob");
}

static void find_row(struct world *world)
{
	world_change(world, "INSERT INTO blob SELECT * FROM lost");
}

static void a_start_moves_aside_what_is_pending_and_has_no_row(void **state)
{
	struct world *world = *state;
	world_file(world, "kept", LARGE);
	leave_pending(world);
	leave_pending(world);
	restart(world);
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(world_aside(world), 2);
	world_assert_sound(world);
	restart(world);
	assert_int_equal(world_aside(world), 2);
	assert_int_equal(must_empty(world), 2);
	assert_int_equal(world_aside(world), 0);
	assert_int_equal(world_stored(world), 1);
}

static void a_start_leaves_what_the_database_has_lost(void **state)
{
	struct world *world = *state;
	world_file(world, "kept", LARGE);
	restart(world);
	lose_row(world);
	restart(world);
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(world_aside(world), 0);
	find_row(world);
	world_assert_sound(world);
}

static void what_was_moved_aside_comes_back_with_its_row(void **state)
{
	struct world *world = *state;
	struct library_fsck fsck;
	struct file file = world_file(world, "kept", LARGE);
	for (int i = 0; i < 3; i++) {
		lose_row(world);
		g_autofree char *text = world_fsck(world, true, &fsck);
		assert_non_null(strstr(text, "bytes without a row"));
		assert_int_equal(world_aside(world), 1);
		find_row(world);
		world_change(world, "DROP TABLE lost");
		if (i == 0)
			restart(world);
		else if (i == 1)
			g_free(world_fsck(world, true, &fsck));
		else
			assert_int_equal(must_empty(world), 0);
		assert_int_equal(world_aside(world), 0);
		world_assert_sound(world);
		assert_str(world_bytes(world, &file),
			   world_content(&world->arena, 1, LARGE));
	}
}

static void *end_put(void *sink)
{
	g_usleep(200000);
	store_sink_free(sink);
	return NULL;
}

/* Its bytes are there, and whether a row comes is not known yet: here none
 * does, and they go. */
static void what_is_just_being_put_is_no_fault(void **state)
{
	struct world *world = *state;
	struct err err;
	struct store_blob blob;
	struct store_sink *sink =
		store_sink_new(library_store(world->library), LARGE);
	struct str bytes = world_content(&world->arena, 7, LARGE);
	if (store_sink_write(sink, bytes.p, bytes.n, &err) < 0 ||
	    store_sink_finish(sink, &blob, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(world_stored(world), 1);
	GThread *thread = g_thread_new("put", end_put, sink);
	world_assert_sound(world);
	g_thread_join(thread);
	assert_int_equal(world_stored(world), 0);
}

static void a_start_goes_on_when_it_cannot_move_them(void **state)
{
	struct world *world = *state;
	g_autofree char *name = g_strdup_printf("%016" G_GINT64_MODIFIER "x",
						leave_pending(world));
	g_autofree char *in_the_way =
		g_build_filename(world->dir, "blobs", "quarantine", name, NULL);
	assert_int_equal(g_mkdir_with_parents(in_the_way, 0700), 0);
	restart(world);
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(rmdir(in_the_way), 0);
	restart(world);
	assert_int_equal(world_stored(world), 0);
	assert_int_equal(world_aside(world), 1);
}

#define WITH_WORLD(test)                                                       \
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_start_moves_aside_what_is_pending_and_has_no_row),
		WITH_WORLD(a_start_leaves_what_the_database_has_lost),
		WITH_WORLD(what_was_moved_aside_comes_back_with_its_row),
		WITH_WORLD(what_is_just_being_put_is_no_fault),
		WITH_WORLD(a_start_goes_on_when_it_cannot_move_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
