/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 of runs of files, by many threads at once: each gets that of its own,
 * however long the others' are.
 */
#include "base/thread.h"
#include "hashing/md5_files.h"
#include "unit.h"

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

#define SIZE (20u * 1024 * 1024) /* bytes: more than two turns */
#define THREADS 12
#define RUNS 40

static char *bytes;
static FILE *file;
static struct md5_files *files;
static gint wrong;

static void assert_runs_once(const struct fd_run *run)
{
	uint8_t out[MD5_BYTES], expected[MD5_BYTES];
	struct err err;
	struct md5 md5;
	md5_init(&md5);
	md5_update(&md5, (struct str){bytes + run->from, run->size});
	md5_final(&md5, expected);
	if (md5_files_sum(files, run, out, &err) != 0 ||
	    memcmp(out, expected, MD5_BYTES) != 0)
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

static void each_gets_the_sum_of_its_own(void **state)
{
	GThread *threads[THREADS];
	struct err err;
	const struct fd_run whole = {fileno(file), 0, SIZE};
	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(thread_start(&threads[i], "asks", ask,
					      GUINT_TO_POINTER(i + 1), &err),
				 0);
	/* it has to let others go before */
	for (unsigned i = 0; i < 4; i++)
		assert_runs_once(&whole);
	for (size_t i = 0; i < THREADS; i++)
		g_thread_join(threads[i]);
	assert_int_equal(wrong, 0);
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
		cmocka_unit_test(what_cannot_be_read_has_none),
	};
	bytes = g_malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	file = tmpfile();
	files = md5_files_new();
	if (file == NULL || pwrite(fileno(file), bytes, SIZE, 0) != SIZE)
		return 1;
	int result = cmocka_run_group_tests(tests, NULL, NULL);
	md5_files_free(files);
	fclose(file);
	g_free(bytes);
	return result;
}
