/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/prepare.h"

#include "ocr/grain.h"
#include "ocr/light.h"
#include "ocr/straight.h"

#include <glib.h>
#include <math.h>

#define SKETCH_PIXELS 2200000. /* A4 at 150 dots an inch */
#define PIXELS_MAX 40000000.   /* of what is made larger */

/* Tesseract takes 32767, and a picture that is turned grows. */
#define SIDE_MAX 24000.

/* Letters, in pixels: those that are read well, and what others become. */
#define HEIGHT_LEAST 14
#define HEIGHT_MOST 90
#define HEIGHT_GOOD 26
#define SCALE_MOST 4.

#define GRAIN_LEFT 0.45 /* of the deviation, by grain_remove() */

/* Specks, when letters are few beside them. Each would be read as if it might
 * be a word, for minutes. */
#define DUST 2000

#define CROP_MARGIN 2.5 /* heights of letters */

#define SKEW_LEAST 0.4  /* degrees */
#define LETTERS_TOLD 12 /* fewer say little about lines */

void prepare_replace(struct prepared *prepared, const struct picture *next,
		     const struct matrix *back)
{
	picture_release(&prepared->own);
	prepared->own = prepared->picture = *next;
	prepared->back = matrix_then(back, &prepared->back);
}

void prepare_release(struct prepared *prepared)
{
	picture_release(&prepared->own);
}

static bool is_own(const struct prepared *prepared)
{
	return prepared->own.pixels != NULL;
}

static int init_alike(const struct picture *picture, struct picture *out,
		      struct err *err)
{
	*out = (struct picture){
		.width = picture->width,
		.height = picture->height,
		.channels = 1,
	};
	return picture_init(out, err);
}

static int remove_grain(struct prepared *p, double *noise, struct err *err)
{
	struct picture next;
	struct grain grain = grain_measure(&p->picture);
	*noise = grain.deviation;
	if (!grain_is_coarse(&grain))
		return 0;
	*noise *= GRAIN_LEFT;
	if (init_alike(&p->picture, &next, err) < 0)
		return -1;
	grain_remove(&p->picture, &next);
	prepare_replace(p, &next, &MATRIX_IDENTITY);
	return 0;
}

/* How many pixels of a side are one of the sketch. */
static unsigned sketch_scale(const struct picture *picture)
{
	double pixels = (double)picture->width * picture->height;
	return (unsigned)ceil(sqrt(pixels / SKETCH_PIXELS));
}

static bool is_dusty(const struct survey *survey)
{
	return survey->specks > DUST && survey->specks > 4 * survey->letters;
}

/* Rules of tables, what a page lies on, dust: all that would be read. */
static int clear(struct prepared *p, const struct light *light, struct err *err)
{
	unsigned n = sketch_scale(&p->picture);
	if (is_dusty(&p->survey) &&
	    survey_clear(&p->picture, n, SURVEY_SPECKS, err) < 0)
		return -1;
	if (!p->survey.has_grid && !light->has_ground)
		return 0;
	return survey_clear(&p->picture, n, SURVEY_LARGE, err);
}

static int even_light(struct prepared *p, const struct light *light,
		      struct err *err)
{
	struct picture next = p->picture;
	if (light_is_plain(light) && !is_dusty(&p->survey) &&
	    !p->survey.has_grid)
		return 0;
	if (!is_own(p) && init_alike(&p->picture, &next, err) < 0)
		return -1;
	light_even(light, &p->picture, &next);
	if (!is_own(p))
		prepare_replace(p, &next, &MATRIX_IDENTITY);
	return clear(p, light, err);
}

/* Looks at a smaller picture of the same. */
static int look(struct prepared *p, double noise, struct light *light,
		struct err *err)
{
	struct picture sketch;
	unsigned n = sketch_scale(&p->picture);
	if (grain_shrink(&p->picture, n, &sketch, err) < 0)
		return -1;
	int result = light_measure(&sketch, noise, light, err);
	if (result == 0) {
		light_even(light, &sketch, &sketch);
		result = survey_page(&sketch, &p->survey, err);
		if (result < 0)
			light_release(light);
	}
	picture_release(&sketch);
	p->survey.height *= n;
	p->survey.left *= n;
	p->survey.top *= n;
	p->survey.right *= n;
	p->survey.bottom *= n;
	p->survey.x *= n;
	p->survey.y *= n;
	p->survey.window *= n;
	return result;
}

/* Leaves away what the page lies on. */
static void crop(struct prepared *p)
{
	struct picture *picture = &p->picture;
	struct survey *survey = &p->survey;
	unsigned margin = (unsigned)(survey->height * CROP_MARGIN);
	unsigned left = survey->left - MIN(survey->left, margin);
	unsigned top = survey->top - MIN(survey->top, margin);
	picture->pixels = picture_row(picture, top) + left;
	picture->width = MIN(survey->right + margin, picture->width) - left;
	picture->height = MIN(survey->bottom + margin, picture->height) - top;
	survey->x -= MIN(survey->x, left);
	survey->y -= MIN(survey->y, top);
	const struct matrix back = {{1, 0, left, 0, 1, top}};
	p->back = matrix_then(&back, &p->back);
}

static double wanted_scale(const struct prepared *p)
{
	double height = p->survey.height;
	double pixels = (double)p->picture.width * p->picture.height;
	double scale = 1;
	if (p->survey.letters >= LETTERS_TOLD &&
	    (height < HEIGHT_LEAST || height > HEIGHT_MOST))
		scale = HEIGHT_GOOD / height;
	scale = MIN(MIN(scale, SCALE_MOST), MAX(sqrt(PIXELS_MAX / pixels), 1));
	return MIN(scale, SIDE_MAX / MAX(p->picture.width, p->picture.height));
}

static int rescale(struct prepared *p, struct err *err)
{
	double scale = wanted_scale(p);
	struct picture next;
	struct matrix back;
	if (scale == 1)
		return 0;
	if (straight_scale(&p->picture, scale, &next, &back, err) < 0)
		return -1;
	prepare_replace(p, &next, &back);
	p->survey.height *= scale;
	p->survey.x = (unsigned)(p->survey.x * scale);
	p->survey.y = (unsigned)(p->survey.y * scale);
	p->survey.window = (unsigned)(p->survey.window * scale);
	return 0;
}

static int straighten(struct prepared *p, struct err *err)
{
	double angle = p->survey.angle;
	struct picture next;
	struct matrix back;
	p->survey.angle = 0;
	if (fabs(angle) < SKEW_LEAST || p->survey.letters < LETTERS_TOLD)
		return 0;
	double width = p->picture.width, height = p->picture.height;
	if (straight_turn(&p->picture, angle, &next, &back, err) < 0)
		return -1;
	prepare_replace(p, &next, &back);
	p->survey.x = (unsigned)(p->survey.x * next.width / width);
	p->survey.y = (unsigned)(p->survey.y * next.height / height);
	return 0;
}

int prepare(const struct picture *source, struct prepared *out, struct err *err)
{
	struct light light;
	double noise = 0;
	*out = (struct prepared){
		.picture = *source,
		.back = MATRIX_IDENTITY,
	};
	if (remove_grain(out, &noise, err) < 0 ||
	    look(out, noise, &light, err) < 0)
		goto failed;
	out->has_text = out->survey.letters > 0;
	int result = even_light(out, &light, err);
	if (light.has_ground && out->survey.letters >= LETTERS_TOLD)
		crop(out);
	light_release(&light);
	if (result == 0 && rescale(out, err) == 0 && straighten(out, err) == 0)
		return 0;
failed:
	prepare_release(out);
	return -1;
}
