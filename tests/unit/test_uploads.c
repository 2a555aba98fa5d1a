/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads in parts: rows, what they reserve, opening, becoming a file, and
 * going away.
 */
#include "library_world.h"

#include "library/uploads/open.h"

#define SIZE 10000
#define HALF 5000

static struct upload begin_as(struct world *world, int64_t account,
			      uint64_t size)
{
	struct err err;
	struct upload upload;
	const struct upload_new wanted = {
		.origin = ORIGIN_FILESTACK, .size = size, .told = STR("{}")};
	if (upload_begin(WORLD_VIEW(world, account), &wanted, &upload, &err))
		fail_msg("%s", err.text);
	return upload;
}

static struct upload begin(struct world *world, uint64_t size)
{
	return begin_as(world, ACCOUNT, size);
}

static struct open_upload *open_token(struct world *world, const char *token)
{
	struct err err;
	struct open_upload *open = NULL;
	if (upload_open(WORLD_VIEW(world, ACCOUNT), str_of(token), &open, &err))
		fail_msg("%s", err.text);
	return open;
}

static struct str content(struct world *world)
{
	return world_content(&world->arena, 1, SIZE);
}

static int try_part(struct world *world, struct open_upload *open,
		    struct store_span span, struct err *err)
{
	struct store_part *part;
	int result = open_upload_part(open, span, &part, err);
	if (result)
		return result;
	result = store_part_write(part, content(world).p + span.offset,
				  span.max, err);
	if (result == 0)
		result = open_upload_finish_part(open, part, err);
	store_part_free(part);
	return result;
}

static void put_part(struct world *world, struct open_upload *open,
		     uint64_t offset, uint64_t n)
{
	struct err err;
	if (try_part(world, open, (struct store_span){offset, n, false}, &err))
		fail_msg("%s", err.text);
}

/* Whole, and open. */
static struct open_upload *put_all(struct world *world,
				   const struct upload *upload)
{
	struct open_upload *open = open_token(world, upload->token);
	put_part(world, open, HALF, SIZE - HALF);
	put_part(world, open, 0, HALF);
	return open;
}

static int complete(struct world *world, struct open_upload *open,
		    struct file *file, struct err *err)
{
	struct file_put put = world_put_of("a/b");
	put.upload = open_upload_row(open)->id;
	if (open_upload_sink(open, &put.sink, err) < 0)
		return -1;
	int result = file_put(WORLD_VIEW(world, ACCOUNT), &put, file, err);
	store_sink_free(put.sink);
	return result;
}

static int64_t stored(struct world *world)
{
	return world_ask(world, "SELECT storage_bytes FROM usage");
}

static unsigned staged(struct world *world)
{
	struct err err;
	unsigned n = 0;
	store_tidy(library_store(world->library));
	if (store_each(library_store(world->library), STORE_STAGED,
		       world_count_one, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

static bool find(struct world *world, int64_t account, const char *token,
		 struct upload *out)
{
	struct err err;
	int found = upload_find(WORLD_VIEW(world, account), str_of(token), out,
				&err);
	if (found < 0)
		fail_msg("%s", err.text);
	return found;
}

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
	struct library_fsck fsck = {.repair = false};
	assert_int_equal(library_fsck(world->library, &fsck, &err), 0);
	assert_int_equal(fsck.problems, 0);
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
		cmocka_unit_test_setup_teardown(
			an_upload_costs_nothing_until_a_byte_comes, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(
			parts_become_a_file_that_can_be_verified, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(
			bytes_behind_the_size_are_reserved, world_setup,
			world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
