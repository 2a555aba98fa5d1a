/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged blobs when the power goes, after each of their syncs and with any of
 * the writes since then lost or torn: whatever was acknowledged is there, and
 * no extent has other bytes than somebody wrote.
 */
#include "stage_fixture.h"

#define SIZE 12000

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

static int run(struct store_stage *stage, struct known *known)
{
	struct err err;
	int status = 0;
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

/* Whether the power went before the end. */
static bool run_and_look(unsigned syncs, uint32_t chance)
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
	bool went = run(stage, &known) < 0;
	store_stage_close(stage);
	store_close(f.store);
	f.plan.power_ends = false;
	reopen(&f, FLAKY);
	stage = open_stage(&f, id);
	assert_int_equal(store_stage_size(stage), SIZE);
	assert_known(stage, &known);
	/* and it can go on */
	if (store_stage_run(stage) < SIZE) {
		g_autofree char *rest = g_malloc0(SIZE);
		struct store_part *part;
		assert_int_equal(
			store_part_begin(stage,
					 (struct store_span){0, SIZE, false},
					 &part, &err),
			0);
		assert_int_equal(store_part_write(part, rest, SIZE, &err), 0);
		assert_int_equal(store_part_finish(part, &err), 0);
		store_part_free(part);
	}
	assert_int_equal(end(stage, &err), 0);
	store_stage_close(stage);
	stop(&f);
	return went;
}

static void nothing_acknowledged_is_lost_when_the_power_goes(void **state)
{
	(void)state;
	unsigned syncs = 0;
	bool went = true;
	for (; went; syncs++)
		for (uint32_t chance = 0; chance < 3; chance++)
			went = run_and_look(syncs, chance * 7919);
	assert_true(syncs > COUNT(steps));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			nothing_acknowledged_is_lost_when_the_power_goes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
