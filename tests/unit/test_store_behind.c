/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large files, which are written behind: what was finished is there, also when
 * parts come at once and at any offset, and what a disk does not take is not
 * taken for finished.
 */
#include "stage_fixture.h"

#define SIZE (11 * MIB + 77)
#define PARTS 5
#define STEP (100 * KIB) /* as a loop reads them */

static const uint64_t ends[PARTS] = {3 * MIB, 5 * MIB + 1, 5 * MIB + 99,
				     8 * MIB, SIZE};

static void open_behind(struct fixture *f, enum kind kind)
{
	start(f, kind, 64 * KIB);
	f->store->cached_max = 1;
}

static struct store_span span_of(unsigned i)
{
	uint64_t from = i ? ends[i - 1] : 0;
	return (struct store_span){from, ends[i] - from, false};
}

static int write_some(struct store_part *part, uint64_t from, uint64_t to,
		      struct err *err)
{
	int status = 0;
	for (uint64_t at = from; status == 0 && at < to; at += STEP)
		status = store_part_write(part, big + at, MIN(STEP, to - at),
					  err);
	return status;
}

static int put_span(struct store_stage *stage, unsigned i, struct err *err)
{
	const struct store_span span = span_of(i);
	struct store_part *part;
	if (store_part_begin(stage, span, &part, err))
		return -1;
	int status = write_some(part, span.offset, span.offset + span.max, err);
	if (status == 0 && i % 2)
		status = store_part_flush(part, err);
	if (status == 0)
		status = store_part_finish(part, err);
	store_part_free(part);
	return status;
}

struct sender {
	struct store_stage *stage;
	unsigned number;
};

static void *send_part(void *user)
{
	const struct sender *sender = user;
	struct err err;
	return GINT_TO_POINTER(put_span(sender->stage, sender->number, &err));
}

/* Each by a thread of its own; how many were finished. */
static unsigned send_all(struct store_stage *stage, bool finished[PARTS])
{
	struct sender senders[PARTS];
	GThread *threads[PARTS];
	unsigned n = 0;
	for (unsigned i = 0; i < PARTS; i++) {
		senders[i] = (struct sender){stage, i};
		threads[i] = g_thread_new("sends", send_part, &senders[i]);
	}
	for (unsigned i = 0; i < PARTS; i++) {
		finished[i] = g_thread_join(threads[i]) == NULL;
		n += finished[i];
	}
	return n;
}

static void parts_that_come_at_once_are_a_blob(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		bool finished[PARTS];
		open_behind(&f, kind);
		struct store_stage *stage = create(&f, SIZE);
		assert_int_equal(send_all(stage, finished), PARTS);
		assert_sound(stage, PARTS);
		struct store_sink *sink = make_sink(stage);
		const struct store_blob blob = finish(sink);
		assert_blob(&f, &blob, SIZE);
		store_sink_keep(sink);
		store_sink_free(sink);
		store_stage_close(stage);
		stop(&f);
	}
}

#define ROUNDS 40
#define READERS 6
#define TURN (2 * MIB)

/* As a loop does that reads a socket: from the room for it. */
static int fill_part(struct store_part *part, uint64_t from, uint64_t to,
		     struct err *err)
{
	for (uint64_t n, at = from; at < to; at += n) {
		size_t room_n;
		char *room = store_part_room(part, &room_n);
		n = MIN(room ? room_n : STEP, to - at);
		if (room)
			memcpy(room, big + at, n);
		if (store_part_write(part, room ? room : big + at, n, err))
			return -1;
	}
	return 0;
}

static void *fill_parts(void *user)
{
	const struct sender *sender = user;
	struct err err;
	int status = 0;
	for (unsigned i = 0; status == 0 && i < ROUNDS; i++) {
		struct store_part *part;
		const struct store_span span = {sender->number * TURN, TURN,
						false};
		status = store_part_begin(sender->stage, span, &part, &err);
		if (status)
			break;
		status = fill_part(part, span.offset, span.offset + TURN, &err);
		if (status == 0)
			status = store_part_finish(part, &err);
		store_part_free(part);
	}
	return GINT_TO_POINTER(status);
}

/* A block that was written is another's at once, whoever filled it. */
static void what_is_read_into_blocks_has_its_own_sum(void **state)
{
	struct sender senders[READERS];
	GThread *threads[READERS];
	struct fixture f;
	(void)state;
	open_behind(&f, LOCAL);
	struct store_stage *stage = create(&f, READERS * TURN);
	for (unsigned i = 0; i < READERS; i++) {
		senders[i] = (struct sender){stage, i};
		threads[i] = g_thread_new("fills", fill_parts, &senders[i]);
	}
	for (unsigned i = 0; i < READERS; i++)
		assert_null(g_thread_join(threads[i]));
	assert_sound(stage, READERS);
	store_stage_close(stage);
	stop(&f);
}

static struct store_sink *begin_sink(struct fixture *f)
{
	struct store_sink *sink = store_sink_new(f->store, SIZE);
	store_sink_write_behind(sink);
	return sink;
}

/* From a place of its own, or from the room for it. */
static int write_sink(struct store_sink *sink, uint64_t from, uint64_t to,
		      struct err *err)
{
	for (uint64_t n, at = from; at < to; at += n) {
		size_t room_n;
		char *room = store_sink_room(sink, &room_n);
		n = MIN(STEP, to - at);
		if (room) {
			n = MIN(n, room_n);
			memcpy(room, big + at, n);
		}
		if (store_sink_write(sink, room ? room : big + at, n, err))
			return -1;
	}
	return 0;
}

static void a_blob_in_one_piece_is_whole(void **state)
{
	struct err err;
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		open_behind(&f, kind);
		f.store->cached_max = 2 * MIB + 5;
		struct store_sink *sink = begin_sink(&f);
		assert_int_equal(write_sink(sink, 0, SIZE, &err), 0);
		assert_true(store_sink_is_behind(sink));
		if (kind % 2) {
			assert_int_equal(store_sink_settle(sink, &err), 0);
			assert_false(store_sink_is_behind(sink));
			assert_is_big(store_sink_fd(sink), SIZE);
		}
		const struct store_blob blob = finish(sink);
		assert_blob(&f, &blob, SIZE);
		store_sink_keep(sink);
		store_sink_free(sink);
		stop(&f);
	}
}

/* Space as a file system has it: in blocks, some of them for the map. */
#define MAP_BYTES (256 * KIB)

static bool can_reserve(const struct fixture *f)
{
	g_autofree char *path = g_build_filename(f->dir, "try", NULL);
	SCOPED_FD fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fallocate(fd, 0, 0, 4096) == 0;
}

static void assert_no_longer_than(const struct store_sink *sink, uint64_t size)
{
	struct stat st;
	assert_int_equal(fstat(store_sink_fd(sink), &st), 0);
	assert_int_equal(st.st_size, size);
	assert_in_range(st.st_blocks, 1, (size + MAP_BYTES) / 512);
}

/* Of a block that was filled, when a thread comes to it. */
static void wait_until_reserved(const struct store_sink *sink, uint64_t size)
{
	struct stat st;
	do {
		g_usleep(1000);
		assert_int_equal(fstat(store_sink_fd(sink), &st), 0);
	} while ((uint64_t)st.st_size <= size);
	assert_in_range(st.st_size, size, size + 8 * MIB);
}

static void space_that_nothing_came_for_is_given_back(void **state)
{
	const uint64_t size = 3 * MIB + 77;
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct err err;
		open_behind(&f, kind);
		if (!can_reserve(&f)) {
			stop(&f);
			skip();
		}
		struct store_sink *sink = store_sink_new(f.store, 64 * MIB);
		store_sink_write_behind(sink);
		assert_int_equal(write_sink(sink, 0, size, &err), 0);
		wait_until_reserved(sink, size);
		assert_int_equal(store_sink_settle(sink, &err), 0);
		assert_no_longer_than(sink, size);
		const struct store_blob blob = finish(sink);
		assert_blob(&f, &blob, size);
		store_sink_keep(sink);
		store_sink_free(sink);
		stop(&f);
	}
}

/* Whenever it is told: nothing of it can be kept, or found later. */
static void a_blob_that_does_not_fit_is_none(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 22; i++) {
		struct fixture f;
		struct err err = {.code = ERR_NONE};
		struct store_blob blob;
		open_behind(&f, FLAKY);
		f.plan.space_ends = true;
		f.plan.space_left = i * MIB / 2 + i;
		f.plan.write_max = i % 3 ? 70000 : 0;
		struct store_sink *sink = begin_sink(&f);
		int status = write_sink(sink, 0, SIZE, &err);
		if (status == 0 && i % 2)
			status = store_sink_settle(sink, &err);
		if (status == 0)
			status = store_sink_finish(sink, &blob, &err);
		assert_int_equal(status, -1);
		assert_int_equal(err.code, ERR_NO_SPACE);
		assert_int_equal(store_sink_finish(sink, &blob, &err), -1);
		if (i % 2)
			store_sink_free(sink);
		else
			store_sink_drop(sink);
		store_close(f.store);
		f.plan = (struct store_flaky_plan){0};
		reopen(&f, FLAKY);
		assert_places(&f, 0, 0, 0);
		stop(&f);
	}
}

/* What is given up leaves no space, and nothing that is written later. */
static void what_is_dropped_does_not_come_back(void **state)
{
	struct fixture f;
	struct err err;
	struct stat st;
	(void)state;
	open_behind(&f, LOCAL);
	struct store_stage *stage = create(&f, SIZE);
	for (unsigned i = 0; i < 20; i++) {
		struct store_part *part;
		const struct store_span span = span_of(0);
		assert_int_equal(store_part_begin(stage, span, &part, &err), 0);
		assert_int_equal(write_some(part, 4 * MIB, 6 * MIB + i, &err),
				 0);
		store_part_drop(part);
		if (i % 2)
			assert_int_equal(put_span(stage, 0, &err), 0);
	}
	assert_sound(stage, 1);
	g_autofree char *found = g_malloc(3 * MIB);
	assert_int_equal(pread(store_stage_fd(stage), found, 3 * MIB, 0),
			 3 * MIB);
	assert_memory_equal(found, big, 3 * MIB);
	assert_int_equal(fstat(store_stage_fd(stage), &st), 0);
	assert_in_range(st.st_blocks, 1, 4 * MIB / 512);
	store_stage_close(stage);
	stop(&f);
}

static void what_the_disk_does_not_take_is_not_there(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 23; i++) {
		struct fixture f;
		bool finished[PARTS];
		open_behind(&f, FLAKY);
		struct store_stage *stage = create(&f, SIZE);
		f.plan.space_ends = true;
		f.plan.space_left = i * MIB / 2 + i;
		f.plan.write_max = i % 2 ? 70000 : 0;
		unsigned n = send_all(stage, finished);
		assert_in_range(n, 0, PARTS - 1);
		assert_sound(stage, n);
		store_stage_close(stage);
		stop(&f);
	}
}

/* With the power gone at any sync, what was finished is there. */
static void what_was_finished_outlives_the_power(void **state)
{
	takes_long();
	(void)state;
	for (unsigned syncs = 0; syncs < 10; syncs++) {
		const struct store_span none = {0, 0, false};
		struct fixture f;
		bool finished[PARTS];
		open_behind(&f, FLAKY);
		struct store_stage *stage = create(&f, SIZE);
		int64_t id = store_stage_id(stage);
		f.plan.power_ends = true;
		f.plan.syncs_left = syncs;
		f.plan.chance = syncs * 7919 + 1;
		unsigned n = send_all(stage, finished);
		store_stage_close(stage);
		store_close(f.store);
		f.plan = (struct store_flaky_plan){0};
		reopen(&f, FLAKY);
		stage = open_stage(&f, id);
		assert_true(count_extents(stage) >= n);
		assert_sound(stage, count_extents(stage));
		for (unsigned i = 0; i < PARTS; i++) {
			const struct store_span span = span_of(i);
			if (finished[i]) /* it would replace as much */
				assert_int_equal(
					store_stage_bytes(stage, span),
					store_stage_bytes(stage, none));
		}
		store_stage_close(stage);
		stop(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_that_come_at_once_are_a_blob),
		cmocka_unit_test(what_is_read_into_blocks_has_its_own_sum),
		cmocka_unit_test(a_blob_in_one_piece_is_whole),
		cmocka_unit_test(space_that_nothing_came_for_is_given_back),
		cmocka_unit_test(a_blob_that_does_not_fit_is_none),
		cmocka_unit_test(what_is_dropped_does_not_come_back),
		cmocka_unit_test(what_the_disk_does_not_take_is_not_there),
		cmocka_unit_test(what_was_finished_outlives_the_power),
	};
	return cmocka_run_group_tests_name("store_behind", tests, make_big,
					   free_big);
}
