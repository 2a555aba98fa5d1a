/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite's write-ahead log: it stays short beside writers and readers, and no
 * harm comes from a disk that has no room for its way into the file. Sizes and
 * times are made small.
 */
#include "db_fixture.h"
#include "db/sqlite/sqlite.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#define MIB (1 << 20)

static int make_tuned(void **state)
{
	sqlite_tuning = (struct sqlite_tuning){
		.checkpoint_pages = MIB / SQLITE_PAGE_BYTES,
		.restart_pages = 4 * MIB / SQLITE_PAGE_BYTES,
		.old_read_us = 50 * 1000,
		.log_bytes_max = 6 * MIB,
	};
	return make_db(state);
}

static int64_t log_bytes(void)
{
	g_autofree char *log = g_strconcat(path, "-wal", NULL);
	struct stat got;
	return stat(log, &got) < 0 ? 0 : got.st_size;
}

/* `n` times 64 KiB; the longest the log was. */
static int64_t put_many(int64_t first, int n)
{
	int64_t longest = 0;
	for (int64_t id = first; id < first + n; id++) {
		must_put(id, 64 << 10);
		longest = MAX(longest, log_bytes());
	}
	return longest;
}

/* Puts, from that one on, until the log is much shorter than what has gone into
 * it: it has begun again, which a busy machine puts off. How many it took. */
static int64_t put_until_it_begins_again(int64_t first)
{
	int64_t before = log_bytes(), longest = 0, n = 0, most;
	do {
		int64_t length = put_many(first + n, 100);
		longest = MAX(longest, length);
		n += 100;
		most = before + n * (64 << 10) - 4 * MIB;
	} while (longest > most && n < 10000);
	assert_in_range(longest, MIB, most);
	return n;
}

static void the_log_begins_again_while_writing_goes_on(void **state)
{
	(void)state;
	int64_t n = put_until_it_begins_again(0);
	assert_int_equal(count_items(), n);
	reopen();
	assert_int_equal(count_items(), n);
}

/* Calls of the kernel that write. */
static int writes_so_far(void)
{
	g_autofree char *text = NULL;
	if (!g_file_get_contents("/proc/self/io", &text, NULL, NULL))
		fail_msg("/proc/self/io");
	return (int)strtol(strstr(text, "syscw: ") + strlen("syscw: "), NULL,
			   10);
}

static void a_commit_of_many_pages_is_few_writes(void **state)
{
	(void)state;
	must_put(1, 1);
	int before = writes_so_far();
	must_put(2, 64 << 10);
	assert_in_range(writes_so_far() - before, 1, 8);
}

static int sum_items(struct db_tx *tx, void *arg, struct err *err)
{
	return db_query_int(tx,
			    "SELECT SUM(LENGTH(bytes)) FROM item"
			    " WHERE id < $1",
			    DB_ARGS(DB_INT(1000)), arg, err);
}

/* More than the writer's cache holds: what it has put into the log is read
 * again before it is committed. */
static int put_and_sum(struct db_tx *tx, void *arg, struct err *err)
{
	int64_t *sum = arg;
	for (int64_t id = 1; id <= 400; id++) {
		char name[24];
		g_snprintf(name, sizeof(name), "i%d", (int)id);
		struct item item = {.id = id, .name = name, .bytes = 64 << 10};
		if (insert_item(tx, &item, err) < 0)
			return -1;
	}
	return sum_items(tx, sum, err);
}

static void a_transaction_reads_what_it_has_written_to_the_log(void **state)
{
	(void)state;
	struct err err;
	int64_t sum = 0;
	if (db_write(db, put_and_sum, &sum, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(sum, 400 * (64 << 10));
	reopen();
	assert_int_equal(count_items(), 400);
	assert_int_equal(db_read(db, sum_items, &sum, &err), 1);
	assert_int_equal(sum, 400 * (64 << 10));
}

static atomic_bool writing;

/* The next one begins before the last one ends: there always is one. */
static void *read_on(void *arg)
{
	int64_t last = 0;
	while (atomic_load(&writing)) {
		int64_t now = count_items();
		g_assert(now >= last);
		last = now;
	}
	return arg;
}

static void the_log_begins_again_beside_readers(void **state)
{
	(void)state;
	GThread *threads[4];
	sqlite_tuning.log_bytes_max = INT64_MAX; /* they are not to end */
	must_put(-1, 1);
	atomic_store(&writing, true);
	for (size_t i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("reader", read_on, NULL);
	int64_t n = put_until_it_begins_again(0);
	atomic_store(&writing, false);
	for (size_t i = 0; i < COUNT(threads); i++)
		g_thread_join(threads[i]);
	assert_int_equal(count_items(), n + 1);
}

/* A snapshot that stays, and asks nothing. */
struct snapshot {
	sem_t taken, leave;
};

static int stay(struct db_tx *tx, void *arg, struct err *err)
{
	struct snapshot *snapshot = arg;
	struct number count = {.sql = "SELECT count(*) FROM item"};
	int result = read_number(tx, &count, err);
	sem_post(&snapshot->taken);
	while (sem_wait(&snapshot->leave) != 0)
		;
	return result;
}

static void *hold_snapshot(void *arg)
{
	struct err err;
	int result = db_read(db, stay, arg, &err);
	g_assert(result == 0);
	return NULL;
}

static void the_log_begins_again_once_an_old_snapshot_is_gone(void **state)
{
	(void)state;
	struct snapshot snapshot;
	sem_init(&snapshot.taken, 0, 0);
	sem_init(&snapshot.leave, 0, 0);
	GThread *thread = g_thread_new("reader", hold_snapshot, &snapshot);
	while (sem_wait(&snapshot.taken) != 0)
		;
	put_many(0, 100);
	int64_t while_held = log_bytes();
	assert_true(while_held > 100 * (64 << 10));
	sem_post(&snapshot.leave);
	g_thread_join(thread);
	/* it is as long as it was, but is written from its beginning */
	put_until_it_begins_again(100);
}

#define ENDLESS                                                                \
	"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"     \
	" SELECT count(*) FROM n, (SELECT count(*) FROM item)"

static void *read_without_end(void *arg)
{
	struct number count = {.sql = ENDLESS};
	struct err *err = arg;
	int result = db_read(db, read_number, &count, err);
	g_assert(result < 0);
	atomic_store(&writing, false);
	return NULL;
}

static void a_read_without_end_ends_when_the_log_is_long(void **state)
{
	(void)state;
	struct err err = {0};
	int64_t n = 0;
	atomic_store(&writing, true);
	GThread *thread = g_thread_new("reader", read_without_end, &err);
	for (; atomic_load(&writing); n += 20)
		put_many(n, 20);
	g_thread_join(thread);
	assert_int_equal(err.code, ERR_BUSY);
	/* the connection is good for another read */
	for (int i = 0; i < 4; i++)
		assert_int_equal(count_items(), n);
}

static int lose_transaction(struct db_tx *tx, void *arg, struct err *err)
{
	(void)arg;
	return db_exec(tx, "ROLLBACK", DB_ARGS(), err);
}

static void a_lost_transaction_holds_nobody_up(void **state)
{
	(void)state;
	struct err err;
	for (int64_t i = 0; i < 100; i++) {
		must_put(i, 64 << 10);
		assert_int_equal(db_write(db, lose_transaction, NULL, &err),
				 -1);
	}
	assert_int_equal(count_items(), 100);
}

#define CHECK(what) ((what) ? (void)0 : _exit(__LINE__ % 255 + 1))

/* In the child: no file may grow past the limit, so that the log cannot be
 * moved into the file, which is full first. */
static void fill_disk(void)
{
	struct rlimit limit, small;
	struct err err = {0};
	int64_t stored = 0;
	signal(SIGXFSZ, SIG_IGN);
	db = must_open(false);
	CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	small = limit;
	small.rlim_cur = 3 * MIB;
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	while (stored < 1000 && put(stored, 64 << 10, &err) == 0)
		stored++;
	CHECK(stored > 0 && stored < 1000);
	CHECK(err.code == ERR_NO_SPACE);
	CHECK(count_items() == stored);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (int64_t id = 2000; id < 2050; id++)
		CHECK(put(id, 64 << 10, &err) == 0);
	CHECK(count_items() == stored + 50);
	db_close(db);
	db = must_open(false);
	CHECK(count_items() == stored + 50);
	CHECK(log_bytes() < MIB);
	db_close(db);
	_exit(0);
}

static void a_disk_without_room_for_the_log_s_pages_does_no_harm(void **state)
{
	(void)state;
	int status;
	db_close(db);
	db = NULL;
	pid_t child = fork();
	if (child == 0)
		fill_disk();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* What the disk has free, by what it says; 0: what it really has. */
static _Atomic uint64_t free_bytes;

int statvfs(const char *restrict name, struct statvfs *restrict out)
{
	static int (*real)(const char *, struct statvfs *);
	uint64_t bytes = atomic_load(&free_bytes);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "statvfs");
	int result = real(name, out);
	if (bytes)
		out->f_bavail = bytes / out->f_frsize;
	return result;
}

/* The thread that moves the log comes to nothing while this is set, unless the
 * log is so long that the writer has not waited for it. */
#define OVERRUN (3 * MIB)

static atomic_bool mover_is_slow, overran;

int sqlite3_wal_checkpoint_v2(sqlite3 *handle, const char *name, int mode,
			      int *pages, int *moved)
{
	static int (*real)(sqlite3 *, const char *, int, int *, int *);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "sqlite3_wal_checkpoint_v2");
	while (atomic_load(&mover_is_slow) && !atomic_load(&overran)) {
		if (log_bytes() > OVERRUN)
			atomic_store(&overran, true);
		g_usleep(1000);
	}
	return real(handle, name, mode, pages, moved);
}

static atomic_int put_so_far;

static void *put_100(void *arg)
{
	for (int64_t id = 0; id < 100; id++) {
		must_put(id, 64 << 10);
		atomic_fetch_add(&put_so_far, 1);
	}
	return arg;
}

/* The next sync of the database's file waits for so many puts. */
#define PUTS_BESIDE 3
#define PATIENCE_US (10 * G_USEC_PER_SEC)

static atomic_bool sync_waits, sync_waited, sync_over;

static bool is_database(int fd)
{
	struct stat one, other;
	return fstat(fd, &one) == 0 && path && stat(path, &other) == 0 &&
	       one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

int fdatasync(int fd)
{
	static int (*real)(int);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	if (is_database(fd) && atomic_exchange(&sync_waits, false)) {
		int64_t until = g_get_monotonic_time() + PATIENCE_US;
		int goal = atomic_load(&put_so_far) + PUTS_BESIDE;
		while (atomic_load(&put_so_far) < goal &&
		       g_get_monotonic_time() < until)
			g_usleep(100);
		atomic_store(&sync_waited, atomic_load(&put_so_far) >= goal);
		atomic_store(&sync_over, true);
	}
	return real(fd);
}

static void no_write_waits_for_the_sync_of_what_was_moved(void **state)
{
	(void)state;
	atomic_store(&put_so_far, 0);
	atomic_store(&sync_over, false);
	atomic_store(&sync_waits, true);
	for (int64_t id = 0; !atomic_load(&sync_over); id++) {
		must_put(id, 64 << 10);
		atomic_fetch_add(&put_so_far, 1);
	}
	assert_true(atomic_load(&sync_waited));
}

/* Until it goes on no more. */
static void wait_for_standstill(void)
{
	int before;
	do {
		before = atomic_load(&put_so_far);
		g_usleep(300 * 1000);
	} while (before < 2 || before != atomic_load(&put_so_far));
}

static void on_a_nearly_full_disk_the_writer_waits_for_the_log(void **state)
{
	(void)state;
	atomic_store(&free_bytes, 4 * MIB);
	atomic_store(&mover_is_slow, true);
	atomic_store(&overran, false);
	atomic_store(&put_so_far, 0);
	GThread *writer = g_thread_new("writer", put_100, NULL);
	wait_for_standstill();
	atomic_store(&mover_is_slow, false);
	g_thread_join(writer);
	atomic_store(&free_bytes, 0);
	assert_false(atomic_load(&overran));
	assert_int_equal(count_items(), 100);
	reopen();
	assert_int_equal(count_items(), 100);
}

static void closing_ends_a_checkpoint_that_goes_on(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		put_many(i * 20, 17); /* just due */
		reopen();
	}
	assert_int_equal(count_items(), 170);
}

/* In the child: SQLite's lock of whoever moves the log, for a moment. */
static void hold_checkpoint_lock(int told)
{
	g_autofree char *name = g_strconcat(path, "-shm", NULL);
	struct flock lock = {.l_type = F_WRLCK,
			     .l_whence = SEEK_SET,
			     .l_start = 121,
			     .l_len = 1};
	int fd = open(name, O_RDWR);
	CHECK(fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0);
	CHECK(write(told, "x", 1) == 1);
	g_usleep(100 * 1000);
	_exit(0);
}

static void settling_waits_for_another_checkpoint(void **state)
{
	(void)state;
	struct err err = {0};
	int fds[2];
	char byte;
	must_put(1, 1);
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0)
		hold_checkpoint_lock(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	if (db_settle(db, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(fds[0]);
	close(fds[1]);
}

#define WITH_LOG(test)                                                         \
	cmocka_unit_test_setup_teardown(test, make_tuned, remove_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LOG(a_commit_of_many_pages_is_few_writes),
		WITH_LOG(a_transaction_reads_what_it_has_written_to_the_log),
		WITH_LOG(the_log_begins_again_while_writing_goes_on),
		WITH_LOG(the_log_begins_again_beside_readers),
		WITH_LOG(the_log_begins_again_once_an_old_snapshot_is_gone),
		WITH_LOG(a_read_without_end_ends_when_the_log_is_long),
		WITH_LOG(a_lost_transaction_holds_nobody_up),
		WITH_LOG(a_disk_without_room_for_the_log_s_pages_does_no_harm),
		WITH_LOG(on_a_nearly_full_disk_the_writer_waits_for_the_log),
		WITH_LOG(no_write_waits_for_the_sync_of_what_was_moved),
		WITH_LOG(settling_waits_for_another_checkpoint),
		WITH_LOG(closing_ends_a_checkpoint_that_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
