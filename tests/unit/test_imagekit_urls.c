/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transformations as people write them: all are read, and nothing of what they
 * say is lost on the way to the plan. Each item is left out in turn: the plan
 * is another one then, or the item is one that does nothing, for a reason that
 * is named here.
 */
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/grammar/parameters.h"
#include "api/imagekit/delivery/grammar/url.h"
#include "base/encode.h"
#include "imagekit_urls.h"
#include "plan_text.h"

#include <stdlib.h>

#define ITEMS_MAX 200

static struct str resolve(const void *user, struct str name)
{
	(void)user;
	(void)name;
	return STR("tr:e-distort-a-7");
}

/* What a transformation comes to, in words; *err has what refuses it. */
static struct str outcome(struct arena *arena, struct str steps,
			  struct err *err)
{
	struct str text;
	struct imagekit_wanted wanted;
	const struct imagekit_transformation in = {
		.path = steps,
		.resolve = resolve,
		.hints = {.accept = STR("image/webp"),
			  .width = STR("120"),
			  .dpr = STR("3")},
		.custom_coordinates = STR("1,2,30,40"),
	};
	*err = (struct err){0};
	if (imagekit_grammar(&in, arena, &wanted, err) < 0)
		return STR("");
	if (image_plan_text(&wanted.plan, arena, &text, err) < 0)
		fail_msg("%.*s: %s", STR_ARG(steps), err->text);
	return arena_printf(arena, "%.*s %.*s %u", STR_ARG(text),
			    STR_ARG(wanted.instead), wanted.vary);
}

/* The URL's transformations, one behind the other. */
static struct str steps_of(struct arena *arena, struct str url)
{
	struct imagekit_url read;
	struct str rest = url;
	if (str_starts(url, STR("pre: ")))
		return str_skip(url, 5);
	struct str path = str_split(&rest, '?');
	imagekit_url_read(arena, path, rest, &read);
	struct str steps = read.readings[0].steps;
	if (steps.n == 0 || read.query.n == 0)
		return steps.n ? steps : read.query;
	return arena_printf(arena, "%.*s:%.*s", STR_ARG(steps),
			    STR_ARG(read.query));
}

struct item {
	size_t from, to; /* in the steps */
	enum tr_parameter parameter;
	unsigned step; /* those of one step of one layer have one number */
	bool is_shown; /* not in a layer of a video */
};

struct row {
	struct str steps;
	struct item items[ITEMS_MAX];
	size_t n;
};

/* Steps that are encoded as a whole are decoded, so that their separators
 * show. */
static void read_row(struct arena *arena, struct str url, struct row *row)
{
	unsigned layers[4] = {0}, depth = 0, steps = 0;
	bool shown[4] = {true, true, true, true};
	size_t from = 0;
	row->n = 0;
	row->steps = steps_of(arena, url);
	if (str_find(row->steps, ',') < 0)
		row->steps = percent_decode(arena, row->steps);
	struct str all = row->steps;
	for (size_t i = 0; i <= all.n; i++) {
		if (i < all.n && all.p[i] != ',' && all.p[i] != ':')
			continue;
		struct str value, text = str_trim(str_sub(all, from, i));
		struct item item = {from, i, tr_parameter_of(text, &value),
				    layers[depth], shown[depth]};
		assert_in_range(row->n, 0, ITEMS_MAX - 1);
		row->items[row->n++] = item;
		from = i + 1;
		if (str_eq(text, STR("l-end"))) {
			depth -= depth > 0;
		} else if (str_starts(text, STR("l-")) && depth < 3) {
			bool is_seen = str_eq(text, STR("l-image")) ||
				       str_eq(text, STR("l-text"));
			shown[depth + 1] = shown[depth] && is_seen;
			depth++;
			layers[depth] = ++steps;
		}
		if (i < all.n && all.p[i] == ':')
			layers[depth] = ++steps;
	}
}

/* The parameter stands in the item's step, in another item. */
static bool is_beside(const struct row *row, const struct item *item,
		      enum tr_parameter parameter)
{
	for (size_t i = 0; i < row->n; i++)
		if (&row->items[i] != item &&
		    row->items[i].step == item->step &&
		    row->items[i].parameter == parameter)
			return true;
	return false;
}

/* A later one of the same parameter counts: in its step, of the output
 * anywhere. */
static bool is_repeated(const struct row *row, const struct item *item)
{
	enum tr_group group = tr_parameters[item->parameter].group;
	for (const struct item *other = item + 1; other < row->items + row->n;
	     other++)
		if (other->parameter == item->parameter &&
		    (other->step == item->step || group == TR_OUTPUT))
			return true;
	return false;
}

#define NONE TR_PARAMETER_COUNT

/* What counts only beside one of `with`, or not beside `without`. */
static const struct {
	enum tr_parameter parameter, with[4], without[2];
} company[] = {
	{TR_C, {TR_W, TR_H, NONE, NONE}, {TR_CM, NONE}},
	{TR_CM, {TR_W, TR_H, NONE, NONE}, {NONE, NONE}},
	{TR_FO, {TR_W, TR_H, NONE, NONE}, {NONE, NONE}},
	{TR_DPR, {TR_W, TR_H, NONE, NONE}, {NONE, NONE}},
	{TR_X, {TR_CM, NONE, NONE, NONE}, {NONE, NONE}},
	{TR_Y, {TR_CM, NONE, NONE, NONE}, {NONE, NONE}},
	{TR_XC, {TR_CM, NONE, NONE, NONE}, {NONE, NONE}},
	{TR_YC, {TR_CM, NONE, NONE, NONE}, {NONE, NONE}},
	{TR_LFO, {NONE, NONE, NONE, NONE}, {TR_LX, TR_LXC}},
	{TR_LAP, {TR_LX, TR_LY, TR_LXC, TR_LYC}, {NONE, NONE}},
	{TR_OX, {TR_OI, TR_OT, TR_OTE, TR_OBG}, {NONE, NONE}},
	{TR_OY, {TR_OI, TR_OT, TR_OTE, TR_OBG}, {NONE, NONE}},
	{TR_OFO, {TR_OI, TR_OT, TR_OTE, TR_OBG}, {TR_OX, TR_OY}},
	{TR_OH, {TR_OI, TR_OBG, NONE, NONE}, {NONE, NONE}},
	{TR_OW, {TR_OI, TR_OBG, NONE, NONE}, {NONE, NONE}},
	{TR_OIAR, {TR_OW, TR_OH, NONE, NONE}, {NONE, NONE}},
	{TR_OIX, {TR_OICM, NONE, NONE, NONE}, {NONE, NONE}},
	{TR_OIY, {TR_OICM, NONE, NONE, NONE}, {NONE, NONE}},
};

static bool lacks_company(const struct row *row, const struct item *item)
{
	for (size_t i = 0; i < COUNT(company); i++) {
		bool needs = false, has = false;
		if (company[i].parameter != item->parameter)
			continue;
		for (size_t j = 0; j < COUNT(company[i].with); j++) {
			needs |= company[i].with[j] != NONE;
			has |= company[i].with[j] != NONE &&
			       is_beside(row, item, company[i].with[j]);
		}
		for (size_t j = 0; j < COUNT(company[i].without); j++)
			if (company[i].without[j] != NONE &&
			    is_beside(row, item, company[i].without[j]))
				return true;
		return needs && !has;
	}
	bool has_width = is_beside(row, item, TR_W);
	bool has_height = is_beside(row, item, TR_H);
	/* one side and a ratio */
	if (item->parameter == TR_AR)
		return has_width == has_height;
	return is_beside(row, item, TR_AR) &&
	       ((item->parameter == TR_W && has_height) ||
		(item->parameter == TR_H && has_width));
}

/* Defaults, and values that there are none of. */
static const char *const nothing[] = {
	"ots-45",
	"fs-45",
	"c-maintain_ratio",
	"q-80",
	"q-auto",
	"lfo-center",
	"lap-top_left",
	"fo-center",
	"ia-center",
	"dpr-1",
	"dpr-1.00",
	"rt-0",
	"rt-360",
	"rt-auto",
	"pr-false",
	"w-0",
	"cm-resize",
	"f-webm",
	"ofo-center",
	"c-thumb",
	"z-1",
	"oiq-50",
	"oiq-80",
	"otc-000000",
	"co-000000",
	"pg-name-\"layer-4\"_\"layer-002\"",
	"z-0.75e-bgremove",
	"oa-50",
	"w-bw",
	"al-0.5", /* of a colour by name */
};

static bool is_nothing(struct str text)
{
	/* "w-" */
	if (text.n && text.p[text.n - 1] == '-' && !str_starts(text, STR("pg")))
		return true;
	for (size_t i = 0; i < COUNT(nothing); i++)
		if (str_eq(text, str_of(nothing[i])))
			return true;
	return false;
}

/* Values that count in company. */
static bool is_alone(const struct row *row, const struct item *item,
		     struct str text)
{
	if (str_eq(text, STR("dpr-auto")))
		return str_contains(row->steps, STR("w-auto"));
	return str_eq(text, STR("bg-blurred")) && !is_beside(row, item, TR_CM);
}

static bool is_explained(const struct row *row, const struct item *item,
			 struct str text)
{
	enum tr_group group = tr_parameters[item->parameter].group;
	return !item->is_shown || group == TR_VIDEO || is_nothing(text) ||
	       is_repeated(row, item) || lacks_company(row, item) ||
	       is_alone(row, item, text);
}

static void check_items(struct arena *arena, const struct row *row,
			struct str whole)
{
	struct str all = row->steps;
	for (size_t i = 0; i < row->n; i++) {
		struct err err;
		const struct item *item = &row->items[i];
		struct str text = str_trim(str_sub(all, item->from, item->to));
		if (item->parameter == NONE || is_explained(row, item, text))
			continue;
		struct str without =
			arena_join(arena, str_sub(all, 0, item->from),
				   str_skip(all, item->to));
		if (str_eq(outcome(arena, without, &err), whole))
			fail_msg("\"%.*s\" is lost in \"%.*s\"", STR_ARG(text),
				 STR_ARG(all));
	}
}

static bool has_group(const struct row *row, enum tr_group group)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->items[i].parameter != NONE &&
		    tr_parameters[row->items[i].parameter].group == group)
			return true;
	return false;
}

static void nothing_that_people_write_is_lost(void **state)
{
	(void)state;
	struct row *row = malloc(sizeof(*row));
	for (size_t i = 0; i < COUNT(imagekit_urls); i++) {
		struct arena arena;
		struct err err;
		arena_init(&arena);
		read_row(&arena, str_of(imagekit_urls[i]), row);
		struct str whole = outcome(&arena, row->steps, &err);
		if (err.code != ERR_NONE) {
			if (err.code != ERR_UNSUPPORTED ||
			    (!has_group(row, TR_MODEL) &&
			     !str_contains(row->steps, STR("bg-genfill"))))
				fail_msg("%s: %s", imagekit_urls[i], err.text);
		} else if (!str_contains(row->steps, STR("orig-true"))) {
			check_items(&arena, row, whole);
		}
		arena_release(&arena);
	}
	free(row);
}

static void the_text_of_each_plan_reads_as_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(imagekit_urls); i++) {
		struct arena arena;
		struct err err;
		struct imagekit_wanted wanted;
		arena_init(&arena);
		const struct imagekit_transformation in = {
			.path = steps_of(&arena, str_of(imagekit_urls[i])),
			.resolve = resolve,
		};
		if (imagekit_grammar(&in, &arena, &wanted, &err) == 0)
			assert_reads_as_itself(&wanted.plan, &arena);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_people_write_is_lost),
		cmocka_unit_test(the_text_of_each_plan_reads_as_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
