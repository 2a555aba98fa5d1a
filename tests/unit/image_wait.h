/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to renderers, for tests that have nothing else to do than wait for
 * the answer.
 */
#ifndef UNIT_IMAGE_WAIT_H
#define UNIT_IMAGE_WAIT_H

#include "image/renderers.h"
#include "unit.h"

#include <glib.h>

struct image_wait {
	GMutex lock;
	GCond done_cond;
	bool done;
	bool found;
	struct image_info info;
	struct image_metadata metadata;
	struct err err;
};

static inline void image_wait_end(struct image_wait *wait,
				  const struct err *err)
{
	g_mutex_lock(&wait->lock);
	wait->found = err == NULL;
	if (err)
		wait->err = *err;
	wait->done = true;
	g_cond_signal(&wait->done_cond);
	g_mutex_unlock(&wait->lock);
}

static inline void image_wait_info(void *user, const struct image_info *info,
				   const struct err *err)
{
	struct image_wait *wait = user;
	if (info)
		wait->info = *info;
	image_wait_end(wait, err);
}

static inline void image_wait_metadata(void *user,
				       const struct image_metadata *metadata,
				       const struct err *err)
{
	struct image_wait *wait = user;
	if (metadata)
		wait->metadata = *metadata;
	image_wait_end(wait, err);
}

/* submitted: what asking returned. */
static inline int image_wait_for(struct image_wait *wait, int submitted,
				 struct err *err)
{
	if (submitted < 0)
		return -1;
	g_mutex_lock(&wait->lock);
	while (!wait->done)
		g_cond_wait(&wait->done_cond, &wait->lock);
	g_mutex_unlock(&wait->lock);
	*err = wait->err;
	return wait->found ? 0 : -1;
}

/* The answer in *out; texts live as long as the source's arena. */
static inline int inspect_and_wait(struct renderers *renderers,
				   const struct image_source *source,
				   struct image_info *out, struct err *err)
{
	struct image_wait wait = {.found = false};
	int submitted = renderers_inspect(renderers, source, image_wait_info,
					  &wait, err);
	int result = image_wait_for(&wait, submitted, err);
	if (result == 0)
		*out = wait.info;
	return result;
}

static inline int metadata_and_wait(struct renderers *renderers,
				    const struct image_source *source,
				    struct image_metadata *out, struct err *err)
{
	struct image_wait wait = {.found = false};
	int submitted = renderers_metadata(renderers, source,
					   image_wait_metadata, &wait, err);
	int result = image_wait_for(&wait, submitted, err);
	if (result == 0)
		*out = wait.metadata;
	return result;
}

#endif
