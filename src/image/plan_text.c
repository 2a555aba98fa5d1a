/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan  = [op *("|" op)]
 * op    = name ["(" param *("," param) ")"]
 * param = name "=" value
 * value = number / "[" expression "]" / "true" / "false" / word
 *         / "#" 8 hex digits / list / text / "{" plan "}"
 * list  = item *(":" item), an item a number or an expression
 * text  = DQUOTE *byte DQUOTE, with "%", DQUOTE and control characters as %XX
 *
 * Written: in the table's order, what is as by default left out.
 */
#include "image/plan.h"

#include <glib.h>

/* Writing. */

static void write_plan(const struct image_plan *plan, struct buf *out);

static void write_number(const struct image_number *number, struct buf *out)
{
	if (number->expression)
		image_expression_write(number->expression, out);
	else
		image_number_write(number->number, out);
}

static void write_list(const struct image_list *list, struct buf *out)
{
	for (unsigned i = 0; i < list->n; i++) {
		if (i)
			buf_add_char(out, ':');
		write_number(&list->items[i], out);
	}
}

static bool is_escaped(char c)
{
	return c == '%' || c == '"' || (unsigned char)c < 0x20 || c == 0x7f;
}

static void write_text(struct str text, struct buf *out)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (is_escaped(text.p[i]))
			buf_printf(out, "%%%02x", (unsigned char)text.p[i]);
		else
			buf_add_char(out, text.p[i]);
	}
	buf_add_char(out, '"');
}

static void write_value(const struct image_param *param,
			const union image_value *value, struct buf *out)
{
	switch (param->type) {
	case IMAGE_TYPE_NUMBER:
		write_number(&value->number, out);
		break;
	case IMAGE_TYPE_FLAG:
		buf_add(out,
			value->number.number != 0 ? STR("true") : STR("false"));
		break;
	case IMAGE_TYPE_WORD:
		buf_add(out,
			str_of(param->words[(unsigned)value->number.number]));
		break;
	case IMAGE_TYPE_COLOR:
		buf_printf(out, "#%08x", value->color);
		break;
	case IMAGE_TYPE_TEXT:
		write_text(value->text, out);
		break;
	case IMAGE_TYPE_LIST:
		write_list(value->list, out);
		break;
	case IMAGE_TYPE_PLAN:
		buf_add_char(out, '{');
		write_plan(value->plan, out);
		buf_add_char(out, '}');
		break;
	}
}

/* What says nothing. A colour that is given says something: where nothing is
 * filled without one, the default does not fill. */
static bool is_default(const struct image_param *param,
		       const union image_value *value)
{
	switch (param->type) {
	case IMAGE_TYPE_NUMBER:
	case IMAGE_TYPE_FLAG:
	case IMAGE_TYPE_WORD:
		return value->number.expression == NULL &&
		       value->number.number == param->fallback;
	case IMAGE_TYPE_COLOR:
	case IMAGE_TYPE_TEXT:
	case IMAGE_TYPE_LIST:
	case IMAGE_TYPE_PLAN:
		break;
	}
	return false;
}

static void write_op(const struct image_op *op, struct buf *out)
{
	const struct image_operation_info *info = &image_operations[op->kind];
	char before = '(';
	buf_add(out, str_of(info->name));
	for (unsigned i = 0; i < info->n_params; i++) {
		if (!image_has(op, i) ||
		    is_default(&info->params[i], &op->values[i]))
			continue;
		buf_add_char(out, before);
		buf_add(out, str_of(info->params[i].name));
		buf_add_char(out, '=');
		write_value(&info->params[i], &op->values[i], out);
		before = ',';
	}
	if (before == ',')
		buf_add_char(out, ')');
}

static void write_plan(const struct image_plan *plan, struct buf *out)
{
	for (const struct image_op *op = plan->first; op; op = op->next) {
		if (op != plan->first)
			buf_add_char(out, '|');
		write_op(op, out);
	}
}

int image_plan_text(const struct image_plan *plan, struct arena *arena,
		    struct str *out, struct err *err)
{
	struct buf text;
	buf_init(&text, arena, IMAGE_PLAN_TEXT_MAX);
	write_plan(plan, &text);
	if (text.overflow)
		return err_set(err, ERR_LIMIT, "The plan is too long");
	*out = buf_str(&text);
	return 0;
}

/* Reading. */

struct reader {
	struct arena *arena;
	struct str left;
	unsigned depth, ops; /* of all plans */
};

static bool read_plan(struct reader *r, struct image_plan *plan);

static bool next_is(const struct reader *r, char c)
{
	return r->left.n && r->left.p[0] == c;
}

static bool take(struct reader *r, char c)
{
	if (!next_is(r, c))
		return false;
	r->left = str_skip(r->left, 1);
	return true;
}

/* What stands before the first of the stops, or before the end. */
static struct str take_until(struct reader *r, const char *stops)
{
	size_t n = 0;
	while (n < r->left.n && strchr(stops, r->left.p[n]) == NULL)
		n++;
	struct str taken = str_sub(r->left, 0, n);
	r->left = str_skip(r->left, n);
	return taken;
}

static bool read_number(struct reader *r, struct image_number *out)
{
	*out = (struct image_number){0};
	if (!take(r, '['))
		return image_number_parse(take_until(r, ":,)"), &out->number);
	struct image_expression *expression =
		arena_alloc(r->arena, sizeof(*expression));
	out->expression = expression;
	return image_expression_parse(take_until(r, "]"), expression) &&
	       take(r, ']');
}

static bool set_number(struct reader *r, struct image_op *op, unsigned param)
{
	struct image_number number;
	if (!read_number(r, &number))
		return false;
	return number.expression
		       ? image_set_expression(op, param, number.expression)
		       : image_set_number(op, param, number.number);
}

static bool set_flag(struct reader *r, struct image_op *op, unsigned param)
{
	struct str word = take_until(r, ",)");
	if (str_eq(word, STR("true")))
		return image_set_flag(op, param, true);
	return str_eq(word, STR("false")) && image_set_flag(op, param, false);
}

static bool set_word(struct reader *r, struct image_op *op, unsigned param)
{
	const char *const *words =
		image_operations[op->kind].params[param].words;
	struct str word = take_until(r, ",)");
	for (unsigned i = 0; words[i]; i++)
		if (str_eq(word, str_of(words[i])))
			return image_set_word(op, param, i);
	return false;
}

static bool set_color(struct reader *r, struct image_op *op, unsigned param)
{
	uint32_t rgba = 0;
	if (!take(r, '#'))
		return false;
	struct str digits = take_until(r, ",)");
	if (digits.n != 8)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		int value = g_ascii_xdigit_value(digits.p[i]);
		if (value < 0)
			return false;
		rgba = rgba << 4 | (uint32_t)value;
	}
	return image_set_color(op, param, rgba);
}

static bool set_text(struct reader *r, struct image_op *op, unsigned param)
{
	struct buf text;
	if (!take(r, '"'))
		return false;
	struct str raw = take_until(r, "\"");
	buf_init(&text, r->arena, raw.n);
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] != '%') {
			buf_add_char(&text, raw.p[i]);
			continue;
		}
		int high =
			i + 2 < raw.n ? g_ascii_xdigit_value(raw.p[i + 1]) : -1;
		int low =
			i + 2 < raw.n ? g_ascii_xdigit_value(raw.p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return false;
		buf_add_char(&text, (char)(high << 4 | low));
		i += 2;
	}
	return take(r, '"') && image_set_text(op, param, buf_str(&text));
}

static bool set_list(struct reader *r, struct image_op *op, unsigned param)
{
	struct image_list list = {0};
	do {
		if (list.n == IMAGE_LIST_MAX ||
		    !read_number(r, &list.items[list.n++]))
			return false;
	} while (take(r, ':'));
	return image_set_list(op, param, &list);
}

static bool set_plan(struct reader *r, struct image_op *op, unsigned param)
{
	struct image_plan *plan = arena_alloc(r->arena, sizeof(*plan));
	if (!take(r, '{') || ++r->depth > IMAGE_PLAN_DEPTH_MAX)
		return false;
	image_plan_init(plan, r->arena);
	bool sound = read_plan(r, plan) && take(r, '}');
	r->depth--;
	return sound && image_set_plan(op, param, plan);
}

static bool read_param(struct reader *r, struct image_op *op)
{
	static bool (*const set[])(struct reader *, struct image_op *,
				   unsigned) = {
		[IMAGE_TYPE_NUMBER] = set_number,
		[IMAGE_TYPE_FLAG] = set_flag,
		[IMAGE_TYPE_WORD] = set_word,
		[IMAGE_TYPE_COLOR] = set_color,
		[IMAGE_TYPE_TEXT] = set_text,
		[IMAGE_TYPE_LIST] = set_list,
		[IMAGE_TYPE_PLAN] = set_plan,
	};
	const struct image_operation_info *info = &image_operations[op->kind];
	struct str name = take_until(r, "=");
	if (!take(r, '='))
		return false;
	for (unsigned i = 0; i < info->n_params; i++)
		if (str_eq(name, str_of(info->params[i].name)))
			return !image_has(op, i) &&
			       set[info->params[i].type](r, op, i);
	return false;
}

static bool read_op(struct reader *r, struct image_plan *plan)
{
	struct str name = take_until(r, "(|}");
	unsigned kind = 0;
	while (kind < IMAGE_OPERATION_COUNT &&
	       !str_eq(name, str_of(image_operations[kind].name)))
		kind++;
	if (kind == IMAGE_OPERATION_COUNT || r->ops++ == IMAGE_PLAN_OPS_MAX)
		return false;
	struct image_op *op = image_plan_add(plan, (enum image_operation)kind);
	if (!take(r, '('))
		return true;
	do {
		if (!read_param(r, op))
			return false;
	} while (take(r, ','));
	return take(r, ')');
}

static bool read_plan(struct reader *r, struct image_plan *plan)
{
	if (r->left.n == 0 || next_is(r, '}'))
		return true;
	do {
		if (!read_op(r, plan))
			return false;
	} while (take(r, '|'));
	return true;
}

int image_plan_parse(struct str text, struct arena *arena,
		     struct image_plan *out, struct err *err)
{
	struct reader r = {.arena = arena, .left = text};
	image_plan_init(out, arena);
	if (text.n > IMAGE_PLAN_TEXT_MAX)
		return err_set(err, ERR_LIMIT, "The plan is too long");
	if (!read_plan(&r, out) || r.left.n)
		return err_set(err, ERR_INVALID,
			       "The plan is wrong %zu bytes before its end",
			       r.left.n);
	return image_plan_finish(out, err);
}
