/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the pictures of a collage lie: image/collage.h.
 */
#include "image/collage.h"
#include "unit.h"

#include <glib.h>
#include <math.h>

static struct image_collage lay(unsigned width, unsigned height,
				unsigned layout, unsigned n,
				const double *aspects)
{
	struct image_collage collage = {
		.width = width,
		.height = height,
		.margin = 10,
		.layout = layout,
		.n = n,
	};
	struct err err;
	for (unsigned i = 0; i < n; i++)
		collage.aspects[i] = aspects[i];
	assert_int_equal(image_collage_lay(&collage, &err), 0);
	return collage;
}

static void assert_tile(const struct image_collage *collage, unsigned i,
			struct image_tile want)
{
	struct image_tile is = collage->tiles[i];
	if (memcmp(&is, &want, sizeof(is)) != 0)
		fail_msg("%u: %d,%d %dx%d, wanted %d,%d %dx%d", i, is.left,
			 is.top, is.width, is.height, want.left, want.top,
			 want.width, want.height);
}

static void rows_fill_the_width(void **state)
{
	(void)state;
	static const double square[] = {1, 1, 1, 1}, mixed[] = {2, 1, 1.5};
	struct image_collage c = lay(430, 430, IMAGE_LAYOUT_ROWS, 4, square);
	assert_tile(&c, 0, (struct image_tile){10, 10, 200, 200});
	assert_tile(&c, 1, (struct image_tile){220, 10, 200, 200});
	assert_tile(&c, 2, (struct image_tile){10, 220, 200, 200});
	assert_tile(&c, 3, (struct image_tile){220, 220, 200, 200});
	/* one row of them, and what is left above and below */
	c = lay(490, 140, IMAGE_LAYOUT_ROWS, 3, mixed);
	assert_tile(&c, 0, (struct image_tile){10, 20, 200, 100});
	assert_tile(&c, 1, (struct image_tile){220, 20, 100, 100});
	assert_tile(&c, 2, (struct image_tile){330, 20, 150, 100});
	/* too high for the canvas: they shrink, in the middle */
	c = lay(420, 120, IMAGE_LAYOUT_ROWS, 1, square);
	assert_tile(&c, 0, (struct image_tile){160, 10, 100, 100});
}

static void cells_are_of_one_size(void **state)
{
	(void)state;
	static const double aspects[] = {1, 2, 0.5, 1, 1};
	struct image_collage c = lay(431, 430, IMAGE_LAYOUT_CELLS, 3, aspects);
	assert_tile(&c, 0, (struct image_tile){10, 10, 200, 200});
	struct image_collage five =
		lay(640, 430, IMAGE_LAYOUT_CELLS, 5, aspects);
	assert_tile(&five, 0, (struct image_tile){10, 10, 200, 200});
	assert_tile(&five, 2, (struct image_tile){430, 10, 200, 200});
	/* the last row in the middle */
	assert_tile(&five, 3, (struct image_tile){115, 220, 200, 200});
	assert_tile(&five, 4, (struct image_tile){325, 220, 200, 200});
}

static void margins_leave_room(void **state)
{
	(void)state;
	static const double aspects[] = {1, 1.5, 0.7};
	struct err err;
	for (unsigned layout = 0; layout < IMAGE_LAYOUT_COUNT; layout++) {
		struct image_collage c = {
			15, 35, 40, layout, 3, {1, 1.5, 0.7}, {{0}}};
		assert_int_equal(image_collage_lay(&c, &err), 0);
		c = (struct image_collage){
			1, 2, 10, layout, 3, {1, 1.5, 0.7}, {{0}}};
		assert_int_equal(image_collage_lay(&c, &err), -1);
		assert_int_equal(err.code, ERR_NOT_FOUND);
		(void)lay(3, 1, layout, 3, aspects);
		(void)lay(1, 3, layout, 3, aspects);
	}
}

static bool overlap(const struct image_tile *a, const struct image_tile *b)
{
	return a->left < b->left + b->width && b->left < a->left + a->width &&
	       a->top < b->top + b->height && b->top < a->top + a->height;
}

/* Of shapes as they come: whatever is asked for, each has its own place. */
static void all_lie_inside_and_apart(void **state)
{
	(void)state;
	uint32_t seed = 1;
	for (unsigned i = 0; i < 3000; i++) {
		struct image_collage c = {0};
		struct err err;
		seed = seed * 1664525 + 1013904223;
		c.n = 1 + (seed >> 8) % IMAGE_COLLAGE_MAX;
		c.width = 100 + (seed >> 3) % 2000;
		c.height = 100 + (seed >> 13) % 2000;
		c.margin = (seed >> 20) % 30;
		c.layout = seed >> 31;
		for (unsigned k = 0; k < c.n; k++) {
			seed = seed * 1664525 + 1013904223;
			c.aspects[k] = exp(((seed >> 8) % 1000 / 500.0 - 1) *
					   (i % 10 ? 0.7 : 9));
		}
		assert_int_equal(image_collage_lay(&c, &err), 0);
		for (unsigned k = 0; k < c.n; k++) {
			const struct image_tile *t = &c.tiles[k];
			assert_in_range(t->left, 0, c.width - 1);
			assert_in_range(t->top, 0, c.height - 1);
			assert_in_range(t->width, 1, c.width - t->left);
			assert_in_range(t->height, 1, c.height - t->top);
			for (unsigned other = 0; other < k && i % 10; other++)
				assert_false(overlap(t, &c.tiles[other]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_fill_the_width),
		cmocka_unit_test(cells_are_of_one_size),
		cmocka_unit_test(margins_leave_room),
		cmocka_unit_test(all_lie_inside_and_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
