/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits that fail at the sync of the log: the disk may hold them all the
 * same, so that the bytes of both outcomes must be there.
 */
#include "after_kill.h"

#include <limits.h>
#include <semaphore.h>

static const char path[] = "a/k";

static struct str content(struct world *world, unsigned number)
{
	return world_content(&world->arena, number, LARGE + number);
}

static int put_number(struct world *world, unsigned number, struct err *err)
{
	struct file file;
	struct file_put put = world_put_of(path);
	put.if_exists = FILE_REPLACE;
	return world_put(world, &put, content(world, number), &file, err);
}

static void must_put(struct world *world, unsigned number)
{
	struct err err;
	if (put_number(world, number, &err) < 0)
		fail_msg("%s", err.text);
}

static void assert_put_fails(struct world *world, unsigned number,
			     enum err_code code)
{
	struct err err = {0};
	assert_int_equal(put_number(world, number, &err), -1);
	assert_string_equal(err_code_name(err.code), err_code_name(code));
}

static void assert_content(struct world *world, unsigned number)
{
	struct file file;
	assert_true(world_has(world, path, &file));
	assert_str(world_bytes(world, &file), content(world, number));
}

/* The log is what the disk kept of the database's when it failed. */
static struct world *open_after_kill(struct world *world, bool exclusive)
{
	g_autofree char *failed = g_build_filename(world->top, "failed", NULL);
	bool has_failed = g_file_test(failed, G_FILE_TEST_EXISTS);
	return world_after_kill(world, has_failed ? failed : NULL, exclusive);
}

static struct world *start_after_kill(struct world *world)
{
	return open_after_kill(world, true);
}

/* Nothing works until failing_log_syncs is 0 again; of what was tried, the disk
 * may have kept the first. */
static void break_disk(struct world *world)
{
	static char copy[PATH_MAX];
	g_snprintf(copy, sizeof(copy), "%s/failed", world->top);
	atomic_store(&failed_log_copy, copy);
	atomic_store(&failing_log_syncs, FOR_GOOD);
}

static void end(struct world *world)
{
	world_teardown((void **)&world);
}

static uint64_t must_sweep(struct world *world)
{
	uint64_t removed;
	struct err err;
	if (library_sweep(world->library, 0, &removed, &err) < 0)
		fail_msg("%s", err.text);
	return removed;
}

static int set_up(void **state)
{
	atomic_store(&failing_log_syncs, 0);
	world_setup(state);
	must_put(*state, 1);
	return 0;
}

static void
a_sync_that_fails_once_leaves_the_old_content_for_certain(void **state)
{
	struct world *world = *state;
	atomic_store(&failing_log_syncs, 1);
	assert_put_fails(world, 2, ERR_INTERNAL);
	assert_int_equal(atomic_load(&failing_log_syncs), 0);
	assert_int_equal(world_stored(world), 1);
	struct world *next = start_after_kill(world);
	assert_content(next, 1);
	world_assert_sound(next);
	end(next);
}

static void both_outcomes_of_an_uncertain_commit_have_their_bytes(void **state)
{
	struct world *world = *state;
	break_disk(world);
	assert_put_fails(world, 2, ERR_UNCERTAIN);
	assert_content(world, 1);
	assert_int_equal(world_stored(world), 2);
	atomic_store(&failing_log_syncs, 0);
	struct world *next = start_after_kill(world);
	assert_content(next, 2);
	assert_int_equal(must_sweep(next), 1);
	assert_content(next, 2);
	world_assert_sound(next);
	end(next);
}

static void a_later_commit_decides_against_the_uncertain_one(void **state)
{
	struct world *world = *state;
	atomic_store(&failing_log_syncs, FOR_GOOD);
	assert_put_fails(world, 2, ERR_UNCERTAIN);
	assert_put_fails(world, 3, ERR_UNCERTAIN);
	atomic_store(&failing_log_syncs, 0);
	world_change(world, "UPDATE account SET name = 'other' WHERE id = 1");
	struct world *next = start_after_kill(world);
	assert_content(next, 1);
	assert_int_equal(world_stored(next), 1);
	assert_int_equal(world_aside(next), 2);
	world_assert_sound(next);
	end(next);
}

static void after_a_clean_stop_the_next_start_judges_its_bytes(void **state)
{
	struct world *world = *state;
	atomic_store(&failing_log_syncs, FOR_GOOD);
	assert_put_fails(world, 2, ERR_UNCERTAIN);
	atomic_store(&failing_log_syncs, 0);
	library_close(world->library);
	world->library = world_open(world, true);
	assert_content(world, 1);
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(world_aside(world), 1);
	world_assert_sound(world);
}

struct waiter {
	sem_t done;
	enum err_code code;
};

static void put_done(void *user, const struct file *file, const struct err *err)
{
	struct waiter *waiter = user;
	assert_null(file);
	waiter->code = err->code;
	sem_post(&waiter->done);
}

static void a_put_that_nobody_waits_for_keeps_its_bytes_too(void **state)
{
	struct world *world = *state;
	struct waiter waiter = {0};
	struct err err;
	struct file_put put = world_put_of(path);
	struct str bytes = content(world, 2);
	put.if_exists = FILE_REPLACE;
	put.sink = store_sink_new(library_store(world->library), bytes.n);
	assert_int_equal(store_sink_write(put.sink, bytes.p, bytes.n, &err), 0);
	sem_init(&waiter.done, 0, 0);
	break_disk(world);
	assert_int_equal(file_put_submit(WORLD_VIEW(world, ACCOUNT), &put,
					 put_done, &waiter, &err),
			 0);
	while (sem_wait(&waiter.done) != 0)
		continue;
	atomic_store(&failing_log_syncs, 0);
	store_sink_free(put.sink);
	assert_int_equal(waiter.code, ERR_UNCERTAIN);
	struct world *next = start_after_kill(world);
	assert_content(next, 2);
	world_assert_sound(next);
	end(next);
}

static void note_change(void *user, const struct id *file)
{
	*(struct id *)user = *file;
}

static void whoever_keeps_copies_of_rows_hears_of_it(void **state)
{
	struct world *world = *state;
	struct id changed = {0};
	struct file file;
	assert_true(world_has(world, path, &file));
	library_on_change(world->library, note_change, &changed);
	atomic_store(&failing_log_syncs, FOR_GOOD);
	assert_put_fails(world, 2, ERR_UNCERTAIN);
	atomic_store(&failing_log_syncs, 0);
	library_on_change(world->library, NULL, NULL);
	assert_true(id_eq(&changed, &file.id));
}

static void trash_keeps_its_bytes_until_it_is_on_the_disk(void **state)
{
	struct world *world = *state;
	uint64_t removed;
	struct err err;
	must_put(world, 2);
	atomic_store(&failing_log_syncs, FOR_GOOD);
	struct world *next = open_after_kill(world, false);
	assert_int_equal(library_sweep(next->library, 0, &removed, &err), -1);
	assert_int_equal(removed, 0);
	assert_int_equal(world_stored(next), 2);
	atomic_store(&failing_log_syncs, 0);
	assert_int_equal(must_sweep(next), 1);
	assert_int_equal(world_stored(next), 1);
	assert_content(next, 2);
	world_assert_sound(next);
	end(next);
}

#define WITH_FILE(test)                                                        \
	cmocka_unit_test_setup_teardown(test, set_up, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(
			a_sync_that_fails_once_leaves_the_old_content_for_certain),
		WITH_FILE(
			both_outcomes_of_an_uncertain_commit_have_their_bytes),
		WITH_FILE(a_later_commit_decides_against_the_uncertain_one),
		WITH_FILE(after_a_clean_stop_the_next_start_judges_its_bytes),
		WITH_FILE(a_put_that_nobody_waits_for_keeps_its_bytes_too),
		WITH_FILE(whoever_keeps_copies_of_rows_hears_of_it),
		WITH_FILE(trash_keeps_its_bytes_until_it_is_on_the_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
