/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids and names of blobs, walking over them, and what a store remembers of
 * a run that did not stop cleanly.
 */
#include "store_fixture.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"

#define ID_THREADS 8
#define ID_EACH 125000

struct id_job {
	struct store *store;
	int64_t *ids;
	bool ascending;
};

static void *make_ids(void *user)
{
	struct id_job *job = user;
	job->ascending = true;
	for (size_t i = 0; i < ID_EACH; i++) {
		job->ids[i] = store_next_id(job->store);
		if (i > 0 && job->ids[i] <= job->ids[i - 1])
			job->ascending = false;
	}
	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static void million_ids_are_unique_and_ascend(void **state)
{
	(void)state;
	struct fixture f;
	struct id_job jobs[ID_THREADS];
	GThread *threads[ID_THREADS];
	size_t n = ID_THREADS * ID_EACH;
	g_autofree int64_t *ids = g_new(int64_t, n);
	start(&f, LOCAL, 4096);
	int64_t from = now_ms();
	for (size_t i = 0; i < ID_THREADS; i++) {
		jobs[i] = (struct id_job){f.store, ids + i * ID_EACH, false};
		threads[i] = g_thread_new("ids", make_ids, &jobs[i]);
	}
	for (size_t i = 0; i < ID_THREADS; i++) {
		g_thread_join(threads[i]);
		assert_true(jobs[i].ascending);
	}
	int64_t to = now_ms();
	qsort(ids, n, sizeof(*ids), compare_ids);
	for (size_t i = 1; i < n; i++)
		assert_true(ids[i] != ids[i - 1]);
	int64_t first = (ids[0] >> STORE_ID_RANDOM_BITS) + STORE_EPOCH_MS;
	int64_t last = (ids[n - 1] >> STORE_ID_RANDOM_BITS) + STORE_EPOCH_MS;
	assert_true(first >= from && last >= first && last <= to + 100);
	stop(&f);
}

static void blob_is_named_by_the_day_of_its_id(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *key;
	} rows[] = {
		{INT64_C(1577836800000), "20200101/0000000000000001"},
		{INT64_C(1577923199999), "20200101/00014996ffc00001"},
		{INT64_C(1577923200000), "20200102/0001499700000001"},
		{INT64_C(1709164800000), "20240229/07a4f09000000001"},
		{INT64_C(3776860055551), "20890906/7fffffffffc00001"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char key[STORE_KEY_LEN + 1];
		int64_t ms = rows[i].ms - STORE_EPOCH_MS;
		store_key(ms << STORE_ID_RANDOM_BITS | 1, key);
		assert_string_equal(key, rows[i].key);
	}
}

/* A process that stores three blobs, has a fourth half-way, and is gone. */
static void crash(struct fixture *f, enum kind kind)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct err err;
		struct store_blob blob;
		if (open_kind(f, kind, 4096, true, &err))
			_exit(1);
		put_kept(f, 5000);
		put(f, big, 6000, 6000, &blob);
		put(f, big, 7000, 7000, &blob);
		struct store_sink *sink = store_sink_new(f->store, MIB);
		_exit(store_sink_write(sink, big, 8000, &err) ? 2 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* A blob whose id was made so many days ago. */
static void put_old(struct fixture *f, int days)
{
	char key[STORE_KEY_LEN + 1];
	int64_t ms = now_ms() - STORE_EPOCH_MS - days * INT64_C(86400000);
	store_key(ms << STORE_ID_RANDOM_BITS, key);
	g_autofree char *name = g_build_filename("blobs", key, NULL);
	put_file(f, name, "old");
}

static void walk_after_a_crash_finds_the_orphans(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < FLAKY; kind++) {
		struct fixture f;
		start(&f, kind, 4096);
		put_old(&f, 1);
		put_old(&f, 40);
		assert_int_equal(walk(&f, true, 0), 0);
		store_close(f.store);
		crash(&f, kind);
		reopen(&f, kind, true);
		assert_int_equal(walk(&f, false, 0), 5);
		assert_int_equal(walk(&f, true, 0), 3);
		assert_int_equal(count_files(&f), 5);
		assert_int_equal(walk(&f, true, 0), 0);
		stop(&f);
	}
}

static void walk_begins_with_the_day_of_the_mark(void **state)
{
	(void)state;
	struct fixture f;
	char key[STORE_KEY_LEN + 1];
	int64_t ms = now_ms() - STORE_EPOCH_MS - 3 * INT64_C(86400000);
	start(&f, LOCAL, 4096);
	store_close(f.store);
	for (int days = 1; days <= 6; days++)
		put_old(&f, days);
	store_key(ms << STORE_ID_RANDOM_BITS, key);
	key[8] = '\0';
	put_file(&f, "running", key);
	reopen(&f, LOCAL, true);
	assert_int_equal(walk(&f, true, 0), 3);
	store_close(f.store);
	put_file(&f, "running", "");
	reopen(&f, LOCAL, true);
	assert_int_equal(walk(&f, true, 0), 6);
	stop(&f);
}

static void unfinished_walk_is_owed_again(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	store_close(f.store);
	crash(&f, LOCAL);
	reopen(&f, LOCAL, true);
	store_close(f.store);
	assert_true(exists(&f, "running"));
	reopen(&f, LOCAL, true);
	assert_int_equal(walk(&f, true, 2), 2);
	store_close(f.store);
	reopen(&f, LOCAL, true);
	assert_int_equal(walk(&f, true, 0), 3);
	store_close(f.store);
	assert_false(exists(&f, "running"));
	reopen(&f, LOCAL, true);
	assert_int_equal(walk(&f, true, 0), 0);
	stop(&f);
}

static void tool_neither_sets_nor_clears_the_mark(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, NAMED, 4096);
	assert_true(exists(&f, "running"));
	store_close(f.store);
	reopen(&f, NAMED, false);
	assert_false(exists(&f, "running"));
	store_close(f.store);
	crash(&f, NAMED);
	reopen(&f, NAMED, false);
	assert_int_equal(walk(&f, true, 0), 0);
	assert_int_equal(walk(&f, false, 0), 3);
	assert_int_equal(count_files(&f), 4);
	store_close(f.store);
	assert_true(exists(&f, "running"));
	reopen(&f, NAMED, true);
	assert_int_equal(count_files(&f), 3);
	stop(&f);
}

static void walk_passes_over_what_is_no_blob(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	put_file(&f, "blobs/notes.txt", "");
	put_file(&f, "blobs/20240229/notes.txt", "");
	put_file(&f, "blobs/20240229/07A4F09000000001", "");
	put_file(&f, "blobs/20240229/7a4f09000000001", "");
	put_file(&f, "blobs/20240229/0000000000000000", "");
	put_file(&f, "blobs/20240229/ffffffffffffffff", "");
	put_file(&f, "blobs/20240228/07a4f09000000001", "");
	put_file(&f, "blobs/2024022/07a4f09000000001", "");
	assert_int_equal(walk(&f, false, 0), 0);
	put_file(&f, "blobs/20240229/07a4f09000000001", "");
	assert_int_equal(walk(&f, false, 0), 1);
	stop(&f);
}

static int remove_seen(void *user, int64_t id, uint64_t size)
{
	struct err err;
	(void)size;
	return store_blob_remove(user, id, &err);
}

static void walk_may_remove_what_it_finds(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 0);
	for (int i = 0; i < 100; i++)
		put_kept(&f, 1);
	assert_int_equal(store_each(f.store, false, remove_seen, f.store, &err),
			 0);
	assert_int_equal(count_files(&f), 0);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(million_ids_are_unique_and_ascend),
		cmocka_unit_test(blob_is_named_by_the_day_of_its_id),
		cmocka_unit_test(walk_after_a_crash_finds_the_orphans),
		cmocka_unit_test(walk_begins_with_the_day_of_the_mark),
		cmocka_unit_test(unfinished_walk_is_owed_again),
		cmocka_unit_test(tool_neither_sets_nor_clears_the_mark),
		cmocka_unit_test(walk_passes_over_what_is_no_blob),
		cmocka_unit_test(walk_may_remove_what_it_finds),
	};
	return cmocka_run_group_tests_name("store_walk", tests, make_big,
					   free_big);
}
