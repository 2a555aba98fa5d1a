/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `checks`: what the names of an expression stand for in this upload, and what
 * comes of it. Reading the expression is expression.c's.
 */
#include "api/imagekit/upload/upload.h"
#include "api/imagekit/values/expression.h"
#include "api/imagekit/values/literals.h"
#include "store/store.h"

#include <glib.h>
#include <math.h>

#define FALSE_TEXT "Your request failed 'checks' validation."
#define SYNTAX_TEXT                                                            \
	"Your request contains invalid syntax for the checks parameter."

/* What a field is in this request. */
struct fact {
	bool known;
	bool is_number; /* else text */
	double number;
	struct str text;
};

struct facts {
	struct request *rq;
	const struct file_put *put;
	const json_t *custom; /* NULL: none, or no JSON */
	uint64_t size;
};

static struct fact text_fact(struct str text)
{
	return (struct fact){.known = text.p != NULL, .text = text};
}

static struct fact number_fact(double number)
{
	return (struct fact){
		.known = true, .is_number = true, .number = number};
}

/* "request.customMetadata.NAME" */
static struct fact custom_fact(const struct facts *facts, struct str name)
{
	const json_t *value = json_object_getn(facts->custom, name.p, name.n);
	if (json_is_number(value))
		return number_fact(json_number_value(value));
	if (json_is_boolean(value))
		return text_fact(json_is_true(value) ? STR("true")
						     : STR("false"));
	return text_fact(json_text(value));
}

static struct fact image_fact(const struct facts *facts, struct str name)
{
	const struct file_put *put = facts->put;
	if (put->width && str_eq(name, STR("width")))
		return number_fact(put->width);
	if (put->height && str_eq(name, STR("height")))
		return number_fact(put->height);
	return (struct fact){0};
}

static bool take_prefix(struct str *name, const char *prefix)
{
	if (!str_starts(*name, str_of(prefix)))
		return false;
	*name = str_skip(*name, strlen(prefix));
	return true;
}

/* False: there is no field of this name. */
static bool find_fact(const struct facts *facts, struct str name,
		      struct fact *out)
{
	if (take_prefix(&name, "request.customMetadata."))
		*out = custom_fact(facts, name);
	else if (take_prefix(&name, "request."))
		*out = text_fact(intake_get(facts->rq->intake, name));
	else if (take_prefix(&name, "mediaMetadata."))
		*out = image_fact(facts, name);
	else if (str_eq(name, STR("file.size")))
		*out = number_fact((double)facts->size);
	else if (str_eq(name, STR("file.mime")))
		*out = text_fact(facts->put->type);
	else
		return false;
	return true;
}

static double number_of(const struct expr_value *value)
{
	double number;
	if (value->kind == EXPR_NUMBER)
		return value->number;
	return imagekit_literal_size(value->text, &number) ? number
							   : (double)NAN;
}

static struct str text_of(struct arena *arena, const struct expr_value *value)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];
	if (value->kind == EXPR_TEXT)
		return value->text;
	if (value->kind == EXPR_BOOLEAN)
		return value->boolean ? STR("true") : STR("false");
	return arena_str(arena, str_of(g_ascii_dtostr(number, sizeof(number),
						      value->number)));
}

/* -1, 0, 1, or 2 when they cannot be compared. */
static int compare(struct arena *arena, const struct fact *fact,
		   const struct expr_value *value)
{
	if (fact->is_number) {
		double wanted = number_of(value);
		if (isnan(wanted))
			return 2;
		return (fact->number > wanted) - (fact->number < wanted);
	}
	if (value->kind == EXPR_NUMBER) {
		double number;
		if (!imagekit_literal_number(fact->text, &number))
			return 2;
		return (number > value->number) - (number < value->number);
	}
	struct str wanted = text_of(arena, value);
	int order = memcmp(fact->text.p, wanted.p, MIN(fact->text.n, wanted.n));
	if (order == 0)
		order = (fact->text.n > wanted.n) - (fact->text.n < wanted.n);
	return (order > 0) - (order < 0);
}

static bool is_among(struct arena *arena, const struct fact *fact,
		     const struct expr *term)
{
	for (const struct expr_value *v = term->values; v; v = v->next)
		if (fact->known && compare(arena, fact, v) == 0)
			return true;
	return false;
}

static bool is_ordered(int order, enum expr_op op)
{
	switch (op) {
	case EXPR_LT:
		return order == -1;
	case EXPR_LE:
		return order == -1 || order == 0;
	case EXPR_GT:
		return order == 1;
	case EXPR_GE:
		return order == 1 || order == 0;
	default:
		return false;
	}
}

static bool term_is_true(const struct facts *facts, const struct expr *term,
			 const struct fact *fact)
{
	struct arena *arena = request_arena(facts->rq);
	if (term->op == EXPR_EQ || term->op == EXPR_IN)
		return is_among(arena, fact, term);
	if (term->op == EXPR_NE || term->op == EXPR_NOT_IN)
		return !is_among(arena, fact, term);
	if (!fact->known)
		return false;
	if (term->op == EXPR_PREFIX)
		return !fact->is_number &&
		       str_starts(fact->text, text_of(arena, term->values));
	return is_ordered(compare(arena, fact, term->values), term->op);
}

/* Only IN takes an array, and it takes nothing else. */
static bool is_well_formed(const struct expr *term)
{
	bool list = term->op == EXPR_IN || term->op == EXPR_NOT_IN;
	return list == term->is_array;
}

/* 1 true, 0 false, -1 it names something that is not there. */
static int evaluate(const struct facts *facts, const struct expr *expr)
{
	struct fact fact;
	if (expr->kind == EXPR_TERM) {
		if (!is_well_formed(expr) ||
		    !find_fact(facts, expr->field, &fact))
			return -1;
		return term_is_true(facts, expr, &fact);
	}
	bool all = true, any = false;
	for (const struct expr *e = expr->first; e; e = e->next) {
		int result = evaluate(facts, e);
		if (result < 0)
			return -1;
		all = all && result;
		any = any || result;
	}
	return expr->kind == EXPR_AND ? all : any;
}

int imagekit_checks(struct request *rq, struct str text,
		    const struct file_put *put, struct err *err)
{
	struct expr *expr;
	struct err why;
	const struct facts facts = {
		.rq = rq,
		.put = put,
		.custom = json_parse_arena(
			request_arena(rq),
			imagekit_upload_field(rq, "customMetadata"), 0),
		.size = store_sink_size(put->sink),
	};
	if (imagekit_expression_parse(request_arena(rq), text, &expr, &why) < 0)
		return err_set(err, ERR_INVALID, SYNTAX_TEXT);
	int result = evaluate(&facts, expr);
	if (result > 0)
		return 0;
	return err_set(err, ERR_INVALID, "%s",
		       result < 0 ? SYNTAX_TEXT : FALSE_TEXT);
}
