/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of `searchQuery` and `checks`: comparisons joined by AND and OR,
 * AND first, with parentheses.
 *
 *   name : "my" AND (size > "1mb" OR tags IN ["a", "b"]) AND private = false
 *
 * What fields there are and what they are compared with is for others to say.
 */
#ifndef API_IMAGEKIT_VALUES_EXPRESSION_H
#define API_IMAGEKIT_VALUES_EXPRESSION_H

#include "base/arena.h"
#include "base/err.h"

#define EXPRESSION_BYTES_MAX (64u * 1024)
#define EXPRESSION_DEPTH_MAX 64
#define EXPRESSION_TERMS_MAX 500
#define EXPRESSION_VALUES_MAX 1000 /* of all terms */

enum expr_kind {
	EXPR_AND,
	EXPR_OR,
	EXPR_TERM,
};

/* clang-format off */
#define EXPR_OPS(X)                                                            \
	X(EQ, "=")                                                             \
	X(NE, "NOT =")                                                         \
	X(PREFIX, ":")                                                         \
	X(LT, "<")                                                             \
	X(LE, "<=")                                                            \
	X(GT, ">")                                                             \
	X(GE, ">=")                                                            \
	X(IN, "IN")                                                            \
	X(NOT_IN, "NOT IN")
/* clang-format on */

enum expr_op {
#define X(name, text) EXPR_##name,
	EXPR_OPS(X)
#undef X
	EXPR_OP_COUNT
};

enum expr_value_kind {
	EXPR_TEXT,
	EXPR_NUMBER,
	EXPR_BOOLEAN,
};

struct expr_value {
	enum expr_value_kind kind;
	struct str text;
	double number;
	bool boolean;
	struct expr_value *next; /* in an array */
};

struct expr {
	enum expr_kind kind;
	struct expr *first; /* EXPR_AND, EXPR_OR: two or more */
	struct expr *next;  /* the sibling */
	/* EXPR_TERM */
	struct str field;
	enum expr_op op;
	bool is_array; /* values in brackets, perhaps none */
	struct expr_value *values;
};

/* Parses the whole text, in time that is linear in its length. Everything is in
 * the arena or borrowed from the text. ERR_INVALID says in a few words what is
 * wrong. */
int imagekit_expression_parse(struct arena *arena, struct str text,
			      struct expr **out, struct err *err) MUST_CHECK;

/* As the language writes it: "NOT IN". */
const char *imagekit_expression_op_name(enum expr_op op);

#endif
