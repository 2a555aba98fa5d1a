/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads in parts: rows, what they reserve, opening, becoming a file, and
 * going away.
 */
#include "uploads_world.h"

static void an_upload_costs_nothing_until_a_byte_comes(void **state)
{
	struct world *world = *state;
	struct upload upload = begin(world, SIZE), found;
	assert_int_equal(stored(world), 0);
	assert_int_equal(staged(world), 0);
	assert_true(find(world, ACCOUNT, upload.token, &found));
	assert_int_equal(found.id, upload.id);
	assert_int_equal(found.size, SIZE);
	assert_false(found.staged || found.done);
	assert_str(found.told, STR("{}"));
	upload_close(open_token(world, upload.token));
	assert_int_equal(stored(world), SIZE);
	assert_int_equal(staged(world), 1);
	assert_true(find(world, ACCOUNT, upload.token, &found));
	assert_true(found.staged);
}

static void parts_become_a_file_that_can_be_verified(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct upload found, upload = begin(world, SIZE);
	struct open_upload *open = put_all(world, &upload);
	if (complete(world, open, &file, &err))
		fail_msg("%s", err.text);
	upload_close(open);
	assert_int_equal(stored(world), SIZE);
	assert_int_equal(staged(world), 0);
	assert_true(world_has(world, "a/b", &file));
	assert_int_equal(file.extents, 2);
	assert_str(world_bytes(world, &file), content(world));
	assert_true(find(world, ACCOUNT, upload.token, &found));
	assert_true(found.done);
	assert_true(id_eq(&found.file_id, &file.id));
	assert_clean(world);
}

static void only_its_account_finds_it(void **state)
{
	struct world *world = *state;
	struct upload found, upload = begin(world, SIZE);
	assert_true(find(world, 0, upload.token, &found));
	assert_false(find(world, ACCOUNT + 1, upload.token, &found));
	assert_false(find(world, ACCOUNT, "", &found));
	assert_false(find(world, ACCOUNT, "\xff", &found));
	upload.token[3] ^= 1;
	assert_false(find(world, ACCOUNT, upload.token, &found));
}

static void what_is_reserved_counts_until_it_is_a_file(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	world_change(world, "UPDATE account SET max_storage_bytes = 15000");
	struct upload a = begin(world, SIZE), b = begin(world, SIZE);
	struct open_upload *open = put_all(world, &a);
	assert_int_equal(try_open(world, b.token, &err), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	assert_int_equal(stored(world), SIZE);
	const struct upload_new wanted = {.origin = ORIGIN_FILESTACK,
					  .size = SIZE};
	assert_int_equal(
		upload_begin(WORLD_VIEW(world, ACCOUNT), &wanted, &b, &err),
		-1);
	assert_int_equal(err.code, ERR_QUOTA);
	/* the file needs no room besides */
	assert_int_equal(complete(world, open, &file, &err), 0);
	upload_close(open);
	assert_int_equal(stored(world), SIZE);
	assert_clean(world);
}

/* What is in the way of the folder lets no file be made. */
static void what_finds_no_room_reserves_nothing(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	g_autofree char *folder =
		g_build_filename(world->dir, "blobs", "uploads", NULL);
	g_autofree char *away = g_strconcat(folder, ".away", NULL);
	struct upload upload = begin(world, SIZE);
	bool had = rename(folder, away) == 0;
	assert_int_equal(symlink("nowhere", folder), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(try_open(world, upload.token, &err), -1);
		assert_int_equal(err.code, ERR_INTERNAL);
		assert_int_equal(stored(world), 0);
	}
	assert_int_equal(unlink(folder), 0);
	assert_true(!had || rename(away, folder) == 0);
	struct open_upload *open = put_all(world, &upload);
	assert_int_equal(stored(world), SIZE);
	assert_int_equal(complete(world, open, &file, &err), 0);
	upload_close(open);
	assert_int_equal(stored(world), SIZE);
	assert_clean(world);
}

static void an_unknown_size_is_reserved_as_it_comes(void **state)
{
	struct world *world = *state;
	struct err err;
	struct store_part *part;
	world_change(world, "UPDATE account SET max_storage_bytes = 8000");
	struct upload upload = begin(world, UPLOAD_SIZE_UNKNOWN);
	struct open_upload *open = open_token(world, upload.token);
	assert_int_equal(stored(world), 0);
	assert_int_equal(open_upload_part(open,
					  (struct store_span){0, HALF, true},
					  &part, &err),
			 1);
	put_part(world, open, 0, HALF);
	assert_int_equal(stored(world), HALF);
	put_part(world, open, 0, 10);
	assert_int_equal(stored(world), HALF);
	assert_int_equal(try_part(world, open,
				  (struct store_span){HALF, HALF, false}, &err),
			 -1);
	assert_int_equal(err.code, ERR_QUOTA);
	upload_close(open);
	sweep(world, 0, 1);
	assert_int_equal(stored(world), 0);
	assert_int_equal(rows(world), 0);
	assert_int_equal(staged(world), 0);
}

static void it_is_complete_once(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file, again;
	struct upload upload = begin(world, SIZE);
	struct open_upload *open = put_all(world, &upload);
	assert_int_equal(complete(world, open, &file, &err), 0);
	assert_int_equal(complete(world, open, &again, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	upload_close(open);
	assert_int_equal(try_open(world, upload.token, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	assert_int_equal(upload_remove(WORLD_VIEW(world, ACCOUNT),
				       str_of(upload.token), &err),
			 0);
	struct file_put put = world_put_of("c");
	put.upload = upload.id;
	assert_int_equal(world_put(world, &put, STR("x"), &again, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	/* kept for those who ask again, and not for ever */
	sweep(world, 1000, 0);
	assert_int_equal(rows(world), 1);
	age(world, "touched_at = 1");
	sweep(world, 1000, 0);
	assert_int_equal(rows(world), 0);
	assert_true(world_has(world, "a/b", &again));
	assert_clean(world);
}

static void one_that_failed_can_be_completed_again(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct upload upload = begin(world, SIZE);
	struct open_upload *open = put_all(world, &upload);
	world_file(world, "a/b", 10);
	assert_int_equal(complete(world, open, &file, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	upload_close(open);
	assert_int_equal(staged(world), 1);
	assert_int_equal(world_ask(world, "SELECT state FROM upload"), 0);
	world_change(world, "UPDATE file SET path = 'a/c'");
	open = open_token(world, upload.token);
	assert_int_equal(complete(world, open, &file, &err), 0);
	upload_close(open);
	assert_str(world_bytes(world, &file), content(world));
	assert_clean(world);
}

static void a_restart_finds_what_came(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct upload upload = begin(world, SIZE);
	struct open_upload *open = open_token(world, upload.token);
	put_part(world, open, 0, HALF);
	upload_close(open);
	library_close(world->library);
	world->library = world_open(world, true);
	assert_int_equal(staged(world), 1);
	assert_null(upload_find_open(world->library, str_of(upload.token)));
	open = open_token(world, upload.token);
	struct open_upload *same =
		upload_find_open(world->library, str_of(upload.token));
	assert_ptr_equal(open, same);
	upload_close(same);
	put_part(world, open, HALF, SIZE - HALF);
	assert_int_equal(complete(world, open, &file, &err), 0);
	upload_close(open);
	assert_str(world_bytes(world, &file), content(world));
	assert_clean(world);
}

static void what_is_small_needs_no_file_of_its_own(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct upload upload = begin(world, INLINE_LIMIT);
	struct open_upload *open = open_token(world, upload.token);
	put_part(world, open, 100, INLINE_LIMIT - 100);
	put_part(world, open, 0, 100);
	assert_int_equal(complete(world, open, &file, &err), 0);
	upload_close(open);
	assert_true(file.is_inline);
	assert_int_equal(staged(world), 0);
	assert_int_equal(world_stored(world), 0);
	assert_int_equal(stored(world), INLINE_LIMIT);
	assert_clean(world);
}

static void removing_takes_bytes_and_row(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload found, upload = begin(world, SIZE);
	struct open_upload *open = open_token(world, upload.token);
	put_part(world, open, 0, HALF);
	/* while somebody is at it the bytes wait for the sweep */
	assert_int_equal(upload_remove(WORLD_VIEW(world, ACCOUNT),
				       str_of(upload.token), &err),
			 1);
	assert_false(find(world, ACCOUNT, upload.token, &found));
	assert_int_equal(stored(world), 0);
	assert_int_equal(staged(world), 1);
	sweep(world, 1000, 0);
	assert_int_equal(rows(world), 1);
	upload_close(open);
	assert_int_equal(try_open(world, upload.token, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	sweep(world, 1000, 0);
	assert_int_equal(rows(world), 0);
	assert_int_equal(staged(world), 0);
	/* else all goes at once */
	upload = begin(world, SIZE);
	upload_close(open_token(world, upload.token));
	assert_int_equal(upload_remove(WORLD_VIEW(world, ACCOUNT),
				       str_of(upload.token), &err),
			 1);
	assert_int_equal(rows(world), 0);
	assert_int_equal(staged(world), 0);
	assert_int_equal(stored(world), 0);
}

static void what_nobody_goes_on_with_ends(void **state)
{
	struct world *world = *state;
	struct upload a = begin(world, SIZE), b = begin(world, SIZE);
	struct open_upload *open = open_token(world, a.token);
	age(world, "touched_at = touched_at - 7200000");
	/* without a byte after an hour; with some later */
	sweep(world, 86400000, 1);
	assert_false(find(world, 0, b.token, &b));
	/* and not one that somebody is at */
	sweep(world, 60000, 0);
	upload_close(open);
	sweep(world, 60000, 1);
	assert_int_equal(rows(world), 0);
	assert_int_equal(staged(world), 0);
	assert_int_equal(stored(world), 0);
	assert_clean(world);
}

static void the_oldest_without_a_byte_gives_way(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload first = begin(world, SIZE);
	struct upload second = begin(world, SIZE), found;
	upload_close(open_token(world, first.token));
	world_change(world,
		     "INSERT INTO upload SELECT n, 't' || n, 1, 2, NULL, 0,"
		     " 5, 0, '', 1, 1, 1, 0, NULL FROM (WITH RECURSIVE c (n) AS"
		     " (VALUES (1) UNION ALL SELECT n + 1 FROM c"
		     " WHERE n < 9998) SELECT n FROM c)");
	struct upload third = begin(world, SIZE);
	assert_true(find(world, 0, first.token, &found));
	assert_false(find(world, 0, second.token, &found));
	upload_close(open_token(world, third.token));
	const struct upload_new wanted = {.origin = ORIGIN_FILESTACK,
					  .size = SIZE};
	assert_int_equal(
		upload_begin(WORLD_VIEW(world, ACCOUNT), &wanted, &found, &err),
		-1);
	assert_int_equal(err.code, ERR_LIMIT);
	/* another account has its own */
	world_account(world, 2);
	begin_as(world, 2, SIZE);
}

static void what_is_asked_for_is_bounded(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload;
	struct str much = world_content(&world->arena, 1, UPLOAD_TOLD_MAX + 1);
	struct upload_new wanted = {.size = SIZE, .told = much};
	assert_int_equal(upload_begin(WORLD_VIEW(world, ACCOUNT), &wanted,
				      &upload, &err),
			 -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	wanted = (struct upload_new){.size = STORE_STAGE_SIZE_MAX + 1};
	assert_int_equal(upload_begin(WORLD_VIEW(world, ACCOUNT), &wanted,
				      &upload, &err),
			 -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_int_equal(rows(world), 0);
}

static void the_first_layout_holds(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world, SIZE), found;
	const struct view *view = WORLD_VIEW(world, ACCOUNT);
	struct open_upload *open = open_token(world, upload.token);
	assert_int_equal(open_upload_layout(open), 0);
	assert_int_equal(upload_set_layout(view, &upload, 7, &err), 0);
	assert_int_equal(upload.layout, 7);
	assert_int_equal(upload_set_layout(view, &upload, 8, &err), 0);
	assert_int_equal(upload.layout, 7);
	assert_int_equal(open_upload_layout(open), 7);
	assert_true(find(world, ACCOUNT, upload.token, &found));
	assert_int_equal(found.layout, 7);
	upload_close(open);
	upload.id++;
	assert_int_equal(upload_set_layout(view, &upload, 8, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

struct opening {
	struct world *world;
	const char *token;
	struct arena arena;
	struct open_upload *open;
	struct err err;
};

static void *open_it(void *arg)
{
	struct opening *opening = arg;
	const struct view view = {.library = opening->world->library,
				  .account_id = ACCOUNT,
				  .arena = &opening->arena,
				  .now = now_ms()};
	if (upload_open(&view, str_of(opening->token), &opening->open,
			&opening->err) < 0)
		opening->open = NULL;
	return NULL;
}

static void who_opens_it_meanwhile_learns_the_layout(void **state)
{
	struct world *world = *state;
	for (int round = 0; round < 30; round++) {
		struct err err;
		struct upload upload = begin(world, SIZE);
		struct opening opening = {.world = world,
					  .token = upload.token};
		arena_init(&opening.arena);
		GThread *thread = g_thread_new("opener", open_it, &opening);
		g_usleep((gulong)round * 50);
		assert_int_equal(upload_set_layout(WORLD_VIEW(world, ACCOUNT),
						   &upload, 7, &err),
				 0);
		g_thread_join(thread);
		if (opening.open == NULL)
			fail_msg("%s", opening.err.text);
		assert_int_equal(open_upload_layout(opening.open), 7);
		upload_close(opening.open);
		arena_release(&opening.arena);
	}
}

static void checksums_of_parts_that_are_damaged_are_found(void **state)
{
	static const char *const damages[] = {
		"UPDATE blob_extent SET list = x'00'",
		"UPDATE blob_extent SET list = zeroblob(48)",
		"DELETE FROM blob_extent",
		"UPDATE blob SET extents = 3",
		"UPDATE blob SET extents = 1000000",
		"UPDATE blob SET extents = -1",
	};
	struct world *world = *state;
	struct err err;
	struct file file;
	struct upload upload = begin(world, SIZE);
	struct open_upload *open = put_all(world, &upload);
	assert_int_equal(complete(world, open, &file, &err), 0);
	upload_close(open);
	world_change(world, "CREATE TABLE sound AS SELECT * FROM blob_extent");
	for (size_t i = 0; i < COUNT(damages); i++) {
		struct library_fsck fsck = {.repair = false};
		world_change(world, damages[i]);
		assert_true(world_has(world, "a/b", &file));
		assert_int_equal(file_open(world->library, &file, &err), -1);
		assert_int_equal(err.code, ERR_CORRUPT);
		assert_int_equal(library_fsck(world->library, &fsck, &err), 0);
		assert_true(fsck.problems > 0);
		world_change(world, "DELETE FROM blob_extent");
		world_change(world,
			     "INSERT INTO blob_extent SELECT * FROM sound");
		world_change(world, "UPDATE blob SET extents = 2");
	}
	assert_clean(world);
	/* they go with the blob */
	uint64_t removed;
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 1);
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM blob_extent"),
			 0);
}

static void open_ones_are_listed(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload_list list;
	struct file file;
	struct upload first = begin(world, SIZE);
	for (int i = 0; i < UPLOAD_LIST_MAX; i++)
		begin(world, SIZE);
	struct open_upload *open = open_token(world, first.token);
	put_part(world, open, HALF, HALF);
	const struct view *view = WORLD_VIEW(world, 0);
	assert_int_equal(upload_list(view, 0, &list, &err), 0);
	assert_int_equal(list.n, UPLOAD_LIST_MAX);
	assert_true(list.more);
	assert_int_equal(list.items[0].id, first.id);
	assert_int_equal(upload_received(world->library, &list.items[0]), HALF);
	assert_int_equal(upload_list(view, list.last, &list, &err), 0);
	assert_int_equal(list.n, 1);
	assert_false(list.more);
	put_part(world, open, 0, HALF);
	assert_int_equal(complete(world, open, &file, &err), 0);
	upload_close(open);
	assert_int_equal(upload_list(view, 0, &list, &err), 0);
	assert_true(list.items[0].id != first.id);
}

/* What lies behind the announced size counts, too, and is not of the file. */
static void bytes_behind_the_size_are_reserved(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct upload upload = begin(world, HALF);
	struct open_upload *open = open_token(world, upload.token);
	struct store_part *part;
	const struct store_span late = {HALF, SIZE - HALF, true};
	put_part(world, open, 0, HALF);
	put_part(world, open, 0, HALF);
	assert_int_equal(stored(world), HALF);
	assert_int_equal(open_upload_part(open, late, &part, &err), 1);
	put_part(world, open, HALF, SIZE - HALF);
	assert_int_equal(stored(world), SIZE);
	assert_int_equal(complete(world, open, &file, &err), 0);
	assert_int_equal(file.size, HALF);
	assert_int_equal(stored(world), HALF);
	upload_close(open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UPLOADS_TEST(an_upload_costs_nothing_until_a_byte_comes),
		UPLOADS_TEST(parts_become_a_file_that_can_be_verified),
		UPLOADS_TEST(bytes_behind_the_size_are_reserved),
		UPLOADS_TEST(only_its_account_finds_it),
		UPLOADS_TEST(what_is_reserved_counts_until_it_is_a_file),
		UPLOADS_TEST(what_finds_no_room_reserves_nothing),
		UPLOADS_TEST(an_unknown_size_is_reserved_as_it_comes),
		UPLOADS_TEST(it_is_complete_once),
		UPLOADS_TEST(one_that_failed_can_be_completed_again),
		UPLOADS_TEST(a_restart_finds_what_came),
		UPLOADS_TEST(what_is_small_needs_no_file_of_its_own),
		UPLOADS_TEST(removing_takes_bytes_and_row),
		UPLOADS_TEST(what_nobody_goes_on_with_ends),
		UPLOADS_TEST(the_oldest_without_a_byte_gives_way),
		UPLOADS_TEST(what_is_asked_for_is_bounded),
		UPLOADS_TEST(the_first_layout_holds),
		UPLOADS_TEST(who_opens_it_meanwhile_learns_the_layout),
		UPLOADS_TEST(checksums_of_parts_that_are_damaged_are_found),
		UPLOADS_TEST(open_ones_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
