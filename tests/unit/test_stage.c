/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged blobs: what was acknowledged is there, whatever happened in between,
 * and what has all come is a blob like any other. Over the local disk, over
 * its fallback with named files, and through the flaky wrapper.
 */
#include "stage_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* While it is not NULL: w, s for a write, a sync of bytes; W, S of a log. */
static GString *calls;

static void note_call(int fd, char call)
{
	char link[32], path[4096];
	if (calls == NULL)
		return;
	g_snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path));
	bool log = n > 4 && memcmp(path + n - 4, ".log", 4) == 0;
	g_string_append_c(calls, log ? g_ascii_toupper(call) : call);
}

/* In place of libc's, also for the store. */
ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	note_call(fd, 'w');
	return syscall(SYS_pwrite64, fd, p, n, at);
}

int fdatasync(int fd)
{
	note_call(fd, 's');
	return (int)syscall(SYS_fdatasync, fd);
}

static bool has_no_links;

int linkat(int from_dir, const char *from, int dir, const char *name, int flags)
{
	if (has_no_links) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_linkat, from_dir, from, dir, name, flags);
}

static void assert_calls(const char *wanted)
{
	assert_string_equal(calls->str, wanted);
	g_string_truncate(calls, 0);
}

static void parts_in_any_order_become_a_blob(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		start(&f, kind, 4096);
		f.plan.write_max = 1009;
		struct store_stage *stage = create(&f, 250000);
		put_part(stage, 200000, 50000);
		assert_int_equal(store_stage_reach(stage), 0);
		put_part(stage, 0, 100000);
		assert_int_equal(store_stage_reach(stage), 100000);
		put_part(stage, 100000, 100000);
		assert_int_equal(store_stage_reach(stage), 250000);
		assert_sound(stage, 3);
		assert_places(&f, 0, 0, 1);
		struct store_sink *sink = make_sink(stage);
		assert_int_equal(store_sink_size(sink), 250000);
		assert_str(store_sink_head(sink),
			   ((struct str){big, STORE_HEAD}));
		assert_is_big(store_sink_fd(sink), 250000);
		struct store_blob blob = finish(sink);
		assert_int_equal(blob.id, store_stage_id(stage));
		assert_int_equal(blob.extents.n, 3);
		assert_blob(&f, &blob, 250000);
		assert_places(&f, 1, 1, 1);
		store_sink_keep(sink);
		store_sink_free(sink);
		store_stage_close(stage);
		assert_int_equal(count_files(&f), 1);
		assert_places(&f, 1, 0, 0);
		stop(&f);
	}
}

static void what_came_as_one_part_has_the_checksum_of_its_bytes(void **state)
{
	(void)state;
	static const size_t sizes[] = {4097, 70000};
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct fixture f;
		struct err err;
		uint8_t sum[CHECKSUM_BYTES];
		start(&f, LOCAL, 4096);
		struct store_stage *stage = create(&f, sizes[i]);
		put_part(stage, 0, sizes[i]);
		struct store_sink *sink = make_sink(stage);
		struct store_blob blob = finish(sink);
		checksum_of(big, sizes[i], sum);
		assert_memory_equal(blob.checksum, sum, sizeof(sum));
		assert_int_equal(store_blob_verify(f.store, &blob, &err), 0);
		store_sink_free(sink);
		store_stage_close(stage);
		stop(&f);
	}
}

static void what_is_small_is_kept_inline(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 1, 4095, 4096};
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t n = sizes[i];
		struct fixture f;
		struct err err;
		struct store_sink *sink, *second;
		uint8_t sum[CHECKSUM_BYTES];
		start(&f, LOCAL, 4096);
		struct store_stage *stage = create(&f, n);
		put_part(stage, n / 2, n - n / 2);
		put_part(stage, 0, n / 2);
		checksum_of(big, n, sum);
		for (int kept = 0; kept < 2; kept++) {
			sink = make_sink(stage);
			assert_refused(store_stage_sink(stage, &second, &err),
				       &err, ERR_LOCKED);
			struct store_blob blob = finish(sink);
			assert_true(blob.id != store_stage_id(stage));
			assert_int_equal(blob.size, n);
			assert_int_equal(blob.extents.n, 0);
			assert_str(blob.inline_bytes, (struct str){big, n});
			assert_memory_equal(blob.checksum, sum, sizeof(sum));
			if (kept)
				store_sink_keep(sink);
			store_sink_free(sink);
			assert_places(&f, 0, 0, 1);
		}
		assert_refused(store_stage_sink(stage, &sink, &err), &err,
			       ERR_EXISTS);
		store_stage_close(stage);
		store_tidy(f.store);
		assert_places(&f, 0, 0, 0);
		stop(&f);
	}
}

static void an_upload_goes_on_after_a_restart(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		start(&f, kind, 4096);
		struct store_stage *stage =
			create(&f, STORE_STAGE_SIZE_UNKNOWN);
		int64_t id = store_stage_id(stage);
		struct err err;
		put_part(stage, 0, 50000);
		assert_int_equal(store_stage_set_size(stage, 80000, &err), 0);
		store_stage_close(stage);
		store_close(f.store);
		reopen(&f, kind);
		stage = open_stage(&f, id);
		assert_int_equal(store_stage_size(stage), 80000);
		assert_int_equal(store_stage_reach(stage), 50000);
		put_part(stage, 50000, 30000);
		assert_sound(stage, 2);
		struct store_sink *sink = make_sink(stage);
		struct store_blob blob = finish(sink);
		assert_blob(&f, &blob, 80000);
		store_sink_free(sink);
		store_stage_close(stage);
		stop(&f);
	}
}

#define PART 5000

/* Tells of each part that is acknowledged, until it is killed. */
static void write_until_killed(struct fixture *f, enum kind kind, int out)
{
	struct err err;
	struct store_stage *stage;
	if (open_kind(f, kind, 4096, &err) ||
	    store_stage_create(f->store, store_stage_new_id(f->store), &stage,
			       &err) ||
	    store_stage_set_size(stage, BIG, &err))
		_exit(1);
	int64_t id = store_stage_id(stage);
	if (write(out, &id, sizeof(id)) != sizeof(id))
		_exit(2);
	for (uint64_t i = 0; (i + 1) * PART <= BIG; i++)
		/* every other one, from both ends */
		if (try_part(stage, (i % 2 ? BIG / PART - i : i) * PART, PART,
			     0, &err) ||
		    write(out, &i, sizeof(i)) != sizeof(i))
			_exit(3);
	pause();
}

static void a_killed_process_loses_nothing_it_acknowledged(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		int64_t id;
		uint64_t part, acknowledged = 0;
		int status, pipes[2];
		start(&f, kind, 4096);
		store_close(f.store);
		assert_int_equal(pipe(pipes), 0);
		pid_t child = fork();
		if (child == 0)
			write_until_killed(&f, kind, pipes[1]);
		close(pipes[1]);
		assert_int_equal(read(pipes[0], &id, sizeof(id)), sizeof(id));
		while (acknowledged < 20 &&
		       read(pipes[0], &part, sizeof(part)) == sizeof(part))
			acknowledged++;
		assert_int_equal(acknowledged, 20);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		while (read(pipes[0], &part, sizeof(part)) == sizeof(part))
			acknowledged++;
		close(pipes[0]);
		reopen(&f, kind);
		struct store_stage *stage = open_stage(&f, id);
		assert_true(count_extents(stage) >= acknowledged);
		assert_sound(stage, count_extents(stage));
		assert_true(store_stage_reach(stage) >= PART);
		store_stage_close(stage);
		stop(&f);
	}
}

/* What no kill shows: power may be lost between any two of these. */
static void nothing_is_noted_before_it_is_durable(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 6000);
	calls = g_string_new(NULL);
	put_part(stage, 0, 3000);
	assert_calls("wsWS");
	/* before the bytes change, their extent is forgotten */
	put_part(stage, 0, 3000);
	assert_calls("WSwsWS");
	/* with what is kept of it at once */
	put_part(stage, 1000, 1000);
	assert_calls("WSwsWS");
	put_part(stage, 3000, 3000);
	assert_calls("wsWS");
	struct store_sink *sink = make_sink(stage);
	assert_calls("WS");
	finish(sink);
	assert_calls("s");
	store_sink_free(sink);
	g_string_free(calls, TRUE);
	calls = NULL;
	store_stage_close(stage);
	stop(&f);
}

static void a_torn_record_is_as_if_it_was_never_written(void **state)
{
	(void)state;
	static const off_t places[] = {0, 1, 8, 31, 40, 63};
	for (size_t i = 0; i < 2 * COUNT(places); i++) {
		struct fixture f;
		start(&f, LOCAL, 4096);
		struct store_stage *stage = create(&f, 30000);
		int64_t id = store_stage_id(stage);
		put_part(stage, 0, 10000);
		put_part(stage, 10000, 10000);
		store_stage_close(stage);
		g_autofree char *path = log_path(&f, id);
		damage(path, 2 * EXTENT_RECORD_BYTES + places[i / 2], i % 2);
		stage = open_stage(&f, id);
		assert_int_equal(store_stage_size(stage), 30000);
		assert_int_equal(store_stage_reach(stage), 10000);
		assert_sound(stage, 1);
		put_part(stage, 10000, 20000);
		store_stage_close(stage);
		stage = open_stage(&f, id);
		assert_int_equal(store_stage_reach(stage), 30000);
		assert_sound(stage, 2);
		store_stage_close(stage);
		stop(&f);
	}
}

static void a_blob_that_is_not_kept_stays_staged(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct err err;
		struct store_part *part;
		struct store_sink *second;
		start(&f, kind, 4096);
		struct store_stage *stage = create(&f, 5000);
		int64_t id = store_stage_id(stage);
		put_part(stage, 0, 5000);
		for (int i = 0; i < 3; i++) {
			struct store_sink *sink = make_sink(stage);
			assert_refused(store_stage_sink(stage, &second, &err),
				       &err, ERR_LOCKED);
			struct store_blob blob = finish(sink);
			assert_blob(&f, &blob, 5000);
			store_sink_free(sink);
			assert_places(&f, 0, 0, 1);
			store_stage_close(stage);
			stage = open_stage(&f, id);
			/* what has been a blob never changes */
			assert_refused(store_part_begin(
					       stage,
					       (struct store_span){0, 1, false},
					       &part, &err),
				       &err, ERR_LOCKED);
		}
		store_stage_close(stage);
		assert_int_equal(store_stage_remove(f.store, id, &err), 0);
		assert_int_equal(store_stage_remove(f.store, id, &err), 0);
		assert_int_equal(count_files(&f), 0);
		stop(&f);
	}
}

static void a_blob_that_is_kept_is_no_longer_staged(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	struct store_sink *sink;
	struct store_stage *stage;
	start(&f, LOCAL, 4096);
	stage = create(&f, 5000);
	int64_t id = store_stage_id(stage);
	put_part(stage, 0, 5000);
	sink = make_sink(stage);
	finish(sink);
	store_sink_keep(sink);
	store_sink_free(sink);
	assert_refused(store_stage_sink(stage, &sink, &err), &err, ERR_EXISTS);
	store_stage_close(stage);
	/* as after a crash before the staged name was removed */
	stage = open_stage(&f, id);
	assert_refused(store_stage_sink(stage, &sink, &err), &err, ERR_EXISTS);
	store_stage_close(stage);
	store_tidy(f.store);
	assert_places(&f, 1, 0, 0);
	assert_refused(store_stage_open(f.store, id, &stage, &err), &err,
		       ERR_NOT_FOUND);
	stop(&f);
}

/* There a blob has one name, and is staged no longer. */
static void a_file_system_without_hard_links_renames(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, NAMED, 4096);
	has_no_links = true;
	for (int keep = 1; keep >= 0; keep--) {
		struct store_stage *stage = create(&f, 5000);
		int64_t id = store_stage_id(stage);
		put_part(stage, 0, 5000);
		struct store_sink *sink = make_sink(stage);
		struct store_blob blob = finish(sink);
		assert_blob(&f, &blob, 5000);
		assert_places(&f, 1 + !keep, 0, 0);
		if (keep)
			store_sink_keep(sink);
		store_sink_free(sink);
		store_stage_close(stage);
		assert_refused(store_stage_open(f.store, id, &stage, &err),
			       &err, ERR_NOT_FOUND);
		assert_int_equal(store_stage_remove(f.store, id, &err), 0);
		assert_int_equal(count_files(&f), 1);
	}
	has_no_links = false;
	stop(&f);
}

static void what_was_never_staged_is_not_found(void **state)
{
	(void)state;
	static const int64_t ids[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct fixture f;
		struct err err;
		struct store_stage *stage;
		start(&f, LOCAL, 4096);
		assert_refused(store_stage_open(f.store, ids[i], &stage, &err),
			       &err, ERR_NOT_FOUND);
		stop(&f);
	}
}

/* A crash between the making of one and the other, or of their removal. */
static void half_of_one_is_made_afresh(void **state)
{
	(void)state;
	for (int half = 0; half < 2; half++) {
		struct fixture f;
		struct err err;
		struct store_stage *stage, *other;
		start(&f, LOCAL, 4096);
		stage = create(&f, 9000);
		int64_t id = store_stage_id(stage);
		put_part(stage, 0, 5000);
		store_stage_close(stage);
		g_autofree char *path =
			half ? log_path(&f, id) : bytes_path(&f, id);
		assert_refused(store_stage_create(f.store, id, &other, &err),
			       &err, ERR_EXISTS);
		assert_int_equal(unlink(path), 0);
		assert_refused(store_stage_open(f.store, id, &stage, &err),
			       &err, ERR_NOT_FOUND);
		assert_int_equal(store_stage_create(f.store, id, &stage, &err),
				 0);
		assert_sound(stage, 0);
		put_part(stage, 0, 9000);
		store_stage_close(stage);
		stage = open_stage(&f, id);
		assert_sound(stage, 1);
		assert_places(&f, 0, 0, 1);
		store_stage_close(stage);
		stop(&f);
	}
}

#define WRITERS 8
#define SHARE (BIG / WRITERS)

struct writer {
	struct fixture *f;
	int64_t id;
	size_t number;
};

/* Each opens it for each part, as requests do. */
static void *write_share(void *user)
{
	struct writer *writer = user;
	size_t wrong = 0;
	for (size_t i = 0; i < 4; i++) {
		struct err err;
		struct store_stage *stage;
		uint64_t offset = writer->number * SHARE + i * (SHARE / 4);
		if (store_stage_open(writer->f->store, writer->id, &stage,
				     &err))
			return GSIZE_TO_POINTER(100);
		wrong += try_part(stage, offset, SHARE / 4, 0, &err) != 0;
		store_stage_reach(stage);
		store_stage_close(stage);
	}
	return GSIZE_TO_POINTER(wrong);
}

static void eight_threads_write_parts_of_one_blob_at_once(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < FLAKY; kind++) {
		struct fixture f;
		GThread *threads[WRITERS];
		struct writer writers[WRITERS];
		start(&f, kind, 4096);
		struct store_stage *stage = create(&f, BIG);
		int64_t id = store_stage_id(stage);
		store_stage_close(stage);
		for (size_t i = 0; i < WRITERS; i++) {
			writers[i] = (struct writer){&f, id, i};
			threads[i] = g_thread_new("writer", write_share,
						  &writers[i]);
		}
		for (size_t i = 0; i < WRITERS; i++)
			assert_null(g_thread_join(threads[i]));
		stage = open_stage(&f, id);
		assert_sound(stage, 4 * WRITERS);
		struct store_sink *sink = make_sink(stage);
		struct store_blob blob = finish(sink);
		assert_blob(&f, &blob, BIG);
		store_sink_free(sink);
		store_stage_close(stage);
		stop(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_in_any_order_become_a_blob),
		cmocka_unit_test(
			what_came_as_one_part_has_the_checksum_of_its_bytes),
		cmocka_unit_test(an_upload_goes_on_after_a_restart),
		cmocka_unit_test(
			a_killed_process_loses_nothing_it_acknowledged),
		cmocka_unit_test(what_is_small_is_kept_inline),
		cmocka_unit_test(nothing_is_noted_before_it_is_durable),
		cmocka_unit_test(a_torn_record_is_as_if_it_was_never_written),
		cmocka_unit_test(a_blob_that_is_not_kept_stays_staged),
		cmocka_unit_test(a_blob_that_is_kept_is_no_longer_staged),
		cmocka_unit_test(a_file_system_without_hard_links_renames),
		cmocka_unit_test(what_was_never_staged_is_not_found),
		cmocka_unit_test(half_of_one_is_made_afresh),
		cmocka_unit_test(eight_threads_write_parts_of_one_blob_at_once),
	};
	return cmocka_run_group_tests_name("stage", tests, make_big, free_big);
}
