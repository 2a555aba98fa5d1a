/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns first, then rows: a row of the result needs `count` source rows,
 * which a ring holds, and what lies between the passes is one row. Columns
 * first is also the cheaper order when a picture becomes smaller, since it is
 * the one that needs no sums across a vector.
 *
 * An axis that shrinks by more than TAPS_SCALE_MAX is averaged before, so that
 * neither the ring nor the weights grow with the source.
 */
#include "pixels/resample.h"
#include "pixels/kernels.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct resampler {
	const struct kernels *kernels;
	unsigned channels;
	unsigned in_x, out_x, out_y;
	unsigned in_y;   /* rows that are still to be pushed */
	bool multiplied; /* what is in the ring */

	/* averaging: so many pixels and rows to one */
	unsigned average_x, average_y;
	uint8_t *line;  /* a source row, and */
	uint32_t *sums; /* sums of `summed` of them; NULL: nothing to average */
	unsigned summed;

	struct taps x, y;
	unsigned pushed, pulled; /* rows: into the ring, out of it all */
	uint8_t *ring;           /* y.count rows */
	size_t stride;
	const uint8_t **rows; /* y.count and one more */
	int16_t *middle;
	uint8_t *out; /* a whole number of blocks */
};

static size_t whole_blocks(size_t n)
{
	return (n + KERNEL_BLOCK - 1) / KERNEL_BLOCK * KERNEL_BLOCK;
}

/* Aligned, zeroed: what lies behind a row's end is read and weighted by 0. */
static void *blocks(size_t n)
{
	void *p = aligned_alloc(KERNEL_BLOCK, whole_blocks(n));
	if (p)
		memset(p, 0, whole_blocks(n));
	return p;
}

static bool resampler_has_memory(struct resampler *r, unsigned width)
{
	size_t samples = (size_t)width * r->channels;
	r->stride = whole_blocks(samples);
	r->ring = blocks(r->stride * r->y.count);
	r->rows = calloc(r->y.count + 1, sizeof(*r->rows));
	r->middle = blocks((r->stride + (size_t)r->channels * r->x.stride) *
			   sizeof(int16_t));
	r->out = blocks((size_t)r->x.n * r->channels);
	if (r->average_x > 1 || r->average_y > 1) {
		r->line = blocks((size_t)r->in_x * r->channels);
		r->sums = calloc(samples, sizeof(*r->sums));
		if (r->line == NULL || r->sums == NULL)
			return false;
	}
	return r->ring && r->rows && r->middle && r->out;
}

static int resampler_init(struct resampler *r,
			  const struct resample_options *options,
			  struct err *err)
{
	struct resample_axis x = options->x, y = options->y;
	const struct kernels *kernels[KERNELS_MAX];
	kernels_here(kernels);
	r->kernels = kernels[0];
	r->channels = options->channels;
	r->in_x = x.in, r->in_y = y.in;
	r->out_x = x.out, r->out_y = y.out;
	if (taps_average(&x, &r->average_x, err) < 0 ||
	    taps_average(&y, &r->average_y, err) < 0 ||
	    taps_init(&r->x, &x, err) < 0 || taps_init(&r->y, &y, err) < 0)
		return -1;
	r->multiplied = r->channels == 4 && !(r->x.identity && r->y.identity);
	if (!resampler_has_memory(r, x.in))
		return err_set(err, ERR_TOO_LARGE,
			       "there is no memory for %u pixels a row",
			       r->in_x);
	return 0;
}

struct resampler *resampler_new(const struct resample_options *options,
				struct err *err)
{
	if (options->channels != 1 && options->channels != 4) {
		err_set(err, ERR_INVALID, "%u channels", options->channels);
		return NULL;
	}
	struct resampler *r = calloc(1, sizeof(*r));
	if (r == NULL)
		err_set(err, ERR_TOO_LARGE, "there is no memory");
	else if (resampler_init(r, options, err) < 0)
		resampler_free(r), r = NULL;
	return r;
}

void resampler_free(struct resampler *r)
{
	if (r == NULL)
		return;
	taps_release(&r->x);
	taps_release(&r->y);
	free(r->line);
	free(r->sums);
	free(r->ring);
	free(r->rows);
	free(r->middle);
	free(r->out);
	free(r);
}

/*
 * Rows in.
 */

static bool is_opaque(const uint8_t *rgba, size_t n)
{
	unsigned all = 255;
	for (size_t i = 0; i < n; i++)
		all &= rgba[4 * i + 3];
	return all == 255;
}

/* Into whole blocks. */
static void take_row(const struct resampler *r, const uint8_t *row,
		     uint8_t *out)
{
	size_t n = (size_t)r->in_x * r->channels;
	memcpy(out, row, n);
	if (r->multiplied && !is_opaque(row, r->in_x))
		r->kernels->premultiply(out, whole_blocks(n));
}

/* Adds the averages of the row's groups of pixels, with 8 bits behind the
 * point. */
static void add_averages(struct resampler *r)
{
	uint32_t *sums = r->sums;
	for (unsigned x = 0; x < r->in_x; x += r->average_x) {
		unsigned left = r->in_x - x;
		unsigned n = left < r->average_x ? left : r->average_x;
		const uint64_t share = (UINT64_C(1) << 32) / n + 1;
		for (unsigned c = 0; c < r->channels; c++) {
			const uint8_t *p =
				r->line + (size_t)x * r->channels + c;
			uint32_t sum = 0;
			for (unsigned i = 0; i < n; i++)
				sum += p[(size_t)i * r->channels];
			*sums++ += (uint32_t)(sum * share >> 24);
		}
	}
	r->summed++;
}

static void take_averages(struct resampler *r, uint8_t *out)
{
	size_t n = (r->in_x + r->average_x - 1) / r->average_x * r->channels;
	const uint64_t rows = r->summed;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)((r->sums[i] + rows * 128) / (rows * 256));
	memset(r->sums, 0, n * sizeof(*r->sums));
	r->summed = 0;
}

static bool is_ready(const struct resampler *r)
{
	return r->pulled < r->out_y &&
	       r->pushed >= r->y.first[r->pulled] + r->y.count;
}

void resampler_push(struct resampler *r, const uint8_t *row)
{
	assert(!is_ready(r) && r->in_y > 0);
	uint8_t *slot = r->ring + r->pushed % r->y.count * r->stride;
	r->in_y--;
	if (r->sums == NULL) {
		take_row(r, row, slot);
		r->pushed++;
		return;
	}
	take_row(r, row, r->line);
	add_averages(r);
	if (r->summed == r->average_y || r->in_y == 0) {
		take_averages(r, slot);
		r->pushed++;
	}
}

/*
 * Rows out.
 */

static void divide_by_alpha(uint8_t *rgba, size_t n)
{
	for (size_t i = 0; i < n; i++, rgba += 4) {
		const unsigned alpha = rgba[3];
		if (alpha == 255)
			continue;
		for (unsigned c = 0; c < 3; c++) {
			unsigned v = alpha == 0 ? 0
						: (rgba[c] * 255u + alpha / 2) /
							  alpha;
			rgba[c] = (uint8_t)(v < 255 ? v : 255);
		}
	}
}

bool resampler_pull(struct resampler *r, uint8_t *row)
{
	if (!is_ready(r))
		return false;
	const unsigned first = r->y.first[r->pulled];
	for (unsigned t = 0; t < r->y.count; t++)
		r->rows[t] = r->ring + (first + t) % r->y.count * r->stride;
	r->rows[r->y.count] = r->ring; /* by 0, to make the number even */
	r->kernels->vertical(r->rows,
			     r->y.weights + (size_t)r->pulled * r->y.stride,
			     (r->y.count + 1) & ~1u, r->stride, r->middle);
	(r->channels == 1 ? r->kernels->horizontal
			  : r->kernels->horizontal4)(r->middle, &r->x, r->out);
	memcpy(row, r->out, (size_t)r->out_x * r->channels);
	if (r->multiplied)
		divide_by_alpha(row, r->out_x);
	r->pulled++;
	return true;
}
