/* SPDX-License-Identifier: Apache-2.0 */
#include "image/expression.h"

#include <glib.h>
#include <math.h>

#define DECIMALS_MAX 6
#define DIGITS_MAX 12 /* behind the point that count */
#define NUMBER_MAX 1e12

static const struct {
	struct str text;
	unsigned operands;
} kinds[IMAGE_TERM_KINDS] = {[IMAGE_TERM_NUMBER] = {{NULL, 0}, 0},
#define X(name, text, operands)                                                \
	[IMAGE_TERM_##name] = {{text, sizeof(text) - 1}, operands},
			     IMAGE_TERMS(X)
#undef X
};

bool image_expression_add(struct image_expression *expression,
			  struct image_term term)
{
	if (expression->n == IMAGE_TERMS_MAX ||
	    (term.kind == IMAGE_TERM_NUMBER &&
	     !(fabs(term.number) <= NUMBER_MAX)))
		return false;
	expression->terms[expression->n++] = term;
	return true;
}

bool image_expression_is_whole(const struct image_expression *expression)
{
	unsigned depth = 0;
	for (unsigned i = 0; i < expression->n; i++) {
		unsigned operands = kinds[expression->terms[i].kind].operands;
		if (depth < operands)
			return false;
		depth = depth - operands + 1;
	}
	return depth == 1;
}

static double variable(enum image_term_kind kind,
		       const struct image_sizes *sizes)
{
	switch (kind) {
	case IMAGE_TERM_SOURCE_WIDTH:
		return sizes->source_width;
	case IMAGE_TERM_SOURCE_HEIGHT:
		return sizes->source_height;
	case IMAGE_TERM_SOURCE_ASPECT:
		return sizes->source_width / sizes->source_height;
	case IMAGE_TERM_WIDTH:
		return sizes->width;
	case IMAGE_TERM_HEIGHT:
		return sizes->height;
	case IMAGE_TERM_ASPECT:
		return sizes->width / sizes->height;
	case IMAGE_TERM_BASE_WIDTH:
		return sizes->base_width;
	case IMAGE_TERM_BASE_HEIGHT:
		return sizes->base_height;
	case IMAGE_TERM_BASE_ASPECT:
		return sizes->base_width / sizes->base_height;
	default:
		return NAN;
	}
}

static double compare(enum image_term_kind kind, double a, double b)
{
	switch (kind) {
	case IMAGE_TERM_EQ:
		return a == b;
	case IMAGE_TERM_NE:
		return a != b;
	case IMAGE_TERM_GT:
		return a > b;
	case IMAGE_TERM_GE:
		return a >= b;
	case IMAGE_TERM_LT:
		return a < b;
	case IMAGE_TERM_LE:
		return a <= b;
	case IMAGE_TERM_AND:
		return a != 0 && b != 0;
	case IMAGE_TERM_OR:
		return a != 0 || b != 0;
	default:
		return NAN;
	}
}

static double combine(enum image_term_kind kind, double a, double b)
{
	switch (kind) {
	case IMAGE_TERM_ADD:
		return a + b;
	case IMAGE_TERM_SUB:
		return a - b;
	case IMAGE_TERM_MUL:
		return a * b;
	case IMAGE_TERM_DIV:
		return a / b;
	case IMAGE_TERM_MOD:
		return fmod(a, b);
	case IMAGE_TERM_POW:
		return pow(a, b);
	default:
		return compare(kind, a, b);
	}
}

double image_expression_value(const struct image_expression *expression,
			      const struct image_sizes *sizes)
{
	double stack[IMAGE_TERMS_MAX];
	unsigned n = 0;
	for (unsigned i = 0; i < expression->n; i++) {
		const struct image_term *term = &expression->terms[i];
		if (kinds[term->kind].operands == 2) {
			stack[n - 2] =
				combine(term->kind, stack[n - 2], stack[n - 1]);
			n--;
		} else if (term->kind == IMAGE_TERM_NUMBER) {
			stack[n++] = term->number;
		} else {
			stack[n++] = variable(term->kind, sizes);
		}
	}
	return stack[0];
}

void image_number_write(double number, struct buf *out)
{
	double scaled = round(fabs(number) * 1e6);
	uint64_t digits = (uint64_t)MIN(scaled, NUMBER_MAX * 1e6);
	uint64_t decimals = digits % 1000000;
	char text[DECIMALS_MAX];
	int n = DECIMALS_MAX;
	if (number < 0 && digits)
		buf_add_char(out, '-');
	buf_add_u64(out, digits / 1000000);
	if (decimals == 0)
		return;
	for (int i = DECIMALS_MAX; i-- > 0; decimals /= 10)
		text[i] = (char)('0' + decimals % 10);
	while (text[n - 1] == '0')
		n--;
	buf_add_char(out, '.');
	buf_add(out, (struct str){text, (size_t)n});
}

/* Digits in front; how many. The first `most` make the value. */
static size_t take_digits(struct str *text, double *value, size_t most)
{
	size_t n = 0;
	for (; n < text->n && text->p[n] >= '0' && text->p[n] <= '9'; n++)
		if (n < most)
			*value = *value * 10 + (text->p[n] - '0');
	*text = str_skip(*text, n);
	return n;
}

bool image_number_parse(struct str text, double *out)
{
	bool negative = text.n && text.p[0] == '-';
	double whole = 0, fraction = 0;
	size_t n, decimals = 0;
	if (text.n == 0)
		return false;
	if (negative)
		text = str_skip(text, 1);
	n = take_digits(&text, &whole, SIZE_MAX);
	if (text.n && text.p[0] == '.') {
		text = str_skip(text, 1);
		decimals = take_digits(&text, &fraction, DIGITS_MAX);
	}
	if (n + decimals == 0 || text.n)
		return false;
	whole += fraction / pow(10, (double)MIN(decimals, DIGITS_MAX));
	*out = negative ? -whole : whole;
	return whole <= NUMBER_MAX;
}

void image_expression_write(const struct image_expression *expression,
			    struct buf *out)
{
	buf_add_char(out, '[');
	for (unsigned i = 0; i < expression->n; i++) {
		const struct image_term *term = &expression->terms[i];
		if (i)
			buf_add_char(out, ' ');
		if (term->kind == IMAGE_TERM_NUMBER)
			image_number_write(term->number, out);
		else
			buf_add(out, kinds[term->kind].text);
	}
	buf_add_char(out, ']');
}

static bool parse_term(struct str text, struct image_term *out)
{
	out->number = 0;
	for (unsigned i = 0; i < IMAGE_TERM_KINDS; i++) {
		out->kind = (enum image_term_kind)i;
		if (kinds[i].text.n && str_eq(kinds[i].text, text))
			return true;
	}
	out->kind = IMAGE_TERM_NUMBER;
	return image_number_parse(text, &out->number);
}

bool image_expression_parse(struct str text, struct image_expression *out)
{
	out->n = 0;
	while (text.p) {
		struct image_term term;
		if (!parse_term(str_split(&text, ' '), &term) ||
		    !image_expression_add(out, term))
			return false;
	}
	return image_expression_is_whole(out);
}
