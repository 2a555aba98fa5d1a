/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/upright.h"

#include "ocr/straight.h"

#define UP_SURE 5 /* deviations from chance */
#define LETTERS_SURE 100
#define WELL 0.5    /* of what all its letters would be worth */
#define CLEARLY 1.4 /* times better */

static const bool tried[][4] = {
	[SURVEY_LYING] = {true, false, true, false},
	[SURVEY_STANDING] = {true, true, false, true},
	[SURVEY_EITHER] = {true, true, true, true},
};

static struct picture window_of(const struct prepared *prepared)
{
	const struct survey *survey = &prepared->survey;
	struct picture part = prepared->picture;
	unsigned x = MIN(survey->x, part.width - 1);
	unsigned y = MIN(survey->y, part.height - 1);
	part.width = MIN(survey->window, part.width - x);
	part.height = MIN(survey->window, part.height - y);
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

static int best_way(struct engine *engine, const struct prepared *prepared,
		    unsigned *out, struct err *err)
{
	const struct survey *survey = &prepared->survey;
	struct picture part = window_of(prepared);
	double best = 0;
	*out = 0;
	for (unsigned quarters = 0; quarters < 4; quarters++) {
		double value = 0;
		if (!tried[survey->axis][quarters])
			continue;
		if (try_way(engine, &part, quarters, &value, err) < 0)
			return -1;
		if (quarters == 0 && value > survey->window_letters * WELL)
			return 0;
		if (quarters == 0)
			best = value * CLEARLY;
		else if (value > best) {
			best = value;
			*out = quarters;
		}
	}
	return 0;
}

int upright_turn(struct engine *engine, struct prepared *prepared,
		 struct err *err)
{
	const struct survey *survey = &prepared->survey;
	struct picture turned;
	struct matrix back;
	unsigned quarters = 0;
	if (survey->axis == SURVEY_LYING && survey->up > UP_SURE &&
	    survey->letters >= LETTERS_SURE)
		return 0;
	if (best_way(engine, prepared, &quarters, err) < 0)
		return -1;
	if (quarters == 0)
		return 0;
	if (straight_quarters(&prepared->picture, quarters, &turned, &back,
			      err) < 0)
		return -1;
	prepare_replace(prepared, &turned, &back);
	return 0;
}
