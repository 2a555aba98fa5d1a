/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of staged blobs: which ones meet, which are refused, what is left
 * of those that fail.
 */
#include "stage_fixture.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

static void a_part_that_comes_again_replaces_what_it_touches(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct err err;
		start(&f, kind, 4096);
		struct store_stage *stage = create(&f, 40000);
		int64_t id = store_stage_id(stage);
		assert_int_equal(try_part(stage, 0, 10000, 77, &err), 0);
		assert_int_equal(try_part(stage, 10000, 10000, 77, &err), 0);
		put_part(stage, 20000, 20000);
		put_part(stage, 0, 10000);
		assert_sound(stage, 3);
		put_part(stage, 10000, 10000);
		assert_sound(stage, 3);
		/* others keep what is not written over */
		put_part(stage, 5000, 5001);
		assert_sound(stage, 4);
		put_part(stage, 0, 20000);
		store_stage_close(stage);
		stage = open_stage(&f, id);
		assert_sound(stage, 2);
		struct store_sink *sink = make_sink(stage);
		struct store_blob blob = finish(sink);
		assert_blob(&f, &blob, 40000);
		store_sink_free(sink);
		store_stage_close(stage);
		stop(&f);
	}
}

struct cut {
	uint64_t offset, n;    /* written over three extents of 10000 */
	size_t extents, run;   /* when it is finished */
	size_t left, left_run; /* when it is not */
};

static const struct cut cuts[] = {
	{0, 10000, 3, 30000, 2, 0},         {0, 1, 4, 30000, 3, 0},
	{9999, 1, 4, 30000, 3, 9999},       {10000, 1, 4, 30000, 3, 10000},
	{4000, 10, 5, 30000, 4, 4000},      {9999, 2, 4, 30000, 3, 9999},
	{5000, 20000, 3, 30000, 2, 5000},   {0, 30000, 1, 30000, 0, 0},
	{1, 29998, 3, 30000, 2, 1},         {29999, 1, 4, 30000, 3, 29999},
	{15000, 30000, 3, 45000, 2, 15000}, {30000, 5, 4, 30005, 3, 30000},
};

static void assert_cut(struct store_stage *stage, size_t extents, size_t run)
{
	assert_sound(stage, extents);
	assert_int_equal(store_stage_reach(stage), run);
	g_autofree char *found = g_malloc(run + 1);
	assert_int_equal(pread(store_stage_fd(stage), found, run, 0), run);
	assert_memory_equal(found, big, run);
}

static void what_is_beside_a_part_stays_as_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT(cuts); i++) {
		const struct cut *cut = &cuts[i / 2];
		bool given_up = i % 2;
		size_t extents = given_up ? cut->left : cut->extents;
		size_t run = given_up ? cut->left_run : cut->run;
		struct fixture f;
		start(&f, LOCAL, 4096);
		struct store_stage *stage = create(&f, 60000);
		int64_t id = store_stage_id(stage);
		for (uint64_t at = 0; at < 30000; at += 10000)
			put_part(stage, at, 10000);
		if (given_up)
			store_part_free(begin_part(stage, cut->offset, cut->n,
						   cut->n / 2));
		else
			put_part(stage, cut->offset, cut->n);
		assert_cut(stage, extents, run);
		store_stage_close(stage);
		stage = open_stage(&f, id);
		assert_cut(stage, extents, run);
		store_stage_close(stage);
		stop(&f);
	}
}

/* Its rest would get a checksum that fits the damage. */
static void of_an_extent_that_is_damaged_nothing_is_kept(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 30000);
	put_part(stage, 0, 10000);
	put_part(stage, 10000, 10000);
	assert_int_equal(pwrite(store_stage_fd(stage), "!", 1, 10), 1);
	assert_refused(store_stage_join(stage,
					(struct store_span){0, 20000, false},
					&err),
		       &err, ERR_CORRUPT);
	put_part(stage, 9000, 2000);
	assert_sound(stage, 2);
	assert_int_equal(store_stage_reach(stage), 0);
	put_part(stage, 0, 9000);
	assert_int_equal(store_stage_reach(stage), 20000);
	assert_sound(stage, 3);
	store_stage_close(stage);
	stop(&f);
}

static int try_join(struct store_stage *stage, uint64_t offset, uint64_t n,
		    struct err *err)
{
	return store_stage_join(stage, (struct store_span){offset, n, false},
				err);
}

static void a_run_of_parts_becomes_one_extent(void **state)
{
	(void)state;
	static const uint64_t wrong[][2] = {{0, 9999},   {1, 9999}, {0, 60000},
					    {30000, 10}, {0, 0},    {59999, 1}};
	struct fixture f;
	struct err err;
	size_t n;
	uint8_t sum[CHECKSUM_BYTES];
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 60000);
	int64_t id = store_stage_id(stage);
	for (uint64_t at = 0; at < 30000; at += 1000)
		put_part(stage, at, 1000);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_refused(try_join(stage, wrong[i][0], wrong[i][1], &err),
			       &err, ERR_INVALID);
	struct store_part *part = begin_part(stage, 1000, 1000, 5);
	assert_refused(try_join(stage, 0, 10000, &err), &err, ERR_LOCKED);
	store_part_free(part);
	assert_refused(try_join(stage, 0, 10000, &err), &err, ERR_INVALID);
	put_part(stage, 1000, 1000);
	assert_int_equal(try_join(stage, 0, 10000, &err), 0);
	assert_int_equal(try_join(stage, 0, 10000, &err), 0);
	assert_sound(stage, 21);
	store_stage_close(stage);
	stage = open_stage(&f, id);
	assert_sound(stage, 21);
	assert_int_equal(try_join(stage, 0, 30000, &err), 0);
	g_autofree struct store_extent *list = store_stage_extents(stage, &n);
	assert_int_equal(n, 1);
	checksum_of(big, 30000, sum);
	assert_memory_equal(list[0].checksum, sum, sizeof(sum));
	store_stage_close(stage);
	stop(&f);
}

static void a_part_that_must_not_wait_says_so(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	struct store_part *part;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 30000);
	put_part(stage, 0, 10000);
	assert_int_equal(store_part_begin(stage,
					  (struct store_span){9999, 2, true},
					  &part, &err),
			 1);
	assert_sound(stage, 1);
	assert_int_equal(store_part_begin(stage,
					  (struct store_span){10000, 2, true},
					  &part, &err),
			 0);
	store_part_free(part);
	store_stage_close(stage);
	stop(&f);
}

/* Its bytes are half old and half new. */
static void a_part_given_up_half_way_takes_back_what_it_wrote_over(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 30000);
	int64_t id = store_stage_id(stage);
	put_part(stage, 0, 10000);
	put_part(stage, 10000, 10000);
	store_part_free(begin_part(stage, 10000, 10000, 100));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_stage_reach(stage), 10000);
		assert_sound(stage, 1);
		store_stage_close(stage);
		stage = open_stage(&f, id);
	}
	store_stage_close(stage);
	stop(&f);
}

/* A client that is cut off has still sent what came. */
static void a_part_may_end_before_its_limit(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 30000);
	struct store_part *part = begin_part(stage, 0, 30000, 12345);
	assert_int_equal(store_part_size(part), 12345);
	assert_int_equal(store_part_finish(part, &err), 0);
	store_part_free(part);
	part = begin_part(stage, 12345, 30000 - 12345, 0);
	assert_int_equal(store_part_finish(part, &err), 0);
	store_part_free(part);
	assert_int_equal(store_stage_reach(stage), 12345);
	assert_sound(stage, 1);
	store_stage_close(stage);
	stop(&f);
}

static void no_two_parts_write_to_one_place(void **state)
{
	(void)state;
	static const struct {
		uint64_t offset, max;
		bool fits;
	} rows[] = {
		{0, 10000, true},   {0, 10001, false}, {19999, 1, false},
		{20000, 100, true}, {10000, 1, false}, {12000, 10, false},
		{0, 30000, false},
	};
	struct fixture f;
	struct err err;
	struct store_sink *sink;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 30000);
	struct store_part *part = begin_part(stage, 10000, 10000, 5);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_part *other = NULL;
		int status = store_part_begin(
			stage,
			(struct store_span){rows[i].offset, rows[i].max, false},
			&other, &err);
		assert_int_equal(status == 0, rows[i].fits);
		if (status)
			assert_err(&err, ERR_LOCKED);
		else
			store_part_free(other);
	}
	assert_refused(store_stage_sink(stage, &sink, &err), &err, ERR_LOCKED);
	assert_refused(store_stage_verify(stage, &err), &err, ERR_LOCKED);
	assert_refused(store_stage_remove(f.store, store_stage_id(stage), &err),
		       &err, ERR_LOCKED);
	store_part_free(part);
	store_stage_close(stage);
	stop(&f);
}

static void nothing_is_larger_than_it_may_be(void **state)
{
	(void)state;
	static const uint64_t places[][2] = {
		{1000, 1},
		{0, 1001},
		{999, 2},
		{UINT64_MAX, 1},
		{1, UINT64_MAX},
		{UINT64_MAX, UINT64_MAX},
		{UINT64_C(1) << 63, UINT64_C(1) << 63},
	};
	struct fixture f;
	struct err err;
	struct store_stage *stage;
	struct store_part *part;
	start(&f, LOCAL, 4096);
	stage = create(&f, STORE_STAGE_SIZE_UNKNOWN);
	assert_refused(
		store_stage_set_size(stage, STORE_STAGE_SIZE_MAX + 1, &err),
		&err, ERR_TOO_LARGE);
	assert_refused(
		store_part_begin(
			stage,
			(struct store_span){0, STORE_STAGE_SIZE_MAX + 1, false},
			&part, &err),
		&err, ERR_TOO_LARGE);
	assert_int_equal(store_stage_set_size(stage, 1000, &err), 0);
	for (size_t i = 0; i < COUNT(places); i++)
		assert_refused(store_part_begin(
				       stage,
				       (struct store_span){places[i][0],
							   places[i][1], false},
				       &part, &err),
			       &err, ERR_TOO_LARGE);
	part = begin_part(stage, 0, 10, 4);
	assert_refused(store_part_write(part, big, 7, &err), &err,
		       ERR_TOO_LARGE);
	assert_refused(store_part_finish(part, &err), &err, ERR_TOO_LARGE);
	store_part_free(part);
	assert_sound(stage, 0);
	store_stage_close(stage);
	stop(&f);
}

static void a_size_is_told_once(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	struct store_sink *sink;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, STORE_STAGE_SIZE_UNKNOWN);
	put_part(stage, 0, 1000);
	assert_refused(store_stage_sink(stage, &sink, &err), &err, ERR_INVALID);
	assert_refused(store_stage_set_size(stage, 999, &err), &err,
		       ERR_INVALID);
	assert_int_equal(store_stage_set_size(stage, 1001, &err), 0);
	assert_int_equal(store_stage_set_size(stage, 1001, &err), 0);
	assert_refused(store_stage_set_size(stage, 1000, &err), &err,
		       ERR_INVALID);
	assert_refused(store_stage_sink(stage, &sink, &err), &err, ERR_INVALID);
	put_part(stage, 1000, 1);
	store_sink_free(make_sink(stage));
	store_stage_close(stage);
	stop(&f);
}

/* Bytes past the end, of a part that was never finished. */
static void what_was_given_up_past_the_end_is_no_part_of_the_blob(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, STORE_STAGE_SIZE_UNKNOWN);
	store_part_free(begin_part(stage, 0, 9000, 9000));
	put_part(stage, 0, 5000);
	assert_int_equal(store_stage_set_size(stage, 5000, &err), 0);
	struct store_sink *sink = make_sink(stage);
	struct store_blob blob = finish(sink);
	assert_blob(&f, &blob, 5000);
	store_sink_free(sink);
	store_stage_close(stage);
	stop(&f);
}

/* Parts may lie behind the end, while it is not told. */
static void what_lies_behind_the_end_is_forgotten(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	const uint64_t far = UINT64_C(1) << 30;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, STORE_STAGE_SIZE_UNKNOWN);
	int64_t id = store_stage_id(stage);
	struct store_part *part = NULL;
	for (uint64_t at = 5000; at <= far; at += far - 5000) {
		assert_int_equal(
			store_part_begin(stage,
					 (struct store_span){at, 1000, false},
					 &part, &err),
			0);
		assert_int_equal(store_part_write(part, big, 1000, &err), 0);
		assert_int_equal(store_part_finish(part, &err), 0);
		store_part_free(part);
	}
	put_part(stage, 0, 5000);
	assert_int_equal(store_stage_set_size(stage, 5000, &err), -1);
	assert_err(&err, ERR_INVALID);
	assert_int_equal(store_stage_cut(stage, 5000, &err), 0);
	assert_int_equal(store_stage_cut(stage, 5000, &err), 0);
	assert_int_equal(store_stage_cut(stage, 4000, &err), -1);
	assert_err(&err, ERR_INVALID);
	store_stage_close(stage);
	stage = open_stage(&f, id);
	assert_sound(stage, 1);
	struct store_sink *sink = make_sink(stage);
	struct store_blob blob = finish(sink);
	assert_blob(&f, &blob, 5000);
	store_sink_free(sink);
	store_stage_close(stage);
	stop(&f);
}

static uint64_t blocks_of(struct store_stage *stage)
{
	struct stat st;
	assert_int_equal(fstat(store_stage_fd(stage), &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static void what_is_given_up_gives_back_its_space(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, STORE_STAGE_SIZE_UNKNOWN);
	put_part(stage, 0, 4096);
	uint64_t before = blocks_of(stage);
	store_part_free(begin_part(stage, 1 << 20, 1 << 20, 65536));
	assert_int_equal(blocks_of(stage), before);
	assert_sound(stage, 1);
	store_stage_close(stage);
	stop(&f);
}

static uint64_t bytes_with(struct store_stage *stage, uint64_t offset,
			   uint64_t max)
{
	return store_stage_bytes(stage,
				 (struct store_span){offset, max, false});
}

static void bytes_are_counted_once(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, STORE_STAGE_SIZE_UNKNOWN);
	int64_t id = store_stage_id(stage);
	assert_int_equal(bytes_with(stage, 0, 0), 0);
	assert_int_equal(bytes_with(stage, 0, 100), 100);
	put_part(stage, 0, 1000);
	put_part(stage, 5000, 1000);
	assert_int_equal(bytes_with(stage, 0, 0), 2000);
	assert_int_equal(bytes_with(stage, 0, 1000), 2000);
	assert_int_equal(bytes_with(stage, 1000, 1000), 3000);
	struct store_part *part = begin_part(stage, 2000, 500, 10);
	assert_int_equal(bytes_with(stage, 0, 0), 2500);
	store_part_free(part);
	put_part(stage, 0, 1000);
	store_stage_close(stage);
	stage = open_stage(&f, id);
	assert_int_equal(bytes_with(stage, 0, 0), 2000);
	store_stage_close(stage);
	stop(&f);
}

/* What an acknowledged part is known by. */
static void a_part_says_its_checksum(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	size_t n;
	uint8_t checksum[CHECKSUM_BYTES];
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, STORE_STAGE_SIZE_UNKNOWN);
	struct store_part *part = begin_part(stage, 0, 5000, 5000);
	assert_int_equal(store_part_finish(part, &err), 0);
	store_part_checksum(part, checksum);
	store_part_free(part);
	g_autofree struct store_extent *extents =
		store_stage_extents(stage, &n);
	assert_int_equal(n, 1);
	assert_memory_equal(checksum, extents[0].checksum, CHECKSUM_BYTES);
	store_stage_close(stage);
	stop(&f);
}

static void a_failing_backend_acknowledges_nothing(void **state)
{
	(void)state;
	static const struct {
		struct store_flaky_plan plan;
		enum err_code code;
	} rows[] = {
		{{.space_ends = true, .space_left = 9000}, ERR_NO_SPACE},
		{{.space_ends = true, .space_left = 20010}, ERR_NO_SPACE},
		{{.sync_fails = true}, ERR_INTERNAL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct err err;
		start(&f, FLAKY, 4096);
		struct store_stage *stage = create(&f, 40000);
		int64_t id = store_stage_id(stage);
		put_part(stage, 20000, 20000);
		f.plan = rows[i].plan;
		assert_refused(try_part(stage, 0, 20000, 0, &err), &err,
			       rows[i].code);
		f.plan = (struct store_flaky_plan){0};
		/* the next sync would tell of nothing */
		if (rows[i].plan.sync_fails)
			assert_refused(try_part(stage, 0, 20000, 0, &err), &err,
				       ERR_INTERNAL);
		store_stage_close(stage);
		stage = open_stage(&f, id);
		assert_sound(stage, 1);
		put_part(stage, 0, 20000);
		struct store_sink *sink = make_sink(stage);
		struct store_blob blob;
		f.plan.link_fails = true;
		assert_refused(store_sink_finish(sink, &blob, &err), &err,
			       ERR_INTERNAL);
		store_sink_free(sink);
		assert_places(&f, 0, 0, 1);
		f.plan.link_fails = false;
		sink = make_sink(stage);
		blob = finish(sink);
		assert_blob(&f, &blob, 40000);
		store_sink_free(sink);
		store_stage_close(stage);
		stop(&f);
	}
}

static void a_changed_byte_is_found(void **state)
{
	(void)state;
	static const off_t places[] = {0, 9999, 10000, 29999};
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 30000);
	put_part(stage, 0, 10000);
	put_part(stage, 10000, 20000);
	g_autofree char *path = bytes_path(&f, store_stage_id(stage));
	for (size_t i = 0; i < COUNT(places); i++) {
		damage(path, places[i], false);
		assert_refused(store_stage_verify(stage, &err), &err,
			       ERR_CORRUPT);
		damage(path, places[i], false);
		assert_int_equal(store_stage_verify(stage, &err), 0);
	}
	int64_t id = store_stage_id(stage);
	store_stage_close(stage);
	assert_int_equal(truncate(path, 29999), 0);
	assert_refused(store_stage_open(f.store, id, &stage, &err), &err,
		       ERR_CORRUPT);
	stop(&f);
}

/* A log as so many parts of a byte leave it: every other byte, n times. */
static void write_log(const struct fixture *f, int64_t id, size_t n,
		      size_t extents)
{
	g_autofree char *log = log_path(f, id), *bytes = bytes_path(f, id);
	g_autofree uint8_t *all = g_malloc(n * EXTENT_RECORD_BYTES);
	for (size_t i = 0; i < n; i++) {
		struct extent_record record = {
			EXTENT_ADDED, {.offset = 2 * (i % extents), .size = 1}};
		checksum_of("", 1, record.extent.checksum);
		extent_encode(&record, id, all + i * EXTENT_RECORD_BYTES);
	}
	assert_true(g_file_set_contents(log, (const char *)all,
					(gssize)(n * EXTENT_RECORD_BYTES),
					NULL));
	assert_int_equal(truncate(bytes, (off_t)(2 * extents)), 0);
}

static void neither_extents_nor_records_grow_for_ever(void **state)
{
	(void)state;
	static const struct {
		size_t records, extents;
		bool fits;
	} rows[] = {
		{STORE_EXTENTS_MAX - 1, STORE_EXTENTS_MAX - 1, true},
		{STORE_EXTENTS_MAX, STORE_EXTENTS_MAX, false},
		{65000, 10, true},
		{65530, 10, false},
		{70000, 10, false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct err err;
		start(&f, LOCAL, 4096);
		struct store_stage *stage =
			create(&f, STORE_STAGE_SIZE_UNKNOWN);
		int64_t id = store_stage_id(stage);
		store_stage_close(stage);
		write_log(&f, id, rows[i].records, rows[i].extents);
		stage = open_stage(&f, id);
		assert_sound(stage, rows[i].extents);
		int status = try_part(stage, 50000, 10, 0, &err);
		assert_int_equal(status == 0, rows[i].fits);
		if (status)
			assert_err(&err, ERR_LIMIT);
		store_stage_close(stage);
		stop(&f);
	}
}

/* Up to so many records, and their end. */
static void repeat_record(const char *path, off_t which, off_t records,
			  int64_t id)
{
	uint8_t record[EXTENT_RECORD_BYTES];
	const struct extent_record end = {EXTENT_END,
					  {.offset = (uint64_t)records}};
	const off_t size = sizeof(record);
	SCOPED_FD fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, record, sizeof(record), which * size), size);
	for (off_t i = which + 1; i < records; i++)
		assert_int_equal(pwrite(fd, record, sizeof(record), i * size),
				 size);
	extent_encode(&end, id, record);
	assert_int_equal(pwrite(fd, record, sizeof(record), records * size),
			 size);
}

/* Else all of it would be there, and nothing could become of it. */
static void joining_leaves_records_for_the_end(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 20000);
	int64_t id = store_stage_id(stage);
	put_part(stage, 0, 10000);
	put_part(stage, 10000, 10000);
	store_stage_close(stage);
	g_autofree char *path = log_path(&f, id);
	repeat_record(path, 2, 65535, id);
	stage = open_stage(&f, id);
	assert_refused(store_stage_join(stage,
					(struct store_span){0, 20000, false},
					&err),
		       &err, ERR_LIMIT);
	assert_sound(stage, 2);
	struct store_sink *sink = make_sink(stage);
	struct store_blob blob = finish(sink);
	assert_blob(&f, &blob, 20000);
	store_sink_free(sink);
	store_stage_close(stage);
	stop(&f);
}

struct removal {
	struct fixture f;
	int64_t id;
	unsigned seen;
};

static void look_meanwhile(void *user)
{
	struct removal *removal = user;
	struct fixture *f = &removal->f;
	struct store_stage *stage;
	struct err err;
	removal->seen++;
	assert_refused(store_stage_open(f->store, removal->id, &stage, &err),
		       &err, ERR_NOT_FOUND);
	assert_refused(store_stage_create(f->store, removal->id, &stage, &err),
		       &err, ERR_EXISTS);
	assert_refused(store_stage_remove(f->store, removal->id, &err), &err,
		       ERR_LOCKED);
	store_stage_close(create(f, 10));
}

static void a_removal_keeps_nobody_from_another_one(void **state)
{
	struct removal removal = {0};
	struct fixture *f = &removal.f;
	struct store_stage *stage;
	struct err err;
	(void)state;
	start(f, FLAKY, 4096);
	stage = create(f, 10);
	removal.id = store_stage_id(stage);
	store_stage_close(stage);
	f->plan.before_remove = look_meanwhile;
	f->plan.user = &removal;
	assert_int_equal(store_stage_remove(f->store, removal.id, &err), 0);
	assert_int_equal(removal.seen, 1);
	assert_refused(store_stage_open(f->store, removal.id, &stage, &err),
		       &err, ERR_NOT_FOUND);
	assert_places(f, 0, 0, 1);
	f->plan.before_remove = NULL;
	stop(f);
}

static void parts_leave_the_reserve_free(void **state)
{
	(void)state;
	struct fixture f;
	struct err err;
	struct store *store;
	struct store_part *part = NULL;
	struct statvfs fs;
	start(&f, LOCAL, 4096);
	struct store_stage *stage = create(&f, 10);
	int64_t id = store_stage_id(stage);
	store_stage_close(stage);
	/* more than any disk has, which means a tenth of this one */
	struct store_options options = {.dir = f.dir, .reserve = UINT64_MAX};
	assert_int_equal(statvfs(f.dir, &fs), 0);
	bool room = fs.f_bavail >= fs.f_blocks / 10;
	assert_int_equal(store_open_local(&store, &options, &err), 0);
	assert_int_equal(store_stage_open(store, id, &stage, &err), 0);
	assert_int_equal(store_part_begin(stage,
					  (struct store_span){0, 10, false},
					  &part, &err),
			 room ? 0 : -1);
	if (!room)
		assert_err(&err, ERR_NO_SPACE);
	store_part_free(part);
	store_stage_close(stage);
	store_close(store);
	stop(&f);
}

struct intruder {
	struct store_stage *stage;
	enum err_code part, join, whole, hold;
};

static void *intrude(void *user)
{
	struct intruder *intruder = user;
	struct store_stage *stage = intruder->stage;
	const struct store_span span = {0, 20000, false};
	struct store_sink *sink;
	struct err err = {0};
	intruder->part = try_part(stage, 0, 10, 0, &err) ? err.code : 0;
	intruder->join = store_stage_join(stage, span, &err) ? err.code : 0;
	intruder->whole = store_stage_sink(stage, &sink, &err) ? err.code : 0;
	intruder->hold = store_stage_hold(stage, &err) ? err.code : 0;
	return NULL;
}

static void assert_nobody_gets_in(struct store_stage *stage)
{
	struct intruder intruder = {.stage = stage};
	g_thread_join(g_thread_new("intruder", intrude, &intruder));
	assert_int_equal(intruder.part, ERR_LOCKED);
	assert_int_equal(intruder.join, ERR_LOCKED);
	assert_int_equal(intruder.whole, ERR_LOCKED);
	assert_int_equal(intruder.hold, ERR_LOCKED);
}

static void who_holds_one_is_alone_until_its_sink_has_ended(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		struct fixture f;
		struct err err;
		start(&f, kind, 4096);
		struct store_stage *stage = create(&f, 20000);
		put_part(stage, 0, 10000);
		struct store_part *part = begin_part(stage, 10000, 10000, 5);
		assert_int_equal(store_stage_hold(stage, &err), -1);
		assert_int_equal(err.code, ERR_LOCKED);
		store_part_free(part);
		assert_int_equal(store_stage_hold(stage, &err), 0);
		assert_nobody_gets_in(stage);
		put_part(stage, 10000, 10000);
		assert_nobody_gets_in(stage);
		assert_sound(stage, 2);
		assert_nobody_gets_in(stage);
		struct store_sink *sink = make_sink(stage);
		store_stage_let_go(stage);
		assert_nobody_gets_in(stage);
		assert_int_equal(try_part(stage, 0, 10, 0, &err), -1);
		struct store_blob blob = finish(sink);
		assert_blob(&f, &blob, 20000);
		store_sink_free(sink);
		assert_int_equal(store_stage_hold(stage, &err), 0);
		store_stage_let_go(stage);
		store_stage_close(stage);
		stop(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_part_that_comes_again_replaces_what_it_touches),
		cmocka_unit_test(what_is_beside_a_part_stays_as_it_was),
		cmocka_unit_test(of_an_extent_that_is_damaged_nothing_is_kept),
		cmocka_unit_test(a_run_of_parts_becomes_one_extent),
		cmocka_unit_test(a_part_that_must_not_wait_says_so),
		cmocka_unit_test(
			a_part_given_up_half_way_takes_back_what_it_wrote_over),
		cmocka_unit_test(a_part_may_end_before_its_limit),
		cmocka_unit_test(no_two_parts_write_to_one_place),
		cmocka_unit_test(nothing_is_larger_than_it_may_be),
		cmocka_unit_test(a_size_is_told_once),
		cmocka_unit_test(
			what_was_given_up_past_the_end_is_no_part_of_the_blob),
		cmocka_unit_test(what_lies_behind_the_end_is_forgotten),
		cmocka_unit_test(what_is_given_up_gives_back_its_space),
		cmocka_unit_test(bytes_are_counted_once),
		cmocka_unit_test(a_part_says_its_checksum),
		cmocka_unit_test(a_failing_backend_acknowledges_nothing),
		cmocka_unit_test(a_changed_byte_is_found),
		cmocka_unit_test(neither_extents_nor_records_grow_for_ever),
		cmocka_unit_test(joining_leaves_records_for_the_end),
		cmocka_unit_test(a_removal_keeps_nobody_from_another_one),
		cmocka_unit_test(parts_leave_the_reserve_free),
		cmocka_unit_test(
			who_holds_one_is_alone_until_its_sink_has_ended),
	};
	return cmocka_run_group_tests_name("stage_parts", tests, make_big,
					   free_big);
}
