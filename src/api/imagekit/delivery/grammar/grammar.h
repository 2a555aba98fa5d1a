/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vendor's transformations, from the texts in a URL to a plan: a pure
 * function, which sees no file, no library and no request.
 *
 * An item that is unknown, empty or malformed is ignored and the others count:
 * real URLs hold many. Refused are names that nobody has defined and effects
 * that take a model, whose unedited picture would be a wrong answer.
 * docs/decisions/0033 has the rules and their reasons.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_GRAMMAR_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_GRAMMAR_H

#include "base/arena.h"
#include "base/err.h"
#include "image/plan.h"

/* What a name stands for, with or without "tr:"; STR_NONE: there is none such.
 */
typedef struct str imagekit_resolve(const void *user, struct str name);

/* What clients say in headers, as it stands there; STR_NONE without. */
struct imagekit_hints {
	struct str accept;
	struct str width; /* Sec-CH-Width, or else Width */
	struct str dpr;   /* Sec-CH-DPR, or else DPR */
};

struct imagekit_transformation {
	/* Behind "tr:" and "tr=", still percent-encoded; STR_NONE without. */
	struct str path, query;
	imagekit_resolve *resolve; /* NULL: there are no names */
	const void *user;
	struct imagekit_hints hints;
	struct str custom_coordinates; /* of the file: "x,y,width,height" */
	bool automatic_format; /* without f: what the client names, if smaller
				*/
	bool is_thumbnail;     /* ik-thumbnail.jpg: without f JPEG */
};

enum {
	IMAGEKIT_VARY_ACCEPT = 1 << 0,
	IMAGEKIT_VARY_WIDTH = 1 << 1,
	IMAGEKIT_VARY_DPR = 1 << 2,
};

struct imagekit_wanted {
	struct image_plan plan; /* finished */
	bool is_original;       /* the file as it is; the plan does nothing */
	struct str instead;     /* path of what stands in for a missing file */
	unsigned vary;          /* IMAGEKIT_VARY_*: which hints counted */
	double content_dpr;     /* for the header; 0: none */
};

/* Whether each step is a name and nothing else, at least one. */
bool imagekit_grammar_is_named(const struct imagekit_transformation *in,
			       struct arena *arena);

/* Paths of images that the plan lays over, and `instead`, are the client's: who
 * reads them decides whether this client may. ERR_INVALID: an unknown name;
 * ERR_UNSUPPORTED: takes a model; ERR_LIMIT: more than a plan holds. */
int imagekit_grammar(const struct imagekit_transformation *in,
		     struct arena *arena, struct imagekit_wanted *out,
		     struct err *err) MUST_CHECK;

/* For people who try a transformation: the first item of it that is ignored, as
 * its key is unknown or its value none that the key can have; STR_NONE. Of
 * names none is, whatever they stand for. */
struct str imagekit_grammar_ignored(struct arena *arena, struct str text);

#endif
