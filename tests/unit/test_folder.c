/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder rows: which paths they can have, that ancestors are there, and ids.
 */
#include "library/background/folder_job.h"
#include "library/files/folder.h"
#include "library_world.h"

static void make(struct world *world, const char *path)
{
	struct err err;
	if (folder_create(WORLD_VIEW(world, ACCOUNT), str_of(path), &err) < 0)
		fail_msg("%s: %s", path, err.text);
}

static int64_t folders(struct world *world)
{
	return world_ask(world, "SELECT COUNT(*) FROM folder");
}

static void folder_is_made_with_its_ancestors_once(void **state)
{
	struct world *world = *state;
	for (unsigned i = 0; i < 2; i++)
		make(world, "a/b c/d");
	make(world, "a/e");
	assert_int_equal(folders(world), 4);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM folder WHERE"
					  " path = 'a' AND parent = ''"
					  " AND name = 'a'"),
			 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM folder WHERE"
					  " path = 'a/b c/d' AND name = 'd'"
					  " AND parent = 'a/b c'"),
			 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM folder WHERE"
					  " created_at > 0"
					  " AND updated_at >= created_at"),
			 4);
}

static void folder_and_file_may_have_one_path(void **state)
{
	struct world *world = *state;
	struct file file;
	world_file(world, "a/x", 10);
	make(world, "a/x");
	world_file(world, "a/x/y", 10);
	assert_true(world_has(world, "a/x", &file));
	assert_true(world_has(world, "a/x/y", &file));
	assert_int_equal(folders(world), 2);
	world_assert_sound(world);
}

/* A path of so many levels and so many bytes. */
static struct str path_of(struct arena *arena, unsigned levels, size_t bytes)
{
	char *text = arena_alloc(arena, bytes);
	memset(text, 'p', bytes);
	for (unsigned i = 1; i < levels; i++)
		text[2 * i - 1] = '/';
	return (struct str){text, bytes};
}

static const struct {
	unsigned levels;
	size_t bytes;
	bool valid;
} sizes[] = {
	{FILE_LEVELS_MAX, 2 * FILE_LEVELS_MAX, true},
	{FILE_LEVELS_MAX + 1, 2 * FILE_LEVELS_MAX + 2, false},
	{1, FILE_PATH_MAX - 2, true}, /* room for "/f" */
	{1, FILE_PATH_MAX - 1, false},
	{1, 100000, false},
};

static const char *const malformed[] = {
	"",      "/",     "/a",     "a/",  "a//b",     ".",     "..",
	"a/../", "a/./b", "a/b/..", "a\n", "\xff\xfe", "a\x7f", "a\xc3",
};

static void paths_are_checked(void **state)
{
	struct world *world = *state;
	struct err err;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct str path =
			path_of(&world->arena, sizes[i].levels, sizes[i].bytes);
		int result =
			folder_create(WORLD_VIEW(world, ACCOUNT), path, &err);
		if ((result == 0) != sizes[i].valid)
			fail_msg("%u levels, %zu bytes: %d", sizes[i].levels,
				 sizes[i].bytes, result);
	}
	int64_t before = folders(world);
	for (size_t i = 0; i < COUNT(malformed); i++) {
		if (folder_create(WORLD_VIEW(world, ACCOUNT),
				  str_of(malformed[i]), &err) == 0)
			fail_msg("\"%s\" was made", malformed[i]);
		assert_int_equal(err.code, ERR_INVALID);
	}
	assert_int_equal(folders(world), before);
}

static void the_longest_folder_takes_a_file(void **state)
{
	struct world *world = *state;
	struct file file;
	struct str folder =
		path_of(&world->arena, FILE_LEVELS_MAX, FILE_PATH_MAX - 2);
	make(world, arena_cstr(&world->arena, folder));
	const char *path = arena_cstr(
		&world->arena, arena_join(&world->arena, folder, STR("/f")));
	world_file(world, path, 10);
	assert_true(world_has(world, path, &file));
}

static void ids_are_of_account_and_path(void **state)
{
	(void)state;
	struct id id = folder_id(1, STR("a/b"));
	struct id same = folder_id(1, STR("a/b"));
	const struct id others[] = {
		folder_id(2, STR("a/b")), folder_id(1, STR("a/c")),
		folder_id(1, STR("a")),   folder_id(1, STR("")),
		folder_id(11, STR("")),   folder_id(1, STR("1")),
	};
	assert_memory_equal(&id, &same, sizeof(id));
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_memory_not_equal(&id, &others[i], sizeof(id));
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(&others[k], &others[i],
						sizeof(id));
	}
}

static void an_account_makes_a_bounded_number_of_folders(void **state)
{
	struct world *world = *state;
	struct err err = {0};
	struct id id;
	const struct folder_job_new copy = {.account_id = ACCOUNT,
					    .kind = FOLDER_JOB_COPY,
					    .source = STR("a"),
					    .target = STR("x/a")};
	make(world, "a/b");
	make(world, "a/c");
	world_change(world, "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
			    " SELECT i + 1 FROM n WHERE i < 199995)"
			    " INSERT INTO folder (account_id, path,"
			    " created_at) SELECT 1, 'f' || i, 1 FROM n");
	assert_int_equal(folder_job_create(world->library, &copy, &id, &err),
			 -1);
	assert_int_equal(err.code, ERR_LIMIT);
	make(world, "m");
	make(world, "n");
	err = (struct err){0};
	assert_int_equal(
		folder_create(WORLD_VIEW(world, ACCOUNT), STR("o"), &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	world_file(world, "by/an/upload", 10);
	world_change(world, "DELETE FROM folder WHERE path LIKE 'f1%'");
	make(world, "o");
	assert_int_equal(folder_job_create(world->library, &copy, &id, &err),
			 0);
}

static void below_a_folder_is_what_is_in_it(void **state)
{
	(void)state;
	assert_true(path_is_below(STR("a/b"), STR("a")));
	assert_true(path_is_below(STR("a/b/c"), STR("a")));
	assert_false(path_is_below(STR("a"), STR("a")));
	assert_false(path_is_below(STR("ab/c"), STR("a")));
	assert_false(path_is_below(STR("a"), STR("a/b")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			folder_is_made_with_its_ancestors_once, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(
			folder_and_file_may_have_one_path, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(paths_are_checked, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(the_longest_folder_takes_a_file,
						world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(
			an_account_makes_a_bounded_number_of_folders,
			world_setup, world_teardown),
		cmocka_unit_test(ids_are_of_account_and_path),
		cmocka_unit_test(below_a_folder_is_what_is_in_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
