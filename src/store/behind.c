/* SPDX-License-Identifier: Apache-2.0 */
#include "store/behind.h"

#include <glib.h>

#include "base/threads/crew.h"
#include "base/threads/disk_turn.h"

/* 24 MiB in all, and what one run may have of them. */
#define BLOCKS_MAX 24u
#define RUN_MAX 6u   /* that are not written yet */
#define HELD_MAX 12u /* and those that are still watched */
#define THREADS 8u
#define AT_ONCE 2u /* of one run */
/* Who waits there has a block at least; nobody is ever late. */
#define WAIT_MS (24u * 3600 * 1000)
/* Of a thread, until other files have their turn. */
#define TURN_BLOCKS 8u
/* At a time: who announces much and sends little takes no more. */
#define RESERVE_BYTES (8u * 1024 * 1024)
/* A block waits no longer for commits to end. */
#define COMMIT_MS 20
/* As much at once says that there is more to come soon, so that a block is not
 * held for long. */
#define WORTH_BYTES (32u * 1024)

struct behind {
	struct blocks *blocks;
	struct crew *crew;
};

/* A block that is to be written. */
struct full {
	struct block *block;
	size_t n; /* bytes */
	uint64_t offset;
};

/* What one thread does for a run: a disk is slower one block at a time. */
struct writer {
	struct crew_task task;
	struct behind_run *run;
	bool is_added; /* a thread does it, or will; under the run's mutex */
};

struct behind_run {
	struct behind *behind;
	struct behind_file file;
	struct block_watch watch;
	/* Of who puts: where the next bytes go, and what is gathered, which is
	 * what lies before. */
	uint64_t end;
	struct block *block;
	size_t n;
	bool is_fast; /* much has come at once just now */

	GMutex mutex; /* of what follows */
	GCond idle;
	struct writer writers[AT_ONCE];
	struct full full[RUN_MAX]; /* a ring: those that wait */
	unsigned first, waiting;
	unsigned writing;  /* blocks */
	uint64_t reserved; /* space, up to there */
	bool is_left;      /* what waits is not written */
	struct err why;    /* of the first write that failed, or ERR_NONE */
};

struct behind *behind_new(void)
{
	struct behind *behind = g_new(struct behind, 1);
	behind->blocks = blocks_new(BLOCKS_MAX, HELD_MAX);
	behind->crew = crew_new(&(struct crew_options){
		.kind = {"behind", THREAD_WORK},
		.places = THREADS,
		.wait_ms = WAIT_MS,
	});
	return behind;
}

void behind_free(struct behind *behind)
{
	if (behind == NULL)
		return;
	crew_free(behind->crew);
	blocks_free(behind->blocks);
	g_free(behind);
}

static int write_all(const struct behind_run *run, struct store_piece *piece,
		     struct err *err)
{
	return store_write_all(run->file.write, run->file.user, piece, err);
}

static struct store_piece piece_of(const struct full *full, bool is_direct)
{
	return (struct store_piece){block_bytes(full->block), full->n,
				    full->offset, is_direct};
}

/* With the mutex: the first reason stays. */
static void note_failed(struct behind_run *run, const struct err *why)
{
	if (run->why.code == ERR_NONE)
		run->why = *why;
}

/* With the mutex. */
static struct full pop(struct behind_run *run)
{
	struct full full = run->full[run->first];
	run->first = (run->first + 1) % RUN_MAX;
	run->waiting--;
	return full;
}

/* With the mutex: from where on space is to be reserved for what is written
 * next; false: there is. */
static bool wants_space(struct behind_run *run, const struct full *full,
			uint64_t *from)
{
	if (full->offset + full->n <= run->reserved)
		return false;
	*from = MAX(run->reserved, full->offset);
	run->reserved = *from + RESERVE_BYTES;
	return true;
}

/* With the mutex, but not meanwhile. */
static void write_first(struct behind_run *run)
{
	struct full full = pop(run);
	struct err why;
	uint64_t from;
	bool reserves = wants_space(run, &full, &from);
	run->writing++;
	g_mutex_unlock(&run->mutex);
	if (reserves && run->file.reserve)
		run->file.reserve(run->file.user, from, RESERVE_BYTES);
	struct store_piece piece = piece_of(&full, true);
	disk_turn_wait(COMMIT_MS);
	int status = write_all(run, &piece, &why);
	block_unref(full.block);
	g_mutex_lock(&run->mutex);
	run->writing--;
	if (status)
		note_failed(run, &why);
}

/* With the mutex. */
static void drop_waiting(struct behind_run *run)
{
	while (run->waiting)
		block_unref(pop(run).block);
}

static void work(struct crew_task *task, bool is_late)
{
	struct writer *writer = (struct writer *)(void *)task;
	struct behind_run *run = writer->run;
	struct err ignored;
	(void)is_late;
	g_mutex_lock(&run->mutex);
	for (;;) {
		for (unsigned i = 0; i < TURN_BLOCKS && run->waiting; i++) {
			if (run->is_left || run->why.code)
				break;
			write_first(run);
		}
		if (run->is_left || run->why.code)
			drop_waiting(run);
		if (run->waiting == 0)
			break;
		/* whoever takes it from here has the mutex to wait for */
		if (crew_add(run->behind->crew, task, &ignored) == 0) {
			g_mutex_unlock(&run->mutex);
			return;
		}
	}
	writer->is_added = false;
	g_cond_signal(&run->idle);
	g_mutex_unlock(&run->mutex);
}

struct behind_run *behind_run_new(struct behind *behind,
				  const struct behind_file *file)
{
	struct behind_run *run = g_new0(struct behind_run, 1);
	for (unsigned i = 0; i < AT_ONCE; i++)
		run->writers[i] = (struct writer){
			.task = {.owner = file->owner, .run = work},
			.run = run,
		};
	run->behind = behind;
	run->file = *file;
	run->end = file->offset;
	g_mutex_init(&run->mutex);
	g_cond_init(&run->idle);
	return run;
}

void behind_run_watch(struct behind_run *run, const struct block_watch *watch)
{
	run->watch = *watch;
}

static void tell(const struct behind_run *run, struct block *block, size_t n)
{
	if (run->watch.came && n)
		run->watch.came(run->watch.user, block, n);
}

/* By way of the page cache. */
static int put_now(struct behind_run *run, const void *p, size_t n,
		   struct err *err)
{
	struct store_piece piece = {p, n, run->end, false};
	if (write_all(run, &piece, err))
		return -1;
	run->end += n;
	tell(run, NULL, n);
	return 0;
}

/* With the mutex. */
static unsigned count_writers(const struct behind_run *run)
{
	unsigned n = 0;
	for (unsigned i = 0; i < AT_ONCE; i++)
		n += run->writers[i].is_added;
	return n;
}

/* With the mutex: one more, if there may be. */
static void add_writer(struct behind_run *run)
{
	struct err ignored;
	struct writer *writer = run->writers;
	while (writer < run->writers + AT_ONCE && writer->is_added)
		writer++;
	if (writer < run->writers + AT_ONCE)
		writer->is_added = crew_add(run->behind->crew, &writer->task,
					    &ignored) == 0;
}

/* With the mutex: false: there is no thread for it. */
static bool hand_over(struct behind_run *run, const struct full *full)
{
	run->full[(run->first + run->waiting) % RUN_MAX] = *full;
	run->waiting++;
	add_writer(run);
	if (count_writers(run))
		return true;
	run->waiting--;
	return false;
}

/* What is gathered, by a thread, or, if there is none, now. */
static int send_block(struct behind_run *run, struct err *err)
{
	struct full full = {run->block, run->n, run->end - run->n};
	tell(run, run->block, run->n);
	run->block = NULL;
	run->n = 0;
	g_mutex_lock(&run->mutex);
	struct err why = run->why;
	bool is_sent = why.code == ERR_NONE && hand_over(run, &full);
	g_mutex_unlock(&run->mutex);
	if (is_sent)
		return 0;
	struct store_piece piece = piece_of(&full, false);
	int status = -1;
	if (why.code)
		*err = why;
	else
		status = write_all(run, &piece, err);
	block_unref(full.block);
	return status;
}

/* None when the run has as many as it may, which are not written yet. */
static struct block *take_block(struct behind_run *run)
{
	g_mutex_lock(&run->mutex);
	bool may = run->waiting + run->writing < RUN_MAX;
	g_mutex_unlock(&run->mutex);
	return may ? blocks_take(run->behind->blocks, run) : NULL;
}

/* Blocks begin at whole pages of the file. False: the first *n bytes go without
 * one. */
static bool begin_block(struct behind_run *run, size_t *n)
{
	size_t odd = (size_t)(run->end % BLOCK_ALIGN);
	run->is_fast = *n >= WORTH_BYTES;
	if (run->is_fast && odd)
		*n = BLOCK_ALIGN - odd;
	else if (run->is_fast)
		run->block = take_block(run);
	return run->block != NULL;
}

static int put_some(struct behind_run *run, const void *p, size_t *n,
		    struct err *err)
{
	if (run->block == NULL && !begin_block(run, n))
		return put_now(run, p, *n, err);
	*n = MIN(*n, BLOCK_BYTES - run->n);
	char *room = block_bytes(run->block) + run->n;
	if (p != room)
		memcpy(room, p, *n);
	run->n += *n;
	run->end += *n;
	return run->n == BLOCK_BYTES ? send_block(run, err) : 0;
}

char *behind_run_room(struct behind_run *run, size_t *n)
{
	*n = 0;
	if (run == NULL)
		return NULL;
	if (run->block == NULL && run->is_fast && run->end % BLOCK_ALIGN == 0)
		run->block = take_block(run);
	if (run->block == NULL)
		return NULL;
	*n = BLOCK_BYTES - run->n;
	return block_bytes(run->block) + run->n;
}

/* Nothing that is put after it can be taken for written. */
static int fail_put(struct behind_run *run, const struct err *why,
		    struct err *err)
{
	g_mutex_lock(&run->mutex);
	note_failed(run, why);
	g_mutex_unlock(&run->mutex);
	*err = *why;
	return -1;
}

int behind_run_put(struct behind_run *run, const void *p, size_t n,
		   struct err *err)
{
	struct err why;
	while (n) {
		size_t some = n;
		if (put_some(run, p, &some, &why))
			return fail_put(run, &why, err);
		p = (const char *)p + some;
		n -= some;
	}
	return 0;
}

/* The last one is written here: whoever waits can do that meanwhile. */
static int write_last(struct behind_run *run, struct err *err)
{
	struct full full = {run->block, run->n, run->end - run->n};
	if (run->block == NULL)
		return 0;
	tell(run, run->block, run->n);
	run->block = NULL;
	run->n = 0;
	struct store_piece piece = piece_of(&full, true);
	int status = write_all(run, &piece, err);
	block_unref(full.block);
	return status;
}

static void wait_idle(struct behind_run *run)
{
	while (count_writers(run))
		g_cond_wait(&run->idle, &run->mutex);
}

int behind_run_settle(struct behind_run *run, struct err *err)
{
	struct err why;
	int status = write_last(run, &why);
	g_mutex_lock(&run->mutex);
	wait_idle(run);
	if (status)
		note_failed(run, &why);
	if (run->why.code)
		*err = run->why;
	status = run->why.code ? -1 : 0;
	g_mutex_unlock(&run->mutex);
	return status;
}

void behind_run_free(struct behind_run *run)
{
	if (run == NULL)
		return;
	g_mutex_lock(&run->mutex);
	run->is_left = true;
	wait_idle(run);
	g_mutex_unlock(&run->mutex);
	block_unref(run->block);
	g_mutex_clear(&run->mutex);
	g_cond_clear(&run->idle);
	g_free(run);
}
