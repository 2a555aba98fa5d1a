/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/picture/panels.h"

#include "ocr/picture/survey.h"

#include <allheaders.h>
#include <glib.h>

#define LEVELS 256

/* Of a panel, pixels of the sketch. */
#define WIDTH_LEAST 24
#define HEIGHT_LEAST 12
#define SOLID 0.5 /* of its box */
#define PARTS_MAX 20000

/* What is bright in it, as letters are; a letter has fewer holes. What is
 * higher has ink of its own. */
#define LETTER_LEAST 4
#define LETTER_MOST 100
#define LETTER_WIDE 8 /* times its height: letters that touch */
#define LETTERS_LEAST 3

struct shape {
	PIX *pix;
	int x, y; /* where it is in the sketch */
};

static bool is_set(PIX *pix, int x, int y)
{
	const l_uint32 *row = pixGetData(pix) + y * pixGetWpl(pix);
	return row[x / 32] >> (31 - x % 32) & 1;
}

static bool is_solid(PIX *pix)
{
	l_int32 ink = 0, width = pixGetWidth(pix), height = pixGetHeight(pix);
	return width >= WIDTH_LEAST && height >= HEIGHT_LEAST &&
	       pixCountPixels(pix, &ink, NULL) == 0 &&
	       ink >= SOLID * width * height;
}

/* Fills what letters leave free, in place. How many there are. */
static unsigned fill_letters(PIX *pix)
{
	PIX *holes = pixHolesByFilling(pix, 4);
	PIXA *parts = NULL;
	BOXA *boxes = holes ? pixConnComp(holes, &parts, 8) : NULL;
	unsigned letters = 0;
	for (int i = 0; boxes && i < boxaGetCount(boxes); i++) {
		l_int32 x, y, width, height;
		boxaGetBoxGeometry(boxes, i, &x, &y, &width, &height);
		if (height > LETTER_MOST || width > LETTER_WIDE * height)
			continue;
		letters += height >= LETTER_LEAST;
		PIX *part = pixaGetPix(parts, i, L_CLONE);
		pixRasterop(pix, x, y, width, height, PIX_SRC | PIX_DST, part,
			    0, 0);
		pixDestroy(&part);
	}
	boxaDestroy(&boxes);
	pixaDestroy(&parts);
	pixDestroy(&holes);
	return letters;
}

/* How dark most of it is. */
static uint8_t ground_of(const struct picture *sketch,
			 const struct shape *shape)
{
	unsigned histogram[LEVELS] = {0}, n = 0, seen = 0, level = 0;
	int width = pixGetWidth(shape->pix), height = pixGetHeight(shape->pix);
	for (int y = 0; y < height; y++) {
		const uint8_t *row =
			picture_row(sketch, (unsigned)(shape->y + y)) +
			shape->x;
		for (int x = 0; x < width; x++)
			if (is_set(shape->pix, x, y)) {
				histogram[row[x]]++;
				n++;
			}
	}
	while (level < PANELS_EDGE - 2 && (seen += histogram[level]) * 2 < n)
		level++;
	return (uint8_t)level;
}

static bool is_inside(PIX *pix, int x, int y)
{
	return x > 0 && y > 0 && x + 1 < pixGetWidth(pix) &&
	       y + 1 < pixGetHeight(pix) && is_set(pix, x - 1, y) &&
	       is_set(pix, x + 1, y) && is_set(pix, x, y - 1) &&
	       is_set(pix, x, y + 1);
}

/* Its edge is a pixel within and one around. */
static void mark(const struct picture *map, const struct shape *shape,
		 uint8_t ground)
{
	int width = pixGetWidth(shape->pix), height = pixGetHeight(shape->pix);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			if (!is_set(shape->pix, x, y))
				continue;
			unsigned at_x = (unsigned)(shape->x + x);
			unsigned at_y = (unsigned)(shape->y + y);
			if (is_inside(shape->pix, x, y)) {
				picture_row(map, at_y)[at_x] =
					(uint8_t)(ground + 1);
				continue;
			}
			unsigned left = at_x - (at_x > 0);
			unsigned right = MIN(at_x + 1, map->width - 1);
			for (unsigned row = at_y - (at_y > 0);
			     row <= MIN(at_y + 1, map->height - 1); row++)
				for (unsigned i = left; i <= right; i++)
					if (picture_row(map, row)[i] == 0)
						picture_row(map, row)[i] =
							PANELS_EDGE;
		}
}

static bool add_panel(const struct picture *map, const struct picture *sketch,
		      const struct shape *shape)
{
	if (!is_solid(shape->pix))
		return false;
	uint8_t ground = ground_of(sketch, shape);
	if (fill_letters(shape->pix) < LETTERS_LEAST)
		return false;
	mark(map, shape, ground);
	return true;
}

static bool add_panels(const struct picture *map, const struct picture *sketch,
		       BOXA *boxes, PIXA *parts)
{
	bool any = false;
	int n = boxaGetCount(boxes);
	for (int i = 0; i < n && n <= PARTS_MAX; i++) {
		l_int32 x, y;
		boxaGetBoxGeometry(boxes, i, &x, &y, NULL, NULL);
		const struct shape shape = {pixaGetPix(parts, i, L_CLONE), x,
					    y};
		PIX *pix = shape.pix;
		any |= add_panel(map, sketch, &shape);
		pixDestroy(&pix);
	}
	return any;
}

int panels_find(const struct picture *sketch, unsigned level,
		struct picture *out, struct err *err)
{
	static const uint8_t nothing[4] = {0};
	*out = (struct picture){
		.width = sketch->width,
		.height = sketch->height,
		.channels = 1,
	};
	if (picture_init(out, err) < 0)
		return -1;
	picture_fill(out, nothing);
	PIX *dark = survey_ink(sketch, level);
	PIXA *parts = NULL;
	BOXA *boxes = dark ? pixConnComp(dark, &parts, 4) : NULL;
	bool failed = boxes == NULL;
	bool any = !failed && add_panels(out, sketch, boxes, parts);
	boxaDestroy(&boxes);
	pixaDestroy(&parts);
	pixDestroy(&dark);
	if (!any)
		picture_release(out);
	return failed ? err_set(err, ERR_TOO_LARGE, "no memory for its parts")
		      : any;
}

static uint8_t inverted(uint8_t level, uint8_t mark)
{
	int ground = mark - 1;
	if (mark == PANELS_EDGE || level <= ground)
		return UINT8_MAX;
	return (uint8_t)(UINT8_MAX -
			 (level - ground) * UINT8_MAX / (UINT8_MAX - ground));
}

void panels_invert(const struct picture *picture, unsigned n,
		   const struct picture *map)
{
	for (unsigned y = 0; y < picture->height; y++) {
		uint8_t *row = picture_row(picture, y);
		const uint8_t *marks =
			picture_row(map, MIN(y / n, map->height - 1));
		for (unsigned x = 0; x < picture->width; x++) {
			uint8_t mark = marks[MIN(x / n, map->width - 1)];
			if (mark)
				row[x] = inverted(row[x], mark);
		}
	}
}
