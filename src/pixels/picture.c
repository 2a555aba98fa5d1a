/* SPDX-License-Identifier: Apache-2.0 */
#include "pixels/picture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

int picture_init(struct picture *picture, struct err *err)
{
	size_t row = (size_t)picture->width * picture->channels;
	bool sound = picture->width <= PICTURE_SIZE_MAX &&
		     picture->height <= PICTURE_SIZE_MAX && row > 0 &&
		     picture->height > 0;
	picture->stride = (row + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	picture->pixels =
		sound ? aligned_alloc(ALIGNMENT,
				      picture->stride * picture->height)
		      : NULL;
	if (picture->pixels == NULL)
		return err_set(err, ERR_TOO_LARGE,
			       "there is no memory for %u x %u pixels",
			       picture->width, picture->height);
	return 0;
}

void picture_release(struct picture *picture)
{
	free(picture->pixels);
	picture->pixels = NULL;
}

void picture_fill(const struct picture *picture, const uint8_t colour[4])
{
	size_t n = (size_t)picture->width * picture->channels;
	uint8_t *first = picture_row(picture, 0);
	for (size_t i = 0; i < n; i += picture->channels)
		memcpy(first + i, colour, picture->channels);
	for (unsigned y = 1; y < picture->height; y++)
		memcpy(picture_row(picture, y), first, n);
}

/* Where the source's pixel for (0, 0) of the result is, and how far it is to
 * those for the next column and row. */
struct walk {
	const uint8_t *origin;
	ptrdiff_t right, down;
};

static struct walk walk_of(const struct picture *in, unsigned orientation)
{
	struct walk walk = {in->pixels, in->channels, (ptrdiff_t)in->stride};
	if (orientation_mirrors_columns(orientation)) {
		walk.origin += (size_t)(in->width - 1) * in->channels;
		walk.right = -walk.right;
	}
	if (orientation_mirrors_rows(orientation)) {
		walk.origin += (in->height - 1) * in->stride;
		walk.down = -walk.down;
	}
	if (orientation_swaps(orientation)) {
		ptrdiff_t right = walk.right;
		walk.right = walk.down;
		walk.down = right;
	}
	return walk;
}

/* So many columns of the result at once: the source lines that they come from
 * are read again for the next row. */
#define STRIP 32

static void turn_strip1(const struct walk *walk, const struct picture *out,
			unsigned from, unsigned to)
{
	const uint8_t *start = walk->origin + from * walk->right;
	for (unsigned y = 0; y < out->height; y++, start += walk->down) {
		uint8_t *row = picture_row(out, y);
		const uint8_t *p = start;
		for (unsigned x = from; x < to; x++, p += walk->right)
			row[x] = *p;
	}
}

static void turn_strip4(const struct walk *walk, const struct picture *out,
			unsigned from, unsigned to)
{
	const uint8_t *start = walk->origin + from * walk->right;
	for (unsigned y = 0; y < out->height; y++, start += walk->down) {
		uint8_t *row = picture_row(out, y);
		const uint8_t *p = start;
		for (unsigned x = from; x < to; x++, p += walk->right)
			memcpy(row + 4 * (size_t)x, p, 4);
	}
}

void picture_turn(const struct picture *in, unsigned orientation,
		  const struct picture *out)
{
	struct walk walk = walk_of(in, orientation);
	assert((in->channels == 1 || in->channels == 4) &&
	       in->channels == out->channels);
	for (unsigned x = 0; x < out->width; x += STRIP) {
		unsigned to = out->width - x < STRIP ? out->width : x + STRIP;
		(in->channels == 1 ? turn_strip1 : turn_strip4)(&walk, out, x,
								to);
	}
}

/* The three questions as bits, by which two orientations are one. */
enum {
	COLUMNS = 1,
	ROWS = 2,
	SWAPS = 4,
};

static unsigned bits_of(unsigned orientation)
{
	return (orientation_mirrors_columns(orientation) ? COLUMNS : 0) |
	       (orientation_mirrors_rows(orientation) ? ROWS : 0) |
	       (orientation_swaps(orientation) ? SWAPS : 0);
}

unsigned orientation_then(unsigned first, unsigned second)
{
	unsigned a = bits_of(first), b = bits_of(second), added = b;
	/* the columns that the second one mirrors are rows of the first */
	if (a & SWAPS)
		added = (b & SWAPS) | (b & COLUMNS ? ROWS : 0) |
			(b & ROWS ? COLUMNS : 0);
	unsigned orientation = 1;
	while (bits_of(orientation) != (a ^ added))
		orientation++;
	return orientation;
}
