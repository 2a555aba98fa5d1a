/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of contents: src/deliver/sums.h.
 */
#include "deliver/sums.h"
#include "unit.h"

static int set_up(void **state)
{
	*state = sums_new();
	return 0;
}

static int tear_down(void **state)
{
	sums_free(*state);
	return 0;
}

static struct sums_of content(int64_t blob_id)
{
	return (struct sums_of){.store = 1, .blob_id = blob_id, .size = 9};
}

static void what_was_kept_is_found_by_all_that_it_is_of(void **state)
{
	struct sums_of of = content(7);
	uint32_t crc = 0;
	assert_false(sums_find(*state, &of, &crc));
	sums_keep(*state, &of, 0xfedcba98);
	struct sums_of others[4] = {of, of, of, of};
	others[0].store++;
	others[1].blob_id++;
	others[2].size++;
	others[3].checksum[CHECKSUM_BYTES - 1]++;
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(sums_find(*state, &others[i], &crc));
	assert_true(sums_find(*state, &of, &crc));
	assert_int_equal(crc, 0xfedcba98);
	sums_keep(*state, &of, 0);
	assert_true(sums_find(*state, &of, &crc));
	assert_int_equal(crc, 0);
}

static void what_is_asked_for_stays_beside_any_number_of_others(void **state)
{
	const struct sums_of asked = content(-1);
	uint32_t crc, kept = 0;
	sums_keep(*state, &asked, 5);
	for (int64_t i = 0; i < 4 * SUMS_KEPT; i++) {
		const struct sums_of of = content(i);
		sums_keep(*state, &of, (uint32_t)i);
		assert_true(sums_find(*state, &asked, &crc));
		assert_int_equal(crc, 5);
	}
	for (int64_t i = 0; i < 4 * SUMS_KEPT; i++) {
		const struct sums_of of = content(i);
		if (!sums_find(*state, &of, &crc))
			continue;
		assert_int_equal(crc, i);
		kept++;
	}
	assert_in_range(kept, SUMS_KEPT / 2, SUMS_KEPT);
}

int main(void)
{
#define SUMS(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SUMS(what_was_kept_is_found_by_all_that_it_is_of),
		SUMS(what_is_asked_for_stays_beside_any_number_of_others),
	};
	return cmocka_run_group_tests_name("sums", tests, NULL, NULL);
}
