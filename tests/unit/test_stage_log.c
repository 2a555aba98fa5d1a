/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged blobs whose log is damaged, anywhere: what it says of the bytes may be
 * less than was acknowledged, and what becomes a blob is what it says it is.
 */
#include "stage_fixture.h"

#define SIZE 30000

static void close_and_open(struct fixture *f, struct store_stage **stage)
{
	int64_t id = store_stage_id(*stage);
	store_stage_close(*stage);
	*stage = open_stage(f, id);
}

static void assert_sums_up(struct fixture *f, struct store_sink *sink)
{
	struct err err;
	uint8_t sum[CHECKSUM_BYTES];
	struct store_blob blob = finish(sink);
	if (blob.inline_bytes.p) {
		checksum_of(blob.inline_bytes.p, blob.inline_bytes.n, sum);
		assert_memory_equal(blob.checksum, sum, sizeof(sum));
	} else {
		assert_int_equal(store_blob_verify(f->store, &blob, &err), 0);
	}
	store_sink_free(sink);
}

/* As a client goes on: what it has sent before is there, or is sent again; in
 * the end all of it is. */
static void go_on(struct fixture *f, struct store_stage *stage, size_t shift)
{
	struct err err;
	if (store_stage_size(stage) == STORE_STAGE_SIZE_UNKNOWN)
		assert_int_equal(store_stage_set_size(stage, SIZE, &err), 0);
	if (try_part(stage, 0, SIZE, shift, &err))
		fail_msg("%s", err.text);
	close_and_open(f, &stage);
	assert_sound(stage, 1);
	assert_int_equal(store_stage_reach(stage), SIZE);
	assert_sums_up(f, make_sink(stage));
	store_stage_close(stage);
}

/* Either it is what its checksums say, or it is refused. */
static void assert_is_no_lie(struct fixture *f, struct store_stage *stage)
{
	struct err err;
	struct store_sink *sink;
	if (store_stage_sink(stage, &sink, &err) == 0)
		assert_sums_up(f, sink);
	else
		assert_true(err.code == ERR_INVALID || err.code == ERR_CORRUPT);
}

/* Its records: size, added, added, dropped, added, kept, kept, dropped, added,
 * dropped. The last part has been given up. */
static struct store_stage *create_with_history(struct fixture *f)
{
	struct err err;
	struct store_stage *stage = create(f, SIZE);
	put_part(stage, 0, 10000);
	put_part(stage, 10000, 20000);
	assert_int_equal(try_part(stage, 0, 10000, 1, &err), 0);
	assert_int_equal(try_part(stage, 12000, 1000, 2, &err), 0);
	store_part_free(begin_part(stage, 0, 10000, 5000));
	return stage;
}

#define RECORDS 10

static void what_a_damaged_log_says_is_compared(void **state)
{
	(void)state;
	for (off_t record = 0; record < RECORDS; record++)
		for (int how = 0; how < 4; how++) {
			struct fixture f;
			start(&f, LOCAL, how & 1 ? 4096 : 65536);
			struct store_stage *stage = create_with_history(&f);
			int64_t id = store_stage_id(stage);
			g_autofree char *path = log_path(&f, id);
			store_stage_close(stage);
			damage(path, record * EXTENT_RECORD_BYTES + 20,
			       how >= 2);
			stage = open_stage(&f, id);
			/* whatever is opened, and how often */
			assert_is_no_lie(&f, stage);
			close_and_open(&f, &stage);
			assert_is_no_lie(&f, stage);
			if (record < 2)
				assert_int_equal(count_extents(stage), 0);
			go_on(&f, stage, 3);
			stop(&f);
		}
}

/* Also between two records, where each that is left can be read. */
static void what_a_log_that_was_cut_says_is_compared(void **state)
{
	(void)state;
	for (off_t cut = 0; cut <= RECORDS * 2 + 1; cut++) {
		struct fixture f;
		start(&f, LOCAL, 4096);
		struct store_stage *stage = create_with_history(&f);
		int64_t id = store_stage_id(stage);
		g_autofree char *path = log_path(&f, id);
		store_stage_close(stage);
		assert_int_equal(truncate(path, cut * EXTENT_RECORD_BYTES / 2),
				 0);
		stage = open_stage(&f, id);
		assert_int_equal(store_stage_is_doubted(stage), cut > 0);
		assert_is_no_lie(&f, stage);
		close_and_open(&f, &stage);
		assert_is_no_lie(&f, stage);
		/* what is noted next ends the log, and no doubt */
		if (store_stage_size(stage) == STORE_STAGE_SIZE_UNKNOWN) {
			struct err err;
			assert_int_equal(
				store_stage_set_size(stage, SIZE, &err), 0);
			close_and_open(&f, &stage);
			assert_int_equal(store_stage_is_doubted(stage),
					 cut > 0);
		}
		go_on(&f, stage, 3);
		stop(&f);
	}
}

/* It was dropped, and the record of that is lost: its bytes are others now. */
static void bytes_that_were_dropped_do_not_come_back(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	struct store_sink *sink;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, SIZE);
	int64_t id = store_stage_id(stage);
	put_part(stage, 0, 20000);
	store_part_free(begin_part(stage, 0, 20000, 10000));
	store_stage_close(stage);
	g_autofree char *path = log_path(&f, id);
	damage(path, 2 * EXTENT_RECORD_BYTES, false);
	stage = open_stage(&f, id);
	assert_int_equal(store_stage_reach(stage), 20000);
	/* what is noted behind it does not hide it */
	put_part(stage, 20000, SIZE - 20000);
	for (int i = 0; i < 2; i++) {
		assert_refused(store_stage_sink(stage, &sink, &err), &err,
			       ERR_CORRUPT);
		close_and_open(&f, &stage);
	}
	go_on(&f, stage, 1);
	stop(&f);
}

/* They stand behind the damage, and would stand behind the next records. */
static void records_behind_a_damaged_one_do_not_come_back(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, SIZE);
	int64_t id = store_stage_id(stage);
	put_part(stage, 0, 10000);
	put_part(stage, 10000, 10000);
	store_stage_close(stage);
	g_autofree char *path = log_path(&f, id);
	damage(path, EXTENT_RECORD_BYTES, false);
	stage = open_stage(&f, id);
	assert_int_equal(count_extents(stage), 0);
	struct err err;
	assert_int_equal(try_part(stage, 5000, 10000, 7, &err), 0);
	close_and_open(&f, &stage);
	assert_sound(stage, 1);
	put_part(stage, 0, 5000);
	put_part(stage, 15000, 15000);
	close_and_open(&f, &stage);
	assert_sound(stage, 3);
	assert_is_no_lie(&f, stage);
	store_stage_close(stage);
	stop(&f);
}

/* What a log has, in the order in which it is written to. */
struct watched {
	const char *path;
	int64_t id;
	unsigned syncs, wiped, doubted;
};

/* Of the power ending here whatever is on the disk may be all there is. */
static void look_behind_the_end(void *user)
{
	struct watched *watched = user;
	struct extent_record record;
	g_autofree char *log = NULL;
	size_t n, valid = 0;
	assert_true(g_file_get_contents(watched->path, &log, &n, NULL));
	const uint8_t *bytes = (const uint8_t *)log;
	bool is_doubted = extent_decode(bytes + EXTENT_RECORD_BYTES,
					watched->id, &record) &&
			  record.kind == EXTENT_DOUBTED;
	for (size_t at = 2 * EXTENT_RECORD_BYTES; at + EXTENT_RECORD_BYTES <= n;
	     at += EXTENT_RECORD_BYTES)
		valid += extent_decode(bytes + at, watched->id, &record) &&
			 record.kind == EXTENT_ADDED &&
			 record.extent.offset < 20000;
	watched->syncs++;
	watched->wiped += valid == 0 && !is_doubted;
	watched->doubted += is_doubted;
	/* it is durable that they are gone before anything is noted */
	if (is_doubted) {
		assert_int_equal(valid, 0);
		assert_true(watched->wiped > 0);
	}
}

/* Its first record is damaged, and two are behind it: they are true records, of
 * which nobody knows any more whether they hold. */
static void
what_is_behind_the_end_is_wiped_before_anything_is_noted(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, FLAKY, 4096);
	struct store_stage *stage = create(&f, SIZE);
	int64_t id = store_stage_id(stage);
	put_part(stage, 0, 5000);
	put_part(stage, 5000, 5000);
	put_part(stage, 10000, 5000);
	store_stage_close(stage);
	g_autofree char *path = log_path(&f, id);
	damage(path, EXTENT_RECORD_BYTES + 20, false);
	stage = open_stage(&f, id);
	assert_int_equal(count_extents(stage), 0);
	struct watched watched = {.path = path, .id = id};
	f.plan.before_sync = look_behind_the_end;
	f.plan.user = &watched;
	assert_int_equal(try_part(stage, 20000, 5000, 1, &err), 0);
	f.plan.before_sync = NULL;
	/* bytes, zeros, the doubt, the part */
	assert_int_equal(watched.syncs, 4);
	assert_true(watched.doubted >= 2);
	close_and_open(&f, &stage);
	assert_sound(stage, 1);
	store_stage_close(stage);
	stop(&f);
}

static void the_log_of_another_says_nothing(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	struct store_stage *one = create(&f, SIZE), *two = create(&f, SIZE);
	int64_t id = store_stage_id(one);
	put_part(one, 0, SIZE);
	put_part(two, 0, 10);
	g_autofree char *path = log_path(&f, id);
	g_autofree char *other = log_path(&f, store_stage_id(two));
	store_stage_close(one);
	store_stage_close(two);
	assert_int_equal(rename(other, path), 0);
	one = open_stage(&f, id);
	assert_int_equal(count_extents(one), 0);
	assert_true(store_stage_size(one) == STORE_STAGE_SIZE_UNKNOWN);
	go_on(&f, one, 1);
	stop(&f);
}

/* Wherever in its note the disk was full: what was acknowledged is there, what
 * was refused is not, and it goes on once there is room. */
static void a_disk_that_was_full_can_be_written_again(void **state)
{
	(void)state;
	for (size_t left = 0; left < 2 * EXTENT_RECORD_BYTES; left += 16) {
		struct fixture f;
		struct err err;
		start(&f, FLAKY, 4096);
		struct store_stage *stage = create(&f, SIZE);
		put_part(stage, 10000, 10000);
		f.plan = (struct store_flaky_plan){.space_ends = true,
						   .space_left = 10000 + left};
		assert_refused(try_part(stage, 0, 10000, 0, &err), &err,
			       ERR_NO_SPACE);
		assert_sound(stage, 1);
		f.plan = (struct store_flaky_plan){0};
		if (left % 32)
			close_and_open(&f, &stage);
		assert_sound(stage, 1);
		put_part(stage, 20000, 10000);
		close_and_open(&f, &stage);
		assert_sound(stage, 2);
		put_part(stage, 0, 10000);
		assert_sums_up(&f, make_sink(stage));
		store_stage_close(stage);
		stop(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_log_that_was_cut_says_is_compared),
		cmocka_unit_test(what_a_damaged_log_says_is_compared),
		cmocka_unit_test(bytes_that_were_dropped_do_not_come_back),
		cmocka_unit_test(records_behind_a_damaged_one_do_not_come_back),
		cmocka_unit_test(
			what_is_behind_the_end_is_wiped_before_anything_is_noted),
		cmocka_unit_test(the_log_of_another_says_nothing),
		cmocka_unit_test(a_disk_that_was_full_can_be_written_again),
	};
	return cmocka_run_group_tests_name("stage_log", tests, make_big,
					   free_big);
}
