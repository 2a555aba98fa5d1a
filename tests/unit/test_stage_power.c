/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged blobs when the power goes, after each of their syncs and with any of
 * the writes since then lost or torn: whatever was acknowledged is there, and
 * no extent has other bytes than somebody wrote.
 */
#include "stage_fixture.h"
#include "store/stage_own.h"

#define SIZE 12000
#define AT_ONCE 4 /* parts that are made durable at the same time */

enum act {
	PUT,     /* written and finished */
	GIVE_UP, /* half of it is written */
	JOIN,
	END, /* it becomes a blob */
};

struct step {
	enum act act;
	uint64_t offset, n;
};

static const struct step steps[] = {
	{PUT, 0, 4000},       {PUT, 8000, 4000},  {PUT, 4000, 4000},
	{PUT, 1000, 10},      {PUT, 3000, 6000},  {GIVE_UP, 500, 100},
	{PUT, 500, 100},      {PUT, 0, 4000},     {GIVE_UP, 11000, 1000},
	{PUT, 10500, 1500},   {JOIN, 4000, 8000}, {PUT, 5000, 1},
	{GIVE_UP, 4999, 200}, {PUT, 4000, 4000},  {JOIN, 0, 12000},
	{END, 0, 0},
};

/* What is known of each byte. */
struct known {
	bool must[SIZE];      /* it has been acknowledged */
	uint8_t may[SIZE][2]; /* steps that may have written it, from 1 */
};

static uint8_t byte_of(unsigned step, uint64_t at)
{
	return (uint8_t)(step * 37 + at * 7 + (at >> 8));
}

static int write_half(struct store_part *part, unsigned step, uint64_t from,
		      uint64_t to, struct err *err)
{
	g_autofree uint8_t *bytes = g_malloc(to - from + 1);
	for (uint64_t at = from; at < to; at++)
		bytes[at - from] = byte_of(step, at);
	return store_part_write(part, bytes, to - from, err);
}

static void know(struct known *known, const struct step *step, bool must,
		 const uint8_t may[2])
{
	for (uint64_t at = step->offset; at < step->offset + step->n; at++) {
		known->must[at] = must;
		for (int i = 0; i < 2; i++)
			if (may[i] != UINT8_MAX)
				known->may[at][i] = may[i];
	}
}

/* -1: the power is gone. */
static int put_step(struct store_stage *stage, struct known *known,
		    unsigned number, struct err *err)
{
	const struct step *step = &steps[number - 1];
	uint64_t half = step->offset + step->n / 2,
		 end = step->offset + step->n;
	struct store_part *part;
	const uint8_t also[2] = {UINT8_MAX, (uint8_t)number};
	const uint8_t only[2] = {(uint8_t)number, (uint8_t)number};
	/* until it has begun the old bytes may be there, and need not */
	know(known, step, false, also);
	if (store_part_begin(stage,
			     (struct store_span){step->offset, step->n, false},
			     &part, err))
		return -1;
	know(known, step, false, only);
	int status = write_half(part, number, step->offset, half, err);
	if (status == 0 && step->act == PUT)
		status = write_half(part, number, half, end, err);
	/* which alone says nothing to anybody */
	if (status == 0 && number % 2)
		status = store_part_flush(part, err);
	if (status == 0 && step->act == PUT)
		status = store_part_finish(part, err);
	store_part_free(part);
	if (status == 0 && step->act == PUT)
		know(known, step, true, only);
	return status;
}

static int end(struct store_stage *stage, struct err *err)
{
	struct store_sink *sink;
	struct store_blob blob;
	if (store_stage_sink(stage, &sink, err))
		return -1;
	int status = store_sink_finish(sink, &blob, err);
	store_sink_free(sink);
	return status;
}

typedef int run_fn(struct fixture *f, struct store_stage *stage,
		   struct known *known);

static int run_steps(struct fixture *f, struct store_stage *stage,
		     struct known *known)
{
	struct err err;
	int status = 0;
	(void)f;
	for (unsigned i = 1; status == 0 && i <= COUNT(steps); i++) {
		const struct step *step = &steps[i - 1];
		if (step->act == JOIN)
			status = store_stage_join(
				stage,
				(struct store_span){step->offset, step->n,
						    false},
				&err);
		else if (step->act == END)
			status = end(stage, &err);
		else
			status = put_step(stage, known, i, &err);
	}
	return status;
}

/* Some parts at a time, which are made durable by a thread each: the first is
 * alone, and the others are one note. */

struct crowd {
	struct store_stage *stage;
	GThreadFunc finish;
	gint waits_for; /* atomic: so many besides, at the next sync */
	gint waits;     /* atomic */
};

static void wait_for_others(void *user)
{
	struct crowd *crowd = user;
	struct store_stage *stage = crowd->stage;
	gint waits_for = g_atomic_int_exchange(&crowd->waits_for, 0);
	if (waits_for)
		g_atomic_int_set(&crowd->waits, true);
	for (gint n = 0; n < waits_for; g_thread_yield()) {
		g_mutex_lock(&stage->lock);
		n = (gint)stage->finishing->len;
		g_mutex_unlock(&stage->lock);
	}
}

static void *finish_part(void *user)
{
	struct err err;
	return GINT_TO_POINTER(store_part_finish(user, &err));
}

static void *flush_and_finish_part(void *user)
{
	struct err err;
	if (store_part_flush(user, &err))
		return GINT_TO_POINTER(-1);
	return finish_part(user);
}

static struct store_span span_of(unsigned number)
{
	const uint64_t size = SIZE / AT_ONCE;
	return (struct store_span){(number - 1) % AT_ONCE * size, size, false};
}

static struct store_part *put_beside(struct store_stage *stage,
				     struct known *known, unsigned number)
{
	struct err err;
	struct store_part *part;
	const struct store_span span = span_of(number);
	const struct step step = {PUT, span.offset, span.max};
	const uint8_t also[2] = {UINT8_MAX, (uint8_t)number};
	const uint8_t only[2] = {(uint8_t)number, (uint8_t)number};
	know(known, &step, false, also);
	if (store_part_begin(stage, span, &part, &err))
		return NULL;
	know(known, &step, false, only);
	if (write_half(part, number, span.offset, span.offset + span.max,
		       &err) == 0)
		return part;
	store_part_free(part);
	return NULL;
}

static int put_crowd(struct crowd *crowd, struct known *known, unsigned first)
{
	struct store_part *parts[AT_ONCE];
	GThread *threads[AT_ONCE];
	unsigned n = 0;
	int status = 0;
	while (n < AT_ONCE &&
	       (parts[n] = put_beside(crowd->stage, known, first + n)))
		n++;
	g_atomic_int_set(&crowd->waits, false);
	bool one_first = n == AT_ONCE && crowd->finish == finish_part;
	if (one_first)
		g_atomic_int_set(&crowd->waits_for, AT_ONCE - 1);
	for (unsigned i = 0; i < n; i++) {
		threads[i] = g_thread_new("finishes", crowd->finish, parts[i]);
		while (i == 0 && one_first && !g_atomic_int_get(&crowd->waits))
			g_thread_yield();
	}
	for (unsigned i = 0; i < n; i++) {
		const struct store_span span = span_of(first + i);
		const struct step step = {PUT, span.offset, span.max};
		const uint8_t only[2] = {(uint8_t)(first + i),
					 (uint8_t)(first + i)};
		if (g_thread_join(threads[i]))
			status = -1;
		else
			know(known, &step, true, only);
		store_part_free(parts[i]);
	}
	return n == AT_ONCE ? status : -1;
}

/* All of it, and all of it again. */
static int run_crowds(struct fixture *f, struct store_stage *stage,
		      struct known *known)
{
	struct err err;
	struct crowd crowd = {.stage = stage, .finish = finish_part};
	f->plan.before_sync = wait_for_others;
	f->plan.user = &crowd;
	int status = put_crowd(&crowd, known, 1);
	if (status == 0)
		status = put_crowd(&crowd, known, 1 + AT_ONCE);
	f->plan.before_sync = NULL;
	return status ? -1 : end(stage, &err);
}

/* Whoever comes first: as it happens. */
static int run_flushed(struct fixture *f, struct store_stage *stage,
		       struct known *known)
{
	struct err err;
	struct crowd crowd = {.stage = stage, .finish = flush_and_finish_part};
	(void)f;
	int status = put_crowd(&crowd, known, 1);
	if (status == 0)
		status = put_crowd(&crowd, known, 1 + AT_ONCE);
	return status ? -1 : end(stage, &err);
}

static void assert_known(struct store_stage *stage, const struct known *known)
{
	struct err err;
	uint8_t bytes[SIZE] = {0};
	bool there[SIZE] = {false};
	size_t n;
	g_autofree struct store_extent *list = store_stage_extents(stage, &n);
	assert_int_equal(store_stage_verify(stage, &err), 0);
	assert_true(pread(store_stage_fd(stage), bytes, SIZE, 0) >= 0);
	for (size_t i = 0; i < n; i++)
		for (uint64_t at = list[i].offset;
		     at < list[i].offset + list[i].size; at++) {
			const uint8_t *may = known->may[at];
			assert_true(bytes[at] == byte_of(may[0], at) ||
				    bytes[at] == byte_of(may[1], at));
			there[at] = true;
		}
	for (size_t at = 0; at < SIZE; at++)
		assert_true(there[at] || !known->must[at]);
}

/* First what is missing: of it no record says that it is there. */
static void go_on(struct store_stage *stage)
{
	struct err err;
	g_autofree char *bytes = g_malloc0(SIZE);
	size_t n;
	g_autofree struct store_extent *list = store_stage_extents(stage, &n);
	for (uint64_t i = 0, at = 0; i <= n; i++) {
		uint64_t to = i < n ? list[i].offset : SIZE;
		struct store_part *part;
		assert_int_equal(
			store_part_begin(stage,
					 (struct store_span){at, to - at, true},
					 &part, &err),
			0);
		assert_int_equal(store_part_write(part, bytes, to - at, &err),
				 0);
		assert_int_equal(store_part_finish(part, &err), 0);
		store_part_free(part);
		at = i < n ? to + list[i].size : SIZE;
	}
}

/* Whether the power went before the end. */
static bool run_and_look(run_fn *run, unsigned syncs, uint32_t chance)
{
	struct fixture f;
	struct err err;
	struct known known = {0};
	start(&f, FLAKY, 64);
	struct store_stage *stage = create(&f, SIZE);
	int64_t id = store_stage_id(stage);
	f.plan.power_ends = true;
	f.plan.syncs_left = syncs;
	f.plan.chance = chance;
	bool went = run(&f, stage, &known) < 0;
	store_stage_close(stage);
	store_close(f.store);
	f.plan.power_ends = false;
	reopen(&f, FLAKY);
	stage = open_stage(&f, id);
	assert_int_equal(store_stage_size(stage), SIZE);
	assert_known(stage, &known);
	if (store_stage_reach(stage) < SIZE)
		go_on(stage);
	/* and nothing of before comes to light */
	store_stage_close(stage);
	stage = open_stage(&f, id);
	assert_int_equal(store_stage_reach(stage), SIZE);
	assert_int_equal(store_stage_verify(stage, &err), 0);
	assert_int_equal(end(stage, &err), 0);
	store_stage_close(stage);
	stop(&f);
	return went;
}

/* How many syncs there are in all. */
static unsigned end_at_each_sync(run_fn *run, uint32_t chances)
{
	unsigned syncs = 0;
	bool went = true;
	for (; went; syncs++)
		for (uint32_t chance = 0; chance < chances; chance++)
			went = run_and_look(run, syncs, chance * 7919);
	return syncs - 1;
}

static void nothing_acknowledged_is_lost_when_the_power_goes(void **state)
{
	(void)state;
	assert_true(end_at_each_sync(run_steps, 12) > COUNT(steps));
}

/* Each time two for the first and two for the others; what is sent again is
 * dropped before; and the seal. */
static void nor_of_parts_that_are_made_durable_together(void **state)
{
	(void)state;
	assert_int_equal(end_at_each_sync(run_crowds, 40), 4 + AT_ONCE + 4 + 1);
}

static void nor_of_parts_whose_bytes_are_durable_first(void **state)
{
	(void)state;
	assert_true(end_at_each_sync(run_flushed, 20) > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			nothing_acknowledged_is_lost_when_the_power_goes),
		cmocka_unit_test(nor_of_parts_that_are_made_durable_together),
		cmocka_unit_test(nor_of_parts_whose_bytes_are_durable_first),
	};
	/* the power is the backend's: no disk has to be waited for */
	if (access("/dev/shm", W_OK) == 0)
		g_setenv("TMPDIR", "/dev/shm", TRUE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
