/* SPDX-License-Identifier: Apache-2.0 */
#include "pixels/taps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOBES 3

/* Where a centre may lie beyond the last pixel, by rounding. */
#define SLACK 1e-6

static bool axis_is_sound(const struct resample_axis *axis)
{
	if (axis->in < 1 || axis->in > RESAMPLE_SIZE_MAX || axis->out < 1 ||
	    axis->out > RESAMPLE_SIZE_MAX)
		return false;
	/* (comparisons that no NaN passes; the one pixel of half a column may
	 * be twice as wide as all there is) */
	if (!(axis->extent > 0 && axis->extent <= 2.0 * axis->in + SLACK))
		return false;
	double half = axis->extent / axis->out / 2;
	return axis->start + half >= -SLACK &&
	       axis->start + axis->extent - half <= axis->in + SLACK;
}

int taps_average(struct resample_axis *axis, unsigned *n, struct err *err)
{
	if (!axis_is_sound(axis))
		return err_set(err, ERR_INVALID,
			       "%u pixels cannot be made of %g from %g on of "
			       "%u",
			       axis->out, axis->extent, axis->start, axis->in);
	double scale = axis->extent / axis->out;
	*n = 1;
	if (scale <= TAPS_SCALE_MAX)
		return 0;
	/* as few as can be: what is left to the kernel is at least half of what
	 * it can, and its band far below that of the averages; of one pixel
	 * that is wider than all there is, not more than there is */
	*n = (unsigned)fmin(scale / (TAPS_SCALE_MAX / 2), axis->in);
	axis->in = (axis->in + *n - 1) / *n;
	axis->start /= *n;
	axis->extent /= *n;
	return 0;
}

/*
 * The kernel at x, x + step, ... Both sines advance by the angle's addition
 * theorem, since sin() would cost more than all the resampling of a small
 * picture.
 */
static void lanczos(double x, double step, double *out, unsigned n)
{
	double s1 = sin(M_PI * x), c1 = cos(M_PI * x);
	double s3 = sin(M_PI / LOBES * x), c3 = cos(M_PI / LOBES * x);
	const double ds1 = sin(M_PI * step), dc1 = cos(M_PI * step);
	const double ds3 = sin(M_PI / LOBES * step);
	const double dc3 = cos(M_PI / LOBES * step);
	for (unsigned i = 0; i < n; i++) {
		double at = x + i * step, t;
		if (fabs(at) >= LOBES)
			out[i] = 0;
		else if (fabs(at) < 1e-6)
			out[i] = 1;
		else
			out[i] = LOBES / (M_PI * M_PI) * s1 * s3 / (at * at);
		t = s1 * dc1 + c1 * ds1, c1 = c1 * dc1 - s1 * ds1, s1 = t;
		t = s3 * dc3 + c3 * ds3, c3 = c3 * dc3 - s3 * ds3, s3 = t;
	}
}

/* To integers whose sum is exactly one: what rounding leaves over goes to the
 * largest. */
static void quantise(const double *kernel, unsigned n, int16_t *weights)
{
	double sum = 0;
	int left = 1 << WEIGHT_BITS;
	unsigned largest = 0;
	for (unsigned i = 0; i < n; i++)
		sum += kernel[i];
	for (unsigned i = 0; i < n; i++) {
		weights[i] =
			(int16_t)lrint(kernel[i] / sum * (1 << WEIGHT_BITS));
		left -= weights[i];
		if (weights[i] > weights[largest])
			largest = i;
	}
	weights[largest] = (int16_t)(weights[largest] + left);
}

static void fill_identity(struct taps *taps, const struct resample_axis *axis)
{
	for (unsigned i = 0; i < axis->out; i++) {
		taps->first[i] = (uint32_t)axis->start + i;
		taps->weights[(size_t)i * taps->stride] = 1 << WEIGHT_BITS;
	}
}

static void fill(struct taps *taps, const struct resample_axis *axis)
{
	const double step = axis->extent / axis->out, scale = fmax(step, 1);
	double kernel[TAPS_MAX];
	for (unsigned i = 0; i < axis->out; i++) {
		double centre = axis->start + (i + 0.5) * step;
		double first = ceil(centre - LOBES * scale - 0.5);
		unsigned most = axis->in - taps->count;
		unsigned at = first > 0 ? (unsigned)first : 0;
		at = at > most ? most : at;
		lanczos((at + 0.5 - centre) / scale, 1 / scale, kernel,
			taps->count);
		taps->first[i] = at;
		quantise(kernel, taps->count,
			 taps->weights + (size_t)i * taps->stride);
	}
}

int taps_init(struct taps *taps, const struct resample_axis *axis,
	      struct err *err)
{
	const double scale = fmax(axis->extent / axis->out, 1);
	unsigned reach = (unsigned)ceil(2 * LOBES * scale) + 1;
	memset(taps, 0, sizeof(*taps));
	taps->identity = axis->extent == axis->out && axis->start >= 0 &&
			 axis->start == floor(axis->start) &&
			 axis->start + axis->extent <= axis->in;
	taps->count = taps->identity ? 1 : reach < axis->in ? reach : axis->in;
	taps->stride = (taps->count / TAPS_STRIDE + 1) * TAPS_STRIDE;
	taps->n = (axis->out + TAPS_PIXELS - 1) / TAPS_PIXELS * TAPS_PIXELS;
	size_t bytes = (size_t)taps->n * taps->stride * sizeof(int16_t);
	taps->first = calloc(taps->n, sizeof(*taps->first));
	taps->weights = aligned_alloc(64, bytes);
	if (taps->first == NULL || taps->weights == NULL) {
		taps_release(taps);
		return err_set(err, ERR_TOO_LARGE,
			       "there is no memory for %u pixels", axis->out);
	}
	memset(taps->weights, 0, bytes);
	if (taps->identity)
		fill_identity(taps, axis);
	else
		fill(taps, axis);
	return 0;
}

void taps_release(struct taps *taps)
{
	free(taps->first);
	free(taps->weights);
	memset(taps, 0, sizeof(*taps));
}
