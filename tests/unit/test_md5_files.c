/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 of runs of files, by many threads at once: each gets that of its own,
 * however long the others' are.
 */
#include "base/threads/thread.h"
#include "hashing/md5_files.h"
#include "unit.h"

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

#define MIB (1024u * 1024)
#define SIZE (20u * MIB) /* bytes: more than two turns */
#define THREADS 12
#define RUNS 40

static char *bytes;
static FILE *file;
static struct md5_files *files;
static struct blocks *blocks;
static gint wrong;

static bool is_sum(const uint8_t sum[MD5_BYTES], uint64_t from, uint64_t size)
{
	uint8_t expected[MD5_BYTES];
	struct md5 md5;
	md5_init(&md5);
	md5_update(&md5, (struct str){bytes + from, size});
	md5_final(&md5, expected);
	return memcmp(sum, expected, MD5_BYTES) == 0;
}

/* Some are in blocks, as far as there are some. */
static void add(struct md5_stream *stream, uint64_t at, size_t n, bool in_block,
		bool in_both)
{
	struct block *block = NULL;
	if (in_block || (in_both && n >= BLOCK_ALIGN && n % 2))
		block = blocks_take(blocks, stream);
	if (block)
		memcpy(block_bytes(block), bytes + at, n);
	md5_stream_add(stream, block, n);
	block_unref(block);
}

/* Of whose first bytes so many have come. */
static void assert_stream(struct md5_stream *stream, const struct fd_run *run,
			  uint64_t came)
{
	uint8_t out[MD5_BYTES];
	struct err err;
	if (came < run->size)
		md5_stream_add(stream, NULL, run->size - came);
	if (md5_stream_sum(stream, out, &err) != 0 ||
	    !is_sum(out, run->from, run->size))
		g_atomic_int_inc(&wrong);
}

static void assert_runs_once(const struct fd_run *run)
{
	uint8_t out[MD5_BYTES];
	struct err err;
	if (md5_files_sum(files, run, out, &err) != 0 ||
	    !is_sum(out, run->from, run->size))
		g_atomic_int_inc(&wrong);
}

static void *ask(void *user)
{
	GRand *random = g_rand_new_with_seed(GPOINTER_TO_UINT(user));
	for (unsigned i = 0; i < RUNS; i++) {
		unsigned bits = (unsigned)g_rand_int_range(random, 0, 21);
		struct fd_run run = {
			.fd = fileno(file),
			.from = (uint64_t)g_rand_int_range(random, 0, SIZE / 2),
			.size = (uint64_t)g_rand_int_range(random, 0,
							   1 << bits)};
		assert_runs_once(&run);
	}
	g_rand_free(random);
	return NULL;
}

/* Those that come bit by bit: some are given up, some are cut short. */
static void *let_come(void *user)
{
	GRand *random = g_rand_new_with_seed(GPOINTER_TO_UINT(user));
	for (unsigned i = 0; i < RUNS; i++) {
		uint64_t from = (uint64_t)g_rand_int_range(random, 0, SIZE / 2);
		uint64_t size = (uint64_t)g_rand_int_range(random, 0, 4 << 20);
		uint64_t come = 0, n;
		const struct fd_run run = {fileno(file), from, size};
		struct md5_stream *stream = md5_stream_new(files, &run);
		uint64_t most = i % 4 ? size : size / 2;
		for (; come < most; come += n) {
			n = (uint64_t)g_rand_int_range(random, 1, 1 << 19);
			n = MIN(n, most - come);
			add(stream, from + come, n, i % 3 == 0, i % 2);
			if (g_rand_int_range(random, 0, 4) == 0)
				g_thread_yield();
		}
		if (i % 4)
			assert_stream(stream, &run, size);
		md5_stream_free(stream);
	}
	g_rand_free(random);
	return NULL;
}

static void in_threads(GThreadFunc run)
{
	static const struct thread_kind kind = {"asks", THREAD_WORK};
	GThread *threads[THREADS];
	struct err err;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(thread_start(&threads[i], &kind, run,
					      GUINT_TO_POINTER(i + 1), &err),
				 0);
	for (size_t i = 0; i < THREADS; i++)
		g_thread_join(threads[i]);
	assert_int_equal(wrong, 0);
}

/* Some are longer than a turn. */
static void each_gets_the_sum_of_its_own(void **state)
{
	const struct fd_run whole = {fileno(file), 0, SIZE};
	(void)state;
	in_threads(ask);
	for (unsigned i = 0; i < 4; i++)
		assert_runs_once(&whole);
	assert_int_equal(wrong, 0);
}

static void each_gets_the_sum_of_what_has_come(void **state)
{
	(void)state;
	in_threads(let_come);
}

/* The file has less than what is said to have come. */
static void what_has_not_come_has_none(void **state)
{
	uint8_t out[MD5_BYTES];
	struct err err;
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const struct fd_run run = {fileno(file), SIZE - MIB, 5 * MIB};
		struct md5_stream *stream = md5_stream_new(files, &run);
		if (i)
			md5_stream_add(stream, NULL, 4 * MIB);
		md5_stream_add(stream, NULL, run.size - i * 4 * MIB);
		assert_int_equal(md5_stream_sum(stream, out, &err), -1);
		assert_int_equal(err.code, ERR_INTERNAL);
		md5_stream_free(stream);
	}
}

static void a_file_may_be_closed_meanwhile(void **state)
{
	const struct fd_run run = {dup(fileno(file)), 5, 7 * MIB};
	const struct fd_run none = {-1, 0, 1};
	(void)state;
	struct md5_stream *stream = md5_stream_new(files, &run);
	md5_stream_add(stream, NULL, 3 * MIB);
	close(run.fd);
	md5_stream_add(stream, NULL, 3 * MIB);
	assert_stream(stream, &run, 6 * MIB);
	md5_stream_free(stream);
	assert_int_equal(wrong, 0);
	assert_null(md5_stream_new(files, &none));
}

static void what_cannot_be_read_has_none(void **state)
{
	uint8_t out[MD5_BYTES];
	struct err err;
	const struct fd_run rows[] = {
		{fileno(file), SIZE - 100, 101}, /* it ends before */
		{fileno(file), SIZE, 1u << 20},
		{-1, 0, 1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(md5_files_sum(files, &rows[i], out, &err), -1);
		assert_int_equal(err.code, ERR_INTERNAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gets_the_sum_of_its_own),
		cmocka_unit_test(each_gets_the_sum_of_what_has_come),
		cmocka_unit_test(what_has_not_come_has_none),
		cmocka_unit_test(a_file_may_be_closed_meanwhile),
		cmocka_unit_test(what_cannot_be_read_has_none),
	};
	bytes = g_malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	file = tmpfile();
	blocks = blocks_new(8, 8);
	struct err err;
	if (file == NULL || md5_files_new(&files, &err) < 0 ||
	    pwrite(fileno(file), bytes, SIZE, 0) != SIZE)
		return 1;
	int result = cmocka_run_group_tests(tests, NULL, NULL);
	md5_files_free(files);
	blocks_free(blocks);
	fclose(file);
	g_free(bytes);
	return result;
}
