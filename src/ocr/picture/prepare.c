/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/picture/prepare.h"

#include "ocr/picture/dust.h"
#include "ocr/picture/grain.h"
#include "ocr/picture/light.h"
#include "ocr/picture/panels.h"
#include "ocr/picture/straight.h"

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
#define GRAIN_MOST 40   /* of small letters, that are read as they are */
#define GRAIN_SPECKS 0.02
#define HEIGHT_SMALL 11

/* Specks, when letters are few beside them. Each would be read as if it might
 * be a word, for minutes. */
#define DUST 2000
/* Of a side, in the sketch and in the picture: full stops of small letters have
 * more. */
#define SPECK 4
#define CORNERS 300000
#define CORNERS_MOST 400ull /* a letter; noise has more */
#define SPECK_MOST 10

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

/* Rules of tables, and what a page lies on: all that would be read. */
static int clear(struct prepared *p, const struct light *light, struct err *err)
{
	if (!p->survey.has_grid && !light->has_ground)
		return 0;
	return survey_clear(&p->picture, sketch_scale(&p->picture), err);
}

static int even_light(struct prepared *p, const struct light *light,
		      struct err *err)
{
	struct picture next = p->picture;
	if (light_is_plain(light) && !p->survey.has_grid)
		return 0;
	if (!is_own(p) && init_alike(&p->picture, &next, err) < 0)
		return -1;
	light_even(light, &p->picture, &next);
	if (!is_own(p))
		prepare_replace(p, &next, &MATRIX_IDENTITY);
	return 0;
}

int prepare_own(struct prepared *p, struct err *err)
{
	struct picture next;
	if (is_own(p))
		return 0;
	if (init_alike(&p->picture, &next, err) < 0)
		return -1;
	for (unsigned y = 0; y < next.height; y++)
		memcpy(picture_row(&next, y), picture_row(&p->picture, y),
		       next.width);
	prepare_replace(p, &next, &MATRIX_IDENTITY);
	return 0;
}

static void invert(const struct picture *picture)
{
	for (unsigned y = 0; y < picture->height; y++) {
		uint8_t *row = picture_row(picture, y);
		for (unsigned x = 0; x < picture->width; x++)
			row[x] ^= UINT8_MAX;
	}
}

/* All of both is dark on bright then. */
static int invert_all(struct prepared *p, const struct picture *sketch,
		      const struct picture *map, bool is_negative,
		      struct err *err)
{
	if (prepare_own(p, err) < 0)
		return -1;
	if (is_negative)
		invert(&p->picture);
	panels_invert(&p->picture, sketch_scale(&p->picture), map);
	panels_invert(sketch, 1, map);
	return 1;
}

/* 1: what is bright on dark in a page that is not, or the other way round, is
 * no longer, in the sketch as well. */
static int invert_panels(struct prepared *p, const struct picture *sketch,
			 const struct light *light, struct err *err)
{
	struct picture map;
	if (light->dark_level == 0)
		return 0;
	if (light->is_negative)
		invert(sketch);
	int found = panels_find(sketch, light->dark_level, &map, err);
	if (found > 0) {
		found = invert_all(p, sketch, &map, light->is_negative, err);
		picture_release(&map);
	} else if (light->is_negative) {
		invert(sketch);
	}
	return found;
}

static int measure_light(struct prepared *p, const struct picture *sketch,
			 double noise, struct light *light, struct err *err)
{
	if (light_measure(sketch, noise, light, err) < 0)
		return -1;
	int changed = invert_panels(p, sketch, light, err);
	if (changed == 0)
		return 0;
	light_release(light);
	return changed < 0 ? -1 : light_measure(sketch, noise, light, err);
}

static void scale_windows(struct survey *survey, double across, double down)
{
	for (unsigned i = 0; i < SURVEY_WINDOWS; i++) {
		struct survey_window *window = &survey->windows[i];
		window->x = (unsigned)(window->x * across);
		window->y = (unsigned)(window->y * down);
	}
}

/* Looks at a smaller picture of the same. */
static int look(struct prepared *p, double noise, struct light *light,
		struct err *err)
{
	struct picture sketch;
	unsigned n = sketch_scale(&p->picture);
	if (grain_shrink(&p->picture, n, &sketch, err) < 0)
		return -1;
	int result = measure_light(p, &sketch, noise, light, err);
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
	p->survey.side *= n;
	scale_windows(&p->survey, n, n);
	return result;
}

/* The median of nine takes small letters away with the noise, which is less
 * when they are made larger. */
static int look_closely(struct prepared *p, struct light *light,
			struct err *err)
{
	const struct picture source = p->picture;
	struct grain grain = grain_measure(&source);
	double noise = grain.deviation;
	if (!grain_is_coarse(&grain))
		return look(p, noise, light, err);
	if (remove_grain(p, &noise, err) < 0 || look(p, noise, light, err) < 0)
		return -1;
	if (grain.deviation > GRAIN_MOST || grain.specks > GRAIN_SPECKS ||
	    p->survey.height >= HEIGHT_SMALL ||
	    p->survey.letters < LETTERS_TOLD)
		return 0;
	light_release(light);
	picture_release(&p->own);
	*p = (struct prepared){.picture = source, .back = MATRIX_IDENTITY};
	return look(p, grain.deviation, light, err);
}

static bool is_dusty(unsigned specks, const struct survey *survey)
{
	return specks > DUST && specks > 4 * survey->letters;
}

/* Specks are cleared, in the picture as well as in the sketch, where they may
 * have looked like something; of what falls into too many parts nothing is
 * read. */
static int remove_dust(struct prepared *p, struct err *err)
{
	unsigned least = MIN(SPECK * sketch_scale(&p->picture), SPECK_MOST);
	struct light light;
	struct dust dust;
	if (dust_count(&p->picture, least, &dust, err) < 0)
		return -1;
	if (dust.large > DUST_PARTS_MAX)
		p->survey.letters = 0;
	p->is_intricate = dust.corners > CORNERS &&
			  dust.corners > CORNERS_MOST * p->survey.letters;
	if (dust.large > DUST_PARTS_MAX ||
	    !is_dusty(MAX(dust.small, p->survey.specks), &p->survey))
		return 0;
	if (prepare_own(p, err) < 0 ||
	    dust_clear(&p->picture, least, err) < 0 ||
	    look(p, 0, &light, err) < 0)
		return -1;
	light_release(&light);
	return 0;
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
	for (unsigned i = 0; i < SURVEY_WINDOWS; i++) {
		struct survey_window *window = &survey->windows[i];
		window->x -= MIN(window->x, left);
		window->y -= MIN(window->y, top);
	}
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
	p->survey.side = (unsigned)(p->survey.side * scale);
	scale_windows(&p->survey, scale, scale);
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
	scale_windows(&p->survey, next.width / width, next.height / height);
	return 0;
}

/* All that is not done to lengths and angles. */
static int improve(struct prepared *p, const struct light *light,
		   struct err *err)
{
	if (p->survey.letters == 0)
		return 0;
	if (even_light(p, light, err) < 0 || remove_dust(p, err) < 0 ||
	    clear(p, light, err) < 0)
		return -1;
	p->is_photo = light->has_ground || light->is_uneven;
	if (light->has_ground && p->survey.letters >= LETTERS_TOLD)
		crop(p);
	return 0;
}

int prepare(const struct picture *source, struct prepared *out, struct err *err)
{
	struct light light;
	*out = (struct prepared){
		.picture = *source,
		.back = MATRIX_IDENTITY,
	};
	if (look_closely(out, &light, err) < 0)
		goto failed;
	int result = improve(out, &light, err);
	light_release(&light);
	out->has_text = out->survey.letters > 0;
	if (result == 0 && rescale(out, err) == 0 && straighten(out, err) == 0)
		return 0;
failed:
	prepare_release(out);
	return -1;
}
