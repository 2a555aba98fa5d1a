/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/picture/survey.h"

#include "ocr/picture/light.h"

#include <allheaders.h>
#include <glib.h>
#include <math.h>

#define PAGE_PARTS_MAX 40000 /* a page of a newspaper has fewer */

/* Of a letter, pixels. */
#define LETTER_LEAST 4
#define LETTER_MOST 150
#define LETTER_WIDE 8 /* times its height: letters that touch */

/* Of its surface; pictures have more. */
#define GRID_INK 0.12

/* Of the usual height; more than one for so many letters are rows of them. */
#define DOT_MOST 0.45
#define DOT_HIGH 6
#define DOTS_LEAST 12
#define DOTS_PART 8

#define EDGE 2

#define SWEEP_DEGREES 16
#define SWEEP_STEP 1
#define SWEEP_EXACT 0.02
#define SKEW_SURE 2.5 /* of Leptonica's confidences, 3 is usual for a page */

/* How much better lines can be told one way than the other. */
#define AXIS_SURE 1.6

#define WINDOW_HEIGHTS 36 /* letters; a dozen lines */

#define RADIAN (180 / G_PI)

struct letters {
	PIX *pix;      /* ink of letters' size alone */
	GArray *boxes; /* struct letter */
};

struct letter {
	unsigned x, y, width, height;
};

PIX *survey_ink(const struct picture *picture, unsigned level)
{
	PIX *pix = pixCreate((int)picture->width, (int)picture->height, 1);
	if (pix == NULL)
		return NULL;
	l_uint32 *data = pixGetData(pix);
	int words = pixGetWpl(pix);
	for (unsigned y = 0; y < picture->height; y++, data += words) {
		const uint8_t *row = picture_row(picture, y);
		for (unsigned x = 0; x < picture->width; x++)
			data[x / 32] |= (l_uint32)(row[x] < level)
					<< (31 - x % 32);
	}
	return pix;
}

static bool is_letter(const struct letter *letter)
{
	return letter->height >= LETTER_LEAST &&
	       letter->height <= LETTER_MOST &&
	       letter->width <= LETTER_MOST * 2 &&
	       letter->width <= LETTER_WIDE * letter->height &&
	       letter->height <= LETTER_WIDE * MAX(letter->width, 2);
}

static bool is_grid(PIX *part)
{
	l_int32 ink = 0, width = pixGetWidth(part), height = pixGetHeight(part);
	return width > LETTER_MOST && height > LETTER_MOST &&
	       pixCountPixels(part, &ink, NULL) == 0 &&
	       ink < GRID_INK * width * height;
}

/* Takes what is of no letter's size out of the picture. */
static int pick_letters(PIX *pix, struct letters *out, struct survey *survey)
{
	PIXA *parts = NULL;
	BOXA *boxes = pixConnComp(pix, &parts, 8);
	int n = boxes ? boxaGetCount(boxes) : -1;
	for (int i = 0; i < n && n <= PAGE_PARTS_MAX; i++) {
		l_int32 x, y, width, height;
		boxaGetBoxGeometry(boxes, i, &x, &y, &width, &height);
		const struct letter letter = {(unsigned)x, (unsigned)y,
					      (unsigned)width,
					      (unsigned)height};
		if (is_letter(&letter)) {
			g_array_append_val(out->boxes, letter);
			continue;
		}
		PIX *part = pixaGetPix(parts, i, L_CLONE);
		survey->specks += width < LETTER_LEAST && height < LETTER_LEAST;
		survey->has_grid |= is_grid(part);
		pixRasterop(pix, x, y, width, height, PIX_SRC ^ PIX_DST, part,
			    0, 0);
		pixDestroy(&part);
	}
	boxaDestroy(&boxes);
	pixaDestroy(&parts);
	return n < 0 ? -1 : 0;
}

static void find_bounds(const GArray *boxes, struct survey *survey)
{
	survey->left = survey->top = UINT_MAX;
	for (unsigned i = 0; i < boxes->len; i++) {
		const struct letter *l =
			&g_array_index(boxes, struct letter, i);
		survey->left = MIN(survey->left, l->x);
		survey->top = MIN(survey->top, l->y);
		survey->right = MAX(survey->right, l->x + l->width);
		survey->bottom = MAX(survey->bottom, l->y + l->height);
	}
}

static unsigned height_of(const struct letter *letter)
{
	return MIN(MAX(letter->height, letter->width / 2), LETTER_MOST);
}

static double middle_of(const unsigned histogram[LETTER_MOST + 1], unsigned n)
{
	unsigned seen = 0, height = 0;
	while (height < LETTER_MOST && (seen += histogram[height]) * 2 < n)
		height++;
	return height;
}

/* Of most letters; where that is no more than a dot has, and more paper is
 * covered by higher ones, of these. */
static void judge_heights(const GArray *boxes, struct survey *survey)
{
	unsigned letters[LETTER_MOST + 1] = {0}, n = boxes->len;
	unsigned covered[LETTER_MOST + 1] = {0}, all = 0, dots = 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned height =
			height_of(&g_array_index(boxes, struct letter, i));
		letters[height]++;
		covered[height] += height;
		all += height;
	}
	double usual = middle_of(letters, n), most = middle_of(covered, all);
	survey->height = usual <= DOT_HIGH && most >= 2 * usual ? most : usual;
	for (unsigned i = 0; i <= survey->height * DOT_MOST; i++)
		dots += letters[i];
	survey->has_dots = survey->specks + dots > DOTS_LEAST &&
			   (survey->specks + dots) * DOTS_PART > n - dots;
}

struct lines {
	float angle, sure, score;
};

static struct lines find_lines(PIX *pix)
{
	struct lines lines = {0, 0, 0};
	if (pixFindSkewSweepAndSearchScore(pix, &lines.angle, &lines.sure,
					   &lines.score, 2, 1, 0, SWEEP_DEGREES,
					   SWEEP_STEP, SWEEP_EXACT) != 0)
		return (struct lines){0, 0, 0};
	return lines;
}

/* Whether lines lie, and at what angle. */
static void judge_lines(PIX *pix, struct survey *survey)
{
	PIX *turned = pixRotate90(pix, 1);
	struct lines lying = find_lines(pix);
	struct lines standing = turned ? find_lines(turned) : lying;
	pixDestroy(&turned);
	survey->axis = SURVEY_EITHER;
	if (lying.score > standing.score * AXIS_SURE)
		survey->axis = SURVEY_LYING;
	else if (standing.score > lying.score * AXIS_SURE)
		survey->axis = SURVEY_STANDING;
	const struct lines *lines =
		lying.score >= standing.score ? &lying : &standing;
	survey->angle = lines->sure >= SKEW_SURE ? lines->angle : 0;
}

static void judge_way_up(PIX *pix, struct survey *survey)
{
	float up = 0;
	PIX *straight = pixRotate(pix, (float)(survey->angle / RADIAN),
				  L_ROTATE_SHEAR, L_BRING_IN_WHITE, 0, 0);
	if (straight && survey->axis == SURVEY_LYING)
		pixUpDownDetect(straight, &up, 0, 0, 0);
	survey->up = up;
	pixDestroy(&straight);
}

static int by_letters(const void *a, const void *b)
{
	const struct survey_window *left = a, *right = b;
	return (left->letters < right->letters) -
	       (left->letters > right->letters);
}

/* Of squares that overlap by half those with most letters, with fewer than two
 * thirds and than one third of the others. */
static void pick_windows(GArray *squares, struct survey *survey)
{
	g_array_sort(squares, by_letters);
	for (unsigned i = 0; i < SURVEY_WINDOWS; i++)
		survey->windows[i] =
			g_array_index(squares, struct survey_window,
				      squares->len * i / SURVEY_WINDOWS);
}

static void find_windows(const GArray *boxes, const struct picture *picture,
			 struct survey *survey)
{
	unsigned side = (unsigned)(survey->height * WINDOW_HEIGHTS);
	unsigned step = side / 2;
	unsigned columns = picture->width / step + 2;
	unsigned rows = picture->height / step + 2;
	g_autofree unsigned *counts = g_new0(unsigned, columns *rows);
	g_autoptr(GArray) squares =
		g_array_new(FALSE, FALSE, sizeof(struct survey_window));
	for (unsigned i = 0; i < boxes->len; i++) {
		const struct letter *l =
			&g_array_index(boxes, struct letter, i);
		counts[l->y / step * columns + l->x / step]++;
	}
	survey->side = side;
	for (unsigned row = 0; row + 1 < rows; row++)
		for (unsigned column = 0; column + 1 < columns; column++) {
			const unsigned *c = counts + row * columns + column;
			const struct survey_window square = {
				column * step, row * step,
				c[0] + c[1] + c[columns] + c[columns + 1]};
			if (square.letters)
				g_array_append_val(squares, square);
		}
	pick_windows(squares, survey);
}

static int look(const struct picture *picture, struct letters *letters,
		struct survey *survey)
{
	if (pick_letters(letters->pix, letters, survey) < 0)
		return -1;
	survey->letters = letters->boxes->len;
	if (survey->letters == 0)
		return 0;
	judge_heights(letters->boxes, survey);
	find_bounds(letters->boxes, survey);
	judge_lines(letters->pix, survey);
	judge_way_up(letters->pix, survey);
	find_windows(letters->boxes, picture, survey);
	return 0;
}

int survey_page(const struct picture *picture, struct survey *survey,
		struct err *err)
{
	struct letters letters = {
		.pix = survey_ink(picture, LIGHT_THRESHOLD),
		.boxes = g_array_new(FALSE, FALSE, sizeof(struct letter)),
	};
	*survey = (struct survey){.axis = SURVEY_EITHER};
	int result = letters.pix ? look(picture, &letters, survey) : -1;
	pixDestroy(&letters.pix);
	g_array_free(letters.boxes, TRUE);
	if (result < 0)
		return err_set(err, ERR_TOO_LARGE, "no memory for its parts");
	return 0;
}

/* White where a mask is set, and a bit more, as edges are soft. */
static void paint(const struct picture *picture, PIX *mask)
{
	const l_uint32 *data = pixGetData(mask);
	int words = pixGetWpl(mask), width = (int)picture->width;
	int height = (int)picture->height;
	for (int y = 0; y < height; y++, data += words)
		for (int x = 0; x < width; x++) {
			if (!(data[x / 32] >> (31 - x % 32) & 1))
				continue;
			int from = MAX(x - EDGE, 0);
			int to = MIN(x + EDGE + 1, width);
			for (int row = MAX(y - EDGE, 0);
			     row < MIN(y + EDGE + 1, height); row++)
				memset(picture_row(picture, (unsigned)row) +
					       from,
				       UINT8_MAX, (size_t)(to - from));
		}
}

/* Takes everything out of `ink` that is no larger than letters. A part at a
 * time and in no memory of its own: those that cross each other's boxes, as
 * slanting lines, would take a picture for each. */
static int keep_large(PIX *ink, PIX *left, L_STACK *stack, int most)
{
	l_int32 x = 0, y = 0;
	while (nextOnPixelInRaster(left, x, y, &x, &y)) {
		l_int32 width, height;
		BOX *box = pixSeedfillBB(left, stack, x, y, 8);
		if (box == NULL)
			return -1;
		boxGetGeometry(box, NULL, NULL, &width, &height);
		boxDestroy(&box);
		if (height <= most && width <= most * 2 &&
		    pixSeedfill(ink, stack, x, y, 8) != 0)
			return -1;
	}
	return 0;
}

int survey_clear(const struct picture *picture, unsigned n, struct err *err)
{
	PIX *ink = survey_ink(picture, LIGHT_THRESHOLD);
	PIX *left = ink ? pixCopy(NULL, ink) : NULL;
	L_STACK *stack = lstackCreate(0);
	if (stack)
		stack->auxstack = lstackCreate(0);
	int result =
		left && stack && stack->auxstack
			? keep_large(ink, left, stack, LETTER_MOST * (int)n)
			: -1;
	if (result == 0)
		paint(picture, ink);
	lstackDestroy(&stack, TRUE);
	pixDestroy(&left);
	pixDestroy(&ink);
	return result == 0
		       ? 0
		       : err_set(err, ERR_TOO_LARGE, "no memory for its parts");
}
