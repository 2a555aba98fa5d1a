/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/picture/light.h"

#include <glib.h>
#include <math.h>

#define LEVELS 256

/* A tile with less between its bright and its dark pixels shows nothing. */
#define CONTRAST_TOLD 32
#define NOISE_TOLD 5 /* deviations, where there is more noise than that */
/* The median is that much nearer to one of both where there is text. */
#define SIDED 0.3
#define NEGATIVE_VOTES 4

/* Paper that is darker than that part of the brightest has other reasons than
 * the light, as a table beside the receipt. */
#define SHADOW_MIN 0.16

/* Paper is that many deviations bright at least, that its noise is no ink. */
#define NOISE_PAPER 16

#define GROUND_MOST 0.3 /* of the brightest paper */
/* Of tiles, for the picture to be more than a page. */
#define GROUND_PART 0.04

#define DARK 0.55 /* of the brightest paper; more than a quarter of a tile */

#define UNEVEN 0.82
#define PALE 0.5
#define DIM 170 /* the brightest paper; LIGHT_THRESHOLD is well below */

/* Of the contrast: what is that near to ink is ink, and to paper paper. */
#define INK_LIKE 0.1
#define PAPER_LIKE 0.2

#define RATIO_BITS 8
#define RATIOS                                                                 \
	(2 << RATIO_BITS) /* from nothing to twice as bright as paper          \
			   */

struct tile {
	uint8_t low, middle, high; /* twentieth, median, nineteen twentieths */
	uint8_t paper, negative_paper;
	bool is_told; /* something shows */
};

static uint8_t level_at(const unsigned histogram[LEVELS], unsigned n)
{
	unsigned seen = 0;
	for (unsigned level = 0; level < LEVELS; level++) {
		seen += histogram[level];
		if (seen > n)
			return (uint8_t)level;
	}
	return LEVELS - 1;
}

static struct tile look_at(const struct picture *picture, unsigned column,
			   unsigned row)
{
	unsigned histogram[LEVELS] = {0};
	unsigned left = column * LIGHT_TILE, top = row * LIGHT_TILE;
	unsigned right = MIN(left + LIGHT_TILE, picture->width);
	unsigned bottom = MIN(top + LIGHT_TILE, picture->height);
	unsigned n = (right - left) * (bottom - top);
	for (unsigned y = top; y < bottom; y++)
		for (unsigned x = left; x < right; x++)
			histogram[picture_row(picture, y)[x]]++;
	return (struct tile){
		.low = level_at(histogram, n / 20),
		.middle = level_at(histogram, n / 2),
		.high = level_at(histogram, n - 1 - n / 20),
		.paper = level_at(histogram, n - 1 - n / 4),
		.negative_paper =
			(uint8_t)(LEVELS - 1 - level_at(histogram, n / 4)),
	};
}

/* Ink is what there is less of. */
static int vote(const struct tile *tile)
{
	int range = tile->high - tile->low;
	int side = tile->middle - tile->low - (tile->high - tile->middle);
	if (!tile->is_told || abs(side) < range * SIDED)
		return 0;
	return side > 0 ? 1 : -1;
}

static bool is_negative(const struct tile *tiles, unsigned n)
{
	unsigned usual = 0, negative = 0;
	for (unsigned i = 0; i < n; i++) {
		int side = vote(&tiles[i]);
		usual += side > 0;
		negative += side < 0;
	}
	return negative >= NEGATIVE_VOTES && negative > 2 * usual;
}

static double contrast_of(const struct tile *tiles, unsigned n, bool negative)
{
	unsigned histogram[LEVELS] = {0}, told = 0;
	for (unsigned i = 0; i < n; i++) {
		const struct tile *tile = &tiles[i];
		int paper = negative ? tile->negative_paper : tile->paper;
		int ink = negative ? LEVELS - 1 - tile->high : tile->low;
		if (vote(tile) == 0 || paper <= ink)
			continue;
		histogram[(paper - ink) * (LEVELS - 1) / paper]++;
		told++;
	}
	return told ? level_at(histogram, told / 2) / (LEVELS - 1.) : 1;
}

/* For each tile the most, or the least, of it and its neighbours. */
static void spread(const struct light *light, uint8_t *map, bool most)
{
	unsigned columns = light->columns, rows = light->rows;
	g_autofree uint8_t *old = g_memdup2(map, (size_t)columns * rows);
	for (unsigned row = 0; row < rows; row++)
		for (unsigned column = 0; column < columns; column++) {
			uint8_t value = old[row * columns + column];
			for (unsigned y = row - (row > 0);
			     y <= MIN(row + 1, rows - 1); y++)
				for (unsigned x = column - (column > 0);
				     x <= MIN(column + 1, columns - 1); x++) {
					uint8_t near = old[y * columns + x];
					value = most ? MAX(value, near)
						     : MIN(value, near);
				}
			map[row * columns + column] = value;
		}
}

/* Of a negative, when it is inverted. */
static unsigned dark_level_of(const struct tile *tiles, unsigned n,
			      double bright, bool negative)
{
	int level = (int)(bright * DARK);
	for (unsigned i = 0; i < n; i++)
		if ((negative ? LEVELS - 1 - tiles[i].paper
			      : LEVELS - 1 - tiles[i].negative_paper) < level)
			return (unsigned)level;
	return 0;
}

static void judge(struct light *light, const struct tile *tiles, double noise)
{
	unsigned histogram[LEVELS] = {0};
	unsigned n = light->columns * light->rows, ground = 0;
	for (unsigned i = 0; i < n; i++)
		histogram[light->paper[i]]++;
	double bright = level_at(histogram, n - 1 - n / 10);
	double dark = level_at(histogram, n / 20);
	light->is_dim = bright < DIM;
	light->dark_level = dark_level_of(tiles, n, bright, light->is_negative);
	light->is_uneven = dark < bright * UNEVEN;
	uint8_t least =
		(uint8_t)CLAMP(MAX(bright * SHADOW_MIN, noise * NOISE_PAPER), 1,
			       MAX(bright, 1));
	for (unsigned i = 0; i < n; i++) {
		uint8_t paper = light->is_negative ? tiles[i].negative_paper
						   : tiles[i].paper;
		light->ground[i] =
			paper < bright * GROUND_MOST && vote(&tiles[i]) == 0;
		ground += light->ground[i];
		light->paper[i] = MAX(light->paper[i], least);
	}
	light->has_ground = ground >= n * GROUND_PART;
}

int light_measure(const struct picture *picture, double noise,
		  struct light *light, struct err *err)
{
	light->width = picture->width;
	light->height = picture->height;
	light->columns = (picture->width + LIGHT_TILE - 1) / LIGHT_TILE;
	light->rows = (picture->height + LIGHT_TILE - 1) / LIGHT_TILE;
	unsigned n = light->columns * light->rows;
	g_autofree struct tile *tiles = g_try_new(struct tile, n);
	light->paper = g_try_malloc(n);
	light->ground = g_try_malloc(n);
	if (tiles == NULL || light->paper == NULL || light->ground == NULL) {
		light_release(light);
		return err_set(err, ERR_TOO_LARGE, "no memory for its light");
	}
	double least = MAX(CONTRAST_TOLD, noise * NOISE_TOLD);
	for (unsigned i = 0; i < n; i++) {
		tiles[i] = look_at(picture, i % light->columns,
				   i / light->columns);
		tiles[i].is_told = tiles[i].high - tiles[i].low >= least;
	}
	light->is_negative = is_negative(tiles, n);
	light->contrast = contrast_of(tiles, n, light->is_negative);
	for (unsigned i = 0; i < n; i++)
		light->paper[i] = light->is_negative ? tiles[i].negative_paper
						     : tiles[i].paper;
	/* large letters fill tiles */
	spread(light, light->paper, true);
	spread(light, light->paper, false);
	judge(light, tiles, noise);
	return 0;
}

void light_release(struct light *light)
{
	g_free(light->paper);
	g_free(light->ground);
}

bool light_is_plain(const struct light *light)
{
	return !light->is_negative && !light->is_uneven && !light->is_dim &&
	       light->contrast >= PALE;
}

/* From how bright something is beside paper to what is shown. */
static void fill_levels(const struct light *light, uint8_t levels[RATIOS])
{
	double contrast = light->contrast;
	double ink = 1 - contrast * (1 - INK_LIKE);
	double paper = 1 - contrast * PAPER_LIKE;
	for (unsigned i = 0; i < RATIOS; i++) {
		double ratio = (double)i / (1 << RATIO_BITS);
		double level = (ratio - ink) / (paper - ink) * (LEVELS - 1);
		levels[i] = (uint8_t)lround(CLAMP(level, 0, LEVELS - 1));
	}
}

/* A place between the middles of tiles, and how far from the first. */
struct between {
	unsigned from, to;
	double part;
};

static struct between place(double at, unsigned tiles)
{
	double tile = at / LIGHT_TILE - 0.5;
	unsigned from = tile > 0 ? (unsigned)tile : 0;
	if (tile <= 0)
		return (struct between){0, 0, 0};
	return (struct between){MIN(from, tiles - 1), MIN(from + 1, tiles - 1),
				tile - from};
}

/* How bright paper is along a row, at the middles of tiles. */
static void fill_row(const struct light *light, double y, double *out)
{
	struct between rows = place(y, light->rows);
	const uint8_t *above = light->paper + rows.from * light->columns;
	const uint8_t *below = light->paper + rows.to * light->columns;
	for (unsigned i = 0; i < light->columns; i++)
		out[i] = above[i] + rows.part * (below[i] - above[i]);
}

void light_even(const struct light *light, const struct picture *in,
		const struct picture *out)
{
	uint8_t levels[RATIOS];
	uint8_t invert = light->is_negative ? LEVELS - 1 : 0;
	double x_scale = (double)light->width / in->width;
	double y_scale = (double)light->height / in->height;
	g_autofree double *papers = g_new(double, light->columns);
	g_autofree struct between *places = g_new(struct between, in->width);
	fill_levels(light, levels);
	for (unsigned x = 0; x < in->width; x++)
		places[x] = place((x + 0.5) * x_scale, light->columns);
	for (unsigned y = 0; y < in->height; y++) {
		const uint8_t *from = picture_row(in, y);
		uint8_t *to = picture_row(out, y);
		const uint8_t *ground =
			light->ground +
			(unsigned)(y * y_scale) / LIGHT_TILE * light->columns;
		fill_row(light, (y + 0.5) * y_scale, papers);
		for (unsigned x = 0; x < in->width; x++) {
			const struct between *at = &places[x];
			double paper =
				papers[at->from] +
				at->part * (papers[at->to] - papers[at->from]);
			unsigned ratio = (unsigned)((from[x] ^ invert) *
						    (1 << RATIO_BITS) / paper);
			to[x] = levels[MIN(ratio, RATIOS - 1)];
			if (ground[(unsigned)(x * x_scale) / LIGHT_TILE])
				to[x] = LEVELS - 1;
		}
	}
}
