/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools of this program itself as the helper (pool_helper.h), and the waiting
 * for their jobs.
 */
#ifndef UNIT_POOL_FIXTURE_H
#define UNIT_POOL_FIXTURE_H

#include "descriptors.h"
#include "pool_helper.h"
#include "helpers/pool.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 20000 /* what must happen happens within it */

/*
 * Waiting for jobs.
 */

static GMutex lock;
static GCond changed;

struct call {
	bool done;
	unsigned place; /* the how manieth it was that was done */
	unsigned times; /* that done was called */
	enum err_code code;
	char text[1000];
	int output;
	uint64_t output_size;
	struct pool *then_to; /* submits another to it */
	struct call *then;
};

static unsigned calls_done;

static inline int64_t deadline(void)
{
	return g_get_monotonic_time() + PATIENCE_MS * INT64_C(1000);
}

static inline void take_answer(void *user, struct pool_answer *answer,
			       const struct err *err)
{
	struct call *call = user;
	/* whoever waits for it may leave with it */
	struct call *then = call->then;
	struct pool *then_to = call->then_to;
	g_mutex_lock(&lock);
	call->times++;
	call->code = err ? err->code : ERR_NONE;
	call->output = -1;
	if (answer) {
		g_snprintf(call->text, sizeof(call->text), "%.*s",
			   STR_ARG(answer->text));
		call->output = answer->output;
		call->output_size = answer->output_size;
		answer->output = -1;
	}
	call->place = ++calls_done;
	call->done = true;
	g_cond_broadcast(&changed);
	g_mutex_unlock(&lock);
	if (then) {
		const struct pool_job next = {
			.text = STR("echo"), .done = take_answer, .user = then};
		struct err why;
		if (pool_submit(then_to, &next, &why) != 0)
			abort();
	}
}

static inline enum err_code
submit(struct pool *pool, const struct pool_job *job, struct call *call)
{
	struct err err = {0};
	struct pool_job wanted = *job;
	wanted.done = take_answer;
	wanted.user = call;
	*call = (struct call){.output = -1};
	return pool_submit(pool, &wanted, &err) == 0 ? ERR_NONE : err.code;
}

static inline void await(struct call *call)
{
	int64_t until = deadline();
	bool in_time = true;
	g_mutex_lock(&lock);
	while (!call->done && in_time)
		in_time = g_cond_wait_until(&changed, &lock, until);
	g_mutex_unlock(&lock);
	if (!in_time)
		fail_msg("a job is not done");
}

static inline struct call ask(struct pool *pool, const char *text)
{
	const struct pool_job job = {.text = str_of(text),
				     .output_max = OUTPUT_MAX};
	struct call call;
	enum err_code code = submit(pool, &job, &call);
	if (code == ERR_NONE)
		await(&call);
	else
		call.code = code;
	return call;
}

/* The pool's thread does it, soon. */
static inline void wait_for_metric(enum metric metric, int64_t value)
{
	int64_t until = deadline();
	while (metric_get(metric) != value) {
		if (g_get_monotonic_time() > until)
			fail_msg("metric %d is %d, not %d", (int)metric,
				 (int)metric_get(metric), (int)value);
		g_usleep(1000);
	}
}

/* A pipe whose end a helper waits for, by a job of this owner. */
struct held {
	int pipe[2];
	struct pool_input input;
	struct call call;
};

static inline void hold(struct pool *pool, struct pool_job job,
			struct held *held)
{
	assert_int_equal(pipe2(held->pipe, O_CLOEXEC), 0);
	held->input = (struct pool_input){.fd = held->pipe[0]};
	job.text = STR("wait");
	job.inputs = &held->input;
	job.n_inputs = 1;
	assert_int_equal(submit(pool, &job, &held->call), ERR_NONE);
}

static inline void let_go(struct held *held)
{
	close(held->pipe[1]);
	await(&held->call);
	close(held->pipe[0]);
	assert_int_equal(held->call.code, ERR_NONE);
}

/*
 * Pools.
 */

static const struct pool_options usual = {
	.name = "pool",
	.program = "/proc/self/exe",
	.greeting = GREETING,
	.helpers = 1,
	.share = 1,
	.queue_max = 100,
	.owner_max = 50,
	.wait_ms = PATIENCE_MS,
	.timeout_ms = PATIENCE_MS,
	.jobs_max = 1000,
	.metrics = {METRIC_RENDER_STARTS, METRIC_RENDER_DEATHS,
		    METRIC_RENDER_QUEUED, METRIC_RENDER_REFUSED},
};

static inline struct pool *make_pool(struct pool_options options)
{
	struct pool *pool = NULL;
	struct err err;
	if (pool_new(&pool, &options, &err) != 0)
		fail_msg("%s", err.text);
	return pool;
}

static inline bool has_children(void)
{
	return waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

/* What a test finds: nothing, or what one has left that failed. */
static struct {
	size_t descriptors;
	bool children;
	int64_t queued;
} found;

static inline int remember(void **state)
{
	(void)state;
	found.descriptors = count_descriptors();
	found.children = has_children();
	found.queued = metric_get(METRIC_RENDER_QUEUED);
	return 0;
}

/* No process, no descriptor, no job is left of any test. */
static inline int compare(void **state)
{
	(void)state;
	if (has_children() && !found.children)
		fail_msg("a process is left");
	assert_int_equal(count_descriptors(), found.descriptors);
	assert_int_equal(metric_get(METRIC_RENDER_QUEUED), found.queued);
	return 0;
}

/* This program under another name. */
struct alias {
	char folder[32];
	char path[64];
};

static inline struct pool_options named(struct alias *alias, const char *name)
{
	struct pool_options options = usual;
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_strlcpy(alias->folder, "/tmp/stowage-pool-XXXXXX",
		  sizeof(alias->folder));
	assert_non_null(mkdtemp(alias->folder));
	g_snprintf(alias->path, sizeof(alias->path), "%s/%s", alias->folder,
		   name);
	assert_int_equal(symlink(self, alias->path), 0);
	options.program = alias->path;
	return options;
}

static inline void forget(const struct alias *alias)
{
	unlink(alias->path);
	rmdir(alias->folder);
}

#define CLEAN(test) cmocka_unit_test_setup_teardown(test, remember, compare)

#endif
