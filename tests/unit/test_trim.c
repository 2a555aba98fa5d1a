/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When memory is given back: after a load, once, and not in the middle of it.
 */
#include "server/trim.h"
#include "unit.h"

#define UNIT (INT64_C(128) * 1024)

/* Work between two looks, in units of 128 KiB, and at which looks memory goes
 * back: "." not, "!" it does. */
static const struct {
	int64_t work[12];
	const char *due;
} loads[] = {
	{{0, 0, 0}, "..."},
	{{7, 0, 7, 0}, "...."}, /* not much */
	{{8, 0, 0, 0}, ".!.."}, /* once */
	{{8, 1, 0}, ".!."},     /* a little goes on */
	{{8, 2, 2, 2}, "...."}, /* more than that does */
	{{100, 90, 80, 13, 12, 0}, "....!!"},
	{{100, 0, 100, 0}, ".!.!"}, /* again after each */
	{{100, 12, 12, 12, 1, 0}, ".!..!."},
	{{1000, 500, 1000, 500}, "...."}, /* no end */
};

static void it_is_due_when_a_load_is_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(loads); i++) {
		struct trim trim = {0};
		int64_t work = 0;
		for (size_t j = 0; loads[i].due[j]; j++) {
			work += loads[i].work[j] * UNIT;
			if (trim_is_due(&trim, work) !=
			    (loads[i].due[j] == '!'))
				fail_msg("load %zu, look %zu", i, j);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_due_when_a_load_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
