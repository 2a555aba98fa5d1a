/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling against a plain computation in floating point, the kernels of
 * this processor against the ones in C, and pictures whose result is known.
 */
#include "unit.h"

#include "pixels/kernels.h"
#include "pixels/resample.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

static uint8_t *noise(GRand *random, size_t n)
{
	uint8_t *p = g_malloc(n);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)g_rand_int(random);
	return p;
}

static size_t size_in(const struct resample_options *o)
{
	return (size_t)o->x.in * o->y.in * o->channels;
}

static size_t size_out(const struct resample_options *o)
{
	return (size_t)o->x.out * o->y.out * o->channels;
}

/* Pushes everything; the rows come as soon as they can. */
static uint8_t *resample(const struct resample_options *o, const uint8_t *in)
{
	struct err err = {0};
	struct resampler *r = resampler_new(o, &err);
	if (r == NULL)
		fail_msg("%s", err.text);
	uint8_t *out = g_malloc(size_out(o)), *row = out;
	uint8_t *spare = g_malloc((size_t)o->x.out * o->channels);
	for (unsigned y = 0; y < o->y.in; y++) {
		/* an exact copy: nothing behind it is read */
		g_autofree uint8_t *line =
			g_memdup2(in + (size_t)y * o->x.in * o->channels,
				  (size_t)o->x.in * o->channels);
		resampler_push(r, line);
		while (row < out + size_out(o) && resampler_pull(r, row))
			row += (size_t)o->x.out * o->channels;
	}
	assert_ptr_equal(row, out + size_out(o));
	assert_false(resampler_pull(r, spare));
	g_free(spare);
	resampler_free(r);
	return out;
}

static struct resample_options whole(unsigned channels, unsigned in_x,
				     unsigned in_y, unsigned out_x,
				     unsigned out_y)
{
	return (struct resample_options){
		.channels = channels,
		.x = {in_x, out_x, 0, in_x},
		.y = {in_y, out_y, 0, in_y},
	};
}

/*
 * The same, computed as it is defined.
 */

static double kernel(double x)
{
	if (x == 0)
		return 1;
	if (fabs(x) >= 3)
		return 0;
	return 3 * sin(M_PI * x) * sin(M_PI * x / 3) / (M_PI * M_PI * x * x);
}

/* out[i] of one axis from in[0], in[step], ... */
static double expected_sample(const struct resample_axis *axis, unsigned i,
			      const double *in, size_t step)
{
	double scale = axis->extent / axis->out;
	double centre = axis->start + (i + 0.5) * scale, sum = 0, all = 0;
	for (unsigned k = 0; k < axis->in; k++) {
		double weight = kernel((k + 0.5 - centre) / fmax(scale, 1));
		sum += weight * in[k * step];
		all += weight;
	}
	return sum / all;
}

static double *expected_plane(const struct resample_options *o,
			      const uint8_t *in)
{
	g_autofree double *source = g_new(double, size_in(o));
	g_autofree double *middle = g_new(double, (size_t)o->x.in * o->y.out);
	double *out = g_new(double, size_out(o));
	for (size_t i = 0; i < size_in(o); i++)
		source[i] = in[i];
	for (unsigned y = 0; y < o->y.out; y++)
		for (unsigned x = 0; x < o->x.in; x++)
			middle[(size_t)y * o->x.in + x] =
				expected_sample(&o->y, y, source + x, o->x.in);
	for (unsigned y = 0; y < o->y.out; y++)
		for (unsigned x = 0; x < o->x.out; x++)
			out[(size_t)y * o->x.out + x] = expected_sample(
				&o->x, x, middle + (size_t)y * o->x.in, 1);
	return out;
}

static double worst(const struct resample_options *o, const uint8_t *in)
{
	g_autofree double *want = expected_plane(o, in);
	g_autofree uint8_t *got = resample(o, in);
	double most = 0;
	for (size_t i = 0; i < size_out(o); i++)
		most = fmax(most, fabs(got[i] - fmin(255, fmax(0, want[i]))));
	return most;
}

static void planes_are_as_defined(void **state)
{
	(void)state;
	const struct resample_options table[] = {
		whole(1, 100, 67, 51, 34),
		whole(1, 100, 67, 7, 5),
		whole(1, 40, 30, 131, 97),
		whole(1, 64, 64, 64, 20),
		whole(1, 64, 64, 20, 64),
		whole(1, 1, 50, 1, 9),
		whole(1, 50, 1, 9, 1),
		whole(1, 1, 1, 5, 5),
		whole(1, 2, 3, 1, 1),
		whole(1, 200, 150, 13, 10),
		/* half of 133 rows, and of that a half */
		{1, {100, 51, 0, 100}, {67, 34, 0, 66.5}},
		{1, {50, 26, 0, 50.98}, {34, 17, 0, 33.25}},
		/* a part, off the grid */
		{1, {90, 30, 10.25, 61.5}, {80, 20, 3.75, 44.125}},
		{1, {90, 90, 0.5, 89}, {80, 80, 0, 79.5}},
	};
	g_autoptr(GRand) random = g_rand_new_with_seed(1);
	for (size_t i = 0; i < COUNT(table); i++) {
		g_autofree uint8_t *in = noise(random, size_in(&table[i]));
		double most = worst(&table[i], in);
		/* half by the last rounding, the rest by weights */
		if (most > 0.75)
			fail_msg("row %zu: off by %.2f", i, most);
	}
}

/* A slope stays where it is when only half of the last row exists. */
static void extents_are_exact(void **state)
{
	(void)state;
	const struct resample_options o = {
		1, {1, 1, 0, 1}, {667, 341, 0, 666.5}};
	g_autofree uint8_t *in = g_malloc(667);
	for (unsigned y = 0; y < 667; y++)
		in[y] = (uint8_t)lrint((y + 0.5) / 666.5 * 250);
	g_autofree uint8_t *out = resample(&o, in);
	for (unsigned y = 4; y < 337; y++)
		assert_true(fabs(out[y] - (y + 0.5) / 341 * 250) < 1.01);
}

static void one_to_one_changes_nothing(void **state)
{
	(void)state;
	g_autoptr(GRand) random = g_rand_new_with_seed(2);
	for (unsigned channels = 1; channels <= 4; channels += 3) {
		struct resample_options o = whole(channels, 37, 23, 37, 23);
		g_autofree uint8_t *in = noise(random, size_in(&o));
		g_autofree uint8_t *out = resample(&o, in);
		assert_memory_equal(in, out, size_in(&o));
		/* and a part */
		o.x = (struct resample_axis){37, 11, 5, 11};
		o.y = (struct resample_axis){23, 9, 14, 9};
		g_autofree uint8_t *part = resample(&o, in);
		for (unsigned y = 0; y < 9; y++)
			assert_memory_equal(part + (size_t)y * 11 * channels,
					    in + ((14 + y) * 37 + 5) *
							    (size_t)channels,
					    11 * (size_t)channels);
	}
}

static struct resample_options any_options(GRand *random)
{
	struct resample_options o =
		whole(g_rand_boolean(random) ? 1 : 4,
		      (unsigned)g_rand_int_range(random, 1, 300),
		      (unsigned)g_rand_int_range(random, 1, 60),
		      (unsigned)g_rand_int_range(random, 1, 200),
		      (unsigned)g_rand_int_range(random, 1, 80));
	o.x.start = g_rand_double_range(random, 0, o.x.in * 0.5);
	o.x.extent = g_rand_double_range(random, 0.1, o.x.in - o.x.start);
	o.y.start = g_rand_double_range(random, 0, o.y.in * 0.5);
	o.y.extent = g_rand_double_range(random, 0.1, o.y.in - o.y.start);
	return o;
}

static void a_colour_stays_itself(void **state)
{
	(void)state;
	g_autoptr(GRand) random = g_rand_new_with_seed(3);
	for (unsigned i = 0; i < 300; i++) {
		struct resample_options o = any_options(random);
		g_autofree uint8_t *in = g_malloc(size_in(&o));
		uint8_t colour[4] = {0, 255, (uint8_t)i, 255};
		if (o.channels == 1)
			colour[0] = (uint8_t)i;
		for (size_t k = 0; k < size_in(&o); k++)
			in[k] = colour[k % o.channels];
		g_autofree uint8_t *out = resample(&o, in);
		for (size_t k = 0; k < size_out(&o); k++)
			assert_int_equal(out[k], colour[k % o.channels]);
	}
}

/* Squares of a pixel, 50 and 150, opaque. */
static uint8_t *chequered(const struct resample_options *o)
{
	uint8_t *p = g_malloc(size_in(o)), *at = p;
	for (unsigned y = 0; y < o->y.in; y++)
		for (unsigned x = 0; x < o->x.in; x++)
			for (unsigned c = 0; c < o->channels; c++)
				*at++ = c == 3 ? 255 : (x + y) % 2 ? 150 : 50;
	return p;
}

static void far_smaller_pictures_are_averages(void **state)
{
	(void)state;
	static const unsigned sides[][4] = {
		{1500, 700, 20, 10}, {3000, 2, 1, 1},   {2, 3000, 1, 1},
		{999, 999, 1, 1},    {65535, 1, 3, 1},  {1, 65535, 1, 2},
		{999, 10, 31, 10},   {10, 999, 10, 31}, {1600, 1600, 100, 99},
	};
	for (size_t i = 0; i < COUNT(sides); i++) {
		for (unsigned channels = 1; channels <= 4; channels += 3) {
			struct resample_options o =
				whole(channels, sides[i][0], sides[i][1],
				      sides[i][2], sides[i][3]);
			g_autofree uint8_t *in = chequered(&o);
			g_autofree uint8_t *out = resample(&o, in);
			for (size_t k = 0; k < size_out(&o); k++) {
				bool alpha = k % channels == 3;
				assert_in_range(out[k], alpha ? 255 : 97,
						alpha ? 255 : 103);
			}
		}
	}
}

/*
 * Transparency.
 */

static void hidden_colours_do_not_bleed(void **state)
{
	(void)state;
	static const unsigned sizes[] = {5, 16, 33, 64, 150};
	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct resample_options o =
			whole(4, 64, 64, sizes[s], sizes[s] + 1);
		g_autofree uint8_t *in = g_malloc(size_in(&o));
		for (size_t i = 0; i < size_in(&o); i += 4) {
			bool left = i / 4 % 64 < 32;
			/* red to be seen, green not to */
			in[i] = left ? 200 : 0;
			in[i + 1] = left ? 0 : 255;
			in[i + 2] = 0;
			in[i + 3] = left ? 255 : 0;
		}
		g_autofree uint8_t *out = resample(&o, in);
		for (size_t i = 0; i < size_out(&o); i += 4) {
			assert_int_equal(out[i + 1], 0);
			if (out[i + 3] > 20)
				assert_in_range(out[i], 180, 220);
			if (out[i + 3] == 0)
				assert_int_equal(out[i], 0);
		}
	}
}

static void half_transparent_colours_stay(void **state)
{
	(void)state;
	struct resample_options o = whole(4, 50, 40, 30, 60);
	g_autofree uint8_t *in = g_malloc(size_in(&o));
	for (size_t i = 0; i < size_in(&o); i += 4)
		memcpy(in + i, (uint8_t[]){10, 100, 250, 128}, 4);
	g_autofree uint8_t *out = resample(&o, in);
	for (size_t i = 0; i < size_out(&o); i += 4) {
		assert_int_equal(out[i + 3], 128);
		assert_in_range(out[i], 9, 11);
		assert_in_range(out[i + 1], 99, 101);
		assert_in_range(out[i + 2], 249, 251);
	}
}

/*
 * Kernels.
 */

static int16_t *random_middle(GRand *random, size_t n)
{
	int16_t *p = g_new(int16_t, n);
	for (size_t i = 0; i < n; i++)
		p[i] = (int16_t)g_rand_int_range(random, -9000, 25130);
	return p;
}

static void compare_vertical(GRand *random, const struct kernels *one,
			     const struct kernels *other)
{
	const size_t n = (size_t)g_rand_int_range(random, 1, 9) * KERNEL_BLOCK;
	unsigned count = 2 * (unsigned)g_rand_int_range(random, 1, 50);
	int16_t weights[100];
	const uint8_t *rows[100];
	g_autofree uint8_t *all = noise(random, n * count);
	g_autofree int16_t *a = g_new(int16_t, n), *b = g_new(int16_t, n);
	for (unsigned t = 0; t < count; t++) {
		rows[t] = all + t * n;
		weights[t] = (int16_t)g_rand_int_range(
			random, -24000 / (int)count, 60000 / (int)count);
	}
	one->vertical(rows, weights, count, n, a);
	other->vertical(rows, weights, count, n, b);
	assert_memory_equal(a, b, n * sizeof(*a));
}

static void compare_horizontal(GRand *random, const struct kernels *one,
			       const struct kernels *other)
{
	struct err err;
	struct taps taps;
	unsigned average;
	struct resample_axis axis = any_options(random).x;
	assert_int_equal(taps_average(&axis, &average, &err), 0);
	assert_int_equal(taps_init(&taps, &axis, &err), 0);
	g_autofree int16_t *in =
		random_middle(random, 4 * ((size_t)axis.in + taps.stride));
	size_t n = (size_t)taps.n * 4;
	g_autofree uint8_t *a = g_malloc0(n), *b = g_malloc0(n);
	one->horizontal(in, &taps, a);
	other->horizontal(in, &taps, b);
	assert_memory_equal(a, b, n);
	one->horizontal4(in, &taps, a);
	other->horizontal4(in, &taps, b);
	assert_memory_equal(a, b, n);
	taps_release(&taps);
}

static void compare_premultiply(GRand *random, const struct kernels *one,
				const struct kernels *other)
{
	size_t n = (size_t)g_rand_int_range(random, 1, 9) * KERNEL_BLOCK;
	g_autofree uint8_t *a = noise(random, n), *b = g_memdup2(a, n);
	one->premultiply(a, n);
	other->premultiply(b, n);
	assert_memory_equal(a, b, n);
}

static void kernels_are_equal_to_the_bit(void **state)
{
	(void)state;
	const struct kernels *kernels[KERNELS_MAX];
	unsigned n = kernels_here(kernels);
	g_autoptr(GRand) random = g_rand_new_with_seed(5);
	assert_string_equal(kernels[n - 1]->name, "C");
	for (unsigned k = 0; k < n; k++)
		print_message("%s\n", kernels[k]->name);
	for (unsigned k = 0; k + 1 < n; k++) {
		for (unsigned i = 0; i < 500; i++) {
			compare_vertical(random, kernels[k], kernels[n - 1]);
			compare_horizontal(random, kernels[k], kernels[n - 1]);
			compare_premultiply(random, kernels[k], kernels[n - 1]);
		}
	}
}

/* All 65,536 of them, to nearest. */
static void premultiplication_is_exact(void **state)
{
	(void)state;
	const struct kernels *kernels[KERNELS_MAX];
	unsigned n = kernels_here(kernels);
	for (unsigned k = 0; k < n; k++) {
		for (unsigned alpha = 0; alpha < 256; alpha++) {
			uint8_t p[4 * 256];
			for (unsigned i = 0; i < 256; i++)
				memcpy(p + 4 * i,
				       (uint8_t[]){(uint8_t)i, 255, 0,
						   (uint8_t)alpha},
				       4);
			kernels[k]->premultiply(p, sizeof(p));
			for (unsigned i = 0; i < 256; i++) {
				assert_int_equal(p[4 * i],
						 lrint(i * alpha / 255.0));
				assert_int_equal(p[4 * i + 1], alpha);
				assert_int_equal(p[4 * i + 2], 0);
				assert_int_equal(p[4 * i + 3], alpha);
			}
		}
	}
}

/* So that no sum can leave its type, with any kernel. */
static void weights_are_bounded(void **state)
{
	(void)state;
	g_autoptr(GRand) random = g_rand_new_with_seed(6);
	for (unsigned i = 0; i < 2000; i++) {
		struct err err;
		struct taps taps;
		unsigned average;
		struct resample_axis axis = any_options(random).x;
		assert_int_equal(taps_average(&axis, &average, &err), 0);
		assert_int_equal(taps_init(&taps, &axis, &err), 0);
		assert_true(taps.count <= TAPS_MAX && taps.count < taps.stride);
		for (unsigned k = 0; k < axis.out; k++) {
			int sum = 0, size = 0;
			for (unsigned t = 0; t < taps.stride; t++) {
				int w = taps.weights[k * taps.stride + t];
				assert_true(t < taps.count || w == 0);
				sum += w, size += abs(w);
			}
			assert_int_equal(sum, 1 << WEIGHT_BITS);
			assert_true(size < 1.7 * (1 << WEIGHT_BITS));
			assert_true(taps.first[k] + taps.count <= axis.in);
		}
		taps_release(&taps);
	}
}

static void bounds_are_refused(void **state)
{
	(void)state;
	static const struct resample_axis
		good = {10, 5, 0, 10},
		bad[] = {
			{0, 5, 0, 10},        {10, 0, 0, 10},
			{65536, 5, 0, 10},    {10, 65536, 0, 10},
			{10, 5, 0, 0},        {10, 5, 0, -1},
			{10, 5, -2, 10},      {10, 5, 2.1, 10},
			{10, 5, 0, INFINITY}, {10, 1, 0, 1e300},
			{10, 5, NAN, 10},     {10, 5, 0, NAN},
			{10, 5, -1e300, 10},  {10, 1, -1e300, 2e300},
		};
	struct err err;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct resample_options o = {1, bad[i], good};
		assert_null(resampler_new(&o, &err));
		assert_int_equal(err.code, ERR_INVALID);
		o = (struct resample_options){4, good, bad[i]};
		assert_null(resampler_new(&o, &err));
	}
	assert_null(
		resampler_new(&(struct resample_options){3, good, good}, &err));
	resampler_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planes_are_as_defined),
		cmocka_unit_test(extents_are_exact),
		cmocka_unit_test(one_to_one_changes_nothing),
		cmocka_unit_test(a_colour_stays_itself),
		cmocka_unit_test(far_smaller_pictures_are_averages),
		cmocka_unit_test(hidden_colours_do_not_bleed),
		cmocka_unit_test(half_transparent_colours_stay),
		cmocka_unit_test(kernels_are_equal_to_the_bit),
		cmocka_unit_test(premultiplication_is_exact),
		cmocka_unit_test(weights_are_bounded),
		cmocka_unit_test(bounds_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
