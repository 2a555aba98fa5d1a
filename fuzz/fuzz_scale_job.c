/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of stowage-scale: a plan up to the first line feed, then a picture. What
 * is answered is a picture of the size that it says.
 */
#include <glib.h>
#include <stdlib.h>

#include "scale/job.h"
#include "scale/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIXELS_MAX 250000 /* so that an input takes no seconds */

/* Small in itself, and nothing large on the way. */
static bool is_small(const struct job *job)
{
	struct image_extent extent;
	struct image_plan plan;
	struct source source = {0};
	struct arena arena;
	bool small;
	arena_init(&arena);
	if (image_plan_parse(job->plan, &arena, &plan, NULL) < 0 ||
	    source_open(&source, job->source, NULL) < 0)
		small = true; /* refused */
	else if (image_plan_extent(&plan, source.shape.width,
				   source.shape.height, &extent, NULL) < 0)
		small = true;
	else
		small = extent.pixels_max <= PIXELS_MAX;
	source_close(&source);
	arena_release(&arena);
	return small;
}

static void check(const struct job_result *result)
{
	struct str bytes = {(const char *)result->bytes.p, result->bytes.n};
	struct source source;
	g_assert(result->status == RENDER_OK ||
		 result->status == RENDER_REFUSED ||
		 result->status == RENDER_ELSEWHERE ||
		 result->status == RENDER_TOO_LARGE ||
		 result->status == RENDER_IMPOSSIBLE ||
		 result->status == RENDER_CROWDED);
	g_assert((bytes.p != NULL) == (result->status == RENDER_OK));
	if (bytes.p == NULL)
		return;
	g_assert(source_open(&source, bytes, NULL) == 0);
	g_assert(source.shape.width == result->picture.width &&
		 source.shape.height == result->picture.height &&
		 source.shape.orientation == 1);
	source_close(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size};
	struct job job = {.plan = str_split(&bytes, '\n'), .source = bytes};
	struct job_result result;
	if (bytes.p == NULL || !is_small(&job))
		return 0;
	job_run(&job, &result);
	check(&result);
	free(result.bytes.p);
	return 0;
}
