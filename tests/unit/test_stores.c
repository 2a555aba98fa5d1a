/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that point to other stores than the data directory's own, and to stores
 * that there are not.
 */
#include "library/check/orphan.h"
#include "library/library_internal.h"
#include "library_world.h"
#include "store/key.h"
#include "store/local/local_store.h"

#define SECOND 2

/* A store beside the own one, in the table of this run. */
static struct store *add_second(struct world *world)
{
	struct err err;
	struct store *store = NULL;
	g_autofree char *dir = g_build_filename(world->top, "second", NULL);
	const struct store_options options = {
		.dir = dir,
		.inline_limit = INLINE_LIMIT,
		.number = SECOND,
		.ids = library_store(world->library),
	};
	assert_int_equal(g_mkdir_with_parents(dir, 0700), 0);
	if (store_open_local(&store, &options, &err) < 0)
		fail_msg("%s", err.text);
	stores_add(&world->library->stores, store);
	return store;
}

static struct file put_into(struct world *world, struct store *store,
			    const char *path)
{
	struct err err;
	struct file file;
	struct str bytes = world_content(&world->arena, 3, LARGE);
	struct file_put put = world_put_of(path);
	put.sink = store_sink_new(store, LARGE);
	if (store_sink_write(put.sink, bytes.p, bytes.n, &err) < 0 ||
	    file_put(WORLD_VIEW(world, ACCOUNT), &put, &file, &err) < 0)
		fail_msg("%s", err.text);
	store_sink_free(put.sink);
	return file;
}

static unsigned count(struct store *store, enum store_place place)
{
	struct err err;
	unsigned n = 0;
	if (store_each(store, place, world_count_one, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

static void assert_reads(struct world *world, const char *path)
{
	struct file file;
	if (!world_has(world, path, &file))
		fail_msg("%s is not there", path);
	assert_str(world_bytes(world, &file),
		   world_content(&world->arena, 3, LARGE));
}

static void must_delete(struct world *world, const struct file *file)
{
	struct err err;
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file->id, &err), 1);
}

static int sweep(struct world *world, uint64_t *removed, struct err *err)
{
	return library_sweep(world->library, 0, removed, err);
}

static void a_blob_in_another_store_is_read_checked_and_deleted(void **state)
{
	struct world *world = *state;
	struct err err;
	uint64_t removed;
	struct store *second = add_second(world);
	struct file file = put_into(world, second, "there");
	put_into(world, library_store(world->library), "here");
	assert_int_equal(world_ask(world, "SELECT store FROM blob"
					  " ORDER BY id LIMIT 1"),
			 SECOND);
	assert_int_equal(count(second, STORE_BLOBS), 1);
	assert_int_equal(world_stored(world), 1);
	assert_reads(world, "there");
	assert_reads(world, "here");
	world_assert_sound(world);
	assert_int_equal(library_check(world->library, &err), 0);
	must_delete(world, &file);
	assert_int_equal(sweep(world, &removed, &err), 0);
	assert_int_equal(removed, 1);
	assert_int_equal(count(second, STORE_BLOBS), 0);
	assert_int_equal(count(second, STORE_PENDING), 0);
	assert_int_equal(world_stored(world), 1);
	world_assert_sound(world);
}

static void fsck_reads_what_is_in_another_store(void **state)
{
	struct world *world = *state;
	struct library_fsck fsck;
	struct err err;
	struct store *second = add_second(world);
	struct file file = put_into(world, second, "there");
	assert_int_equal(store_blob_remove(second, STORE_BLOBS,
					   STORE_NAME(file.blob_id), &err),
			 0);
	g_autofree char *text = world_fsck(world, false, &fsck);
	assert_int_equal(fsck.problems, 1);
	assert_non_null(strstr(text, "file there: blob "));
}

static void stores_of_one_library_make_no_id_twice(void **state)
{
	struct world *world = *state;
	struct err err;
	struct store *stores[] = {library_store(world->library),
				  add_second(world)};
	int64_t last = 0;
	for (unsigned i = 0; i < 200; i++) {
		struct store_blob blob;
		struct store_sink *sink = store_sink_new(stores[i % 2], 1);
		assert_int_equal(store_sink_finish(sink, &blob, &err), 0);
		store_sink_free(sink);
		assert_true(blob.id > last);
		last = blob.id;
	}
	store_ids_above(stores[1], last + (INT64_C(1) << 40));
	struct file file = put_into(world, stores[0], "f");
	assert_true(file.blob_id > last + (INT64_C(1) << 40));
}

static void leave_pending(struct store *store)
{
	struct err err;
	char bytes[LARGE] = {1};
	struct store_blob blob;
	struct store_sink *sink = store_sink_new(store, LARGE);
	assert_int_equal(store_sink_write(sink, bytes, LARGE, &err), 0);
	assert_int_equal(store_sink_finish(sink, &blob, &err), 0);
	store_sink_keep_in_doubt(sink);
	store_sink_free(sink);
}

static void what_a_crash_left_in_another_store_is_set_aside_there(void **state)
{
	struct world *world = *state;
	struct err err;
	struct node node = {.number = 0};
	struct library_quarantine aside;
	struct store *second = add_second(world);
	put_into(world, second, "there");
	leave_pending(second);
	assert_int_equal(orphans_settle(world->library, &node, &err), 0);
	assert_int_equal(count(second, STORE_ASIDE), 1);
	assert_int_equal(count(second, STORE_PENDING), 0);
	assert_int_equal(count(library_store(world->library), STORE_ASIDE), 0);
	assert_reads(world, "there");
	assert_int_equal(library_quarantine(world->library, true, &aside, &err),
			 0);
	assert_int_equal(aside.blobs, 1);
	assert_int_equal(count(second, STORE_ASIDE), 0);
	world_assert_sound(world);
}

/* The same id in the wrong store is no row's. */
static void bytes_in_a_store_that_their_row_does_not_name_are_told(void **state)
{
	struct world *world = *state;
	struct library_fsck fsck;
	char key[STORE_KEY_LEN + 1];
	struct store *second = add_second(world);
	struct file file = put_into(world, second, "there");
	put_into(world, library_store(world->library), "here");
	store_key(file.blob_id, key);
	g_autofree char *from =
		g_build_filename(world->top, "second/blobs", key, NULL);
	g_autofree char *to = g_build_filename(world->dir, "blobs", key, NULL);
	assert_int_equal(link(from, to), 0);
	g_autofree char *text = world_fsck(world, true, &fsck);
	assert_int_equal(fsck.problems, 1);
	assert_non_null(strstr(text, "bytes without a row"));
	assert_int_equal(world_aside(world), 1);
	assert_int_equal(count(second, STORE_BLOBS), 1);
	assert_reads(world, "there");
	assert_reads(world, "here");
	world_assert_sound(world);
}

/* What a row can say that leads nowhere, and what fsck calls it. */
static const struct {
	const char *damage, *says;
} lost[] = {
	{"UPDATE blob SET store = 7", "is in store 7, which there is not"},
	{"UPDATE blob SET store = -1", "is in store -1, which there is not"},
	{"UPDATE blob SET store = 9223372036854775807", "which there is not"},
	{"UPDATE blob SET store_key = '../../stowage.db'",
	 "a name that its store cannot have"},
	{"UPDATE blob SET store_key = ''", "a name that its store cannot have"},
};

static void assert_unreadable(struct world *world, const char *path)
{
	struct file file;
	struct err err;
	if (!world_has(world, path, &file))
		fail_msg("%s is not there", path);
	assert_int_equal(file_open(world->library, &file, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
}

static void a_row_that_leads_nowhere_is_told_and_loses_nothing(void **state)
{
	struct world *world = *state;
	struct library_fsck fsck;
	put_into(world, library_store(world->library), "f");
	for (size_t i = 0; i < COUNT(lost); i++) {
		world_change(world, lost[i].damage);
		assert_unreadable(world, "f");
		g_autofree char *text = world_fsck(world, false, &fsck);
		if (!strstr(text, "file f: blob ") ||
		    !strstr(text, lost[i].says))
			fail_msg("%s:\n%s", lost[i].damage, text);
		g_free(world_fsck(world, true, &fsck));
		world_change(world,
			     "UPDATE blob SET store = 0, store_key = NULL");
		g_free(world_fsck(world, true, &fsck));
		assert_reads(world, "f");
		world_assert_sound(world);
	}
}

static void a_deleted_row_that_leads_nowhere_stays_in_the_trash(void **state)
{
	struct world *world = *state;
	struct library_fsck fsck;
	struct err err;
	uint64_t removed;
	struct file file = put_into(world, library_store(world->library), "f");
	struct file other =
		put_into(world, library_store(world->library), "other");
	g_autofree char *damage = g_strdup_printf(
		"UPDATE blob SET store = 7 WHERE id = %" G_GINT64_FORMAT,
		file.blob_id);
	world_change(world, damage);
	must_delete(world, &file);
	must_delete(world, &other);
	assert_int_equal(sweep(world, &removed, &err), -1);
	assert_int_equal(removed, 1);
	g_autofree char *text = world_fsck(world, false, &fsck);
	assert_string_equal(
		text, "trash: 1 blobs are in store 7, which there is not\n");
	world_change(world, "UPDATE blob SET store = 0");
	assert_int_equal(sweep(world, &removed, &err), 0);
	assert_int_equal(removed, 1);
	assert_int_equal(world_stored(world), 0);
}

static void bytes_in_the_row_need_no_store(void **state)
{
	struct world *world = *state;
	struct library_fsck fsck;
	struct err err;
	uint64_t removed;
	struct file file = world_file(world, "f", 10);
	world_change(world, "UPDATE blob SET store = 7");
	assert_true(world_has(world, "f", &file));
	assert_str(file.bytes, world_content(&world->arena, 1, 10));
	g_autofree char *text = world_fsck(world, false, &fsck);
	assert_non_null(strstr(text, "file f: blob "));
	assert_int_equal(fsck.problems, 1);
	must_delete(world, &file);
	assert_int_equal(sweep(world, &removed, &err), 0);
	assert_int_equal(removed, 1);
}

#define WITH_WORLD(test)                                                       \
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_blob_in_another_store_is_read_checked_and_deleted),
		WITH_WORLD(fsck_reads_what_is_in_another_store),
		WITH_WORLD(stores_of_one_library_make_no_id_twice),
		WITH_WORLD(
			what_a_crash_left_in_another_store_is_set_aside_there),
		WITH_WORLD(
			bytes_in_a_store_that_their_row_does_not_name_are_told),
		WITH_WORLD(a_row_that_leads_nowhere_is_told_and_loses_nothing),
		WITH_WORLD(a_deleted_row_that_leads_nowhere_stays_in_the_trash),
		WITH_WORLD(bytes_in_the_row_need_no_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
