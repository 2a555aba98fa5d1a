/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New content for the very file that is named: what of it stays, wherever it is
 * by then, and when there is none.
 */
#include "library_world.h"

#include "library/files/edit.h"

#define OTHER 2

static struct file_put put_over(const struct file *file)
{
	return (struct file_put){.account_id = ACCOUNT,
				 .only = &file->id,
				 .type = file->type,
				 .width = 3,
				 .height = 4};
}

static struct file overwritten(struct world *world, const struct file *file,
			       unsigned number, size_t size)
{
	struct err err;
	struct file out;
	struct file_put put = put_over(file);
	if (world_put(world, &put, world_content(&world->arena, number, size),
		      &out, &err) < 0)
		fail_msg("%s", err.text);
	return out;
}

static void refused(struct world *world, struct file_put put,
		    enum err_code code)
{
	struct err err;
	struct file out;
	assert_int_equal(world_put(world, &put,
				   world_content(&world->arena, 9, LARGE), &out,
				   &err),
			 -1);
	assert_int_equal(err.code, code);
}

/* A file that says much of itself, with an older version below it. */
static struct file add(struct world *world, const char *path)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of(path);
	put.if_exists = FILE_ADD_VERSION;
	put.name = STR("shown.png");
	put.tags = STR("[\"x\",\"y\"]");
	put.custom_metadata = STR("{\"k\":1}");
	put.embedded_metadata = STR("{\"Make\":\"old\"}");
	put.access = ACCESS_PRIVATE;
	put.public_key = true;
	put.provider = STR("gcs");
	put.container = STR("box");
	put.expires_ms = INT64_C(4102444800000); /* 2100 */
	for (unsigned i = 1; i <= 2; i++)
		if (world_put(world, &put,
			      world_content(&world->arena, i, 100 * i), &file,
			      &err) < 0)
			fail_msg("%s", err.text);
	assert_int_equal(file.older_versions, 1);
	return file;
}

static void all_but_the_content_stays(void **state)
{
	struct world *world = *state;
	struct file before = add(world, "a/UNIQUE_shown.png"), after, *versions;
	size_t n;
	struct err err;
	overwritten(world, &before, 3, LARGE);
	assert_true(world_has(world, "a/UNIQUE_shown.png", &after));
	assert_str(world_bytes(world, &after),
		   world_content(&world->arena, 3, LARGE));
	assert_memory_equal(after.id.b, before.id.b, ID_BYTES);
	assert_str(after.name, before.name);
	assert_str(after.type, before.type);
	assert_str(after.tags, before.tags);
	assert_str(after.custom_metadata, before.custom_metadata);
	assert_str(after.container, before.container);
	assert_str(after.provider, before.provider);
	assert_int_equal(after.access, ACCESS_PRIVATE);
	assert_int_equal(after.origin, before.origin);
	assert_int_equal(after.expires_ms, before.expires_ms);
	assert_int_equal(after.created_ms, before.created_ms);
	assert_int_equal(after.width, 3);
	assert_null(after.embedded_metadata.p);
	/* who overwrites has proved more than a public key */
	assert_false(after.public_key);
	assert_true(file_modified_s(&after) > file_modified_s(&before));
	/* the old content is gone, and no version of it is left */
	assert_int_equal(world_versions(world, &before.id, &versions, &n, &err),
			 1);
	assert_int_equal(n, 2);
	assert_int_equal(world_ask(world, "SELECT count(*) FROM trash"), 1);
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 100 + LARGE);
	world_assert_sound(world);
}

static void a_file_is_found_where_it_was_moved_to(void **state)
{
	struct world *world = *state;
	struct file before = add(world, "a.png"), after;
	struct err err;
	const struct file_relocation how = {.account_id = ACCOUNT,
					    .source = STR("a.png"),
					    .target = STR("b/c.png")};
	assert_int_equal(file_relocate(world->library, &how, &err), 1);
	overwritten(world, &before, 3, 500);
	assert_false(world_has(world, "a.png", &after));
	assert_true(world_has(world, "b/c.png", &after));
	assert_str(world_bytes(world, &after),
		   world_content(&world->arena, 3, 500));
}

static void what_is_not_there_is_not_made(void **state)
{
	struct world *world = *state;
	struct file file = add(world, "a.png"), other = file;
	struct file_put put = put_over(&file);
	struct err err;
	world_account(world, OTHER);
	put.account_id = OTHER;
	refused(world, put, ERR_NOT_FOUND);
	other.id = id_new();
	refused(world, put_over(&other), ERR_NOT_FOUND);
	world_change(world, "UPDATE file SET expires_at = 1");
	refused(world, put_over(&file), ERR_NOT_FOUND);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 0);
	world_change(world, "UPDATE file SET expires_at = NULL");
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 1);
	refused(world, put_over(&file), ERR_NOT_FOUND);
	assert_int_equal(world_stored(world), 0);
}

static void what_is_replaced_makes_room(void **state)
{
	struct world *world = *state;
	struct file file = world_file(world, "a.png", 400);
	struct file_put put = put_over(&file);
	struct err err;
	struct file out;
	put.max_storage_bytes = 500;
	assert_int_equal(world_put(world, &put,
				   world_content(&world->arena, 9, 500), &out,
				   &err),
			 0);
	refused(world, put, ERR_QUOTA);
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 500);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_but_the_content_stays),
		TEST(a_file_is_found_where_it_was_moved_to),
		TEST(what_is_not_there_is_not_made),
		TEST(what_is_replaced_makes_room),
	};
	return cmocka_run_group_tests_name("overwrite", tests, NULL, NULL);
}
