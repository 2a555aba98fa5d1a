/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/grammar/args.h"
#include "image/color.h"
#include "image/expression.h"
#include "image/operations.h"

#include <math.h>

#define ITEMS_MAX 50 /* of a list, as the vendor's schema has it */
#define HUGE 1e12    /* more than any range */

struct reader {
	struct arena *arena;
	const struct cdn_param_info *info;
	struct str text;
	struct cdn_value *out;
};

static bool is_decimal(struct str text)
{
	bool digits = false, point = false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '.' && !point)
			point = true;
		else if (text.p[i] >= '0' && text.p[i] <= '9')
			digits = true;
		else
			return false;
	}
	return digits;
}

/* However many digits it has. */
static bool number(struct str text, double *out)
{
	bool below = text.n && text.p[0] == '-';
	struct str digits = below ? str_skip(text, 1) : text;
	if (!is_decimal(digits))
		return false;
	if (!image_number_parse(text, out))
		*out = below ? -HUGE : HUGE;
	return true;
}

/* Too much is as much as there can be; less than nothing is no value where
 * there is no less. */
static bool limit(const struct cdn_param_info *info, double *value)
{
	if (*value < 0 && info->least >= 0)
		return false;
	*value = fmin(fmax(*value, info->least), info->most);
	return true;
}

static bool read_number(struct reader *r)
{
	double value;
	if (!number(r->text, &value))
		return false;
	if (r->info->type == CDN_WHOLE)
		value = floor(value + 0.5);
	if (r->info->type == CDN_ANGLE)
		value = fmod(fmod(value, 360) + 360, 360);
	if (!limit(r->info, &value))
		return false;
	r->out->number = value;
	return true;
}

static bool read_flag(struct reader *r)
{
	bool on = r->text.p == NULL || str_eq_nocase(r->text, STR("true"));
	if (!on && !str_eq_nocase(r->text, STR("false")))
		return false;
	r->out->number = on;
	return true;
}

/* "gray12"; a percent of white. */
static bool gray(struct str text, uint32_t *out)
{
	uint64_t percent;
	if ((!str_starts_nocase(text, STR("gray")) &&
	     !str_starts_nocase(text, STR("grey"))) ||
	    !str_to_u64(str_skip(text, 4), 100, &percent))
		return false;
	uint32_t level = (uint32_t)((percent * 255 + 50) / 100);
	*out = level * 0x01010100 | 0xff;
	return true;
}

/* RGB, RRGGBB, RRGGBBAA; a name of CSS, "none", "gray0" to "gray100". */
static bool color_of(struct str text, uint32_t *out)
{
	uint32_t color, alpha;
	if (image_color_name(text, out) || gray(text, out))
		return true;
	if (str_eq_nocase(text, STR("none"))) {
		*out = 0;
		return true;
	}
	if (text.n && text.p[0] == '#')
		text = str_skip(text, 1);
	if (text.n != 8)
		return image_color_hex(text, out);
	if (!image_color_hex(str_sub(text, 0, 6), &color) ||
	    !image_color_byte(str_skip(text, 6), &alpha))
		return false;
	*out = (color & 0xffffff00) | alpha;
	return true;
}

static bool read_color(struct reader *r)
{
	return color_of(r->text, &r->out->color);
}

static bool read_text(struct reader *r)
{
	return r->text.n > 0;
}

/* It would have been found among the table's. */
static bool read_word(struct reader *r)
{
	(void)r;
	return false;
}

/* -1, 0, 1: the edges and the middle of one direction. */
struct place {
	int across, down;
	bool has_across, has_down, is_face;
};

static bool add_place(struct place *place, struct str word)
{
	static const struct {
		const char *text;
		int across, down;
	} edges[] = {
		{"left", -1, 0},
		{"right", 1, 0},
		{"top", 0, -1},
		{"bottom", 0, 1},
	};
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		if (!str_eq_nocase(word, str_of(edges[i].text)))
			continue;
		if (edges[i].across ? place->has_across : place->has_down)
			return false;
		place->has_across |= edges[i].across != 0;
		place->has_down |= edges[i].down != 0;
		place->across += edges[i].across;
		place->down += edges[i].down;
		return true;
	}
	place->is_face |= str_eq_nocase(word, STR("faces"));
	return true; /* the middle of a direction */
}

/* One word, or one for each direction, in any order. */
static bool read_place(struct reader *r)
{
	static const unsigned places[3][3] = {
		{IMAGE_FOCUS_TOP_LEFT, IMAGE_FOCUS_TOP, IMAGE_FOCUS_TOP_RIGHT},
		{IMAGE_FOCUS_LEFT, IMAGE_FOCUS_CENTER, IMAGE_FOCUS_RIGHT},
		{IMAGE_FOCUS_BOTTOM_LEFT, IMAGE_FOCUS_BOTTOM,
		 IMAGE_FOCUS_BOTTOM_RIGHT},
	};
	struct str words[2];
	struct place place = {0};
	ptrdiff_t n = chain_list(r->arena, r->text, words, 2);
	if (n < 1 || n > 2)
		return false;
	for (ptrdiff_t i = 0; i < n; i++)
		if (cdn_word_of(r->info->words, words[i]) < 0 ||
		    !add_place(&place, words[i]))
			return false;
	r->out->place = place.is_face
				? IMAGE_FOCUS_FACE
				: places[place.down + 1][place.across + 1];
	return true;
}

static size_t count_words(const char *words)
{
	size_t n = 1;
	for (; *words; words++)
		n += *words == ' ';
	return n;
}

static bool add_numbers(struct reader *r, struct str list, double *out)
{
	struct str items[CDN_PARAMS_MAX];
	size_t n = count_words(r->info->words);
	if (chain_list(r->arena, list, items, CDN_PARAMS_MAX) != (ptrdiff_t)n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!number(items[i], &out[i]))
			return false;
		out[i] = floor(out[i] + 0.5);
		if (!limit(r->info, &out[i]))
			return false;
	}
	r->out->n_numbers += n;
	return true;
}

static bool read_numbers(struct reader *r)
{
	double *numbers =
		arena_alloc(r->arena, CDN_PARAMS_MAX * sizeof(double));
	r->out->numbers = numbers;
	return add_numbers(r, r->text, numbers);
}

static bool read_regions(struct reader *r)
{
	struct str items[ITEMS_MAX];
	size_t each = count_words(r->info->words);
	ptrdiff_t n = chain_list(r->arena, r->text, items, ITEMS_MAX);
	if (n < 1 || n > ITEMS_MAX)
		return false;
	double *numbers =
		arena_alloc(r->arena, (size_t)n * each * sizeof(double));
	r->out->numbers = numbers;
	for (ptrdiff_t i = 0; i < n; i++)
		if (!add_numbers(r, items[i], numbers + (size_t)i * each))
			return false;
	return true;
}

static bool read_value(struct reader *r)
{
	static bool (*const readers[])(struct reader *) = {
		[CDN_NUMBER] = read_number,   [CDN_WHOLE] = read_number,
		[CDN_ANGLE] = read_number,    [CDN_FLAG] = read_flag,
		[CDN_WORD] = read_word,       [CDN_COLOR] = read_color,
		[CDN_PLACE] = read_place,     [CDN_TEXT] = read_text,
		[CDN_TEXTS] = read_text,      [CDN_NUMBERS] = read_numbers,
		[CDN_REGIONS] = read_regions,
	};
	enum cdn_type type = r->info->type;
	*r->out = (struct cdn_value){.text = r->text, .word = -1};
	/* elsewhere the words are parts of a value */
	if (type != CDN_PLACE && type != CDN_NUMBERS && type != CDN_REGIONS)
		r->out->word = cdn_word_of(r->info->words, r->text);
	r->out->has = r->out->word >= 0 || readers[type](r);
	return r->out->has;
}

static void set_default(struct arena *arena, const struct cdn_param_info *info,
			struct cdn_value *out)
{
	struct reader r = {arena, info, str_of(info->fallback), out};
	*out = (struct cdn_value){.text = STR_NONE, .word = -1};
	if (r.text.n)
		(void)read_value(&r);
}

/* "crop=d[1,2,3,4]", which people write: what is in front of the bracket is the
 * key. "crop=[1,2,3,4]": the first parameter. */
static void mend(const struct chain_param *param, struct str *key,
		 struct str *value)
{
	ptrdiff_t bracket = str_find(param->key, '[');
	*key = param->key;
	*value = param->value;
	if (param->value.p == NULL && bracket > 0) {
		*key = str_sub(param->key, 0, (size_t)bracket);
		*value = str_skip(param->key, (size_t)bracket);
	}
}

/* SDKs say true where there is more to say: the default. */
static bool is_with(const struct cdn_param_info *info, struct str value)
{
	return info->type != CDN_FLAG && info->type != CDN_TEXT &&
	       info->type != CDN_TEXTS && str_eq_nocase(value, STR("true"));
}

static int read_param(struct cdn_args *args, const struct chain_param *param,
		      struct arena *arena, struct err *err)
{
	struct str key, value;
	const struct cdn_task_info *task = &cdn_tasks[args->task];
	mend(param, &key, &value);
	unsigned i = key.n || task->n_params == 0 ? cdn_param_of(task, key) : 0;
	if (i == task->n_params)
		return err_set(err, ERR_INVALID,
			       "invalid parameter `%.*s` for `%s` task",
			       STR_ARG(str_cut(key, 64)), task->name);
	struct reader r = {arena, &task->params[i], value, &args->values[i]};
	if (is_with(r.info, value))
		set_default(arena, r.info, r.out);
	else if (!read_value(&r))
		return err_set(err, ERR_INVALID,
			       "invalid value `%.*s` of `%s` for `%s` task",
			       STR_ARG(str_cut(value, 64)), r.info->name,
			       task->name);
	r.out->is_given = true;
	return 0;
}

int cdn_args_read(const struct chain_task *from, struct arena *arena,
		  struct cdn_args *out, struct err *err)
{
	const struct cdn_task_info *info;
	out->from = from;
	out->task = cdn_task_of(from->name);
	info = &cdn_tasks[out->task];
	if (from->has_equals && from->params == NULL)
		return err_set(err, ERR_INVALID,
			       "no parameters for `%s` task behind its `=`",
			       info->name);
	for (unsigned i = 0; i < info->n_params; i++)
		set_default(arena, &info->params[i], &out->values[i]);
	if (out->task == CDN_TASK_METADATA)
		return 0;
	for (const struct chain_param *param = from->params; param;
	     param = param->next)
		if (read_param(out, param, arena, err) < 0)
			return -1;
	return 0;
}

int cdn_args_need(const struct cdn_args *args, unsigned param, struct err *err)
{
	const struct cdn_task_info *task = &cdn_tasks[args->task];
	if (args->values[param].is_given && args->values[param].has)
		return 0;
	return err_set(err, ERR_INVALID, "`%s` task needs parameter `%s`",
		       task->name, task->params[param].name);
}
