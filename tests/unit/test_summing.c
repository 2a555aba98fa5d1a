/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums that are taken beside what sends their file: src/deliver/summing.h.
 */
#include "deliver/summing.h"
#include "unit.h"

#include <glib.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#define MIB (1024u * 1024)

static struct crew *new_crew(void)
{
	const struct crew_options options = {
		.kind = {"sums", THREAD_LONG},
		.places = 2,
		.waiting = 8,
		.own_waiting = 8,
		.wait_ms = 60000,
	};
	return crew_new(&options);
}

static int file_of(size_t size, uint32_t *crc)
{
	int fd = memfd_create("content", MFD_CLOEXEC);
	uint8_t *piece = g_malloc(MIB);
	*crc = 0;
	for (size_t at = 0; at < size; at += MIB) {
		size_t n = MIN(size - at, MIB);
		for (size_t i = 0; i < n; i++)
			piece[i] = (uint8_t)(at / MIB + i * 7 + i / 251);
		assert_int_equal(write(fd, piece, n), n);
		*crc = (uint32_t)crc32(*crc, piece, (uInt)n);
	}
	g_free(piece);
	return fd;
}

static void count(void *user)
{
	atomic_uint *told = user;
	atomic_fetch_add(told, 1);
}

/* As it is after it was LATER, each time having been told once. */
static enum summing_state wait_for(struct summing *summing, uint64_t sent,
				   atomic_uint *told, struct summed *out)
{
	enum summing_state state;
	for (unsigned before = atomic_load(told);
	     (state = summing_look(summing, sent, out)) == SUMMING_LATER;) {
		while (atomic_load(told) == before)
			g_usleep(100);
		assert_int_equal(atomic_load(told), ++before);
	}
	return state;
}

static void it_keeps_up_with_what_is_sent(void **state)
{
	(void)state;
	uint32_t crc;
	size_t size = 70u * MIB + 3;
	atomic_uint told = 0;
	struct summed summed;
	struct crew *crew = new_crew();
	int fd = file_of(size, &crc);
	const struct summing_for of = {.more = count, .user = &told};
	struct summing *summing = summing_begin(crew, fd, size, &of);
	close(fd);
	for (uint64_t sent = 0; sent < size; sent += MIN(size - sent, MIB)) {
		enum summing_state now =
			wait_for(summing, sent, &told, &summed);
		assert_true(now == SUMMING_ON || now == SUMMING_DONE);
		assert_true(summed.length <= sent + 16u * MIB);
		assert_true(summed.length + 32u * MIB >= sent);
	}
	assert_int_equal(wait_for(summing, size, &told, &summed), SUMMING_DONE);
	assert_int_equal(summed.length, size);
	assert_int_equal(summed.crc, crc);
	summing_leave(summing);
	crew_free(crew);
}

static void a_file_that_is_shorter_fails(void **state)
{
	(void)state;
	uint32_t crc;
	atomic_uint told = 0;
	struct summed summed;
	struct crew *crew = new_crew();
	int fd = file_of(3u * MIB, &crc);
	const struct summing_for of = {.more = count, .user = &told};
	struct summing *summing = summing_begin(crew, fd, 4u * MIB, &of);
	assert_int_equal(wait_for(summing, 4u * MIB, &told, &summed),
			 SUMMING_FAILED);
	assert_int_equal(summed.length, 3u * MIB);
	assert_int_equal(summed.crc, crc);
	summing_leave(summing);
	close(fd);
	crew_free(crew);
}

static void nobody_is_told_who_has_left(void **state)
{
	(void)state;
	uint32_t crc;
	struct summed summed;
	struct crew *crew = new_crew();
	int fd = file_of(9u * MIB, &crc);
	for (unsigned i = 0; i < 50; i++) {
		atomic_uint told = 0;
		const struct summing_for of = {.more = count, .user = &told};
		struct summing *summing =
			summing_begin(crew, fd, 9u * MIB, &of);
		(void)summing_look(summing, 9u * MIB, &summed);
		g_usleep(i * 50);
		summing_leave(summing);
		unsigned before = atomic_load(&told);
		g_usleep(200);
		assert_int_equal(atomic_load(&told), before);
	}
	close(fd);
	crew_free(crew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_keeps_up_with_what_is_sent),
		cmocka_unit_test(a_file_that_is_shorter_fails),
		cmocka_unit_test(nobody_is_told_who_has_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
