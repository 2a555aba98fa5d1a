/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a picture is made of, before anything is made: what the
 * deliveries of all dialects ask about them.
 */
#ifndef API_MADE_LAYERS_H
#define API_MADE_LAYERS_H

#include "api/request.h"
#include "image/plan.h"

/* Those that a plan names beside its source, in the order of its text. */
struct layers {
	/* The dialect's: the file of that path, if the request may read it. As
	 * request_find_path(). */
	int (*find)(struct request *rq, void *user, struct str path,
		    struct hot_entry **out, struct err *err);
	void *user;
	struct hot_entry *entries[IMAGE_PLAN_INPUTS_MAX];
	unsigned n;
};

/* Looks for all of them; returns what `find` does, and holds no reference if
 * that is not 0. */
int request_find_layers(struct request *rq, const struct image_plan *plan,
			struct layers *layers, struct err *err) MUST_CHECK;

/* Whether a picture can be made of the file, as far as its row says, if it may
 * have `most` bytes. ERR_UNSUPPORTED, ERR_TOO_LARGE. */
int request_check_source(const struct file *file, uint64_t most,
			 struct err *err) MUST_CHECK;

/* How long caches may keep what shows the file and the layers (NULL: none), in
 * seconds, as request_cache_seconds(); -1: not at all, as not everybody may see
 * all of it. */
int64_t request_shown_seconds(const struct request *rq, const struct file *file,
			      const struct layers *layers, int64_t most);

#endif
