/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of the pixels around each one, the luma that most have, and their average
 * colour: as ImageMagick's, which takes the colour of one of them.
 *
 * What is around a pixel is what was around the one before, but for two
 * columns. Of large surroundings a grid of pixels is looked at, so that there
 * are never more than 225: counts are bytes, and sums fit into 16 bits.
 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

#define LEVELS 256
#define RADIUS_WHOLE 7 /* up to which all pixels are looked at */
/* Pixels times rows of what is looked at around each: three seconds. */
#define WORK_MAX 800e6

/* What is around a pixel, by luma: how many pixels, and their number and the
 * sums of their colours, 16 bits each. */
struct around {
	uint8_t counts[LEVELS];
	uint64_t sums[LEVELS];
};

struct oil {
	/* 0xLLBBGGRR: luma and colour */
	const uint32_t *pixels;
	size_t width;
	int radius, step;
	struct around *around;
	float parts[LEVELS]; /* 1 / n */
};

/* No colour has that luma: nothing is to be seen. */
#define NOTHING 0xff000000U

static void pack(const void *user, const struct paint_row *row)
{
	const VipsPel *in = row->in;
	(void)user;
	for (int x = 0; x < row->width; x++, in += row->bands) {
		uint32_t luma = paint_byte(paint_luma(in));
		uint32_t packed = (uint32_t)in[0] | (uint32_t)in[1] << 8 |
				  (uint32_t)in[2] << 16 | luma << 24;
		if (row->bands == 4 && in[3] == 0)
			packed = NOTHING;
		memcpy(row->out + (ptrdiff_t)4 * x, &packed, sizeof(packed));
	}
}

/* A column comes, or goes. */
static inline void move_column(const struct oil *oil, int x,
			       const VipsRect *rows, bool comes)
{
	struct around *around = oil->around;
	const uint32_t *pixel =
		oil->pixels + (size_t)rows->top * oil->width + x;
	size_t next = (size_t)oil->step * oil->width;
	if (x % oil->step)
		return;
	for (int y = 0; y < rows->height; y += oil->step, pixel += next) {
		uint64_t p = *pixel;
		uint64_t sums = (p & 0xff) | (p & 0xff00) << 8 |
				(p & 0xff0000) << 16 | UINT64_C(1) << 48;
		if (p == NOTHING)
			continue;
		if (comes) {
			around->counts[p >> 24]++;
			around->sums[p >> 24] += sums;
		} else {
			around->counts[p >> 24]--;
			around->sums[p >> 24] -= sums;
		}
	}
}

/* The level that most have; of several the one next to the pixel's own. */
static int find_most(const uint8_t counts[LEVELS], int own)
{
	uint8_t most = 0;
	for (int i = 0; i < LEVELS; i++)
		most = MAX(most, counts[i]);
	for (int d = 0; d < LEVELS; d++) {
		if (own - d >= 0 && counts[own - d] == most)
			return own - d;
		if (own + d < LEVELS && counts[own + d] == most)
			return own + d;
	}
	return own;
}

static void take_color(const struct oil *oil, uint64_t sums, VipsPel out[3])
{
	unsigned n = (unsigned)(sums >> 48);
	for (int i = 0; n && i < 3; i++)
		out[i] = (VipsPel)((float)(sums >> 16 * i & 0xffff) *
					   oil->parts[n] +
				   0.5F);
}

static void paint_row_of(const void *user, const struct paint_row *row)
{
	const struct oil *oil = user;
	const uint32_t *pixels = oil->pixels + (size_t)row->y * oil->width;
	int radius = oil->radius, step = oil->step;
	int top = (MAX(row->y - radius, 0) + step - 1) / step * step;
	int bottom = MIN(row->y + radius + 1, row->height);
	const VipsRect rows = {0, top, 0, bottom - top};
	memset(oil->around, 0, sizeof(*oil->around));
	for (int x = 0; x < MIN(radius, row->width); x++)
		move_column(oil, x, &rows, true);
	for (int x = 0; x < row->width; x++) {
		VipsPel *out = row->out + (ptrdiff_t)x * row->bands;
		if (x + radius < row->width)
			move_column(oil, x + radius, &rows, true);
		if (x - radius > 0)
			move_column(oil, x - radius - 1, &rows, false);
		int level =
			find_most(oil->around->counts, (int)(pixels[x] >> 24));
		memcpy(out, row->in + (ptrdiff_t)x * row->bands,
		       (size_t)row->bands);
		take_color(oil, oil->around->sums[level], out);
	}
}

int op_oil(struct picture *picture, const struct image_op *op, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	VipsImage *in = picture->image;
	int radius =
		(int)lrint(image_number(op, IMAGE_OIL_RADIUS, &picture->sizes));
	g_autofree struct around *around = g_new(struct around, 1);
	struct oil oil = {
		.width = (size_t)in->Xsize,
		.radius = radius,
		.step = (radius + RADIUS_WHOLE - 1) / RADIUS_WHOLE,
		.around = around,
	};
	if (picture->sizes.width * picture->sizes.height *
		    (2 * MIN(radius, RADIUS_WHOLE) + 1) >
	    WORK_MAX)
		return err_set(err, ERR_TOO_LARGE,
			       "too large to be painted in oil that coarse");
	for (int i = 1; i < LEVELS; i++)
		oil.parts[i] = 1.0F / (float)i;
	if (paint_rows(in, 4, pack, NULL, &t[0]) != 0)
		return picture_failed(err);
	oil.pixels = (const uint32_t *)(const void *)t[0]->data;
	if (paint_rows(in, in->Bands, paint_row_of, &oil, &t[1]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[1], err);
}
