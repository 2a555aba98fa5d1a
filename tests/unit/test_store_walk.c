/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids and names of blobs, the places where they are, and what a crash
 * leaves in them.
 */
#include "store_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fd.h"

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

/* Of two nodes that make them at the same time. */
static void million_ids_are_unique_and_ascend(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	struct id_job jobs[ID_THREADS];
	GThread *threads[ID_THREADS];
	struct store *other;
	size_t n = ID_THREADS * ID_EACH;
	g_autofree int64_t *ids = g_new(int64_t, n);
	start(&f, LOCAL, 4096);
	struct store_options options = {.dir = f.dir, .node = STORE_NODES - 1};
	assert_int_equal(store_open_local(&other, &options, &err), 0);
	int64_t from = now_ms();
	for (size_t i = 0; i < ID_THREADS; i++) {
		jobs[i] = (struct id_job){i % 2 ? other : f.store,
					  ids + i * ID_EACH, false};
		threads[i] = g_thread_new("ids", make_ids, &jobs[i]);
	}
	for (size_t i = 0; i < ID_THREADS; i++) {
		g_thread_join(threads[i]);
		assert_true(jobs[i].ascending);
		assert_int_equal(store_id_node(jobs[i].ids[0]),
				 i % 2 ? STORE_NODES - 1 : 0);
	}
	int64_t to = now_ms() + (int64_t)(n >> STORE_COUNT_BITS);
	qsort(ids, n, sizeof(*ids), compare_ids);
	for (size_t i = 1; i < n; i++)
		assert_true(ids[i] != ids[i - 1]);
	int64_t first = (ids[0] >> STORE_MS_SHIFT) + STORE_EPOCH_MS;
	int64_t last = (ids[n - 1] >> STORE_MS_SHIFT) + STORE_EPOCH_MS;
	assert_true(ids[0] > 0 && first >= from && last <= to);
	store_close(other);
	stop(&f);
}

static void ids_are_above_those_in_use(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	int64_t last = store_next_id(f.store);
	for (int i = 0; i < 3; i++) {
		int64_t used = last + (INT64_C(1) << (40 + i)) + i;
		store_ids_above(f.store, used);
		store_ids_above(f.store, last);
		last = store_next_id(f.store);
		assert_true(last > used);
		assert_true(last >> STORE_MS_SHIFT > used >> STORE_MS_SHIFT);
		assert_int_equal(store_id_node(last), 0);
	}
	stop(&f);
}

/* Of a row that is damaged, or a file of another's in the data directory. */
static void ids_that_cannot_be_are_not_gone_past(void **state)
{
	(void)state;
	static const int64_t ids[] = {INT64_MIN, -1, 0, INT64_MAX,
				      INT64_MAX - (INT64_C(1) << 23)};
	struct fixture f;
	start(&f, LOCAL, 4096);
	int64_t last = store_next_id(f.store);
	for (size_t i = 0; i < COUNT(ids); i++) {
		store_ids_above(f.store, ids[i]);
		int64_t next = store_next_id(f.store);
		assert_true(next > last);
		assert_true(next - last < INT64_C(1) << 40);
		last = next;
	}
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
		store_key(ms << STORE_MS_SHIFT | 1, key);
		assert_string_equal(key, rows[i].key);
	}
}

/* A process that keeps a blob, stores two more, has a fourth half-way, and is
 * gone. */
static void crash(struct fixture *f, enum kind kind)
{
	int status;
	store_close(f->store);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct err err;
		struct store_blob blob;
		if (open_kind(f, kind, 4096, &err))
			_exit(1);
		put_kept(f, 5000);
		put(f, big, 6000, 6000, &blob);
		put(f, big, 7000, 7000, &blob);
		struct store_sink *sink = store_sink_new(f->store, MIB);
		_exit(store_sink_write(sink, big, 8000, &err) ? 2 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	reopen(f, kind);
}

static void a_crash_leaves_pending_what_was_not_kept(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		start(&f, kind, 4096);
		crash(&f, kind);
		assert_int_equal(walk(&f, STORE_BLOBS, 0), 3);
		/* with a name, what was half-way has one too */
		assert_int_equal(walk(&f, STORE_PENDING, 0),
				 kind == NAMED ? 3 : 2);
		assert_int_equal(walk(&f, STORE_ASIDE, 0), 0);
		stop(&f);
	}
}

static void what_is_kept_or_dropped_is_not_pending(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct store_blob blob;
		start(&f, kind, 4096);
		struct store_sink *sink = put(&f, big, 5000, 5000, &blob);
		assert_int_equal(walk(&f, STORE_PENDING, 0), 1);
		store_sink_free(sink);
		assert_int_equal(walk(&f, STORE_PENDING, 0), 0);
		put_kept(&f, 5000);
		/* each upload looks after those before it */
		sink = put(&f, big, 6000, 6000, &blob);
		assert_int_equal(walk(&f, STORE_PENDING, 0), 1);
		store_sink_keep(sink);
		store_sink_free(sink);
		store_close(f.store);
		reopen(&f, kind);
		assert_int_equal(walk(&f, STORE_PENDING, 0), 0);
		assert_int_equal(walk(&f, STORE_BLOBS, 0), 2);
		stop(&f);
	}
}

static void what_is_kept_in_doubt_stays_pending(void **state)
{
	(void)state;
	struct fixture f;
	struct store_blob blob;
	start(&f, LOCAL, 4096);
	struct store_sink *sink = put(&f, big, 5000, 5000, &blob);
	store_sink_keep_in_doubt(sink);
	store_sink_free(sink);
	store_close(f.store);
	reopen(&f, LOCAL);
	assert_int_equal(walk(&f, STORE_PENDING, 0), 1);
	assert_int_equal(walk(&f, STORE_BLOBS, 0), 1);
	stop(&f);
}

static void assert_in(struct fixture *f, const struct store_blob *blob,
		      enum store_place place)
{
	struct err err;
	for (enum store_place p = STORE_BLOBS; p <= STORE_ASIDE; p++)
		assert_int_equal(walk(f, p, 0), p == place);
	SCOPED_FD fd = store_blob_open(f->store, STORE_NAME(blob->id),
				       blob->size, &err);
	assert_int_equal(fd >= 0, place == STORE_BLOBS);
}

static void blob_is_moved_aside_and_back(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct err err;
		start(&f, kind, 4096);
		struct store_blob blob = put_kept(&f, 5000);
		store_tidy(f.store);
		assert_in(&f, &blob, STORE_BLOBS);
		assert_int_equal(store_blob_move(f.store, blob.id, STORE_ASIDE,
						 STORE_BLOBS, &err),
				 0);
		assert_int_equal(store_blob_move(f.store, blob.id, STORE_BLOBS,
						 STORE_ASIDE, &err),
				 1);
		assert_in(&f, &blob, STORE_ASIDE);
		assert_int_equal(store_blob_move(f.store, blob.id, STORE_ASIDE,
						 STORE_BLOBS, &err),
				 1);
		assert_in(&f, &blob, STORE_BLOBS);
		assert_int_equal(store_blob_verify(f.store, &blob, &err), 0);
		stop(&f);
	}
}

static void a_pending_name_moves_to_where_its_blob_is_or_was(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	struct store_blob blob;
	start(&f, LOCAL, 4096);
	struct store_sink *sink = put(&f, big, 5000, 5000, &blob);
	store_sink_keep_in_doubt(sink);
	store_sink_free(sink);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_blob_move(f.store, blob.id,
						 STORE_PENDING, STORE_BLOBS,
						 &err),
				 1);
		assert_int_equal(walk(&f, STORE_BLOBS, 0), 1);
		/* only two names of the same are left as they are */
		assert_int_equal(walk(&f, STORE_PENDING, 0), 1 - i);
		assert_int_equal(store_blob_remove(f.store, STORE_BLOBS,
						   STORE_NAME(blob.id), &err),
				 0);
	}
	assert_int_equal(walk(&f, STORE_PENDING, 0), 0);
	stop(&f);
}

/* As on a file system that has no hard links. */
static bool no_links;

int linkat(int from_dir, const char *from, int to_dir, const char *to,
	   int flags)
{
	if (no_links) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

static void blob_is_stored_without_hard_links_too(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, NAMED, 4096);
	no_links = true;
	struct store_blob blob = put_kept(&f, 5000);
	no_links = false;
	assert_in(&f, &blob, STORE_BLOBS);
	assert_int_equal(store_blob_verify(f.store, &blob, &err), 0);
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
	assert_int_equal(walk(&f, STORE_BLOBS, 0), 0);
	put_file(&f, "blobs/20240229/07a4f09000000001", "");
	assert_int_equal(walk(&f, STORE_BLOBS, 0), 1);
	stop(&f);
}

static int remove_seen(void *user, int64_t id, uint64_t size)
{
	struct err err;
	(void)size;
	return store_blob_remove(user, STORE_BLOBS, STORE_NAME(id), &err);
}

static void walk_may_remove_what_it_finds(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 0);
	for (int i = 0; i < 100; i++)
		put_kept(&f, 1);
	assert_int_equal(
		store_each(f.store, STORE_BLOBS, remove_seen, f.store, &err),
		0);
	assert_int_equal(count_files(&f), 0);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(million_ids_are_unique_and_ascend),
		cmocka_unit_test(ids_are_above_those_in_use),
		cmocka_unit_test(ids_that_cannot_be_are_not_gone_past),
		cmocka_unit_test(blob_is_named_by_the_day_of_its_id),
		cmocka_unit_test(a_crash_leaves_pending_what_was_not_kept),
		cmocka_unit_test(what_is_kept_or_dropped_is_not_pending),
		cmocka_unit_test(what_is_kept_in_doubt_stays_pending),
		cmocka_unit_test(blob_is_moved_aside_and_back),
		cmocka_unit_test(
			a_pending_name_moves_to_where_its_blob_is_or_was),
		cmocka_unit_test(blob_is_stored_without_hard_links_too),
		cmocka_unit_test(walk_passes_over_what_is_no_blob),
		cmocka_unit_test(walk_may_remove_what_it_finds),
	};
	return cmocka_run_group_tests_name("store_walk", tests, make_big,
					   free_big);
}
