/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where parts of Filestack's uploads go, and that they come out as the file,
 * whatever was guessed of them.
 */
#include "api/filestack/multipart/assemble.h"
#include "unit.h"

#include <glib.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* A staged blob: runs of bytes, in order, apart. */
struct span {
	uint64_t offset;
	GBytes *bytes;
};

static void span_free(void *span)
{
	g_bytes_unref(((struct span *)span)->bytes);
	g_free(span);
}

static int by_offset(const void *a, const void *b)
{
	const struct span *x = *(struct span *const *)a;
	const struct span *y = *(struct span *const *)b;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static void stage_add(GPtrArray *stage, uint64_t offset, GBytes *bytes)
{
	struct span *span = g_new(struct span, 1);
	*span = (struct span){offset, bytes};
	g_ptr_array_add(stage, span);
}

static void stage_write(GPtrArray *stage, uint64_t offset, const uint8_t *p,
			size_t n)
{
	uint64_t end = offset + n;
	for (guint i = stage->len; i-- > 0;) {
		struct span *old = g_ptr_array_index(stage, i);
		size_t size = g_bytes_get_size(old->bytes);
		uint64_t old_end = old->offset + size;
		if (old->offset >= end || old_end <= offset)
			continue;
		if (old->offset < offset)
			stage_add(stage, old->offset,
				  g_bytes_new_from_bytes(old->bytes, 0,
							 offset - old->offset));
		if (old_end > end)
			stage_add(stage, end,
				  g_bytes_new_from_bytes(old->bytes,
							 end - old->offset,
							 old_end - end));
		g_ptr_array_remove_index_fast(stage, i);
	}
	stage_add(stage, offset, g_bytes_new(p, n));
	g_ptr_array_sort(stage, by_offset);
}

static void stage_read(GPtrArray *stage, uint64_t from, uint8_t *out, size_t n)
{
	for (guint i = 0; i < stage->len; i++) {
		const struct span *span = g_ptr_array_index(stage, i);
		size_t size;
		const uint8_t *p = g_bytes_get_data(span->bytes, &size);
		if (from < span->offset || from >= span->offset + size)
			continue;
		size_t skip = (size_t)(from - span->offset);
		size_t some = MIN(n, size - skip);
		memcpy(out, p + skip, some);
		from += some;
		out += some;
		n -= some;
		if (n == 0)
			return;
	}
	assert_int_equal(n, 0);
}

/* An upload under way. */
struct world {
	struct arena arena;
	GPtrArray *stage;
	struct layout layout;
	bool in_chunks;
	uint8_t *file;
};

static void world_init(struct world *world, uint64_t size, bool in_chunks)
{
	*world = (struct world){.layout.size = size, .in_chunks = in_chunks};
	arena_init(&world->arena);
	world->stage = g_ptr_array_new_with_free_func(span_free);
	world->file = g_malloc(size);
	for (uint64_t i = 0; i < size; i++)
		world->file[i] = (uint8_t)g_random_int();
}

static void world_release(struct world *world)
{
	arena_release(&world->arena);
	g_ptr_array_free(world->stage, TRUE);
	g_free(world->file);
}

static void announce(struct world *world, const struct layout_run *run)
{
	assert_int_equal(layout_check(world->layout.size, run, NULL), 0);
	if (world->layout.part == 0)
		world->layout.part =
			layout_guess(world->layout.size, run, world->in_chunks);
}

static void put(struct world *world, const struct layout_run *run,
		const uint8_t *bytes)
{
	uint64_t place;
	assert_int_equal(layout_place(&world->layout, run, &place, NULL), 0);
	stage_write(world->stage, place, bytes, run->size);
}

static struct parts_come come(struct world *world)
{
	GPtrArray *stage = world->stage;
	struct store_extent *extents = arena_zalloc(
		&world->arena, (stage->len + 1) * sizeof(*extents));
	for (guint i = 0; i < stage->len; i++) {
		const struct span *span = g_ptr_array_index(stage, i);
		size_t n;
		const void *p = g_bytes_get_data(span->bytes, &n);
		extents[i].offset = span->offset;
		extents[i].size = n;
		checksum_of(p, n, extents[i].checksum);
	}
	return (struct parts_come){
		.arena = &world->arena,
		.layout = world->layout,
		.extents = extents,
		.n_extents = stage->len,
	};
}

static void assert_file(struct world *world, const struct assembly *assembly)
{
	uint8_t *got = g_malloc(world->layout.size);
	uint64_t at = 0;
	for (size_t i = 0; i < assembly->n; i++) {
		const struct assembly_piece *piece = &assembly->pieces[i];
		assert_int_equal(piece->to, at);
		stage_read(world->stage, piece->from, got + at, piece->size);
		at += piece->size;
		if (assembly->how == ASSEMBLED)
			assert_int_equal(piece->from, piece->to);
	}
	assert_int_equal(at, world->layout.size);
	assert_memory_equal(got, world->file, at);
	g_free(got);
}

static void shuffle(unsigned *order, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		order[i] = i;
	for (unsigned i = n; i > 1; i--) {
		unsigned j = (unsigned)g_random_int_range(0, (int)i);
		unsigned other = order[i - 1];
		order[i - 1] = order[j];
		order[j] = other;
	}
}

/* What a client sends: equal parts, as most do, or any. */
static GArray *cut_file(uint64_t size, bool equal)
{
	GArray *cuts = g_array_new(FALSE, FALSE, sizeof(struct layout_run));
	uint64_t part = (uint64_t)g_random_int_range(1, (int)size + 1);
	for (uint64_t at = 0; at < size;) {
		if (!equal)
			part = (uint64_t)g_random_int_range(1, (int)size + 1);
		struct layout_run run = {cuts->len + 1, at,
					 MIN(part, size - at)};
		g_array_append_val(cuts, run);
		at += run.size;
	}
	return cuts;
}

static struct part_named name_part(unsigned number, const uint8_t *p, size_t n)
{
	struct part_named named = {.number = number, .has_checksum = true};
	checksum_of(p, n, named.checksum);
	return named;
}

/* Announced in one order and sent in another, some of them twice. */
static void send_whole(struct world *world, const GArray *cuts)
{
	const struct layout_run *cut = (const void *)cuts->data;
	unsigned n = cuts->len, announced[2000], sent[2000];
	uint8_t junk[1000];
	shuffle(announced, n);
	shuffle(sent, n);
	memset(junk, 0, sizeof(junk));
	for (unsigned i = 0; i < n; i++) {
		const struct layout_run *of = &cut[announced[i]];
		struct layout_run run = {of->number, 0, of->size};
		announce(world, &run);
		if (g_random_int_range(0, 3) == 0)
			put(world, &run, junk);
	}
	for (unsigned i = 0; i < n; i++) {
		const struct layout_run *of = &cut[sent[i]];
		struct layout_run run = {of->number, 0, of->size};
		put(world, &run, world->file + of->offset);
	}
}

static void try_whole(bool equal, bool in_chunks)
{
	uint64_t size = (uint64_t)g_random_int_range(1, 1000);
	struct world world;
	struct assembly assembly;
	world_init(&world, size, in_chunks);
	GArray *cuts = cut_file(size, equal);
	send_whole(&world, cuts);
	const struct parts_come parts = come(&world);
	struct part_named *named =
		arena_zalloc(&world.arena, cuts->len * sizeof(*named));
	for (unsigned i = 0; i < cuts->len; i++) {
		const struct layout_run *of =
			&g_array_index(cuts, struct layout_run, i);
		named[cuts->len - 1 - i] =
			name_part(i + 1, world.file + of->offset, of->size);
	}
	struct parts_wanted wanted = {named, cuts->len, in_chunks};
	assert_int_equal(assemble(&parts, &wanted, &assembly, NULL), 0);
	assert_file(&world, &assembly);
	g_array_free(cuts, TRUE);
	world_release(&world);
}

static void test_whole_parts_come_out_right_in_any_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1500; i++) {
		try_whole(true, false);
		try_whole(false, false);
		try_whole(true, true);
	}
}

/* The chunks of a part, in any order and size, and some again. */
static void send_chunks(struct world *world, const struct layout_run *part)
{
	uint64_t left = part->size;
	struct layout_run chunks[64];
	unsigned n = 0, order[64];
	for (uint64_t at = 0; left; n++) {
		uint64_t some = (uint64_t)g_random_int_range(1, (int)left + 1);
		if (n == COUNT(chunks) - 1)
			some = left;
		chunks[n] = (struct layout_run){part->number, at, some};
		at += some;
		left -= some;
	}
	shuffle(order, n);
	for (unsigned i = 0; i < 2 * n; i++) {
		struct layout_run run = chunks[order[i % n]];
		uint64_t more = part->size - run.offset - run.size;
		if (i >= n && g_random_int_range(0, 3))
			continue;
		run.size += (uint64_t)g_random_int_range(0, (int)more + 1);
		announce(world, &run);
		put(world, &run, world->file + part->offset + run.offset);
	}
}

static void test_chunks_come_out_right_in_any_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		uint64_t size = (uint64_t)g_random_int_range(1, 1000);
		struct world world;
		struct assembly assembly;
		unsigned order[2000];
		world_init(&world, size, true);
		/* now and then as if the vendor's parts were that short */
		GArray *cuts = cut_file(size, i % 2);
		if (i % 4 == 1)
			world.layout.part =
				(uint64_t)g_random_int_range(1, 1000);
		shuffle(order, cuts->len);
		for (unsigned j = 0; j < cuts->len; j++)
			send_chunks(&world,
				    &g_array_index(cuts, struct layout_run,
						   order[j]));
		const struct parts_come parts = come(&world);
		const struct parts_wanted wanted = {.others = true};
		for (unsigned j = 1; j <= cuts->len; j++)
			assert_int_equal(
				assemble_part(&parts, j, &assembly, NULL), 0);
		assert_int_equal(assemble(&parts, &wanted, &assembly, NULL), 0);
		assert_file(&world, &assembly);
		g_array_free(cuts, TRUE);
		world_release(&world);
	}
}

/* Part sizes that clients have, and the part that is announced first. */
static void test_lengths_of_parts_are_known_from_the_first(void **state)
{
	static const struct {
		uint64_t size, number, offset, run;
		bool in_chunks;
		uint64_t part;
	} rows[] = {
		/* the first says it */
		{20 * MIB, 1, 0, 6 * MIB, false, 6 * MIB},
		{3, 1, 0, 3, false, 3},
		{250, 1, 0, 100, false, 100},
		/* a later one, if it can be no last one */
		{1024 * MIB, 4, 0, 8 * MIB, false, 8 * MIB},
		{251, 3, 0, 80, false, 80},
		/* half and half is both */
		{200, 2, 0, 100, false, 100},
		/* each is possible, or neither */
		{20 * MIB, 2, 0, 8 * MIB, false, 0},
		{20 * MIB, 4, 0, 2 * MIB, false, 0},
		{6 * MIB + 1, 2, 0, 1, false, 0},
		{250, 2, 0, 100, false, 0},
		{250, 3, 0, 50, false, 0},
		{250, 2, 0, 240, false, 0},
		/* chunks */
		{20 * MIB, 1, 0, 512 * KIB, true, 8 * MIB},
		{20 * MIB, 3, 2 * MIB, 32 * KIB, true, 8 * MIB},
		{20 * MIB, 3, 0, 4 * MIB, true, 8 * MIB},
		{80 * GIB, 7, 0, 8 * MIB, true, 8589935},
		{20 * MIB, 1, 0, 10 * MIB, true, 10 * MIB},
		{20 * MIB, 3, 4 * MIB, 1, true, 0},
		{300, 2, 0, 30, true, 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct layout_run run = {rows[i].number, rows[i].offset,
					 rows[i].run};
		uint64_t part =
			layout_guess(rows[i].size, &run, rows[i].in_chunks);
		if (part != rows[i].part)
			fail_msg("row %zu: %llu", i, (unsigned long long)part);
	}
}

/* Of every client: whichever part is announced first, all that follow go to
 * their places, and what does not is that one alone. */
static void test_parts_of_all_clients_go_to_their_places(void **state)
{
	static const uint64_t parts[] = {5 * MIB, 6 * MIB, 8 * MIB, 20 * MIB,
					 5 * MIB + 12345};
	static const uint64_t sizes[] = {
		6 * MIB,    6 * MIB + 1,        20 * MIB,      100 * MIB - 1,
		1024 * MIB, 1024 * MIB + 12345, 20 * GIB + 77, 58 * GIB};
	(void)state;
	for (size_t i = 0; i < COUNT(parts) * COUNT(sizes); i++) {
		uint64_t part = parts[i % COUNT(parts)];
		uint64_t size = sizes[i / COUNT(parts)];
		uint64_t n = (size + part - 1) / part;
		for (uint64_t first = 1; first <= n && n <= 10000; first++) {
			struct layout layout = {size, 0};
			uint64_t at = (first - 1) * part, place;
			struct layout_run run = {first, 0,
						 MIN(part, size - at)};
			layout.part = layout_guess(size, &run, false);
			if (layout.part && layout.part != part && n > 1)
				fail_msg("%llu in %llu, by part %llu: %llu",
					 (unsigned long long)size,
					 (unsigned long long)part,
					 (unsigned long long)first,
					 (unsigned long long)layout.part);
			assert_int_equal(
				layout_place(&layout, &run, &place, NULL), 0);
			if (layout.part)
				assert_int_equal(place, at);
			else
				assert_true(layout_is_aside(&layout, place));
		}
	}
}

static void test_no_part_lies_over_another(void **state)
{
	static const uint64_t sizes[] = {1,       250,      GIB,
					 2 * GIB, 20 * GIB, 1024 * GIB};
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct layout layout = {sizes[i], 0};
		uint64_t end = sizes[i];
		for (uint64_t number = 1; number <= LAYOUT_PARTS_MAX;
		     number++) {
			uint64_t most = sizes[i] / MAX(number - 1, 1), place;
			struct layout_run run = {number, 0, MAX(most, 1)}, back;
			if (run.size > sizes[i])
				break;
			assert_int_equal(
				layout_place(&layout, &run, &place, NULL), 0);
			assert_true(place >= end);
			end = place + run.size;
			assert_true(end <= UINT64_C(1) << 44);
			assert_true(layout_part_at(&layout, place, &back));
			assert_int_equal(back.number, number);
			assert_int_equal(back.offset, 0);
			assert_true(layout_part_at(&layout, end - 1, &back));
			assert_int_equal(back.number, number);
			assert_int_equal(back.offset, run.size - 1);
		}
	}
}

static void test_runs_that_no_file_has_are_refused(void **state)
{
	static const struct layout_run rows[] = {
		{0, 0, 1},   {10001, 0, 1},      {UINT64_MAX, 0, 1},
		{1, 0, 0},   {1, 0, 101},        {1, 101, 1},
		{1, 100, 1}, {1, UINT64_MAX, 2}, {1, 50, UINT64_MAX - 10},
	};
	struct err err;
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(layout_check(100, &rows[i], &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
}

/* Of a file whose addresses aside do not suffice for any part. */
static void test_a_large_file_has_equal_parts(void **state)
{
	struct layout layout = {20 * GIB, 0};
	struct layout_run run = {3, 0, 15 * GIB};
	uint64_t place;
	struct err err;
	(void)state;
	assert_int_equal(layout_place(&layout, &run, &place, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	layout = (struct layout){8192 * GIB, 0};
	run = (struct layout_run){9000, 0, 8 * MIB};
	assert_int_equal(layout_place(&layout, &run, &place, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

static void refuse(struct world *world, const struct parts_wanted *wanted,
		   const char *why)
{
	struct assembly assembly;
	struct err err;
	const struct parts_come parts = come(world);
	assert_int_equal(assemble(&parts, wanted, &assembly, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.text, why));
}

static void test_what_is_not_whole_is_no_file(void **state)
{
	struct world world;
	struct assembly assembly;
	struct layout_run runs[] = {{1, 0, 100}, {2, 0, 100}, {3, 0, 50}};
	(void)state;
	world_init(&world, 250, false);
	const uint8_t *file = world.file;
	struct part_named named[] = {
		name_part(1, file, 100), name_part(2, file + 100, 100),
		name_part(3, file + 200, 50), name_part(3, file + 200, 50)};
	for (size_t i = 0; i < 2; i++) {
		announce(&world, &runs[i]);
		put(&world, &runs[i], file + i * 100);
	}
	refuse(&world, &(struct parts_wanted){named, 2, false}, "200 bytes");
	refuse(&world, &(struct parts_wanted){named, 3, false}, "part 3");
	refuse(&world, &(struct parts_wanted){.others = true}, "200 bytes");
	put(&world, &runs[2], file + 200);
	refuse(&world, &(struct parts_wanted){named, 2, false}, "200 bytes");
	refuse(&world, &(struct parts_wanted){named, 4, false}, "twice part 3");
	refuse(&world, &(struct parts_wanted){named, 0, false}, "0 bytes");
	named[1].checksum[0] ^= 1;
	refuse(&world, &(struct parts_wanted){named, 3, false},
	       "the etag is not that of part 2");
	named[1].has_checksum = false;
	const struct parts_come parts = come(&world);
	assert_int_equal(assemble(&parts,
				  &(struct parts_wanted){named, 3, false},
				  &assembly, NULL),
			 0);
	assert_int_equal(assembly.how, ASSEMBLED);
	named[1].number = 0;
	refuse(&world, &(struct parts_wanted){named, 3, false}, "no part 0");
	named[1].number = 1000000000;
	refuse(&world, &(struct parts_wanted){named, 3, false},
	       "no part 1000000000");
	world_release(&world);
}

static void test_a_part_with_a_gap_is_not_whole(void **state)
{
	struct world world;
	struct assembly assembly;
	struct layout_run runs[] = {{1, 0, 30}, {1, 60, 40}, {1, 30, 30}};
	struct err err;
	(void)state;
	world_init(&world, 250, true);
	for (size_t i = 0; i < COUNT(runs); i++) {
		struct parts_come parts = come(&world);
		assert_int_equal(assemble_part(&parts, 1, &assembly, &err),
				 i == 1 ? 0 : -1);
		announce(&world, &runs[i]);
		put(&world, &runs[i], world.file + runs[i].offset);
	}
	struct parts_come parts = come(&world);
	assert_int_equal(assemble_part(&parts, 1, &assembly, &err), 0);
	assert_int_equal(assemble_part(&parts, 2, &assembly, &err), -1);
	world_release(&world);
}

/* One that came before anybody knew where it goes costs itself, not all. */
static void test_only_what_is_aside_is_moved(void **state)
{
	struct world world;
	struct assembly assembly;
	struct layout_run runs[] = {{2, 0, 100}, {1, 0, 100}, {3, 0, 50}};
	(void)state;
	world_init(&world, 250, false);
	struct part_named named[3];
	for (size_t i = 0; i < COUNT(runs); i++) {
		const uint8_t *p = world.file + (runs[i].number - 1) * 100;
		announce(&world, &runs[i]);
		put(&world, &runs[i], p);
		named[i] = name_part((unsigned)runs[i].number, p, runs[i].size);
	}
	const struct parts_come parts = come(&world);
	assert_int_equal(assemble(&parts,
				  &(struct parts_wanted){named, 3, false},
				  &assembly, NULL),
			 0);
	assert_int_equal(assembly.how, ASSEMBLY_MOVE);
	assert_int_equal(assembly.n, 3);
	assert_file(&world, &assembly);
	world_release(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_parts_come_out_right_in_any_order),
		cmocka_unit_test(test_chunks_come_out_right_in_any_order),
		cmocka_unit_test(
			test_lengths_of_parts_are_known_from_the_first),
		cmocka_unit_test(test_parts_of_all_clients_go_to_their_places),
		cmocka_unit_test(test_no_part_lies_over_another),
		cmocka_unit_test(test_runs_that_no_file_has_are_refused),
		cmocka_unit_test(test_a_large_file_has_equal_parts),
		cmocka_unit_test(test_what_is_not_whole_is_no_file),
		cmocka_unit_test(test_a_part_with_a_gap_is_not_whole),
		cmocka_unit_test(test_only_what_is_aside_is_moved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
