/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/layers.h"

#include <glib.h>

#define TEXT_CHARACTERS_MAX 2000 /* what follows is cut off */

/* Where a box has no size of its own, a fraction is of what it lies on. */
static bool set_length(struct tr_context *context, struct image_op *op,
		       unsigned param, struct str text)
{
	struct image_expression length;
	enum image_term_kind whole =
		op->kind == IMAGE_CANVAS && param == IMAGE_CANVAS_HEIGHT
			? IMAGE_TERM_BASE_HEIGHT
			: IMAGE_TERM_BASE_WIDTH;
	return tr_length(context, text, whole, &length) &&
	       image_set_expression(op, param, &length);
}

static void begin_canvas(struct tr_context *context,
			 const struct tr_values *first, struct image_plan *plan)
{
	struct image_op *op = image_plan_add(plan, IMAGE_CANVAS);
	if (!set_length(context, op, IMAGE_CANVAS_WIDTH, first->of[TR_W]))
		tr_set(context, op, IMAGE_CANVAS_WIDTH, STR("bw"));
	if (!set_length(context, op, IMAGE_CANVAS_HEIGHT, first->of[TR_H]))
		tr_set(context, op, IMAGE_CANVAS_HEIGHT, STR("bh"));
	/* a gradient on a block without a colour is all that there is */
	if (!first->has[TR_BG] && first->has[TR_GRADIENT])
		image_set_color(op, IMAGE_CANVAS_COLOR, 0);
	else
		tr_set_color(op, IMAGE_CANVAS_COLOR, first->of[TR_BG]);
}

/* The first characters of a text; whole ones, also of bytes that are none. */
static struct str first_characters(struct str text)
{
	size_t n = 0, characters = 0;
	while (n < text.n) {
		bool starts = ((unsigned char)text.p[n] & 0xc0) != 0x80;
		if (starts && characters++ == TEXT_CHARACTERS_MAX)
			break;
		n++;
	}
	return str_sub(text, 0, n);
}

/* A file's path, or a family, in which SDKs write blanks as '_'. */
static void set_font(struct tr_context *context, struct str text,
		     struct image_op *op)
{
	static const char *const files[] = {".ttf", ".otf", ".ttc", ".woff",
					    ".woff2"};
	struct str font = tr_path(context->arena, text);
	bool is_file = str_find(font, '/') >= 0;
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		size_t n = strlen(files[i]);
		is_file |=
			font.n > n && str_eq_nocase(str_skip(font, font.n - n),
						    str_of(files[i]));
	}
	char *name = arena_cstr(context->arena, font);
	if (!is_file)
		g_strdelimit(name, "_", ' ');
	image_set_text(op, IMAGE_TEXT_FONT, (struct str){name, font.n});
}

static void set_typography(struct str text, struct image_op *op)
{
	struct tr_typography type;
	if (!tr_typography(text, &type))
		return;
	image_set_flag(op, IMAGE_TEXT_STRIKE, type.strike);
	image_set_flag(op, IMAGE_TEXT_BOLD, type.bold);
	image_set_flag(op, IMAGE_TEXT_ITALIC, type.italic);
}

static void set_padding(const struct tr_context *context, struct str text,
			struct image_op *op)
{
	struct tr_padding padding;
	struct image_list list = {.n = 4};
	if (!tr_padding(text, context->arithmetic, &padding))
		return;
	for (unsigned i = 0; i < 4; i++) {
		if (padding.is_expression)
			list.items[i].expression = &padding.all;
		else
			list.items[i].number = padding.sides[i];
	}
	image_set_list(op, IMAGE_TEXT_PADDING, &list);
}

static void set_align(struct str text, struct image_op *op)
{
	static const struct tr_word words[] = {
		{"center", IMAGE_ALIGN_CENTER},
		{"left", IMAGE_ALIGN_LEFT},
		{"right", IMAGE_ALIGN_RIGHT},
		{NULL, 0},
	};
	const struct tr_word *word = tr_word(words, text);
	if (word)
		image_set_word(op, IMAGE_TEXT_ALIGN, word->value);
}

static bool begin_text(struct tr_context *context, struct str text,
		       const struct tr_values *values, struct image_plan *plan)
{
	if (text.n == 0)
		return false;
	text = first_characters(text);
	if (!str_is_utf8(text))
		return false;
	struct image_op *op = image_plan_add(plan, IMAGE_TEXT);
	image_set_text(op, IMAGE_TEXT_TEXT, text);
	set_font(context, values->of[TR_FF], op);
	tr_set(context, op, IMAGE_TEXT_SIZE, values->of[TR_FS]);
	tr_set_color(op, IMAGE_TEXT_COLOR, values->of[TR_CO]);
	set_typography(values->of[TR_TG], op);
	set_length(context, op, IMAGE_TEXT_WIDTH, values->of[TR_W]);
	set_align(values->of[TR_IA], op);
	set_padding(context, values->of[TR_PA], op);
	tr_set(context, op, IMAGE_TEXT_LINE_HEIGHT, values->of[TR_LH]);
	tr_set_color(op, IMAGE_TEXT_BACKGROUND, values->of[TR_BG]);
	return true;
}

static bool begin_image(struct str path, struct str page,
			struct image_plan *plan)
{
	double number;
	unsigned most = (unsigned)image_operations[IMAGE_IMAGE]
				.params[IMAGE_IMAGE_PATH]
				.most;
	if (path.n == 0 || path.n > most || !str_is_utf8(path))
		return false;
	struct image_op *op = image_plan_add(plan, IMAGE_IMAGE);
	image_set_text(op, IMAGE_IMAGE_PATH, path);
	if (tr_page(page, &number))
		image_set_number(op, IMAGE_IMAGE_PAGE, number);
	return true;
}

bool tr_layer_begin(struct tr_context *context, struct str kind,
		    const struct tr_values *whole,
		    const struct tr_values *first, struct image_plan *plan)
{
	struct str input = whole->of[TR_I], decoded;
	bool is_image = str_eq(kind, STR("image"));
	bool is_encoded = tr_base64(context->arena, whole->of[TR_IE], &decoded);
	if (is_image && !is_encoded && str_eq(input, STR("ik_canvas"))) {
		begin_canvas(context, first, plan);
		return true;
	}
	if (is_encoded)
		input = decoded;
	if (is_image)
		return begin_image(tr_path(context->arena, input),
				   whole->of[TR_PG], plan);
	return str_eq(kind, STR("text")) &&
	       begin_text(context, input, whole, plan);
}

bool tr_layer_is_file(const struct image_plan *plan)
{
	return plan->first->kind == IMAGE_IMAGE;
}

void tr_layer_opacity(const struct tr_values *whole, struct image_plan *plan)
{
	double percent;
	uint32_t color;
	enum tr_color_form form;
	bool is_text = plan->first->kind == IMAGE_TEXT;
	struct str colored = whole->of[is_text ? TR_CO : TR_BG];
	if (plan->first->kind == IMAGE_IMAGE ||
	    !tr_level(whole->of[TR_AL], &percent))
		return;
	/* a colour that says how opaque it is goes before */
	if (tr_color(colored, &color, &form) &&
	    (form == TR_COLOR_ALPHA || (form == TR_COLOR_NAME && !is_text)))
		return;
	image_set_number(image_plan_add(plan, IMAGE_OPACITY),
			 IMAGE_OPACITY_PERCENT, percent);
}

/* "35", "N35" from the other edge, "N0" at it, "bw_div_2". */
static bool set_coordinate(const struct tr_context *context,
			   struct image_op *overlay, unsigned param,
			   struct str text)
{
	struct image_expression value, below = tr_expression_of(0);
	bool from_end = text.n > 1 && text.p[0] == 'N';
	if (!tr_expression(from_end ? str_skip(text, 1) : text,
			   context->arithmetic, &value))
		return false;
	double number;
	if (from_end && tr_constant(&value, &number) && number == 0) {
		if (param == IMAGE_OVERLAY_X)
			image_set_flag(overlay, IMAGE_OVERLAY_FROM_RIGHT, true);
		if (param == IMAGE_OVERLAY_Y)
			image_set_flag(overlay, IMAGE_OVERLAY_FROM_BOTTOM,
				       true);
	} else if (from_end) {
		if (!tr_combine(&below, &value, IMAGE_TERM_SUB))
			return false;
		value = below;
	}
	return image_set_expression(overlay, param, &value);
}

void tr_layer_place(struct tr_context *context, const struct tr_values *whole,
		    struct image_op *overlay)
{
	static const struct tr_word blends[] = {
		{"multiply", IMAGE_BLEND_MULTIPLY},
		{"cutter", IMAGE_BLEND_CUTTER},
		{"cutout", IMAGE_BLEND_CUTOUT},
		{"displace", IMAGE_BLEND_DISPLACE},
		{NULL, 0},
	};
	unsigned place;
	const struct tr_word *blend = tr_word(blends, whole->of[TR_LM]);
	const struct str *of = whole->of;
	bool across =
		set_coordinate(context, overlay, IMAGE_OVERLAY_X, of[TR_LX]) ||
		set_coordinate(context, overlay, IMAGE_OVERLAY_XC, of[TR_LXC]);
	bool down =
		set_coordinate(context, overlay, IMAGE_OVERLAY_Y, of[TR_LY]) ||
		set_coordinate(context, overlay, IMAGE_OVERLAY_YC, of[TR_LYC]);
	if ((across || down) && tr_place(of[TR_LAP], &place))
		image_set_word(overlay, IMAGE_OVERLAY_ANCHOR, place);
	if (!across && !down && tr_place(of[TR_LFO], &place))
		image_set_word(overlay, IMAGE_OVERLAY_FOCUS, place);
	const struct image_plan *plan =
		image_inner_plan(overlay, IMAGE_OVERLAY_PLAN);
	if (blend && plan->first->kind != IMAGE_TEXT)
		image_set_word(overlay, IMAGE_OVERLAY_BLEND, blend->value);
}
