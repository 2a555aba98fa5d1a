/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to become of an image: operations, in order, whose parameters have
 * been checked against their table (image/operations.h). Grammars of URLs make
 * plans, renderers follow them, and neither knows the other.
 *
 * A plan has one canonical text: equal plans have equal texts. It is what a
 * renderer is sent, and with the checksums of the contents that go in it is
 * the name of what comes out.
 *
 *     resize(width=300,height=[iw 2 /])|encode(quality=70)
 *
 * A plan and all it points to live in one arena. Not here: which rectangle a
 * resize cuts (image/geometry.h).
 */
#ifndef IMAGE_PLAN_H
#define IMAGE_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "image/expression.h"
#include "image/operations.h"

#define IMAGE_PLAN_OPS_MAX 128   /* with those of plans inside */
#define IMAGE_PLAN_DEPTH_MAX 6   /* overlays and conditions in each other */
#define IMAGE_PLAN_INPUTS_MAX 31 /* files that a plan names */
#define IMAGE_PLAN_TEXT_MAX (32 * 1024)

struct image_number {
	double number;
	const struct image_expression *expression; /* NULL: the number */
};

struct image_list {
	unsigned n;
	struct image_number items[IMAGE_LIST_MAX];
};

/* By the parameter's type; a flag and a word are in number.number. */
union image_value {
	struct image_number number;
	uint32_t color;
	struct str text;
	const struct image_list *list;
	const struct image_plan *plan;
};

struct image_op {
	enum image_operation kind;
	uint32_t given; /* a bit for each parameter that has a value */
	union image_value *values;
	struct image_op *next;
	struct arena *arena;
};

struct image_plan {
	struct arena *arena;
	struct image_op *first, *last;
	unsigned n;
	bool is_full; /* an operation did not go in */
};

void image_plan_init(struct image_plan *plan, struct arena *arena);

/* A new operation at the end, its parameters absent. When the plan has
 * IMAGE_PLAN_OPS_MAX it is no part of it, and finishing the plan is refused. */
struct image_op *image_plan_add(struct image_plan *plan,
				enum image_operation kind);

/* Give a parameter a value; again: another. False, and it stays as it was, when
 * the value is none that the parameter can have. */
bool image_set_number(struct image_op *op, unsigned param, double value);
/* The expression is copied. One of a single number is that number. */
bool image_set_expression(struct image_op *op, unsigned param,
			  const struct image_expression *expression);
bool image_set_flag(struct image_op *op, unsigned param, bool value);
bool image_set_word(struct image_op *op, unsigned param, unsigned word);
bool image_set_color(struct image_op *op, unsigned param, uint32_t rgba);
bool image_set_text(struct image_op *op, unsigned param, struct str text);
bool image_set_list(struct image_op *op, unsigned param,
		    const struct image_list *list);
/* The plan is the parameter's from then on. */
bool image_set_plan(struct image_op *op, unsigned param,
		    const struct image_plan *plan);

bool image_has(const struct image_op *op, unsigned param);

/* What a parameter is, or its default. A number that is an expression is
 * evaluated; what is then out of range, or no number, is the default. */
double image_number(const struct image_op *op, unsigned param,
		    const struct image_sizes *sizes);
/* The same; 0 where that would be IMAGE_ABSENT. */
static inline double image_number_or_zero(const struct image_op *op,
					  unsigned param,
					  const struct image_sizes *sizes)
{
	double value = image_number(op, param, sizes);
	return value == IMAGE_ABSENT ? 0 : value;
}
bool image_flag(const struct image_op *op, unsigned param);
unsigned image_word(const struct image_op *op, unsigned param);
uint32_t image_color(const struct image_op *op, unsigned param);
/* STR_NONE when absent. */
struct str image_text(const struct image_op *op, unsigned param);
/* Fills in at most IMAGE_LIST_MAX numbers; how many. */
unsigned image_list_values(const struct image_op *op, unsigned param,
			   const struct image_sizes *sizes, double *out);
/* NULL when absent. */
const struct image_plan *image_inner_plan(const struct image_op *op,
					  unsigned param);

/*
 * Checks what holds between operations: encode stands once and last in the
 * outermost plan (it is added when there is none) and in no other; image, text
 * and canvas only begin plans, with a path, text or size only those of
 * overlays; depth, operations, inputs in bounds. ERR_INVALID, ERR_LIMIT.
 */
int image_plan_finish(struct image_plan *plan, struct err *err) MUST_CHECK;

/* Whether what it makes is of several pictures, the branches of conditions
 * counted. */
bool image_plan_joins(const struct image_plan *plan);

/* The path of the file that an operation names: an overlay's image, or a text's
 * font that is no family, as it has a '/' or ends as files of fonts do. */
struct str image_op_input(const struct image_op *op);

/* Of all operations, in the order of the text, at most IMAGE_PLAN_INPUTS_MAX;
 * one that is named twice is there twice. How many. */
unsigned image_plan_inputs(const struct image_plan *plan,
			   struct str paths[IMAGE_PLAN_INPUTS_MAX]);

/* The canonical text of a finished plan, in the arena. Never longer than
 * IMAGE_PLAN_TEXT_MAX: ERR_LIMIT. */
int image_plan_text(const struct image_plan *plan, struct arena *arena,
		    struct str *out, struct err *err) MUST_CHECK;

/* Reads such a text, in any spelling that is one; finished. ERR_INVALID,
 * ERR_LIMIT. */
int image_plan_parse(struct str text, struct arena *arena,
		     struct image_plan *out, struct err *err) MUST_CHECK;

#endif
