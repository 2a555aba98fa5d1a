/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chat completions in OpenAI's form, as far as one picture and one prompt need
 * them. Pure. Not here: the pictures, and how they get there (vision.c).
 */
#ifndef API_JIGSAWSTACK_VOCR_MODEL_H
#define API_JIGSAWSTACK_VOCR_MODEL_H

#include "api/jigsawstack/vocr/vocr.h"

struct model_ask {
	struct str model; /* its name; empty: the endpoint has one */
	const struct vocr_ask *vocr;
	struct str help; /* the text of the pages; may be cut */
};

/* The start of the request; pictures follow, each between these two, and then
 * the end. */
void model_begin(GString *out, struct arena *arena,
		 const struct model_ask *ask);
#define MODEL_PICTURE                                                          \
	",{\"type\":\"image_url\",\"image_url\":{\"url\":"                     \
	"\"data:image/jpeg;base64,"
#define MODEL_PICTURE_END "\"}}"
#define MODEL_END "]}]}"

/* The context that the answer has, the arena's: a string, or an object with
 * exactly the keys that were asked for, each an array of strings or null. NULL:
 * it has none. Fills in *usage. */
json_t *model_read(struct arena *arena, const struct vocr_ask *ask,
		   struct str answer, struct vocr_usage *usage);

#endif
