/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transformation's text as a tree: steps of items, and layers and conditions
 * that have steps inside.
 *
 *     w-300,l-text,i-Hello,l-end:if-ar_gt_1,rt-90,if-end
 *
 * Real texts are not well formed: empty items are passed over, a layer or
 * condition that nobody ends ends with its step, an end that nobody began is
 * nothing. What is nested too deep is left out.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_ITEMS_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_ITEMS_H

#include "api/imagekit/delivery/grammar/parameters.h"
#include "base/arena.h"
#include "base/err.h"

#define TR_ITEMS_MAX 1024 /* of a transformation, with those of names */
#define TR_LAYERS_MAX 3   /* in each other */
#define TR_NESTED_MAX 6   /* layers and conditions in each other */

enum tr_item_kind {
	TR_ITEM_PARAMETER,
	TR_ITEM_LAYER,     /* value: "image", "text" ... */
	TR_ITEM_CONDITION, /* value: what it asks for */
};

struct tr_item {
	enum tr_item_kind kind;
	enum tr_parameter parameter;
	struct str value; /* decoded, blanks around it gone; absent: bare */
	struct tr_step *inner;   /* of a layer, or when the condition holds */
	struct tr_step *another; /* when it does not hold */
	struct tr_item *next;
};

struct tr_step {
	struct tr_item *first;
	struct tr_step *next;
};

/* What a name stands for, without "tr:"; STR_NONE: there is none such. */
typedef struct str tr_resolve(const void *user, struct str name);

struct tr_text {
	struct str raw;     /* as it stands in the URL */
	bool plus_is_blank; /* as in queries */
};

struct tr_reading {
	struct arena *arena;
	tr_resolve *resolve;
	const void *user;
	struct tr_text
		texts[2]; /* one goes on after the other; may be absent */
	/* Gets the first item that says nothing, unless there is one; NULL:
	 * nobody asks. */
	struct str *ignored;
};

struct tr_tree {
	struct tr_step *steps; /* NULL: none */
	struct str unknown;    /* a name that stands for nothing; STR_NONE */
};

/* ERR_LIMIT: more than TR_ITEMS_MAX. */
int tr_read(const struct tr_reading *reading, struct tr_tree *out,
	    struct err *err) MUST_CHECK;

#endif
