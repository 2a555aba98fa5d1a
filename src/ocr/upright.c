/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/upright.h"

#include "ocr/picture/straight.h"

#define UP_SURE 5 /* deviations from chance */
#define LETTERS_SURE 100
#define WELL 0.5    /* of what all its letters would be worth */
#define CLEARLY 1.4 /* times better */

#define LEGIBLE 0.1
#define LETTERS_CHECKED 1000
#define LETTERS_DOUBTED 6000 /* even when they look like lines */
#define LETTERS_STREWN 5000  /* when they look like none at all */

static const bool tried[][4] = {
	[SURVEY_LYING] = {true, false, true, false},
	[SURVEY_STANDING] = {true, true, false, true},
	[SURVEY_EITHER] = {true, true, true, true},
};

static struct picture window_of(const struct prepared *prepared,
				const struct survey_window *window,
				unsigned side)
{
	struct picture part = prepared->picture;
	unsigned x = MIN(window->x, part.width - 1);
	unsigned y = MIN(window->y, part.height - 1);
	part.width = MIN(side, part.width - x);
	part.height = MIN(side, part.height - y);
	part.pixels = picture_row(&prepared->picture, y) + x;
	return part;
}

static int try_way(struct engine *engine, const struct picture *part,
		   unsigned quarters, double *out, struct err *err)
{
	struct picture turned;
	struct matrix back;
	struct found found;
	if (straight_quarters(part, quarters, &turned, &back, err) < 0)
		return -1;
	found_init(&found);
	*out = engine_read(engine, &turned, ENGINE_BLOCK, &found) == 0
		       ? found_worth(&found)
		       : 0;
	found_release(&found);
	picture_release(&turned);
	return 0;
}

/* Of all its letters those that are read for sure, in the best way; upright
 * counts for more. Of the densest window it says which way that is; of a part
 * of the others, whether there is a text at all. */
struct reading {
	unsigned quarters;
	double part;
};

static int best_way(struct engine *engine, const struct prepared *prepared,
		    unsigned number, struct reading *out, struct err *err)
{
	const struct survey *survey = &prepared->survey;
	const struct survey_window *window = &survey->windows[number];
	unsigned smaller = number ? 2 : 1;
	double letters = (double)window->letters / (smaller * smaller);
	struct picture part =
		window_of(prepared, window, survey->side / smaller);
	*out = (struct reading){0, 0};
	for (unsigned quarters = 0; quarters < 4; quarters++) {
		double value = 0;
		if (!tried[survey->axis][quarters])
			continue;
		if (try_way(engine, &part, quarters, &value, err) < 0)
			return -1;
		value /= letters;
		if (quarters == 0 || value > out->part)
			*out = (struct reading){
				quarters, quarters ? value : value * CLEARLY};
		if (quarters == 0 && value > WELL)
			return 0;
	}
	return 0;
}

/* Of many letters that none can be read of, where they are close together and
 * where they are not, the rest is not tried: a picture of a tree. */
static int check_sense(struct engine *engine, struct prepared *prepared,
		       const struct reading *first, struct err *err)
{
	struct reading reading = *first;
	for (unsigned i = 1; i < SURVEY_WINDOWS && reading.part < LEGIBLE; i++)
		if (best_way(engine, prepared, i, &reading, err) < 0)
			return -1;
	prepared->has_text = reading.part >= LEGIBLE;
	return 0;
}

static bool lies_upright(const struct survey *survey)
{
	return survey->axis == SURVEY_LYING && survey->up > UP_SURE &&
	       survey->letters >= LETTERS_SURE;
}

int upright_turn(struct engine *engine, struct prepared *prepared,
		 struct err *err)
{
	const struct survey *survey = &prepared->survey;
	struct picture turned;
	struct matrix back;
	struct reading reading;
	bool is_sure = lies_upright(survey);
	if (is_sure && survey->letters < LETTERS_DOUBTED &&
	    !prepared->is_intricate)
		return 0;
	prepared->has_text = survey->axis != SURVEY_EITHER ||
			     survey->letters < LETTERS_STREWN;
	if (!prepared->has_text)
		return 0;
	if (best_way(engine, prepared, 0, &reading, err) < 0)
		return -1;
	if ((survey->letters >= LETTERS_CHECKED || prepared->is_intricate) &&
	    check_sense(engine, prepared, &reading, err) < 0)
		return -1;
	if (is_sure || reading.quarters == 0 || !prepared->has_text)
		return 0;
	if (straight_quarters(&prepared->picture, reading.quarters, &turned,
			      &back, err) < 0)
		return -1;
	prepare_replace(prepared, &turned, &back);
	return 0;
}
