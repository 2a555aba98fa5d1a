/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of worker threads: who runs beside whom, and who waits.
 */
#include "unit.h"

#include <glib.h>
#include <sys/resource.h>

#include "http/workers.h"

#define JOBS 4
#define PATIENCE_US                                                            \
	(20 * G_USEC_PER_SEC) /* what must happen does so within               \
			       */

static void nothing(void *user, struct http_exchange *x)
{
	(void)user, (void)x;
}

static struct workers *make(struct workers_options options)
{
	if (options.run == NULL)
		options.run = nothing;
	if (options.refuse == NULL)
		options.refuse = nothing;
	if (options.wait_ms == 0)
		options.wait_ms = 60000;
	return workers_new(&options);
}

/* Handlers that stay inside until they are let go. */
static struct {
	GMutex mutex;
	GCond changed;
	unsigned inside, most, refused, ended;
	bool open; /* nobody stays */
	struct workers *workers;
	unsigned slow_refused;
} room;

static void room_reset(bool open)
{
	room.inside = room.most = room.refused = room.ended = 0;
	room.slow_refused = 0;
	room.open = open;
}

static void stay(void)
{
	g_mutex_lock(&room.mutex);
	room.inside++;
	room.most = MAX(room.most, room.inside);
	g_cond_broadcast(&room.changed);
	while (!room.open)
		g_cond_wait(&room.changed, &room.mutex);
	room.inside--;
	room.ended++;
	g_cond_broadcast(&room.changed);
	g_mutex_unlock(&room.mutex);
}

static void be_inside(void *user, struct http_exchange *x)
{
	(void)user, (void)x;
	stay();
}

static void count_refused(void *user, struct http_exchange *x)
{
	(void)user, (void)x;
	g_mutex_lock(&room.mutex);
	room.refused++;
	g_cond_broadcast(&room.changed);
	g_mutex_unlock(&room.mutex);
}

static void await(const unsigned *number, unsigned value)
{
	int64_t until = g_get_monotonic_time() + PATIENCE_US;
	bool in_time = true;
	g_mutex_lock(&room.mutex);
	while (*number != value && in_time)
		in_time = g_cond_wait_until(&room.changed, &room.mutex, until);
	unsigned is = *number;
	g_mutex_unlock(&room.mutex);
	assert_int_equal(is, value);
}

static void open_room(void)
{
	g_mutex_lock(&room.mutex);
	room.open = true;
	g_cond_broadcast(&room.changed);
	g_mutex_unlock(&room.mutex);
}

static struct http_exchange *push(struct workers *workers, int64_t owner,
				  bool heavy)
{
	struct http_exchange *x = g_new0(struct http_exchange, 1);
	x->owner = owner;
	x->heavy = heavy;
	if (workers_push(workers, x) == 0)
		return x;
	g_free(x);
	return NULL;
}

static struct http_exchange *pushed[256];
static size_t n_pushed;

static void push_n(struct workers *workers, int64_t owner, bool heavy, size_t n)
{
	while (n-- > 0) {
		pushed[n_pushed] = push(workers, owner, heavy);
		assert_non_null(pushed[n_pushed]);
		n_pushed++;
	}
}

static void end(struct workers *workers)
{
	open_room();
	workers_free(workers);
	while (n_pushed > 0)
		g_free(pushed[--n_pushed]);
}

/* Once a thread sleeps, jobs pushed before it has woken up must not all be left
 * to it. */
static void a_burst_runs_side_by_side(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		struct workers *workers = make((struct workers_options){
			.threads = JOBS + 1, .run = be_inside});
		room_reset(true);
		push_n(workers, 0, false, 1);
		await(&room.ended, 1);
		room_reset(false);
		for (int64_t owner = 0; owner < JOBS; owner++)
			push_n(workers, owner, false, 1);
		await(&room.inside, JOBS);
		end(workers);
	}
}

static void what_is_queued_is_finished_before_the_end(void **state)
{
	(void)state;
	struct workers *workers =
		make((struct workers_options){.threads = 2, .run = be_inside});
	room_reset(true);
	push_n(workers, 1, false, 50);
	push_n(workers, 1, true, 50);
	end(workers);
	assert_int_equal(room.ended, 100);
}

static void one_owner_leaves_threads_to_others(void **state)
{
	(void)state;
	struct workers *workers = make((struct workers_options){
		.threads = 17, .heavy = 1, .run = be_inside});
	room_reset(false);
	push_n(workers, 1, false, 100);
	await(&room.inside, 12);
	push_n(workers, 2, false, 2);
	await(&room.inside, 14);
	push_n(workers, 3, false, 1);
	await(&room.inside, 15);
	end(workers);
	assert_int_equal(room.ended, 103);
}

static void heavy_work_leaves_threads_to_light(void **state)
{
	(void)state;
	struct workers *workers = make((struct workers_options){
		.threads = 16, .heavy = 4, .run = be_inside});
	room_reset(false);
	push_n(workers, 1, true, 50);
	await(&room.inside, 2);
	push_n(workers, 2, true, 50);
	await(&room.inside, 3);
	push_n(workers, 3, true, 50);
	await(&room.inside, 4);
	for (int64_t owner = 0; owner < 12; owner++)
		push_n(workers, owner, false, 1);
	await(&room.inside, 16);
	const struct workers_state is = workers_state(workers);
	assert_int_equal(is.heavy, 4);
	assert_int_equal(is.queued, 146);
	end(workers);
	assert_int_equal(room.ended, 162);
}

static int nices[2]; /* of light and heavy work */

static void note_nice(void *user, struct http_exchange *x)
{
	nices[x->heavy] = getpriority(PRIO_PROCESS, 0);
	be_inside(user, x);
}

static void what_is_light_goes_before_what_is_heavy(void **state)
{
	(void)state;
	struct workers *workers = make((struct workers_options){
		.threads = 4, .heavy = 1, .run = note_nice});
	for (unsigned i = 0; i < 3; i++) {
		room_reset(true);
		push_n(workers, 1, i % 2, 1);
		await(&room.ended, 1);
	}
	end(workers);
	/* nothing is below 19 */
	assert_true(nices[0] < nices[1] || nices[1] == PRIO_MAX - 1);
}

static void who_has_company_leaves_a_core_to_it(void **state)
{
	unsigned cores = g_get_num_processors(), own = MAX(cores, 2) - 1;
	struct workers_options options = {.threads = 8 * cores,
					  .heavy = 4 * cores,
					  .run = be_inside,
					  .company_ms = 60 * 60 * 1000};
	(void)state;
	struct workers *workers = make(options);
	room_reset(true);
	push_n(workers, 2, true, 1);
	await(&room.ended, 1);
	room_reset(false);
	push_n(workers, 1, true, 4 * cores);
	push_n(workers, 3, true, 1);
	await(&room.inside, own + 1);
	assert_int_equal(workers_state(workers).heavy, own + 1);
	end(workers);
	/* none comes any more */
	options.company_ms = 1;
	workers = make(options);
	room_reset(true);
	push_n(workers, 2, true, 1);
	await(&room.ended, 1);
	room_reset(false);
	push_n(workers, 1, true, 4 * cores);
	await(&room.inside, 2 * cores);
	end(workers);
}

static void too_much_heavy_work_of_one_owner_is_refused(void **state)
{
	(void)state;
	unsigned n = 0;
	struct workers *workers = make((struct workers_options){
		.threads = 4, .heavy = 2, .run = be_inside});
	room_reset(false);
	while (n < 200 && (pushed[n] = push(workers, 1, true)))
		n++;
	n_pushed = n;
	assert_true(n >= 64 && n < 70);
	push_n(workers, 2, true, 1);
	await(&room.inside, 2);
	end(workers);
	assert_int_equal(room.ended, n + 1);
}

/* What finds a place free may still wait in vain: for a thread, where others
 * have the processor. */
static void push_until_inside(struct workers *workers)
{
	bool is_inside = false;
	while (!is_inside) {
		g_mutex_lock(&room.mutex);
		unsigned before = room.refused;
		g_mutex_unlock(&room.mutex);
		push_n(workers, 1, true, 1);
		g_mutex_lock(&room.mutex);
		while (room.inside == 0 && room.refused == before)
			g_cond_wait(&room.changed, &room.mutex);
		is_inside = room.inside > 0;
		g_mutex_unlock(&room.mutex);
	}
}

static void heavy_work_that_waits_in_vain_is_refused(void **state)
{
	(void)state;
	struct workers *workers =
		make((struct workers_options){.threads = 4,
					      .heavy = 2,
					      .wait_ms = 20,
					      .run = be_inside,
					      .refuse = count_refused});
	room_reset(false);
	push_until_inside(workers);
	unsigned before = room.refused;
	push_n(workers, 1, true, 3);
	await(&room.refused, before + 3);
	assert_int_equal(room.inside, 1);
	end(workers);
	assert_int_equal(room.ended, 1);
}

static void enter_slow(void *user, struct http_exchange *x)
{
	(void)user;
	bool is_let_in = workers_slow_begin(room.workers, x);
	g_mutex_lock(&room.mutex);
	room.slow_refused += !is_let_in;
	g_cond_broadcast(&room.changed);
	g_mutex_unlock(&room.mutex);
	if (!is_let_in)
		return;
	stay();
	workers_slow_end(room.workers, x);
}

static void slow_work_has_a_ceiling(void **state)
{
	(void)state;
	struct workers *workers = room.workers = make((struct workers_options){
		.threads = 8, .slow = 2, .run = enter_slow});
	room_reset(false);
	push_n(workers, 1, false, 3);
	await(&room.inside, 2);
	await(&room.slow_refused, 1);
	end(workers);
	assert_int_equal(room.most, 2);
}

static void one_owner_leaves_slow_work_to_others(void **state)
{
	(void)state;
	struct workers *workers = room.workers = make((struct workers_options){
		.threads = 8, .slow = 16, .run = enter_slow});
	room_reset(false);
	push_n(workers, 1, false, 20);
	await(&room.inside, 12);
	await(&room.slow_refused, 8);
	push_n(workers, 2, false, 4);
	await(&room.inside, 15);
	await(&room.slow_refused, 9);
	push_n(workers, 3, false, 1);
	await(&room.inside, 16);
	end(workers);
}

static int64_t came[8]; /* guests, in their order */
static unsigned n_came;

static void note_guest(void *user, struct http_exchange *x)
{
	g_mutex_lock(&room.mutex);
	came[n_came++] = x->guest;
	g_mutex_unlock(&room.mutex);
	be_inside(user, x);
}

static void guests_of_an_owner_take_turns(void **state)
{
	(void)state;
	static const int64_t order[] = {-1, -2, -3, -1, -1, -1};
	struct http_exchange x[] = {{.guest = -1}, {.guest = -1},
				    {.guest = -1}, {.guest = -1},
				    {.guest = -2}, {.guest = -3}};
	struct workers *workers = make((struct workers_options){
		.threads = 2, .heavy = 1, .run = note_guest});
	room_reset(false);
	n_came = 0;
	for (size_t i = 0; i < COUNT(x); i++) {
		x[i].owner = 1;
		x[i].heavy = true;
		assert_int_equal(workers_push(workers, &x[i]), 0);
		if (i == 0)
			await(&room.inside, 1);
	}
	open_room();
	await(&room.ended, COUNT(x));
	workers_free(workers);
	for (size_t i = 0; i < COUNT(order); i++)
		assert_int_equal(came[i], order[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_runs_side_by_side),
		cmocka_unit_test(what_is_queued_is_finished_before_the_end),
		cmocka_unit_test(one_owner_leaves_threads_to_others),
		cmocka_unit_test(heavy_work_leaves_threads_to_light),
		cmocka_unit_test(what_is_light_goes_before_what_is_heavy),
		cmocka_unit_test(who_has_company_leaves_a_core_to_it),
		cmocka_unit_test(too_much_heavy_work_of_one_owner_is_refused),
		cmocka_unit_test(heavy_work_that_waits_in_vain_is_refused),
		cmocka_unit_test(slow_work_has_a_ceiling),
		cmocka_unit_test(one_owner_leaves_slow_work_to_others),
		cmocka_unit_test(guests_of_an_owner_take_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
