/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write-behind: whatever pieces bytes come in, each is written once and to its
 * place, whoever looks on is told of all of them in their order, and what
 * cannot be written is told of.
 */
#include "store/behind.h"
#include "base/threads/thread.h"
#include "unit.h"

#include <glib.h>

#define MIB ((size_t)1024 * 1024)
#define SIZE (12 * MIB)
#define OFFSET 5000u /* of runs: no whole pages */
#define RUNS 24      /* more than there are blocks for */

/* A file in memory. */
struct sheet {
	GMutex mutex; /* of what follows */
	uint8_t *bytes, *times;
	size_t odd;     /* direct pieces that are not whole pages */
	size_t largest; /* that is taken at a time; 0: all */
	uint64_t full;  /* from there on it cannot be written; 0: no end */
	size_t direct;
	uint64_t from, to; /* space that is reserved */
	unsigned reserved; /* times */
	bool is_held;
	GCond changed;
};

/* What somebody is told of. */
struct seen {
	uint8_t *bytes; /* of blocks; where they are in the file, zeros */
	uint8_t *in_file;
	uint64_t n;
};

static uint8_t *bytes;
static struct behind *behind;

static bool is_whole(const struct store_piece *piece)
{
	return (uintptr_t)piece->p % BLOCK_ALIGN == 0 &&
	       piece->offset % BLOCK_ALIGN == 0;
}

static ssize_t write_sheet(void *user, const struct store_piece *piece,
			   struct err *err)
{
	struct sheet *sheet = user;
	size_t n = piece->n;
	ssize_t result = -1;
	g_mutex_lock(&sheet->mutex);
	while (sheet->is_held && piece->is_direct)
		g_cond_wait(&sheet->changed, &sheet->mutex);
	if (sheet->largest)
		n = MIN(n, sheet->largest);
	if (sheet->full && piece->offset + n > sheet->full) {
		err_set(err, ERR_NO_SPACE, "There is no room");
	} else {
		sheet->odd += piece->is_direct && !is_whole(piece);
		sheet->direct += piece->is_direct;
		memcpy(sheet->bytes + piece->offset, piece->p, n);
		for (size_t i = 0; i < n; i++)
			sheet->times[piece->offset + i]++;
		result = (ssize_t)n;
	}
	g_mutex_unlock(&sheet->mutex);
	return result;
}

static void reserve_sheet(void *user, uint64_t offset, uint64_t size)
{
	struct sheet *sheet = user;
	g_mutex_lock(&sheet->mutex);
	sheet->from = sheet->reserved++ ? MIN(sheet->from, offset) : offset;
	sheet->to = MAX(sheet->to, offset + size);
	g_mutex_unlock(&sheet->mutex);
}

static void open_sheet(struct sheet *sheet)
{
	*sheet = (struct sheet){.bytes = g_malloc0(OFFSET + SIZE),
				.times = g_malloc0(OFFSET + SIZE)};
	g_mutex_init(&sheet->mutex);
	g_cond_init(&sheet->changed);
}

static void close_sheet(struct sheet *sheet)
{
	g_free(sheet->bytes);
	g_free(sheet->times);
	g_mutex_clear(&sheet->mutex);
	g_cond_clear(&sheet->changed);
}

static void let_go(struct sheet *sheet)
{
	g_mutex_lock(&sheet->mutex);
	sheet->is_held = false;
	g_cond_broadcast(&sheet->changed);
	g_mutex_unlock(&sheet->mutex);
}

static struct behind_run *begin(struct sheet *sheet, uint64_t offset)
{
	const struct behind_file file = {.write = write_sheet,
					 .reserve = reserve_sheet,
					 .user = sheet,
					 .owner = 1 + (int64_t)offset % 3,
					 .offset = offset};
	return behind_run_new(behind, &file);
}

static void see(void *user, struct block *block, size_t n)
{
	struct seen *seen = user;
	if (block)
		memcpy(seen->bytes + seen->n, block_bytes(block), n);
	else
		memset(seen->in_file + seen->n, 1, n);
	seen->n += n;
}

/* From where they are, or, as whoever reads a socket does, from the room. */
static int put(struct behind_run *run, uint64_t at, size_t n, bool by_room,
	       struct err *err)
{
	size_t room_n;
	char *room = by_room ? behind_run_room(run, &room_n) : NULL;
	if (room == NULL)
		return behind_run_put(run, bytes + at, n, err);
	size_t some = MIN(n, room_n);
	memcpy(room, bytes + at, some);
	if (behind_run_put(run, room, some, err))
		return -1;
	return behind_run_put(run, bytes + at + some, n - some, err);
}

static int put_all(struct behind_run *run, GRand *random, struct err *err)
{
	for (size_t at = 0; at < SIZE;) {
		int bits = g_rand_int_range(random, 0, 21);
		size_t n = (size_t)g_rand_int_range(random, 1, (1 << bits) + 1);
		n = MIN(n, SIZE - at);
		if (put(run, at, n, n % 2, err))
			return -1;
		at += n;
	}
	return behind_run_settle(run, err);
}

static bool is_there(const struct sheet *sheet)
{
	bool once = true;
	for (size_t i = 0; i < SIZE; i++)
		once &= sheet->times[OFFSET + i] == 1;
	return once && sheet->odd == 0 && sheet->reserved <= 2 &&
	       memcmp(sheet->bytes + OFFSET, bytes, SIZE) == 0;
}

static bool was_seen(const struct seen *seen)
{
	bool all = seen->n == SIZE;
	for (size_t i = 0; all && i < SIZE; i++)
		all = seen->in_file[i] || seen->bytes[i] == bytes[i];
	return all;
}

/* All that one connection does. NULL: as it is to be. */
static void *put_one(void *user)
{
	unsigned seed = GPOINTER_TO_UINT(user);
	GRand *random = g_rand_new_with_seed(seed);
	struct sheet sheet;
	struct err err;
	struct seen seen = {g_malloc0(SIZE), g_malloc0(SIZE), 0};
	const struct block_watch watch = {see, &seen};
	open_sheet(&sheet);
	sheet.largest = seed % 3 ? 0 : 100000;
	struct behind_run *run = begin(&sheet, OFFSET);
	behind_run_watch(run, &watch);
	bool good = put_all(run, random, &err) == 0 && is_there(&sheet) &&
		    was_seen(&seen);
	behind_run_free(run);
	close_sheet(&sheet);
	g_free(seen.bytes);
	g_free(seen.in_file);
	g_rand_free(random);
	return GINT_TO_POINTER(!good);
}

/* Some get no blocks. */
static void all_that_is_put_is_written_once(void **state)
{
	static const struct thread_kind kind = {"puts", THREAD_WORK};
	GThread *threads[RUNS];
	struct err err;
	(void)state;
	for (size_t i = 0; i < RUNS; i++)
		assert_int_equal(thread_start(&threads[i], &kind, put_one,
					      GUINT_TO_POINTER(i + 1), &err),
				 0);
	for (size_t i = 0; i < RUNS; i++)
		assert_null(g_thread_join(threads[i]));
}

static void large_pieces_go_past_the_page_cache(void **state)
{
	struct sheet sheet;
	struct err err;
	(void)state;
	open_sheet(&sheet);
	struct behind_run *run = begin(&sheet, 0);
	for (size_t at = 0; at < 4 * MIB; at += MIB / 4)
		assert_int_equal(put(run, at, MIB / 4, true, &err), 0);
	assert_int_equal(behind_run_settle(run, &err), 0);
	assert_int_equal(sheet.direct, 4);
	behind_run_free(run);
	close_sheet(&sheet);
}

static uint64_t end_of_space(struct sheet *sheet)
{
	g_mutex_lock(&sheet->mutex);
	uint64_t to = sheet->to;
	g_mutex_unlock(&sheet->mutex);
	return to;
}

/* Nobody knows whether what is announced will come. */
static void space_is_reserved_a_little_ahead(void **state)
{
	struct sheet sheet;
	struct err err;
	(void)state;
	open_sheet(&sheet);
	struct behind_run *run = begin(&sheet, 0);
	for (size_t at = 0; at < SIZE; at += MIB) {
		assert_int_equal(put(run, at, MIB, true, &err), 0);
		assert_true(end_of_space(&sheet) <= at + 9 * MIB);
	}
	assert_int_equal(behind_run_settle(run, &err), 0);
	assert_int_equal(sheet.from, 0);
	assert_in_range(sheet.reserved, 1, 2);
	behind_run_free(run);
	close_sheet(&sheet);
}

/* Whoever sends little at a time holds no block. */
static void small_pieces_are_written_at_once(void **state)
{
	struct sheet sheet;
	struct err err;
	size_t n;
	(void)state;
	open_sheet(&sheet);
	struct behind_run *run = begin(&sheet, 0);
	for (size_t at = 0; at < MIB; at += 1448) {
		assert_null(behind_run_room(run, &n));
		assert_int_equal(behind_run_put(run, bytes + at, 1448, &err),
				 0);
		assert_int_equal(sheet.times[at + 1447], 1);
	}
	assert_int_equal(sheet.direct, 0);
	assert_int_equal(behind_run_settle(run, &err), 0);
	behind_run_free(run);
	close_sheet(&sheet);
}

/* At once, or when the rest is put, or, at the latest, at the end. */
static void what_cannot_be_written_is_told(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		GRand *random = g_rand_new_with_seed(i);
		struct sheet sheet;
		struct err err = {.code = ERR_NONE};
		open_sheet(&sheet);
		sheet.full = OFFSET + SIZE - (i + 1) * 300000;
		struct behind_run *run = begin(&sheet, OFFSET);
		assert_int_equal(put_all(run, random, &err), -1);
		assert_int_equal(err.code, ERR_NO_SPACE);
		if (i % 2) /* and again */
			assert_int_equal(behind_run_settle(run, &err), -1);
		behind_run_free(run);
		close_sheet(&sheet);
		g_rand_free(random);
	}
}

static void *free_run(void *run)
{
	behind_run_free(run);
	return NULL;
}

/* Nothing of a run is written after it was freed. */
static void what_waits_is_dropped(void **state)
{
	struct sheet sheet;
	struct err err;
	(void)state;
	open_sheet(&sheet);
	sheet.is_held = true;
	struct behind_run *run = begin(&sheet, 0);
	for (size_t at = 0; at < 4 * MIB; at += MIB)
		assert_int_equal(put(run, at, MIB, false, &err), 0);
	GThread *thread = g_thread_new("frees", free_run, run);
	g_usleep(1000); /* it waits, or will */
	let_go(&sheet);
	g_thread_join(thread);
	size_t direct = sheet.direct;
	assert_in_range(direct, 0, 4);
	struct behind_run *other = begin(&sheet, 0);
	assert_int_equal(put(other, 0, MIB, false, &err), 0);
	assert_int_equal(behind_run_settle(other, &err), 0);
	assert_int_equal(sheet.direct, direct + 1);
	behind_run_free(other);
	close_sheet(&sheet);
}

/* However long others hold them. */
static void no_run_has_all_blocks(void **state)
{
	const char one = 0, other = 0;
	struct block *held[4];
	(void)state;
	struct blocks *blocks = blocks_new(4, 2);
	for (unsigned i = 0; i < 4; i++) {
		held[i] = blocks_take(blocks, i < 2 ? &one : &other);
		assert_non_null(held[i]);
		if (i)
			assert_null(blocks_take(blocks, &one));
	}
	block_unref(block_ref(held[0]));
	assert_null(blocks_take(blocks, &one));
	block_unref(held[0]);
	held[0] = blocks_take(blocks, &one);
	assert_non_null(held[0]);
	for (unsigned i = 0; i < 4; i++)
		block_unref(held[i]);
	blocks_free(blocks);
}

static int set_up(void **state)
{
	GRand *random = g_rand_new_with_seed(1);
	(void)state;
	bytes = g_malloc(SIZE);
	for (size_t i = 0; i < SIZE; i += 4) {
		guint32 word = g_rand_int(random);
		memcpy(bytes + i, &word, sizeof(word));
	}
	g_rand_free(random);
	behind = behind_new();
	return 0;
}

/* All blocks have come back. */
static int tear_down(void **state)
{
	(void)state;
	behind_free(behind);
	g_free(bytes);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_put_is_written_once),
		cmocka_unit_test(large_pieces_go_past_the_page_cache),
		cmocka_unit_test(space_is_reserved_a_little_ahead),
		cmocka_unit_test(small_pieces_are_written_at_once),
		cmocka_unit_test(what_cannot_be_written_is_told),
		cmocka_unit_test(what_waits_is_dropped),
		cmocka_unit_test(no_run_has_all_blocks),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
