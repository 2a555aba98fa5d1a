/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A number that depends on sizes which are known only when a picture is
 * rendered: "half of the source's width". Postfix, so that there is one reading
 * and no precedence; grammars bring their own into this order. A condition is
 * one too: 0 is false.
 */
#ifndef IMAGE_EXPRESSION_H
#define IMAGE_EXPRESSION_H

#include "base/buf.h"
#include "base/err.h"

#define IMAGE_TERMS_MAX 48 /* numbers, variables and operators of one */

/* clang-format off */
#define IMAGE_TERMS(X)                                                         \
	/* variables: pixels, or a width divided by a height */                \
	X(SOURCE_WIDTH,  "iw",  0) /* of the image that the plan begins with, */\
	X(SOURCE_HEIGHT, "ih",  0) /* upright */                               \
	X(SOURCE_ASPECT, "iar", 0)                                             \
	X(WIDTH,         "cw",  0) /* of what the operation gets */            \
	X(HEIGHT,        "ch",  0)                                             \
	X(ASPECT,        "car", 0)                                             \
	X(BASE_WIDTH,    "bw",  0) /* in an overlay's plan: of the picture that\
				      it comes to lie on */                    \
	X(BASE_HEIGHT,   "bh",  0)                                             \
	X(BASE_ASPECT,   "bar", 0)                                             \
	/* operators */                                                        \
	X(ADD, "+",  2)                                                        \
	X(SUB, "-",  2)                                                        \
	X(MUL, "*",  2)                                                        \
	X(DIV, "/",  2)                                                        \
	X(MOD, "mod", 2)                                                       \
	X(POW, "^",  2)                                                        \
	X(EQ,  "==", 2)                                                        \
	X(NE,  "!=", 2)                                                        \
	X(GT,  ">",  2)                                                        \
	X(GE,  ">=", 2)                                                        \
	X(LT,  "<",  2)                                                        \
	X(LE,  "<=", 2)                                                        \
	X(AND, "and", 2)                                                       \
	X(OR,  "or", 2)
/* clang-format on */

enum image_term_kind {
	IMAGE_TERM_NUMBER,
#define X(name, text, operands) IMAGE_TERM_##name,
	IMAGE_TERMS(X)
#undef X
	IMAGE_TERM_KINDS
};

struct image_term {
	enum image_term_kind kind;
	double number; /* IMAGE_TERM_NUMBER */
};

struct image_expression {
	unsigned n;
	struct image_term terms[IMAGE_TERMS_MAX];
};

/* Sizes at one operation of a plan, pixels. */
struct image_sizes {
	double source_width, source_height;
	double width, height;
	double base_width, base_height; /* 0 outside of overlays */
};

/* Appends; false when it is full or the number is not finite. */
bool image_expression_add(struct image_expression *expression,
			  struct image_term term) MUST_CHECK;

/* One value is left at the end, and no operator lacks one. */
bool image_expression_is_whole(const struct image_expression *expression);

/* Of a whole one. Not finite when it has no value, as after a division by
 * zero. */
double image_expression_value(const struct image_expression *expression,
			      const struct image_sizes *sizes);

/* "[iw 2 /]" */
void image_expression_write(const struct image_expression *expression,
			    struct buf *out);
/* What stands between the brackets. False: no whole expression. */
bool image_expression_parse(struct str text, struct image_expression *out);

/* A number in its shortest spelling, at most six decimals. */
void image_number_write(double number, struct buf *out);
/* Digits, as many as there are, at most one '.', a sign before; false for
 * anything else, and over 1e12. */
bool image_number_parse(struct str text, double *out);

#endif
