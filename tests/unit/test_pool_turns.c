/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose job is next, and which are refused: src/helpers/pool.h.
 */
#include "pool_fixture.h"

#include <sys/ioctl.h>

static void full_queue_is_busy(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.queue_max = 3;
	options.owner_max = 2;
	struct pool *pool = make_pool(options);
	struct pool_job job = {.owner = 1, .text = STR("echo")};
	struct held held;
	struct call waiting[3], refused, last;
	int64_t n = metric_get(METRIC_RENDER_REFUSED);
	hold(pool, job, &held);
	wait_for_metric(METRIC_RENDER_QUEUED, 0);
	assert_int_equal(submit(pool, &job, &waiting[0]), ERR_NONE);
	assert_int_equal(submit(pool, &job, &waiting[1]), ERR_NONE);
	/* the owner's part of it */
	assert_int_equal(submit(pool, &job, &refused), ERR_BUSY);
	job.owner = 2;
	assert_int_equal(submit(pool, &job, &waiting[2]), ERR_NONE);
	/* all of it */
	assert_int_equal(submit(pool, &job, &refused), ERR_BUSY);
	assert_int_equal(metric_get(METRIC_RENDER_QUEUED), 3);
	assert_int_equal(metric_get(METRIC_RENDER_REFUSED), n + 2);
	/* who has most of it makes room for who has none */
	job.owner = 3;
	assert_int_equal(submit(pool, &job, &last), ERR_NONE);
	await(&waiting[1]);
	assert_int_equal(waiting[1].code, ERR_BUSY);
	wait_for_metric(METRIC_RENDER_REFUSED, n + 3);
	assert_int_equal(metric_get(METRIC_RENDER_QUEUED), 3);
	let_go(&held);
	await(&waiting[0]);
	await(&waiting[2]);
	await(&last);
	assert_int_equal(waiting[0].code, ERR_NONE);
	assert_int_equal(waiting[2].code, ERR_NONE);
	assert_int_equal(last.code, ERR_NONE);
	assert_int_equal(refused.times, 0);
	pool_free(pool);
}

/* Neither sort of an owner's jobs, nor both, keep others out of the queue. */
static void full_part_leaves_room_for_others(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.queue_max = 8;
	options.owner_max = 4;
	struct pool *pool = make_pool(options);
	struct pool_job light = {.owner = 1, .text = STR("echo")};
	struct pool_job heavy = {
		.owner = 1, .sort = POOL_HEAVY, .text = STR("echo")};
	struct held held;
	struct call waiting[6], refused;
	hold(pool, (struct pool_job){.owner = 1}, &held);
	wait_for_metric(METRIC_RENDER_QUEUED, 0);
	assert_int_equal(submit(pool, &heavy, &waiting[0]), ERR_NONE);
	assert_int_equal(submit(pool, &heavy, &waiting[1]), ERR_NONE);
	assert_int_equal(submit(pool, &heavy, &refused), ERR_BUSY);
	assert_int_equal(submit(pool, &light, &waiting[2]), ERR_NONE);
	assert_int_equal(submit(pool, &light, &waiting[3]), ERR_NONE);
	assert_int_equal(submit(pool, &light, &refused), ERR_BUSY);
	light.owner = heavy.owner = 2;
	assert_int_equal(submit(pool, &light, &waiting[4]), ERR_NONE);
	assert_int_equal(submit(pool, &heavy, &waiting[5]), ERR_NONE);
	let_go(&held);
	for (size_t i = 0; i < COUNT(waiting); i++) {
		await(&waiting[i]);
		assert_int_equal(waiting[i].code, ERR_NONE);
	}
	assert_int_equal(refused.times, 0);
	pool_free(pool);
}

/* False: it was refused before a helper had it. */
static bool has_begun(struct held *held)
{
	int unread = 1;
	bool is_done = false;
	assert_int_equal(write(held->pipe[1], "x", 1), 1);
	while (unread && !is_done) {
		g_mutex_lock(&lock);
		is_done = held->call.done;
		g_mutex_unlock(&lock);
		assert_int_equal(ioctl(held->pipe[0], FIONREAD, &unread), 0);
		g_usleep(1000);
	}
	return unread == 0;
}

/* Where jobs do not wait for long, and the pool's thread may be late. */
static void hold_at_last(struct pool *pool, struct held *held)
{
	hold(pool, (struct pool_job){.owner = 1}, held);
	while (!has_begun(held)) {
		assert_int_equal(held->call.code, ERR_BUSY);
		close(held->pipe[0]);
		close(held->pipe[1]);
		hold(pool, (struct pool_job){.owner = 1}, held);
	}
}

static void waiting_has_an_end(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.wait_ms = 100;
	struct pool *pool = make_pool(options);
	struct held held;
	hold_at_last(pool, &held);
	assert_int_equal(ask(pool, "echo").code, ERR_BUSY);
	let_go(&held);
	pool_free(pool);
}

static void owners_take_turns(void **state)
{
	(void)state;
	static const struct {
		int64_t owner;
		enum pool_sort sort;
		unsigned place; /* at which it is done */
	} rows[] = {
		{1, POOL_HEAVY, 4}, {1, POOL_HEAVY, 6}, {1, POOL_HEAVY, 7},
		{1, POOL_HEAVY, 8}, {1, POOL_LIGHT, 1}, {2, POOL_LIGHT, 2},
		{2, POOL_LIGHT, 5}, {3, POOL_HEAVY, 3},
	};
	struct pool *pool = make_pool(usual);
	struct held held;
	struct call calls[COUNT(rows)];
	hold(pool, (struct pool_job){.owner = 9}, &held);
	wait_for_metric(METRIC_RENDER_QUEUED, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct pool_job job = {.owner = rows[i].owner,
					     .sort = rows[i].sort,
					     .text = STR("echo")};
		assert_int_equal(submit(pool, &job, &calls[i]), ERR_NONE);
	}
	let_go(&held);
	for (size_t i = 0; i < COUNT(rows); i++)
		await(&calls[i]);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(calls[i].place - held.call.place,
				 rows[i].place);
	pool_free(pool);
}

/* One guest has much waiting, another comes and wants one thing of its own and
 * one that the first has asked for, too. */
static void guests_of_an_owner_take_turns(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	struct held held;
	struct call calls[22], own;
	struct pool_job job = {.owner = 1,
			       .guest = -1,
			       .sort = POOL_HEAVY,
			       .text = STR("echo")};
	hold(pool, (struct pool_job){.owner = 1, .guest = -1}, &held);
	wait_for_metric(METRIC_RENDER_QUEUED, 0);
	for (size_t i = 0; i < COUNT(calls); i++) {
		job.name = &calls[i];
		assert_int_equal(submit(pool, &job, &calls[i]), ERR_NONE);
	}
	job.guest = -2;
	job.name = NULL;
	assert_int_equal(submit(pool, &job, &own), ERR_NONE);
	pool_share(pool, &calls[15], -2);
	pool_share(pool, &own, -2); /* of no such name */
	let_go(&held);
	await(&own);
	for (size_t i = 0; i < COUNT(calls); i++)
		await(&calls[i]);
	assert_int_equal(own.place - held.call.place, 2);
	assert_int_equal(calls[15].place - held.call.place, 4);
	pool_free(pool);
}

static void heavy_jobs_leave_a_helper_for_light_ones(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.helpers = 2;
	struct pool *pool = make_pool(options);
	struct held first, second;
	struct pool_job job = {.owner = 1, .sort = POOL_HEAVY};
	hold(pool, job, &first);
	hold(pool, job, &second);
	wait_for_metric(METRIC_RENDER_QUEUED, 1);
	job.sort = POOL_LIGHT;
	job.text = STR("echo");
	for (int i = 0; i < 3; i++) {
		struct call call;
		assert_int_equal(submit(pool, &job, &call), ERR_NONE);
		await(&call);
		assert_int_equal(call.code, ERR_NONE);
	}
	/* another's heavy one may have it too */
	job.sort = POOL_HEAVY;
	job.owner = 2;
	struct call call;
	assert_int_equal(submit(pool, &job, &call), ERR_NONE);
	await(&call);
	assert_int_equal(metric_get(METRIC_RENDER_QUEUED), 1);
	let_go(&first);
	let_go(&second);
	pool_free(pool);
}

static void one_large_job_runs_at_a_time(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.helpers = options.share = 3;
	struct pool *pool = make_pool(options);
	struct held first, second;
	hold(pool, (struct pool_job){.owner = 1, .sort = POOL_LARGE}, &first);
	wait_for_metric(METRIC_RENDER_QUEUED, 0);
	hold(pool, (struct pool_job){.owner = 2, .sort = POOL_LARGE}, &second);
	struct call call;
	const struct pool_job other = {
		.owner = 1, .sort = POOL_HEAVY, .text = STR("echo")};
	assert_int_equal(submit(pool, &other, &call), ERR_NONE);
	await(&call);
	assert_int_equal(metric_get(METRIC_RENDER_QUEUED), 1);
	let_go(&first);
	wait_for_metric(METRIC_RENDER_QUEUED, 0);
	let_go(&second);
	pool_free(pool);
}

static void crashes_of_one_owner_cost_the_others_nothing(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	struct call bad[4], good[4];
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct pool_job crashing = {.owner = 1,
						  .text = STR("crash")};
		const struct pool_job sound = {.owner = 2, .text = STR("echo")};
		assert_int_equal(submit(pool, &crashing, &bad[i]), ERR_NONE);
		assert_int_equal(submit(pool, &sound, &good[i]), ERR_NONE);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		await(&bad[i]);
		await(&good[i]);
		assert_int_equal(bad[i].code, ERR_INVALID);
		assert_int_equal(good[i].code, ERR_NONE);
	}
	pool_free(pool);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		CLEAN(full_queue_is_busy),
		CLEAN(full_part_leaves_room_for_others),
		CLEAN(waiting_has_an_end),
		CLEAN(owners_take_turns),
		CLEAN(guests_of_an_owner_take_turns),
		CLEAN(heavy_jobs_leave_a_helper_for_light_ones),
		CLEAN(one_large_job_runs_at_a_time),
		CLEAN(crashes_of_one_owner_cost_the_others_nothing),
	};
	g_autofree char *name = g_path_get_basename(argv[0]);
	if (argc == 1 && !g_str_has_prefix(name, "test_"))
		return begin_to_help(name);
	return cmocka_run_group_tests_name("pool_turns", tests, NULL, NULL);
}
