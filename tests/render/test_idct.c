/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inverse cosine transforms against their definition, in floating point.
 */
#include "unit.h"

#include "pixels/idct.h"

#include <glib.h>
#include <math.h>

/* A sample at the middle of (x, y) of a block of n x n. */
static double expected_sample(const double block[8][8], unsigned n, unsigned x,
			      unsigned y)
{
	double sum = 0;
	for (unsigned v = 0; v < n; v++)
		for (unsigned u = 0; u < n; u++)
			sum += block[v][u] * (u ? M_SQRT2 : 1) *
			       (v ? M_SQRT2 : 1) *
			       cos((2 * x + 1) * u * M_PI / (2 * n)) *
			       cos((2 * y + 1) * v * M_PI / (2 * n));
	return fmin(fmax(128 + sum / 8, 0), 255);
}

static void inverse(unsigned n, const int16_t *block, uint8_t *out)
{
	if (n == 8)
		idct_whole(block, out, n);
	else if (n == 4)
		idct_half(block, out, n);
	else if (n == 2)
		idct_quarter(block, out, n);
	else
		*out = idct_average(block[0]);
}

static void transforms_are_as_defined(void **state)
{
	(void)state;
	g_autoptr(GRand) random = g_rand_new_with_seed(1);
	for (unsigned n = 1; n <= 8; n *= 2) {
		for (unsigned i = 0; i < 2000; i++) {
			_Alignas(32) int16_t block[64] = {0};
			double exact[8][8] = {{0}};
			uint8_t out[64];
			int most = 1 << g_rand_int_range(random, 1, 11);
			for (unsigned k = 0; k < n * n; k++) {
				block[k] = (int16_t)g_rand_int_range(
					random, -most, most);
				if (g_rand_boolean(random))
					block[k] = 0;
				exact[k / n][k % n] = block[k];
			}
			inverse(n, block, out);
			for (unsigned k = 0; k < n * n; k++) {
				double want =
					expected_sample(exact, n, k % n, k / n);
				if (fabs(out[k] - want) > 0.6)
					fail_msg("%u x %u: %u, want %.2f", n, n,
						 out[k], want);
			}
		}
	}
}

/* Whatever a file says, there is no sum that may not overflow. */
static void any_coefficients_are_taken(void **state)
{
	(void)state;
	g_autoptr(GRand) random = g_rand_new_with_seed(2);
	for (unsigned n = 1; n <= 8; n *= 2) {
		for (unsigned i = 0; i < 2000; i++) {
			_Alignas(32) int16_t block[64];
			uint8_t out[64];
			for (unsigned k = 0; k < 64; k++)
				block[k] = g_rand_boolean(random) ? INT16_MIN
								  : INT16_MAX;
			inverse(n, block, out);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transforms_are_as_defined),
		cmocka_unit_test(any_coefficients_are_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
