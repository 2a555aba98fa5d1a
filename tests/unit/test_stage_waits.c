/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged blobs: who waits for the disk, and who must not.
 */
#include "stage_fixture.h"

/* A backend that is slow to make a staged blob. */
static struct {
	struct store_backend_ops ops;
	int (*open)(struct store_backend *backend, int64_t id,
		    enum store_stage_use use, struct store_staged **out,
		    struct err *err);
	GMutex lock;
	GCond changed;
	void (*forget)(struct store_staged *staged, uint64_t offset,
		       uint64_t size);
	bool is_opening, may_go_on;
} slow;

static int open_slowly(struct store_backend *backend, int64_t id,
		       enum store_stage_use use, struct store_staged **out,
		       struct err *err)
{
	g_mutex_lock(&slow.lock);
	slow.is_opening = true;
	g_cond_signal(&slow.changed);
	while (!slow.may_go_on)
		g_cond_wait(&slow.changed, &slow.lock);
	g_mutex_unlock(&slow.lock);
	return slow.open(backend, id, use, out, err);
}

static void await_slow(bool *what)
{
	g_mutex_lock(&slow.lock);
	while (!*what)
		g_cond_wait(&slow.changed, &slow.lock);
	g_mutex_unlock(&slow.lock);
}

static void *create_another(void *f)
{
	store_stage_close(create(f, STORE_STAGE_SIZE_UNKNOWN));
	return NULL;
}

/* Parts begin and end on loops, which wait for nobody. */
static void a_part_waits_for_no_other_upload(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 100);
	slow.ops = *f.store->backend->ops;
	slow.open = slow.ops.stage_open;
	slow.ops.stage_open = open_slowly;
	f.store->backend->ops = &slow.ops;
	GThread *other = g_thread_new("creator", create_another, &f);
	await_slow(&slow.is_opening);
	store_part_free(begin_part(stage, 0, 100, 100));
	g_mutex_lock(&slow.lock);
	slow.may_go_on = true;
	g_cond_signal(&slow.changed);
	g_mutex_unlock(&slow.lock);
	g_thread_join(other);
	store_stage_close(stage);
	stop(&f);
}

static void count_sync(void *user)
{
	++*(unsigned *)user;
}

/* Of its bytes it then needs none. */
static void what_is_flushed_is_only_noted(void **state)
{
	(void)state;
	for (int flushed = 0; flushed < 2; flushed++) {
		struct fixture f;
		struct err err;
		unsigned syncs = 0;
		start(&f, FLAKY, 4096);
		struct store_stage *stage = create(&f, 200);
		struct store_part *part = begin_part(stage, 0, 100, 100);
		f.plan.before_sync = count_sync;
		f.plan.user = &syncs;
		if (flushed) {
			assert_int_equal(store_part_flush(part, &err), 0);
			assert_int_equal(syncs, 1);
			assert_int_equal(count_extents(stage), 0);
		}
		assert_int_equal(store_part_finish(part, &err), 0);
		assert_int_equal(syncs, 2);
		assert_int_equal(count_extents(stage), 1);
		store_part_free(part);
		/* one that fails fails for all, and for good */
		part = begin_part(stage, 100, 100, 100);
		f.plan.sync_fails = true;
		assert_refused(flushed ? store_part_flush(part, &err)
				       : store_part_finish(part, &err),
			       &err, ERR_INTERNAL);
		f.plan.sync_fails = false;
		assert_refused(store_part_flush(part, &err), &err,
			       ERR_INTERNAL);
		assert_refused(store_part_finish(part, &err), &err,
			       ERR_INTERNAL);
		assert_true(store_stage_has_failed(stage));
		store_part_free(part);
		f.plan.before_sync = NULL;
		store_stage_close(stage);
		stop(&f);
	}
}

static void forget_slowly(struct store_staged *staged, uint64_t offset,
			  uint64_t size)
{
	g_mutex_lock(&slow.lock);
	slow.is_opening = true;
	g_cond_signal(&slow.changed);
	while (!slow.may_go_on)
		g_cond_wait(&slow.changed, &slow.lock);
	g_mutex_unlock(&slow.lock);
	slow.forget(staged, offset, size);
}

static void *put_again(void *stage)
{
	put_part(stage, 0, 100);
	return NULL;
}

/* Who drops it is a loop. */
static void a_part_is_dropped_without_waiting_for_the_disk(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 200);
	slow.is_opening = slow.may_go_on = false;
	slow.ops = *f.store->backend->ops;
	slow.forget = slow.ops.stage_forget;
	slow.ops.stage_forget = forget_slowly;
	f.store->backend->ops = &slow.ops;
	store_part_drop(begin_part(stage, 0, 100, 50));
	await_slow(&slow.is_opening);
	/* its place is taken, for who may not wait; others are free */
	struct store_part *part;
	assert_int_equal(store_part_begin(stage,
					  (struct store_span){50, 100, true},
					  &part, &err),
			 1);
	put_part(stage, 100, 100);
	GThread *again = g_thread_new("again", put_again, stage);
	g_mutex_lock(&slow.lock);
	slow.may_go_on = true;
	g_cond_broadcast(&slow.changed);
	g_mutex_unlock(&slow.lock);
	g_thread_join(again);
	assert_sound(stage, 2);
	assert_int_equal(store_stage_reach(stage), 200);
	/* the end waits for what was dropped, too */
	store_part_drop(begin_part(stage, 0, 100, 50));
	store_part_drop(NULL);
	assert_int_equal(store_stage_hold(stage, &err), 0);
	store_stage_let_go(stage);
	store_stage_close(stage);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_waits_for_no_other_upload),
		cmocka_unit_test(what_is_flushed_is_only_noted),
		cmocka_unit_test(
			a_part_is_dropped_without_waiting_for_the_disk),
	};
	return cmocka_run_group_tests_name("stage_waits", tests, make_big,
					   free_big);
}
