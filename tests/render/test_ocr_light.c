/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stowage-ocr takes for paper.
 */
#include "ocr/picture/light.h"
#include "unit.h"

#include <glib.h>

#define SIDE 256

/* Brightness is divided by the paper's. */
static void no_paper_is_black(void **state)
{
	(void)state;
	static uint8_t pixels[SIDE * SIDE];
	const struct picture picture = {
		.width = SIDE,
		.height = SIDE,
		.channels = 1,
		.stride = SIDE,
		.pixels = pixels,
	};
	const double noises[] = {0, 0.01, 9, 100};
	for (size_t i = 0; i < G_N_ELEMENTS(noises); i++) {
		struct light light;
		struct err err;
		assert_int_equal(
			light_measure(&picture, noises[i], &light, &err), 0);
		for (unsigned k = 0; k < light.columns * light.rows; k++)
			assert_true(light.paper[k] > 0);
		light_even(&light, &picture, &picture);
		light_release(&light);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_paper_is_black),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
