/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes of purges: how many there are, and that a rename and its note are one.
 */
#include "library/background/purge.h"
#include "library_world.h"

static struct id note(struct world *world, int64_t account)
{
	struct err err;
	struct id id;
	if (purge_create(WORLD_VIEW(world, account), STR("https://x/a"), &id,
			 &err) < 0)
		fail_msg("%s", err.text);
	return id;
}

static bool known(struct world *world, int64_t account, const struct id *id)
{
	struct err err;
	int found = purge_find(WORLD_VIEW(world, account), id, &err);
	if (found < 0)
		fail_msg("%s", err.text);
	return found;
}

static void the_oldest_notes_of_an_account_go(void **state)
{
	struct world *world = *state;
	world_account(world, 2);
	struct id theirs = note(world, 2), first = note(world, ACCOUNT);
	world_change(world, "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
			    " SELECT i + 1 FROM n WHERE i < 1500)"
			    " INSERT INTO purge_request (id, account_id, url,"
			    " created_at) SELECT CAST(100000000000 + i AS BLOB)"
			    ", 1, 'https://x/b', 1 FROM n");
	struct id last = note(world, ACCOUNT);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM purge_request"
					  " WHERE account_id = 1"),
			 PURGES_MAX);
	assert_true(known(world, ACCOUNT, &last));
	assert_true(known(world, ACCOUNT, &first)); /* younger than those */
	assert_true(known(world, 2, &theirs));
	assert_false(known(world, ACCOUNT, &theirs));
	for (int i = 0; i < 3; i++)
		last = note(world, ACCOUNT);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM purge_request"
					  " WHERE account_id = 1"),
			 PURGES_MAX);
	assert_true(known(world, ACCOUNT, &last));
}

static int relocate(struct world *world, const char *source, const char *target,
		    struct id *id, struct err *err)
{
	const struct file_relocation how = {.account_id = ACCOUNT,
					    .source = str_of(source),
					    .target = str_of(target),
					    .refuse_existing = true};
	return purge_relocate(WORLD_VIEW(world, ACCOUNT), &how,
			      STR("https://x/a"), id, err);
}

static void a_rename_and_its_note_are_one(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct id id;
	world_file(world, "a", 10);
	world_file(world, "taken", 10);
	assert_int_equal(relocate(world, "none", "b", &id, &err), 0);
	assert_int_equal(relocate(world, "a", "taken", &id, &err), -1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM purge_request"),
			 0);
	world_change(world, "CREATE TRIGGER trap BEFORE INSERT ON purge_request"
			    " BEGIN SELECT RAISE(ABORT, 'trap'); END");
	assert_int_equal(relocate(world, "a", "b", &id, &err), -1);
	assert_true(world_has(world, "a", &file));
	assert_false(world_has(world, "b", &file));
	world_change(world, "DROP TRIGGER trap");
	assert_int_equal(relocate(world, "a", "b", &id, &err), 1);
	assert_true(known(world, ACCOUNT, &id));
	assert_true(world_has(world, "b", &file));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_oldest_notes_of_an_account_go),
		TEST(a_rename_and_its_note_are_one),
	};
	return cmocka_run_group_tests_name("purge", tests, NULL, NULL);
}
