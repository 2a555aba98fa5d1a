/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/png/png_filter.h"

#include <stdlib.h>
#include <string.h>

enum filter {
	NONE,
	SUB,
	UP,
	AVERAGE,
	PAETH,
	FILTERS
};

/*
 * Of left, up and corner the one that is nearest to left + up - corner, in this
 * order. Put without distances: the larger of left and up if even the smaller
 * one is no less than a threshold, the smaller if the larger is no more than
 * it, else the corner.
 */
static uint8_t paeth(int left, int up, int corner)
{
	int threshold = 3 * corner - left - up;
	int less = left < up ? left : up, more = left < up ? up : left;
	int low = more <= threshold ? less : corner;
	return (uint8_t)(threshold <= less ? more : low);
}

/* One pixel of three or four bytes at once: what stands left of it is needed
 * first, so that there is no more to do side by side. */
typedef int16_t lanes __attribute__((vector_size(8)));
typedef uint8_t octets __attribute__((vector_size(8)));
typedef uint8_t narrow __attribute__((vector_size(4)));

static inline lanes load(const uint8_t *p)
{
	narrow in;
	memcpy(&in, p, sizeof(in));
	return __builtin_convertvector(in, lanes);
}

/* Bytes are added as such: the upper half of each lane stays 0. */
static inline lanes add(lanes a, lanes b)
{
	return (lanes)((octets)a + (octets)b);
}

static inline lanes store(lanes pixel, uint8_t *p, unsigned step)
{
	narrow out = __builtin_convertvector(pixel, narrow);
	memcpy(p, &out, step);
	return pixel;
}

static inline lanes choose(lanes mask, lanes yes, lanes no)
{
	return (mask & yes) | (~mask & no);
}

static inline void sub_pixels(const struct png_line *line, unsigned step,
			      uint8_t *out)
{
	lanes left = {0};
	for (size_t i = 0; i + step <= line->n; i += step)
		left = store(add(load(out + i), left), out + i, step);
}

static inline void average_pixels(const struct png_line *line, unsigned step,
				  uint8_t *out)
{
	lanes left = {0};
	for (size_t i = 0; i + step <= line->n; i += step) {
		lanes up = load(line->before + i);
		left = store(add(load(out + i), (left + up) >> 1), out + i,
			     step);
	}
}

static inline void paeth_pixels(const struct png_line *line, unsigned step,
				uint8_t *out)
{
	lanes left = {0}, corner = {0};
	for (size_t i = 0; i + step <= line->n; i += step) {
		lanes up = load(line->before + i);
		lanes threshold = 3 * corner - up - left;
		lanes is_less = (lanes)(left < up);
		lanes less = choose(is_less, left, up);
		lanes more = choose(is_less, up, left);
		lanes low = choose((lanes)(more <= threshold), less, corner);
		lanes best = choose((lanes)(threshold <= less), more, low);
		left = store(add(load(out + i), best), out + i, step);
		corner = up;
	}
}

/* Called with steps that the compiler knows. */
static inline void unfilter_pixels(const struct png_line *line,
				   enum filter filter, unsigned step,
				   uint8_t *bytes)
{
	if (filter == SUB)
		sub_pixels(line, step, bytes);
	else if (filter == AVERAGE)
		average_pixels(line, step, bytes);
	else
		paeth_pixels(line, step, bytes);
}

static void unfilter_bytes(const struct png_line *line, enum filter filter,
			   uint8_t *bytes)
{
	for (size_t i = 0; i < line->n; i++) {
		bool first = i < line->step;
		uint8_t left = first ? 0 : bytes[i - line->step];
		uint8_t corner = first ? 0 : line->before[i - line->step];
		uint8_t up = line->before[i];
		if (filter == SUB)
			bytes[i] = (uint8_t)(bytes[i] + left);
		else if (filter == AVERAGE)
			bytes[i] = (uint8_t)(bytes[i] + (left + up) / 2);
		else
			bytes[i] =
				(uint8_t)(bytes[i] + paeth(left, up, corner));
	}
}

bool png_unfilter(const struct png_line *line, unsigned filter, uint8_t *bytes)
{
	if (filter >= FILTERS)
		return false;
	if (filter == UP)
		for (size_t i = 0; i < line->n; i++)
			bytes[i] = (uint8_t)(bytes[i] + line->before[i]);
	else if (filter == NONE)
		return true;
	else if (line->step == 4)
		unfilter_pixels(line, filter, 4, bytes);
	else if (line->step == 3)
		unfilter_pixels(line, filter, 3, bytes);
	else
		unfilter_bytes(line, filter, bytes);
	return true;
}

/* What stands left of a byte is `step` bytes before it. The loops have no case
 * in them, so that the compiler can take many bytes at once. */
static void apply(const struct png_line *line, enum filter filter,
		  const uint8_t *bytes, uint8_t *restrict out)
{
	const uint8_t *up = line->before;
	size_t step = line->step < line->n ? line->step : line->n;
	size_t n = line->n;
	for (size_t i = 0; i < step; i++) {
		uint8_t above = filter == UP || filter == PAETH ? up[i]
				: filter == AVERAGE             ? up[i] / 2
								: 0;
		out[i] = (uint8_t)(bytes[i] - above);
	}
	switch (filter) {
	case NONE:
		memcpy(out, bytes, n);
		break;
	case SUB:
		for (size_t i = step; i < n; i++)
			out[i] = (uint8_t)(bytes[i] - bytes[i - step]);
		break;
	case UP:
		for (size_t i = step; i < n; i++)
			out[i] = (uint8_t)(bytes[i] - up[i]);
		break;
	case AVERAGE:
		for (size_t i = step; i < n; i++)
			out[i] = (uint8_t)(bytes[i] -
					   (bytes[i - step] + up[i]) / 2);
		break;
	default:
		for (size_t i = step; i < n; i++)
			out[i] = (uint8_t)(bytes[i] - paeth(bytes[i - step],
							    up[i],
							    up[i - step]));
	}
}

static uint64_t weigh(const uint8_t *bytes, size_t n)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < n;) {
		size_t end = n - i < 4096 ? n : i + 4096;
		uint32_t part = 0; /* 32 bits: more at once */
		for (; i < end; i++)
			part += (uint32_t)abs((int8_t)bytes[i]);
		sum += part;
	}
	return sum;
}

void png_filter(const struct png_line *line, const uint8_t *bytes,
		uint8_t *spare, uint8_t *out)
{
	uint64_t least = UINT64_MAX;
	uint8_t *best = out + 1;
	out[0] = NONE;
	for (enum filter filter = NONE; filter < FILTERS; filter++) {
		uint8_t *other = best == spare ? out + 1 : spare;
		uint8_t *to = filter == NONE ? best : other;
		apply(line, filter, bytes, to);
		uint64_t weight = weigh(to, line->n);
		if (weight < least) {
			least = weight;
			best = to;
			out[0] = (uint8_t)filter;
		}
	}
	if (best == spare)
		memcpy(out + 1, spare, line->n);
}
