/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/parameters.h"
#include "api/imagekit/delivery/grammar/fill.h"
#include "api/imagekit/delivery/grammar/forms.h"
#include "image/operations.h"

#include <math.h>

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

/* Operations whose ranges hold for numbers that go into them as they are. */
static const struct {
	enum tr_parameter parameter;
	enum image_operation operation;
	unsigned param;
} ranges[] = {
	{TR_X, IMAGE_RESIZE, IMAGE_RESIZE_X},
	{TR_Y, IMAGE_RESIZE, IMAGE_RESIZE_Y},
	{TR_XC, IMAGE_RESIZE, IMAGE_RESIZE_XC},
	{TR_YC, IMAGE_RESIZE, IMAGE_RESIZE_YC},
	{TR_Z, IMAGE_RESIZE, IMAGE_RESIZE_ZOOM},
	{TR_DPR, IMAGE_RESIZE, IMAGE_RESIZE_SCALE},
	{TR_LX, IMAGE_OVERLAY, IMAGE_OVERLAY_X},
	{TR_LY, IMAGE_OVERLAY, IMAGE_OVERLAY_Y},
	{TR_LXC, IMAGE_OVERLAY, IMAGE_OVERLAY_XC},
	{TR_LYC, IMAGE_OVERLAY, IMAGE_OVERLAY_YC},
	{TR_FS, IMAGE_TEXT, IMAGE_TEXT_SIZE},
	{TR_LH, IMAGE_TEXT, IMAGE_TEXT_LINE_HEIGHT},
	{TR_OX, IMAGE_OVERLAY, IMAGE_OVERLAY_X},
	{TR_OY, IMAGE_OVERLAY, IMAGE_OVERLAY_Y},
	{TR_OIX, IMAGE_RESIZE, IMAGE_RESIZE_X},
	{TR_OIY, IMAGE_RESIZE, IMAGE_RESIZE_Y},
	{TR_OIXC, IMAGE_RESIZE, IMAGE_RESIZE_XC},
	{TR_OIYC, IMAGE_RESIZE, IMAGE_RESIZE_YC},
	{TR_OIDPR, IMAGE_RESIZE, IMAGE_RESIZE_SCALE},
	{TR_OTS, IMAGE_TEXT, IMAGE_TEXT_SIZE},
};

static bool is_in_range(enum tr_parameter parameter, double number)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (ranges[i].parameter != parameter)
			continue;
		const struct image_param *param =
			&image_operations[ranges[i].operation]
				 .params[ranges[i].param];
		return number >= param->least && number <= param->most;
	}
	return true;
}

/* "12", an expression, and of coordinates either behind an N. */
static bool is_number(enum tr_parameter parameter, struct str text,
		      enum tr_arithmetic kind)
{
	const struct tr_parameter_info *info = &tr_parameters[parameter];
	double number;
	struct image_expression value;
	if (str_eq(text, STR("auto")))
		return is_listed(info->values, text);
	if (!tr_expression(text, kind, &value) &&
	    !(info->type == TR_TYPE_NUMBER && str_starts(text, STR("N")) &&
	      tr_expression(str_skip(text, 1), kind, &value)))
		return false;
	if (!tr_constant(&value, &number))
		return info->type != TR_TYPE_QUALITY;
	if (info->type == TR_TYPE_NUMBER)
		return is_in_range(parameter, number);
	double whole = floor(number + 0.5);
	return info->type == TR_TYPE_LENGTH
		       ? number > 0 && whole <= IMAGE_SIDE_MAX
		       : whole >= 1 && whole <= 100;
}

static bool is_page(struct str text)
{
	double page;
	return str_eq(text, STR("1")) || str_starts(text, STR("1_")) ||
	       str_starts(text, STR("1-")) || tr_page(text, &page);
}

static bool has_parts(struct str text, const char *const *names)
{
	bool on, found = tr_flag(text, &on);
	for (size_t i = 0; !found && names[i]; i++)
		found = tr_part(text, names, names[i]).p;
	return found;
}

static bool is_effect(enum tr_type type, struct str text)
{
	bool on;
	double number;
	uint32_t color;
	struct str rest;
	struct tr_mask mask;
	struct tr_distortion distortion;
	if (str_eq(text, STR("false")))
		return true;
	switch (type) {
	case TR_TYPE_DISTORT:
		return tr_distortion(text, &distortion);
	case TR_TYPE_RECOLOR:
		return tr_recolor(text, &color, &rest);
	case TR_TYPE_SHARPEN:
		return tr_sharpness(text, &on, &number);
	case TR_TYPE_MASK:
		return tr_mask(text, &mask);
	case TR_TYPE_BLUR:
		return tr_blur(text, &number);
	case TR_TYPE_COLORIZE:
		return has_parts(text, tr_colorize_parts);
	case TR_TYPE_GRADIENT:
		return has_parts(text, tr_gradient_parts);
	case TR_TYPE_SHADOW:
		return has_parts(text, tr_shadow_parts);
	default:
		return false;
	}
}

static bool is_form(enum tr_type type, struct str text, enum tr_arithmetic kind)
{
	bool on;
	double number;
	struct tr_aspect aspect;
	struct tr_focus focus;
	struct tr_border border;
	struct image_list radii;
	struct tr_padding padding;
	struct tr_typography typography;
	switch (type) {
	case TR_TYPE_ASPECT:
		return tr_aspect(text, kind, &aspect);
	case TR_TYPE_FOCUS:
		return tr_focus(text, &focus);
	case TR_TYPE_TRIM:
		return tr_trim(text, &on, &number);
	case TR_TYPE_ANGLE:
		return tr_angle(text, &number);
	case TR_TYPE_OPACITY:
		return tr_opacity(text, &number);
	case TR_TYPE_LEVEL:
		return tr_level(text, &number);
	case TR_TYPE_BORDER:
		return tr_border(text, kind, &border);
	case TR_TYPE_RADII:
		return tr_radii(text, &radii);
	case TR_TYPE_PADDING:
		return tr_padding(text, kind, &padding);
	case TR_TYPE_TYPOGRAPHY:
		return tr_typography(text, &typography);
	case TR_TYPE_PAGE:
		return is_page(text);
	default:
		return is_effect(type, text);
	}
}

bool tr_parameter_takes(enum tr_parameter parameter, struct str value,
			enum tr_arithmetic kind)
{
	bool flag;
	unsigned place;
	uint32_t color;
	enum tr_color_form form;
	struct tr_fill fill;
	const struct tr_parameter_info *info = &tr_parameters[parameter];
	if (info->group == TR_OLD) /* of layers */
		kind = TR_OF_LAYER;
	switch (info->type) {
	case TR_TYPE_ANY:
		return true;
	case TR_TYPE_LENGTH:
	case TR_TYPE_NUMBER:
	case TR_TYPE_QUALITY:
		return is_number(parameter, value, kind);
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
	default:
		return is_form(info->type, value, kind);
	}
}
