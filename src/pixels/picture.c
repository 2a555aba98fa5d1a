/* SPDX-License-Identifier: Apache-2.0 */
#include "pixels/picture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

/* A pixel of the result at (x, y) is the one of the source at (x, y), at (y, x)
 * if transposed, counted from the far end of an axis if mirrored. */
enum {
	MIRROR_X = 1,
	MIRROR_Y = 2,
	TRANSPOSE = 4,
};

static const uint8_t turns[] = {
	[1] = 0,
	[2] = MIRROR_X,
	[3] = MIRROR_X | MIRROR_Y,
	[4] = MIRROR_Y,
	[5] = TRANSPOSE,
	[6] = TRANSPOSE | MIRROR_Y,
	[7] = TRANSPOSE | MIRROR_X | MIRROR_Y,
	[8] = TRANSPOSE | MIRROR_X,
};

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

void picture_place(const struct picture *in, const struct picture *out,
		   struct picture_point at)
{
	size_t left = (size_t)at.x * in->channels;
	assert(in->channels == out->channels && at.x <= out->width &&
	       at.y <= out->height && in->width <= out->width - at.x &&
	       in->height <= out->height - at.y);
	for (unsigned y = 0; y < in->height; y++)
		memcpy(picture_row(out, at.y + y) + left, picture_row(in, y),
		       (size_t)in->width * in->channels);
}

/* Where the source's pixel for (0, 0) of the result is, and how far it is to
 * those for the next column and row. */
struct walk {
	const uint8_t *origin;
	ptrdiff_t right, down;
};

static struct walk walk_of(const struct picture *in, unsigned turn)
{
	struct walk walk = {in->pixels, in->channels, (ptrdiff_t)in->stride};
	if (turn & MIRROR_X) {
		walk.origin += (size_t)(in->width - 1) * in->channels;
		walk.right = -walk.right;
	}
	if (turn & MIRROR_Y) {
		walk.origin += (in->height - 1) * in->stride;
		walk.down = -walk.down;
	}
	if (turn & TRANSPOSE) {
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
	struct walk walk = walk_of(in, turns[orientation]);
	assert((in->channels == 1 || in->channels == 4) &&
	       in->channels == out->channels);
	for (unsigned x = 0; x < out->width; x += STRIP) {
		unsigned to = out->width - x < STRIP ? out->width : x + STRIP;
		(in->channels == 1 ? turn_strip1 : turn_strip4)(&walk, out, x,
								to);
	}
}

unsigned orientation_then(unsigned first, unsigned second)
{
	unsigned a = turns[first], b = turns[second], mirrors = b & ~TRANSPOSE;
	/* what b mirrors, a may have as the other axis */
	if (a & TRANSPOSE)
		mirrors = (b & MIRROR_X ? MIRROR_Y : 0) |
			  (b & MIRROR_Y ? MIRROR_X : 0);
	unsigned both = ((a ^ b) & TRANSPOSE) | ((a & ~TRANSPOSE) ^ mirrors);
	unsigned orientation = 1;
	while (turns[orientation] != both)
		orientation++;
	return orientation;
}
