/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vendor's infix into postfix. Multiplication and division go first, then
 * addition and subtraction, then the remainder, then powers, each from the left
 * (docs: "Arithmetic expressions in transformations", calculation sequence);
 * in conditions comparisons follow, then `and`, then `or`.
 */
#include "api/imagekit/delivery/grammar/values.h"

#include <math.h>

#define FIRST_OF_CONDITIONS 2 /* operators up to this precedence */

static const struct {
	const char *text;
	enum image_term_kind kind;
	unsigned precedence; /* the higher, the sooner */
} operators[] = {
	{"mul", IMAGE_TERM_MUL, 6}, {"div", IMAGE_TERM_DIV, 6},
	{"add", IMAGE_TERM_ADD, 5}, {"sub", IMAGE_TERM_SUB, 5},
	{"mod", IMAGE_TERM_MOD, 4}, {"pow", IMAGE_TERM_POW, 3},
	{"eq", IMAGE_TERM_EQ, 2},   {"ne", IMAGE_TERM_NE, 2},
	{"gt", IMAGE_TERM_GT, 2},   {"gte", IMAGE_TERM_GE, 2},
	{"lt", IMAGE_TERM_LT, 2},   {"lte", IMAGE_TERM_LE, 2},
	{"and", IMAGE_TERM_AND, 1}, {"or", IMAGE_TERM_OR, 0},
};

#define OPERATORS (sizeof(operators) / sizeof(*operators))

static const struct variable {
	const char *text;
	enum image_term_kind kind;
	bool in_layers, in_conditions; /* only there */
} variables[] = {
	{"iw", IMAGE_TERM_SOURCE_WIDTH, false, false},
	{"ih", IMAGE_TERM_SOURCE_HEIGHT, false, false},
	{"iar", IMAGE_TERM_SOURCE_ASPECT, false, false},
	{"cw", IMAGE_TERM_WIDTH, false, false},
	{"ch", IMAGE_TERM_HEIGHT, false, false},
	{"car", IMAGE_TERM_ASPECT, false, false},
	{"bw", IMAGE_TERM_BASE_WIDTH, true, false},
	{"bh", IMAGE_TERM_BASE_HEIGHT, true, false},
	{"bar", IMAGE_TERM_BASE_ASPECT, true, false},
	{"w", IMAGE_TERM_WIDTH, false, true},
	{"h", IMAGE_TERM_HEIGHT, false, true},
	{"ar", IMAGE_TERM_ASPECT, false, true},
};

struct infix {
	enum tr_arithmetic kind;
	struct image_expression out;
	unsigned waiting[IMAGE_TERMS_MAX], n; /* operators, by their index */
	bool compares;
};

static bool add(struct infix *infix, enum image_term_kind kind, double number)
{
	return image_expression_add(&infix->out,
				    (struct image_term){kind, number});
}

/* "4-3", in conditions */
static bool add_fraction(struct infix *infix, struct str text)
{
	double left, right;
	struct str rest = text;
	struct str first = str_split(&rest, '-');
	return infix->kind == TR_CONDITION && rest.n &&
	       image_number_parse(first, &left) &&
	       image_number_parse(rest, &right) && left >= 0 && right > 0 &&
	       add(infix, IMAGE_TERM_NUMBER, left) &&
	       add(infix, IMAGE_TERM_NUMBER, right) &&
	       add(infix, IMAGE_TERM_DIV, 0);
}

static bool add_operand(struct infix *infix, struct str text)
{
	double number;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		const struct variable *row = &variables[i];
		if ((row->in_layers && infix->kind == TR_OF_PICTURE) ||
		    (row->in_conditions && infix->kind != TR_CONDITION) ||
		    !str_eq(text, str_of(row->text)))
			continue;
		return add(infix, row->kind, 0);
	}
	if (tr_number(text, &number))
		return add(infix, IMAGE_TERM_NUMBER, number);
	return add_fraction(infix, text);
}

/* Those that wait and go at least as soon as precedence. */
static bool flush(struct infix *infix, unsigned precedence)
{
	while (infix->n &&
	       operators[infix->waiting[infix->n - 1]].precedence >= precedence)
		if (!add(infix, operators[infix->waiting[--infix->n]].kind, 0))
			return false;
	return true;
}

static bool add_operator(struct infix *infix, struct str text)
{
	for (unsigned i = 0; i < OPERATORS; i++) {
		if (!str_eq(text, str_of(operators[i].text)))
			continue;
		bool compares = operators[i].precedence <= FIRST_OF_CONDITIONS;
		if ((compares && infix->kind != TR_CONDITION) ||
		    !flush(infix, operators[i].precedence) ||
		    infix->n == IMAGE_TERMS_MAX)
			return false;
		infix->compares |= compares;
		infix->waiting[infix->n++] = i;
		return true;
	}
	return false;
}

bool tr_expression(struct str text, enum tr_arithmetic kind,
		   struct image_expression *out)
{
	struct infix infix = {.kind = kind};
	bool is_operator = false;
	double number;
	if (text.n == 0)
		return false;
	if (kind != TR_CONDITION && tr_number(text, &number)) {
		*out = tr_expression_of(number);
		return true;
	}
	for (struct str rest = text; rest.p; is_operator = !is_operator) {
		struct str word = str_split(&rest, '_');
		if (!(is_operator ? add_operator(&infix, word)
				  : add_operand(&infix, word)))
			return false;
	}
	if (!is_operator || !flush(&infix, 0) ||
	    (kind == TR_CONDITION && !infix.compares))
		return false;
	*out = infix.out;
	if (tr_constant(out, &number))
		*out = tr_expression_of(number);
	return true;
}

bool tr_constant(const struct image_expression *expression, double *out)
{
	static const struct image_sizes none;
	for (unsigned i = 0; i < expression->n; i++) {
		enum image_term_kind kind = expression->terms[i].kind;
		if (kind >= IMAGE_TERM_SOURCE_WIDTH &&
		    kind <= IMAGE_TERM_BASE_ASPECT)
			return false;
	}
	double value = image_expression_value(expression, &none);
	if (!isfinite(value))
		return false;
	*out = value;
	return true;
}

struct image_expression tr_expression_of(double number)
{
	return (struct image_expression){
		.n = 1,
		.terms = {{IMAGE_TERM_NUMBER, number}},
	};
}

bool tr_combine(struct image_expression *out,
		const struct image_expression *right, enum image_term_kind op)
{
	double number;
	if (out->n + right->n + 1 > IMAGE_TERMS_MAX)
		return false;
	memcpy(out->terms + out->n, right->terms,
	       right->n * sizeof(*right->terms));
	out->n += right->n;
	out->terms[out->n++] = (struct image_term){.kind = op};
	if (tr_constant(out, &number))
		*out = tr_expression_of(number);
	return true;
}
