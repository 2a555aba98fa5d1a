/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database written to: group commit, notes, durability, full disks, several
 * processes.
 */
#include "db_fixture.h"
#include "failing_sync.h"
#include "base/metrics.h"
#include "db/schema.h"

#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct insert {
	struct item item;
	int result;
	struct err err;
	struct db_job job;
	sem_t done;
	bool is_told; /* the writer's */
};

/* Where it is not 0: what it is for all. A group has so much time, and what of
 * it a busy machine leaves is not ours to say. */
static _Atomic int64_t clock_us;

/* In place of GLib's. */
gint64 g_get_monotonic_time(void)
{
	struct timespec now;
	int64_t us = atomic_load(&clock_us);
	if (us)
		return us;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void stop_clock(void)
{
	atomic_store(&clock_us, g_get_monotonic_time());
}

static void start_clock(void)
{
	atomic_store(&clock_us, 0);
}

static void wait_sem(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static void insert_done(struct db_job *job)
{
	struct insert *insert = job->user;
	insert->result = job->result;
	insert->err = job->err;
	insert->is_told = true;
	sem_post(&insert->done);
}

static int submit(struct insert *insert, struct err *err)
{
	sem_init(&insert->done, 0, 0);
	insert->job = (struct db_job){.fn = insert_item,
				      .arg = &insert->item,
				      .done = insert_done,
				      .user = insert};
	return db_submit(db, &insert->job, err);
}

/* Keeps the writer busy, so that what is queued behind it is one group, if that
 * has the time: stop_clock(). */
struct gate {
	struct db_job job;
	sem_t reached, open, passed;
};

static int pass_gate(struct db_tx *tx, void *arg, struct err *err)
{
	struct gate *gate = arg;
	(void)tx;
	(void)err;
	sem_post(&gate->reached);
	wait_sem(&gate->open);
	return 0;
}

static void gate_passed(struct db_job *job)
{
	struct gate *gate = job->user;
	sem_post(&gate->passed);
}

/* Only what is of the same one is not let into its group. */
static void gate_close_of(struct gate *gate, int64_t whose)
{
	struct err err;
	sem_init(&gate->reached, 0, 0);
	sem_init(&gate->open, 0, 0);
	sem_init(&gate->passed, 0, 0);
	gate->job = (struct db_job){.fn = pass_gate,
				    .arg = gate,
				    .done = gate_passed,
				    .user = gate,
				    .whose = whose};
	assert_int_equal(db_submit(db, &gate->job, &err), 0);
	wait_sem(&gate->reached);
}

static void gate_close(struct gate *gate)
{
	gate_close_of(gate, 0);
}

static void gate_open(struct gate *gate)
{
	sem_post(&gate->open);
	wait_sem(&gate->passed);
}

static void write_as_group(struct insert *inserts, size_t n)
{
	struct gate gate;
	struct err err;
	stop_clock();
	gate_close(&gate);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(submit(&inserts[i], &err), 0);
	gate_open(&gate);
	for (size_t i = 0; i < n; i++)
		wait_sem(&inserts[i].done);
	start_clock();
}

static void assert_result(const struct insert *insert, enum err_code code)
{
	assert_int_equal(insert->result, code == ERR_NONE ? 0 : -1);
	if (insert->result < 0)
		assert_string_equal(err_code_name(insert->err.code),
				    err_code_name(code));
}

/* Groups */

#define WRITERS 32
#define WRITES 200

static void *write_many(void *arg)
{
	int64_t first = (int64_t)(uintptr_t)arg * WRITES;
	for (int64_t i = 0; i < WRITES; i++) {
		must_put(first + i, 100);
		g_assert(i % 64 || count_items() > i);
	}
	return NULL;
}

static void writes_of_many_threads_share_commits(void **state)
{
	(void)state;
	GThread *threads[WRITERS];
	int64_t commits = metric_get(METRIC_DB_COMMITS);
	int64_t writes = metric_get(METRIC_DB_WRITES);
	for (uintptr_t i = 0; i < WRITERS; i++)
		threads[i] = g_thread_new("writer", write_many, (void *)i);
	for (size_t i = 0; i < WRITERS; i++)
		g_thread_join(threads[i]);
	commits = metric_get(METRIC_DB_COMMITS) - commits;
	writes = metric_get(METRIC_DB_WRITES) - writes;
	assert_int_equal(count_items(), WRITERS * WRITES);
	assert_int_equal(writes, WRITERS * WRITES);
	assert_in_range(commits, 1, WRITERS * WRITES / 2);
	reopen();
	assert_int_equal(count_items(), WRITERS * WRITES);
}

/* Turns: writes that take a millisecond each, and the order in which they were
 * done. */

#define SLOW 40

struct turns {
	int order[SLOW];
	atomic_int n;
	sem_t done;
};

struct slow {
	struct db_job job;
	struct turns *turns;
	int number;
	struct slow *then; /* comes while this one runs */
	bool is_awaited;   /* at its end */
};

static int be_slow(struct db_tx *tx, void *arg, struct err *err)
{
	struct slow *slow = arg;
	assert_false(db_is_awaited(tx));
	atomic_fetch_add(&clock_us, 1000);
	if (slow->then && db_submit(db, &slow->then->job, err) < 0)
		return -1;
	slow->is_awaited = db_is_awaited(tx);
	return 0;
}

static void slow_done(struct db_job *job)
{
	struct slow *slow = job->user;
	struct turns *turns = slow->turns;
	turns->order[atomic_fetch_add(&turns->n, 1)] = slow->number;
	sem_post(&turns->done);
}

static void slow_init(struct slow *slow, struct turns *turns, int64_t whose)
{
	*slow = (struct slow){.job = {.fn = be_slow,
				      .arg = slow,
				      .done = slow_done,
				      .user = slow,
				      .whose = whose},
			      .turns = turns};
}

/* As soon as the writer goes on, and all that they submit. Returns in how many
 * commits; nothing else may run. */
static int64_t write_slowly(struct slow *slow, int n, int later)
{
	struct turns *turns = slow->turns;
	struct gate gate;
	struct err err;
	atomic_store(&turns->n, 0);
	sem_init(&turns->done, 0, 0);
	gate_close_of(&gate, slow->job.whose);
	int64_t commits = metric_get(METRIC_DB_COMMITS);
	for (int i = 0; i < n; i++) {
		slow[i].number = i;
		assert_int_equal(db_submit(db, &slow[i].job, &err), 0);
	}
	gate_open(&gate);
	for (int i = 0; i < n + later; i++)
		wait_sem(&turns->done);
	sem_destroy(&turns->done);
	/* without that of the gate */
	return metric_get(METRIC_DB_COMMITS) - commits - 1;
}

static void who_writes_little_does_not_wait_for_who_writes_much(void **state)
{
	(void)state;
	struct turns turns;
	struct slow slow[SLOW];
	stop_clock();
	for (int i = 0; i < SLOW; i++)
		slow_init(&slow[i], &turns, i < SLOW - 2 ? 7 : 8);
	write_slowly(slow, SLOW, 0);
	start_clock();
	int others = 0, last = -1;
	for (int i = 0; i < SLOW; i++) {
		if (turns.order[i] >= SLOW - 2)
			others += i < 12;
		else
			assert_true(turns.order[i] > last);
		last = turns.order[i] >= SLOW - 2 ? last : turns.order[i];
	}
	assert_int_equal(others, 2);
}

static void
who_comes_while_others_run_is_in_their_group_and_ends_it(void **state)
{
	(void)state;
	struct turns turns;
	struct slow slow[9], other;
	stop_clock();
	for (int i = 0; i < 9; i++)
		slow_init(&slow[i], &turns, 7);
	slow_init(&other, &turns, 8);
	other.number = 9;
	slow[2].then = &other;
	int64_t commits = write_slowly(slow, 9, 1);
	start_clock();
	assert_false(slow[1].is_awaited);
	assert_true(slow[2].is_awaited);
	assert_int_equal(turns.order[2], 2);
	assert_int_equal(turns.order[3], 9);
	assert_int_equal(turns.order[4], 3);
	/* the other may come back soon, so the rest has no long ones */
	assert_int_equal(commits, 1 + 6);
}

/* Or none would gather while it syncs. */
static void what_else_comes_of_who_is_in_a_group_waits(void **state)
{
	(void)state;
	struct turns turns;
	struct slow slow[3], more;
	stop_clock();
	for (int i = 0; i < 3; i++)
		slow_init(&slow[i], &turns, 7);
	slow_init(&more, &turns, 7);
	more.number = 3;
	slow[0].then = &more;
	assert_int_equal(write_slowly(slow, 3, 1), 2);
	start_clock();
	for (int i = 0; i < 4; i++)
		assert_int_equal(turns.order[i], i);
}

static void who_has_had_company_has_short_groups_for_a_while(void **state)
{
	(void)state;
	struct turns turns;
	struct slow slow[6], other, nobody;
	stop_clock();
	for (int i = 0; i < 6; i++)
		slow_init(&slow[i], &turns, 7);
	slow_init(&other, &turns, 8);
	slow_init(&nobody, &turns, 0);
	assert_int_equal(write_slowly(slow, 6, 0), 1);
	/* what is nobody's is none */
	write_slowly(&nobody, 1, 0);
	assert_int_equal(write_slowly(slow, 6, 0), 1);
	write_slowly(&other, 1, 0);
	assert_int_equal(write_slowly(slow, 6, 0), 6);
	assert_int_equal(write_slowly(&nobody, 1, 0), 1);
	atomic_fetch_add(&clock_us, 2000000);
	assert_int_equal(write_slowly(slow, 6, 0), 1);
	start_clock();
}

static void a_write_that_changed_nothing_fails_alone(void **state)
{
	(void)state;
	struct insert inserts[] = {
		{.item = {.id = 1, .name = "a"}},
		{.item = {.id = 2, .name = "a"}}, /* not unique */
		{.item = {.id = 3, .name = "c"}},
	};
	int64_t commits = metric_get(METRIC_DB_COMMITS);
	write_as_group(inserts, COUNT(inserts));
	assert_result(&inserts[0], ERR_NONE);
	assert_result(&inserts[1], ERR_EXISTS);
	assert_result(&inserts[2], ERR_NONE);
	/* the gate and one group */
	assert_int_equal(metric_get(METRIC_DB_COMMITS) - commits, 2);
	for (size_t i = 0; i < COUNT(inserts); i++)
		assert_int_equal(inserts[i].item.runs, 1);
	assert_int_equal(count_items(), 2);
}

static void a_write_that_fails_late_takes_only_its_own_changes(void **state)
{
	(void)state;
	struct insert inserts[] = {
		{.item = {.id = 1, .name = "a"}},
		{.item = {.id = 2, .name = "b", .fail_late = true}},
		{.item = {.id = 3, .name = "c"}},
		/* its reason is gone when it runs alone */
		{.item = {.id = 4, .name = "b"}},
	};
	write_as_group(inserts, COUNT(inserts));
	assert_result(&inserts[0], ERR_NONE);
	assert_result(&inserts[1], ERR_FORBIDDEN);
	assert_result(&inserts[2], ERR_NONE);
	assert_result(&inserts[3], ERR_NONE);
	/* it was one group indeed */
	assert_int_equal(inserts[0].item.runs, 2);
	assert_int_equal(inserts[1].item.runs, 2);
	assert_int_equal(count_items(), 3);
	assert_int_equal(number_of("SELECT sum(id) FROM item"), 1 + 3 + 4);
}

static void who_is_refused_before_a_failed_commit_keeps_its_reason(void **state)
{
	(void)state;
	struct insert inserts[] = {
		{.item = {.id = 1, .name = "a"}},
		{.item = {.id = 2, .name = "a"}},
	};
	struct gate gate;
	struct err err;
	stop_clock();
	gate_close(&gate);
	for (size_t i = 0; i < COUNT(inserts); i++)
		assert_int_equal(submit(&inserts[i], &err), 0);
	atomic_store(&failing_log_syncs, 2);
	gate_open(&gate);
	for (size_t i = 0; i < COUNT(inserts); i++)
		wait_sem(&inserts[i].done);
	start_clock();
	assert_result(&inserts[0], ERR_UNCERTAIN);
	assert_result(&inserts[1], ERR_EXISTS);
	must_put(3, 0);
	assert_int_equal(count_items(), 1);
	reopen();
	assert_int_equal(count_items(), 1);
}

static int end_transaction(struct db_tx *tx, void *arg, struct err *err)
{
	struct item item = {.id = 50, .name = "outside"};
	(void)arg;
	if (insert_item(tx, &item, err) < 0 ||
	    run_sql(tx, (void *)(uintptr_t) "ROLLBACK", err) < 0)
		return -1;
	item.id = 51;
	int result = insert_item(tx, &item, err);
	assert_int_equal(result, -1);
	return 0;
}

static void a_lost_transaction_is_an_error_and_writes_nothing(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(db_write(db, end_transaction, NULL, &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_int_equal(count_items(), 0);
	must_put(1, 0);
	assert_int_equal(count_items(), 1);
}

static void *close_db(void *arg)
{
	db_close(arg);
	return NULL;
}

/* Each try is a write of its own; those that are taken must be done. */
static void closing_finishes_what_waits_and_refuses_the_rest(void **state)
{
	(void)state;
	static struct insert tries[200];
	static char names[COUNT(tries)][24];
	struct gate gate;
	struct err err = {0};
	size_t n = 0;
	gate_close(&gate);
	GThread *closer = NULL;
	for (; n < COUNT(tries); n++) {
		g_snprintf(names[n], sizeof(names[n]), "%zu", n);
		tries[n].item = (struct item){.id = (int)n, .name = names[n]};
		if (submit(&tries[n], &err) < 0)
			break;
		if (closer == NULL)
			closer = g_thread_new("close", close_db, db);
		g_usleep(n * 1000); /* 20 s in all */
	}
	assert_in_range(n, 1, COUNT(tries) - 1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_int_equal(put(2000, 0, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	gate_open(&gate);
	g_thread_join(closer);
	for (size_t i = 0; i < n; i++)
		assert_result(&tries[i], ERR_NONE);
	db = must_open(false);
	assert_int_equal(count_items(), n);
}

/* Notes */

struct heard {
	int64_t ids[16];
	size_t n;
};

static void hear(void *user, const void *note, size_t n)
{
	struct heard *heard = user;
	g_assert(n == sizeof(int64_t) && heard->n < COUNT(heard->ids));
	memcpy(&heard->ids[heard->n++], note, n);
}

static void notes_come_before_the_writer_returns(void **state)
{
	(void)state;
	struct heard heard = {0};
	struct err err;
	db_on_commit(db, hear, &heard);
	for (int64_t id = 1; id <= 3; id++) {
		char name[] = {(char)('a' + id), '\0'};
		struct item item = {.id = id, .name = name, .note = true};
		assert_int_equal(db_write(db, insert_item, &item, &err), 0);
		assert_int_equal(heard.n, id);
		assert_int_equal(heard.ids[id - 1], id);
	}
}

static void notes_come_once_and_only_of_what_was_committed(void **state)
{
	(void)state;
	struct {
		bool late;
		const char *second; /* name; the first one's is "a" */
	} rows[] = {{false, "a"}, {true, "b"}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct heard heard = {0};
		struct insert inserts[] = {
			{.item = {.id = 1, .name = "a", .note = true}},
			{.item = {.id = 2,
				  .name = rows[i].second,
				  .note = true,
				  .fail_late = rows[i].late}},
			{.item = {.id = 3, .name = "c", .note = true}},
		};
		db_on_commit(db, hear, &heard);
		write_as_group(inserts, COUNT(inserts));
		assert_int_equal(inserts[1].result, -1);
		assert_int_equal(inserts[0].item.runs, rows[i].late ? 2 : 1);
		assert_int_equal(heard.n, 2);
		assert_int_equal(heard.ids[0], 1);
		assert_int_equal(heard.ids[1], 3);
		must_run("DELETE FROM item");
	}
}

struct told {
	const struct insert *inserts;
	size_t n, groups;
	bool all; /* whenever it was called */
};

static void note_told(void *user)
{
	struct told *told = user;
	size_t n = 0;
	for (size_t i = 0; i < told->n; i++)
		n += told->inserts[i].is_told;
	told->groups++;
	told->all = told->all && (n == 0 || n == told->n);
}

/* The gate is a group of its own, and so is what comes last, after which the
 * one between is surely over. */
static void who_wakes_others_is_called_when_a_group_was_told(void **state)
{
	struct insert inserts[] = {
		{.item = {.id = 1, .name = "a"}},
		{.item = {.id = 2, .name = "a"}},
		{.item = {.id = 3, .name = "c"}},
	};
	struct told told = {inserts, COUNT(inserts), 0, true};
	struct err err;
	(void)state;
	db_on_told(db, note_told, &told);
	write_as_group(inserts, COUNT(inserts));
	assert_int_equal(put(4, 10, &err), 0);
	db_on_told(db, NULL, NULL);
	assert_true(told.all);
	assert_in_range(told.groups, 2, 3);
}

/* Durability, disk */

static void wait_for(pid_t child, bool killed)
{
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	if (killed)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* In the child: opens by itself; reports each write once it returned. */
static void write_and_report(int fd)
{
	struct err err;
	struct db_options options = {
		.path = path, .driver = &db_driver_sqlite, .readers = 1};
	if (db_open(&db, &options, &err) < 0)
		_exit(1);
	for (int64_t id = 0; put(id, 5000, &err) == 0; id++) {
		if (write(fd, &id, sizeof(id)) != sizeof(id))
			_exit(1);
	}
	_exit(1);
}

static void what_was_reported_survives_kill_9(void **state)
{
	(void)state;
	int fds[2];
	int64_t id = -1;
	db_close(db);
	db = NULL;
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0)
		write_and_report(fds[1]);
	close(fds[1]);
	while (id < 30)
		assert_int_equal(read(fds[0], &id, sizeof(id)), sizeof(id));
	kill(child, SIGKILL);
	wait_for(child, true);
	while (read(fds[0], &id, sizeof(id)) == sizeof(id))
		;
	close(fds[0]);
	db = must_open(false);
	/* one more may have been committed and not reported */
	assert_in_range(count_items(), id + 1, id + 2);
	assert_int_equal(number_of("SELECT count(*) FROM item WHERE id <= 30"
				   " AND length(bytes) = 5000"),
			 31);
}

#define CHECK(what) ((what) ? (void)0 : _exit(__LINE__ % 255 + 1))

/* In the child: the log may not grow past the limit. */
static void fill_disk(void)
{
	struct rlimit limit, small;
	struct err err = {0};
	struct db_options options = {
		.path = path, .driver = &db_driver_sqlite, .readers = 1};
	int64_t stored = 0;
	signal(SIGXFSZ, SIG_IGN);
	CHECK(db_open(&db, &options, &err) == 0);
	CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	small = limit;
	small.rlim_cur = 1 << 20;
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	while (stored < 100 && put(stored, 60000, &err) == 0)
		stored++;
	CHECK(stored > 5 && stored < 100);
	CHECK(err.code == ERR_NO_SPACE);
	CHECK(put(1000, 60000, &err) < 0 && err.code == ERR_NO_SPACE);
	CHECK(count_items() == stored);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(put(2000, 60000, &err) == 0);
	CHECK(count_items() == stored + 1);
	db_close(db);
	CHECK(db_open(&db, &options, &err) == 0);
	CHECK(count_items() == stored + 1);
	db_close(db);
	_exit(0);
}

static void a_full_disk_is_told_and_forgotten_when_there_is_room(void **state)
{
	(void)state;
	db_close(db);
	db = NULL;
	pid_t child = fork();
	if (child == 0)
		fill_disk();
	wait_for(child, false);
	db = must_open(false);
	assert_int_equal(number_of("SELECT count(*) FROM item"
				   " WHERE id = 1000"),
			 0);
}

static void a_full_database_spares_the_others_of_the_group(void **state)
{
	(void)state;
	struct insert inserts[] = {
		{.item = {.id = 1, .name = "a", .bytes = 100}},
		{.item = {.id = 2, .name = "b", .bytes = 64 << 10}},
		{.item = {.id = 3, .name = "c", .bytes = 100}},
	};
	int64_t pages = number_of("PRAGMA page_count");
	assert_in_range(pages, 5, 90);
	/* of the writing connection; the big one does not fit */
	struct number limit = {.sql = "PRAGMA max_page_count = 100"};
	struct err err;
	assert_int_equal(db_write(db, read_number, &limit, &err), 0);
	for (int64_t id = 10; number_of("PRAGMA page_count") < 90; id++)
		must_put(id, 4000);
	int64_t before = count_items();
	write_as_group(inserts, COUNT(inserts));
	assert_result(&inserts[0], ERR_NONE);
	assert_result(&inserts[1], ERR_NO_SPACE);
	assert_result(&inserts[2], ERR_NONE);
	assert_int_equal(count_items(), before + 2);
}

/* Processes */

#define PROCESS_WRITES 60

static void write_beside(int64_t first)
{
	struct err err;
	struct db_options options = {
		.path = path, .driver = &db_driver_sqlite, .readers = 1};
	CHECK(db_open(&db, &options, &err) == 0);
	for (int64_t i = 0; i < PROCESS_WRITES; i++) {
		CHECK(put(first + i, 1000, &err) == 0);
		CHECK(count_items() > i);
	}
	db_close(db);
	_exit(0);
}

static void several_processes_write_to_one_file(void **state)
{
	(void)state;
	pid_t children[3];
	db_close(db);
	db = NULL;
	for (size_t i = 0; i < COUNT(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			write_beside(1000 * (int64_t)(i + 1));
	}
	db = must_open(false);
	for (int64_t i = 0; i < PROCESS_WRITES; i++)
		must_put(i, 1000);
	for (size_t i = 0; i < COUNT(children); i++)
		wait_for(children[i], false);
	assert_int_equal(count_items(), 4 * PROCESS_WRITES);
}

static void what_is_deleted_is_to_spare(void **state)
{
	(void)state;
	enum {
		ITEMS = 20,
		BYTES = 50000
	};
	const _Atomic int64_t *spare = db_spare(db);
	for (int64_t i = 0; i < ITEMS; i++)
		must_put(i, BYTES);
	assert_int_equal(atomic_load(spare), 0);
	must_run("DELETE FROM item");
	assert_in_range(atomic_load(spare), ITEMS * BYTES,
			ITEMS * BYTES * 3 / 2);
	must_put(1, BYTES);
	assert_in_range(atomic_load(spare), (ITEMS - 2) * BYTES,
			ITEMS * BYTES * 3 / 2 - BYTES);
	struct db *reading = must_open(true);
	assert_null(db_spare(reading));
	db_close(reading);
}

static void open_once(void)
{
	struct err err;
	struct db_options options = {
		.path = path, .driver = &db_driver_sqlite, .readers = 1};
	for (int i = 0; i < 5; i++) {
		CHECK(db_open(&db, &options, &err) == 0);
		CHECK(number_of("SELECT count(*) FROM schema_step") ==
		      schema_steps[schema_steps_count - 1].number);
		db_close(db);
	}
	_exit(0);
}

static void several_processes_make_the_database_at_once(void **state)
{
	(void)state;
	pid_t children[4];
	for (size_t i = 0; i < COUNT(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			open_once();
	}
	for (size_t i = 0; i < COUNT(children); i++)
		wait_for(children[i], false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DB(writes_of_many_threads_share_commits),
		WITH_DB(who_writes_little_does_not_wait_for_who_writes_much),
		WITH_DB(who_comes_while_others_run_is_in_their_group_and_ends_it),
		WITH_DB(what_else_comes_of_who_is_in_a_group_waits),
		WITH_DB(who_has_had_company_has_short_groups_for_a_while),
		WITH_DB(a_write_that_changed_nothing_fails_alone),
		WITH_DB(a_write_that_fails_late_takes_only_its_own_changes),
		WITH_DB(who_is_refused_before_a_failed_commit_keeps_its_reason),
		WITH_DB(a_lost_transaction_is_an_error_and_writes_nothing),
		WITH_DB(closing_finishes_what_waits_and_refuses_the_rest),
		WITH_DB(notes_come_before_the_writer_returns),
		WITH_DB(notes_come_once_and_only_of_what_was_committed),
		WITH_DB(who_wakes_others_is_called_when_a_group_was_told),
		WITH_DB(what_was_reported_survives_kill_9),
		WITH_DB(a_full_disk_is_told_and_forgotten_when_there_is_room),
		WITH_DB(a_full_database_spares_the_others_of_the_group),
		WITH_DB(several_processes_write_to_one_file),
		WITH_DB(what_is_deleted_is_to_spare),
		WITH_DIR(several_processes_make_the_database_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
