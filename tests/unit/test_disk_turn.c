/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits before bytes of large files: src/base/threads/disk_turn.h.
 */
#include "base/threads/disk_turn.h"
#include "unit.h"

#include <glib.h>
#include <stdatomic.h>

#define MINUTE_MS 60000u

static void nobody_waits_for_no_commit(void **state)
{
	(void)state;
	disk_turn_wait(MINUTE_MS);
	disk_turn_begin();
	disk_turn_end();
	disk_turn_wait(MINUTE_MS);
}

static _Atomic bool committed;

static void *write_bytes(void *user)
{
	(void)user;
	disk_turn_wait(MINUTE_MS);
	return GINT_TO_POINTER(atomic_load(&committed));
}

/* Begun before the thread is, so that it waits. */
static void bytes_wait_for_the_last_commit(void **state)
{
	(void)state;
	for (unsigned times = 0; times < 200; times++) {
		GThread *threads[4];
		atomic_store(&committed, false);
		disk_turn_begin();
		disk_turn_begin();
		for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
			threads[i] = g_thread_new("bytes", write_bytes, NULL);
		disk_turn_end();
		atomic_store(&committed, true);
		disk_turn_end();
		for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
			assert_non_null(g_thread_join(threads[i]));
	}
}

static void a_commit_without_an_end_is_not_waited_for(void **state)
{
	(void)state;
	disk_turn_begin();
	disk_turn_wait(1);
	disk_turn_end();
	disk_turn_wait(MINUTE_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_waits_for_no_commit),
		cmocka_unit_test(bytes_wait_for_the_last_commit),
		cmocka_unit_test(a_commit_without_an_end_is_not_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
