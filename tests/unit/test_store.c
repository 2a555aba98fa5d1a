/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes into the store comes out of it, or leaves nothing behind: over the
 * local disk, over its fallback with named files, and through the flaky
 * wrapper. Every test ends with as many descriptors as it began with.
 */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* How many writes of blobs are still to be interrupted. */
static gint interruptions;

/* In place of libc's, also for the store. */
ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (g_atomic_int_get(&interruptions) > 0) {
		g_atomic_int_add(&interruptions, -1);
		errno = EINTR;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, p, n, at);
}

static void read_back(int fd, const char *p, size_t n)
{
	g_autofree char *found = g_malloc(n + 1);
	size_t at = 0;
	ssize_t got;
	while ((got = pread(fd, found + at, n + 1 - at, (off_t)at)) > 0)
		at += (size_t)got;
	assert_int_equal(at, n);
	assert_true(memcmp(found, p, n) == 0);
}

static void assert_comes_back(struct fixture *f, const struct store_blob *blob,
			      const char *p, size_t n)
{
	uint8_t sum[CHECKSUM_BYTES];
	struct err err;
	checksum_of(p, n, sum);
	assert_int_equal(blob->size, n);
	assert_memory_equal(blob->checksum, sum, sizeof(sum));
	assert_true(blob->id > 0);
	if (blob->inline_bytes.p) {
		assert_str(blob->inline_bytes, (struct str){p, n});
		return;
	}
	int fd = store_blob_open(f->store, STORE_NAME(blob->id), n, &err);
	assert_true(fd >= 0);
	read_back(fd, p, n);
	close(fd);
	assert_int_equal(store_blob_verify(f->store, blob, &err), 0);
}

static void put_and_compare(struct fixture *f, size_t limit, size_t n,
			    size_t piece)
{
	struct store_blob blob;
	struct store_sink *sink = put(f, big + n % 97, n, piece, &blob);
	assert_int_equal(blob.inline_bytes.p != NULL, n <= limit);
	assert_int_equal(count_files(f), n > limit);
	assert_comes_back(f, &blob, big + n % 97, n);
	store_sink_free(sink);
	assert_int_equal(count_files(f), 0);
}

static void every_size_comes_back_byte_for_byte(void **state)
{
	(void)state;
	static const size_t limits[] = {0, 100, 64 * KIB,
					STORE_INLINE_LIMIT_MAX};
	static const size_t pieces[] = {777, 4096, 64 * KIB + 1, BIG};
	for (enum kind kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < COUNT(limits); i++) {
			size_t l = limits[i];
			const size_t sizes[] = {
				0,    1,    l ? l - 1 : 2, l,     l + 1,  4095,
				4096, 4097, 2 * l,         64001, MIB + 7};
			struct fixture f;
			start(&f, kind, l);
			f.plan.write_max = 1009;
			for (size_t k = 0; k < COUNT(sizes); k++)
				put_and_compare(&f, l, sizes[k],
						pieces[(i + k) % 4]);
			stop(&f);
		}
}

static void writing_past_the_flush_window_comes_back(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < FLAKY; kind++) {
		struct fixture f;
		start(&f, kind, 4096);
		put_and_compare(&f, 4096, 11 * MIB + 3, 300 * KIB + 1);
		put_and_compare(&f, 4096, 8 * MIB, 8 * MIB);
		stop(&f);
	}
}

static void sink_shows_what_it_has_received(void **state)
{
	(void)state;
	static const struct {
		size_t limit, piece;
	} rows[] = {{0, 1000},    {100, 1000},   {100, 33},
		    {9000, 1000}, {9000, 20000}, {64 * KIB, 1000}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct err err;
		start(&f, LOCAL, rows[i].limit);
		struct store_sink *sink = store_sink_new(f.store, MIB);
		assert_str(store_sink_head(sink), STR(""));
		for (size_t n = 0; n < 20000; n += rows[i].piece) {
			struct str all = {big, n};
			bool inside = n <= rows[i].limit;
			int fd = store_sink_fd(sink);
			assert_int_equal(store_sink_size(sink), n);
			assert_str(store_sink_head(sink),
				   str_sub(all, 0, MIN(n, 4096)));
			assert_str(store_sink_bytes(sink),
				   inside ? all : STR_NONE);
			assert_int_equal(fd >= 0, !inside);
			if (fd >= 0)
				read_back(fd, big, n);
			assert_int_equal(store_sink_write(sink, big + n,
							  rows[i].piece, &err),
					 0);
		}
		store_sink_free(sink);
		stop(&f);
	}
}

static void kept_blob_stays_until_it_is_removed(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct err err;
		start(&f, kind, 4096);
		struct store_blob blob = put_kept(&f, 5000);
		assert_int_equal(count_files(&f), 1);
		assert_int_equal(walk(&f, STORE_BLOBS, 0), 1);
		assert_comes_back(&f, &blob, big, 5000);
		assert_int_equal(store_blob_remove(f.store, STORE_BLOBS,
						   STORE_NAME(blob.id), &err),
				 0);
		assert_int_equal(count_files(&f), 0);
		assert_int_equal(store_blob_open(f.store, STORE_NAME(blob.id),
						 5000, &err),
				 -1);
		assert_err(&err, ERR_NOT_FOUND);
		assert_int_equal(store_blob_remove(f.store, STORE_BLOBS,
						   STORE_NAME(blob.id), &err),
				 0);
		stop(&f);
	}
}

static void sink_dropped_half_way_leaves_nothing(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct err err;
		start(&f, kind, 4096);
		struct store_sink *sink = store_sink_new(f.store, MIB);
		assert_int_equal(store_sink_write(sink, big, 9000, &err), 0);
		store_sink_free(sink);
		assert_int_equal(count_files(&f), 0);
		store_sink_free(store_sink_new(f.store, 1));
		store_sink_free(NULL);
		stop(&f);
	}
}

static void upload_over_limit_leaves_no_object(void **state)
{
	(void)state;
	static const size_t limits[] = {0, 1, 1000, 4096, 4097, 100000};
	for (enum kind kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < COUNT(limits); i++) {
			struct fixture f;
			struct err err;
			struct store_blob blob;
			start(&f, kind, 4096);
			struct store_sink *sink =
				store_sink_new(f.store, limits[i]);
			assert_int_equal(
				write_pieces(sink, big, limits[i], 999, &err),
				0);
			assert_int_equal(store_sink_write(sink, "x", 1, &err),
					 -1);
			assert_err(&err, ERR_TOO_LARGE);
			assert_int_equal(store_sink_write(sink, "", 0, &err),
					 -1);
			assert_err(&err, ERR_TOO_LARGE);
			assert_int_equal(store_sink_finish(sink, &blob, NULL),
					 -1);
			store_sink_free(sink);
			assert_int_equal(count_files(&f), 0);
			stop(&f);
		}
}

static void failing_backend_leaves_nothing(void **state)
{
	(void)state;
	static const struct {
		struct store_flaky_plan plan;
		enum err_code code;
	} rows[] = {
		{{.space_ends = true, .space_left = 0}, ERR_NO_SPACE},
		{{.space_ends = true, .space_left = 1}, ERR_NO_SPACE},
		{{.space_ends = true, .space_left = 5000}, ERR_NO_SPACE},
		{{.space_ends = true, .space_left = 299999}, ERR_NO_SPACE},
		{{.write_max = 7, .space_ends = true, .space_left = 9000},
		 ERR_NO_SPACE},
		{{.sync_fails = true}, ERR_INTERNAL},
		{{.link_fails = true}, ERR_INTERNAL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct err err, again;
		struct store_blob blob;
		start(&f, FLAKY, 4096);
		f.plan = rows[i].plan;
		struct store_sink *sink = store_sink_new(f.store, MIB);
		assert_true(write_pieces(sink, big, 300000, 3001, &err) ||
			    store_sink_finish(sink, &blob, &err));
		assert_err(&err, rows[i].code);
		assert_int_equal(store_sink_finish(sink, &blob, &again), -1);
		assert_err(&again, rows[i].code);
		store_sink_free(sink);
		assert_int_equal(count_files(&f), 0);
		f.plan = (struct store_flaky_plan){0};
		put_kept(&f, 300000);
		assert_int_equal(count_files(&f), 1);
		stop(&f);
	}
}

static void file_size_limit_of_the_process_leaves_nothing(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	struct rlimit before;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	start(&f, LOCAL, 4096);
	struct rlimit low = {100001, before.rlim_max};
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	struct store_sink *sink = store_sink_new(f.store, MIB);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int status = write_pieces(sink, big, 200000, 64 * KIB, &err);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, handler);
	assert_int_equal(status, -1);
	assert_err(&err, ERR_TOO_LARGE);
	/* what the system took before it refused */
	read_back(store_sink_fd(sink), big, 100001);
	store_sink_free(sink);
	assert_int_equal(count_files(&f), 0);
	stop(&f);
}

/* Leaves no free byte; false when the disk did not fill up. */
static bool fill_with_a_file(const struct fixture *f)
{
	g_autofree char *path = g_build_filename(f->dir, "filler", NULL);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n;
	do {
		n = write(fd, big, 64 * KIB);
	} while (n > 0);
	bool full = errno == ENOSPC;
	close(fd);
	return full;
}

/* Returns 0 when all is as it should be, else the number of the step that was
 * not. */
static int store_on_a_full_disk(struct fixture *f)
{
	struct err err;
	struct store_blob blob;
	struct store_sink *sink = store_sink_new(f->store, BIG);
	if (write_pieces(sink, big, 2 * MIB, 100 * KIB, &err) == 0 ||
	    err.code != ERR_NO_SPACE)
		return 2;
	if (store_check(f->store, &err) == 0 || err.code != ERR_NO_SPACE)
		return 3;
	store_sink_free(sink);
	if (count_files(f) != 0 || store_check(f->store, &err))
		return 4;
	store_sink_free(put(f, big, 300 * KIB, 100 * KIB, &blob));
	store_close(f->store);
	/* a full disk must not keep the server down */
	if (!fill_with_a_file(f) || open_kind(f, LOCAL, 4096, &err))
		return 5;
	if (count_files(f) != 0)
		return 6;
	store_close(f->store);
	return 0;
}

/* Runs in a child, for a mount namespace of its own. */
static int mount_small_disk(const char *dir)
{
	struct fixture f = {.dir = g_strdup(dir)};
	struct err err;
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tmpfs", 0, "size=1m"))
		return SKIPPED;
	if (open_kind(&f, LOCAL, 4096, &err))
		return 1;
	return store_on_a_full_disk(&f);
}

static void full_disk_leaves_nothing(void **state)
{
	(void)state;
	int status;
	g_autofree char *dir = g_dir_make_tmp("store-XXXXXX", NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(mount_small_disk(dir));
	assert_int_equal(waitpid(child, &status, 0), child);
	rmdir(dir);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED) {
		print_message("a disk of our own cannot be mounted here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void verify_detects_a_flipped_byte(void **state)
{
	(void)state;
	static const off_t places[] = {0, 4096, 599999};
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 4096);
	struct store_blob blob = put_kept(&f, 600000);
	g_autofree char *path = blob_path(&f, blob.id);
	for (size_t i = 0; i < COUNT(places); i++) {
		int fd = open(path, O_RDWR | O_CLOEXEC);
		char c = (char)(big[places[i]] ^ 4);
		assert_int_equal(pwrite(fd, &c, 1, places[i]), 1);
		assert_int_equal(store_blob_verify(f.store, &blob, &err), -1);
		assert_err(&err, ERR_CORRUPT);
		assert_int_equal(pwrite(fd, big + places[i], 1, places[i]), 1);
		close(fd);
		assert_int_equal(store_blob_verify(f.store, &blob, &err), 0);
	}
	stop(&f);
}

static void blob_of_another_size_is_corrupt(void **state)
{
	(void)state;
	static const off_t sizes[] = {0, 4999, 5001};
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 4096);
	struct store_blob blob = put_kept(&f, 5000);
	g_autofree char *path = blob_path(&f, blob.id);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(truncate(path, sizes[i]), 0);
		assert_int_equal(store_blob_open(f.store, STORE_NAME(blob.id),
						 5000, &err),
				 -1);
		assert_err(&err, ERR_CORRUPT);
		assert_int_equal(store_blob_verify(f.store, &blob, &err), -1);
		assert_err(&err, ERR_CORRUPT);
	}
	stop(&f);
}

static void check_leaves_nothing(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct err err;
		start(&f, kind, 4096);
		assert_int_equal(store_check(f.store, &err), 0);
		assert_int_equal(count_files(&f), 0);
		stop(&f);
	}
}

static void check_tells_of_a_bad_disk(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, FLAKY, 4096);
	f.plan.space_ends = true;
	assert_int_equal(store_check(f.store, &err), -1);
	assert_err(&err, ERR_NO_SPACE);
	f.plan = (struct store_flaky_plan){.sync_fails = true};
	assert_int_equal(store_check(f.store, &err), -1);
	assert_err(&err, ERR_INTERNAL);
	stop(&f);
}

static void an_interrupted_write_is_made_again_but_not_for_ever(void **state)
{
	(void)state;
	struct fixture f;
	struct store_blob blob;
	struct err err;
	start(&f, LOCAL, 0);
	g_atomic_int_set(&interruptions, 3);
	store_sink_free(put(&f, big, 5000, 5000, &blob));
	assert_int_equal(g_atomic_int_get(&interruptions), 0);
	g_atomic_int_set(&interruptions, 1000000);
	struct store_sink *sink = store_sink_new(f.store, 5000);
	assert_int_equal(write_pieces(sink, big, 5000, 5000, &err), -1);
	assert_err(&err, ERR_INTERNAL);
	assert_true(g_atomic_int_get(&interruptions) > 0);
	g_atomic_int_set(&interruptions, 0);
	store_sink_free(sink);
	assert_int_equal(count_files(&f), 0);
	stop(&f);
}

static void store_without_directory_does_not_open(void **state)
{
	(void)state;
	struct fixture f;
	struct store *store;
	struct err err;
	start(&f, LOCAL, 0);
	g_autofree char *absent = g_build_filename(f.dir, "absent", NULL);
	struct store_options options = {.dir = absent};
	assert_int_equal(store_open_local(&store, &options, &err), -1);
	assert_err(&err, ERR_INTERNAL);
	stop(&f);
}

#define WRITERS 8
#define WRITES 12

static void *write_some(void *user)
{
	struct fixture *f = user;
	size_t wrong = 0;
	for (size_t i = 0; i < WRITES; i++) {
		struct store_blob blob;
		struct err err;
		size_t n = 5000 + i * 10000;
		struct store_sink *sink = store_sink_new(f->store, n);
		if (write_pieces(sink, big + i, n, 4000, &err) ||
		    store_sink_finish(sink, &blob, &err) ||
		    store_blob_verify(f->store, &blob, &err))
			wrong++;
		else if (i % 2)
			store_sink_keep(sink);
		store_sink_free(sink);
	}
	return GSIZE_TO_POINTER(wrong);
}

static void eight_threads_store_at_once(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < FLAKY; kind++) {
		struct fixture f;
		GThread *threads[WRITERS];
		start(&f, kind, 4096);
		for (size_t i = 0; i < WRITERS; i++)
			threads[i] = g_thread_new("writer", write_some, &f);
		for (size_t i = 0; i < WRITERS; i++)
			assert_null(g_thread_join(threads[i]));
		assert_int_equal(count_files(&f), WRITERS * WRITES / 2);
		assert_int_equal(walk(&f, STORE_BLOBS, 0),
				 WRITERS * WRITES / 2);
		stop(&f);
	}
}

/* Deletes and the database need some of the disk, too. */
static void files_leave_the_reserve_free(void **state)
{
	(void)state;
	struct fixture f;
	struct store *store;
	struct store_blob blob;
	struct err err = {0};
	struct statvfs fs;
	start(&f, LOCAL, 0);
	/* more than any disk has, which means a tenth of this one */
	struct store_options options = {
		.dir = f.dir, .inline_limit = 16, .reserve = UINT64_MAX};
	assert_int_equal(statvfs(f.dir, &fs), 0);
	bool room = fs.f_bavail >= fs.f_blocks / 10;
	assert_int_equal(store_open_local(&store, &options, &err), 0);
	struct store_sink *sink = store_sink_new(store, 100);
	assert_int_equal(store_sink_write(sink, "0123456789", 10, &err), 0);
	assert_int_equal(store_sink_finish(sink, &blob, &err), room ? 0 : -1);
	if (!room)
		assert_int_equal(err.code, ERR_NO_SPACE);
	store_sink_free(sink);
	store_close(store);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_comes_back_byte_for_byte),
		cmocka_unit_test(files_leave_the_reserve_free),
		cmocka_unit_test(writing_past_the_flush_window_comes_back),
		cmocka_unit_test(sink_shows_what_it_has_received),
		cmocka_unit_test(kept_blob_stays_until_it_is_removed),
		cmocka_unit_test(sink_dropped_half_way_leaves_nothing),
		cmocka_unit_test(upload_over_limit_leaves_no_object),
		cmocka_unit_test(failing_backend_leaves_nothing),
		cmocka_unit_test(file_size_limit_of_the_process_leaves_nothing),
		cmocka_unit_test(full_disk_leaves_nothing),
		cmocka_unit_test(verify_detects_a_flipped_byte),
		cmocka_unit_test(blob_of_another_size_is_corrupt),
		cmocka_unit_test(check_leaves_nothing),
		cmocka_unit_test(check_tells_of_a_bad_disk),
		cmocka_unit_test(
			an_interrupted_write_is_made_again_but_not_for_ever),
		cmocka_unit_test(store_without_directory_does_not_open),
		cmocka_unit_test(eight_threads_store_at_once),
	};
	return cmocka_run_group_tests_name("store", tests, make_big, free_big);
}
