/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hot cache over the real library: what a finished write has replaced is
 * never read again, however many read meanwhile.
 */
#include "deliver/hot.h"
#include "library_world.h"

#include <stdatomic.h>

#define REPLACES 60
#define READERS 3
#define TEXT_MAX (2 * INLINE_LIMIT)

struct shared {
	struct world *world;
	struct hot *hot;
	struct id id;
	atomic_ullong finished; /* the number of the last put that returned */
	atomic_bool stop;
	atomic_ullong reads, stale, failed;
};

/* Contents are the number; every third is too long to stay inline, so that
 * entries with bytes and with descriptors take turns. */
static int put_number(struct shared *shared, uint64_t number)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of("folder/file.txt");
	struct str text = arena_printf(&shared->world->arena, "%0*llu",
				       number % 3 ? 20 : TEXT_MAX,
				       (unsigned long long)number);
	put.id = shared->id;
	put.if_exists = FILE_REPLACE;
	return world_put(shared->world, &put, text, &file, &err);
}

static uint64_t number_in(const struct hot_entry *entry)
{
	char text[TEXT_MAX];
	struct str bytes = entry->file.bytes;
	if (entry->content.fd >= 0) {
		ssize_t n = pread(entry->content.fd, text, sizeof(text), 0);
		bytes = (struct str){text, n > 0 ? (size_t)n : 0};
	}
	uint64_t number;
	return str_to_u64(bytes, UINT64_MAX, &number) ? number : 0;
}

static void *read_on(void *arg)
{
	struct shared *shared = arg;
	struct hot_entry *entry;
	struct err err;
	for (unsigned i = 0; !atomic_load(&shared->stop); i++) {
		uint64_t least = atomic_load(&shared->finished);
		int found = i % 2 ? hot_load_id(shared->hot, &shared->id,
						&entry, &err)
				  : hot_load_path(shared->hot, ACCOUNT,
						  STR("folder/file.txt"),
						  &entry, &err);
		if (found != 1) {
			atomic_fetch_add(&shared->failed, 1);
			continue;
		}
		if (number_in(entry) < least)
			atomic_fetch_add(&shared->stale, 1);
		atomic_fetch_add(&shared->reads, 1);
		hot_unref(entry);
	}
	return NULL;
}

static void hammer(struct shared *shared)
{
	GThread *readers[READERS];
	for (int i = 0; i < READERS; i++)
		readers[i] = g_thread_new("reader", read_on, shared);
	int result = 0;
	for (uint64_t n = 2; n <= REPLACES && result == 0; n++) {
		result = put_number(shared, n);
		if (result == 0)
			atomic_store(&shared->finished, n);
	}
	atomic_store(&shared->stop, true);
	for (int i = 0; i < READERS; i++)
		g_thread_join(readers[i]);
	assert_int_equal(result, 0);
}

static void a_finished_write_is_never_followed_by_an_older_read(void **state)
{
	static const struct hot_options options = {.max_bytes = 1 << 20,
						   .max_entries = 100};
	struct shared shared = {.world = *state, .id = id_new()};
	struct library *library = shared.world->library;
	struct hot_entry *entry;
	struct err err;
	shared.hot = hot_new(library, &options);
	assert_int_equal(put_number(&shared, 1), 0);
	atomic_store(&shared.finished, 1);
	hammer(&shared);
	assert_int_equal(shared.stale, 0);
	assert_int_equal(shared.failed, 0);
	assert_true(shared.reads > REPLACES);

	assert_int_equal(file_delete(WORLD_VIEW(shared.world, ACCOUNT),
				     &shared.id, &err),
			 1);
	assert_null(hot_find_id(shared.hot, &shared.id));
	assert_int_equal(hot_load_path(shared.hot, ACCOUNT,
				       STR("folder/file.txt"), &entry, &err),
			 0);
	hot_free(shared.hot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_finished_write_is_never_followed_by_an_older_read,
			world_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
