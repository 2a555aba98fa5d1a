/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/parameters.h"
#include "api/imagekit/delivery/grammar/fill.h"

const struct tr_parameter_info tr_parameters[TR_PARAMETER_COUNT] = {
#define P(name, key, alias, group, type, values, fallback, help)               \
	{key, alias, TR_##group, TR_TYPE_##type, values, fallback, help},
	TR_PARAMETERS(P)
#undef P
};

static bool is_key(const char *key, struct str text)
{
	/* most differ in the first letters already */
	return text.n && key[0] == text.p[0] && str_eq(text, str_of(key));
}

static enum tr_parameter find(struct str key)
{
	unsigned i = 0;
	while (i < TR_PARAMETER_COUNT && !is_key(tr_parameters[i].key, key) &&
	       !is_key(tr_parameters[i].alias, key))
		i++;
	return i;
}

enum tr_parameter tr_parameter_of(struct str item, struct str *value)
{
	/* an effect's name is a part of its key */
	size_t from = str_starts(item, STR("e-")) ? 2 : 0;
	ptrdiff_t dash = str_find(str_skip(item, from), '-');
	*value = STR_NONE;
	if (dash < 0)
		return find(item);
	*value = str_skip(item, from + (size_t)dash + 1);
	return find(str_sub(item, 0, from + (size_t)dash));
}

/* "as `c`" names the parameter that has the words. */
static bool is_listed(const char *values, struct str text)
{
	struct str rest = str_of(values);
	if (str_starts(rest, STR("as `"))) {
		rest = str_sub(rest, 4, rest.n - 1);
		rest = str_of(tr_parameters[find(rest)].values);
	}
	while (rest.p)
		if (str_eq(str_trim(str_split(&rest, ',')), text))
			return true;
	return false;
}

static bool is_number(enum tr_type type, struct str text)
{
	double number;
	struct image_expression value;
	if (str_eq(text, STR("auto")))
		return true;
	if (type == TR_TYPE_NUMBER && text.n && text.p[0] == 'N')
		text = str_skip(text, 1);
	if (!tr_expression(text, TR_OF_LAYER, &value))
		return false;
	if (!tr_constant(&value, &number) || type == TR_TYPE_NUMBER)
		return type != TR_TYPE_QUALITY;
	return number > 0 && (type == TR_TYPE_LENGTH || number <= 100);
}

bool tr_parameter_takes(enum tr_parameter parameter, struct str value)
{
	bool flag;
	unsigned place;
	uint32_t color;
	enum tr_color_form form;
	struct tr_fill fill;
	const struct tr_parameter_info *info = &tr_parameters[parameter];
	switch (info->type) {
	case TR_TYPE_ANY:
		return true;
	case TR_TYPE_LENGTH:
	case TR_TYPE_NUMBER:
	case TR_TYPE_QUALITY:
		return is_number(info->type, value);
	case TR_TYPE_FLAG:
		return tr_flag(value, &flag);
	case TR_TYPE_COLOR:
		return tr_color(value, &color, &form);
	case TR_TYPE_FILL:
		return tr_fill_read(value, &fill) || tr_fill_takes_model(value);
	case TR_TYPE_PLACE:
		return tr_place(value, &place);
	case TR_TYPE_WORD:
		return is_listed(info->values, value);
	}
	return false;
}
