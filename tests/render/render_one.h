/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One picture from a real program, in its sandbox, for a plan's text.
 */
#ifndef RENDER_RENDER_ONE_H
#define RENDER_RENDER_ONE_H

#include "base/metrics.h"
#include "helpers/pool.h"
#include "image/protocol.h"

#include <glib.h>
#include <unistd.h>

struct render_one {
	uint32_t status; /* RENDER_OK, ..., or RENDER_DIED */
	struct render_picture picture;
	GString *bytes; /* NULL unless RENDER_OK */
	GMutex lock;
	GCond done_cond;
	bool done;
};

#define RENDER_DIED 1000u /* the process, or it took too long */

/* greeting: RENDER_GREETING or SCALE_GREETING */
static inline struct pool *render_pool_new(const char *program,
					   const char *greeting)
{
	const struct pool_options options = {
		.name = "renderer",
		.program = program,
		.greeting = greeting,
		.helpers = 1,
		.share = 1,
		.queue_max = 10,
		.owner_max = 10,
		.wait_ms = 600000,
		.timeout_ms = 600000,
		.jobs_max = 100000,
		.metrics = {METRIC_RENDER_STARTS, METRIC_RENDER_DEATHS,
			    METRIC_RENDER_QUEUED, METRIC_RENDER_REFUSED},
	};
	struct pool *pool = NULL;
	struct err err;
	return pool_new(&pool, &options, &err) < 0 ? NULL : pool;
}

static inline void render_one_take(struct render_one *one,
				   const struct pool_answer *answer)
{
	struct render_reply reply;
	if (answer == NULL || answer->text.n < sizeof(reply))
		return;
	memcpy(&reply, answer->text.p, sizeof(reply));
	one->status = reply.status;
	one->picture = reply.picture;
	if (reply.status != RENDER_OK || answer->output < 0)
		return;
	one->bytes = g_string_sized_new(answer->output_size);
	g_string_set_size(one->bytes, answer->output_size);
	if (pread(answer->output, one->bytes->str, answer->output_size, 0) !=
	    (ssize_t)answer->output_size)
		one->status = RENDER_DIED;
}

static inline void render_one_done(void *user, struct pool_answer *answer,
				   const struct err *err)
{
	struct render_one *one = user;
	(void)err;
	g_mutex_lock(&one->lock);
	one->status = RENDER_DIED;
	render_one_take(one, answer);
	one->done = true;
	g_cond_signal(&one->done_cond);
	g_mutex_unlock(&one->lock);
}

/* The source first, then what the plan names; ends with n. one->bytes is the
 * caller's. */
static inline void render_one(struct pool *pool, const char *plan,
			      const GString *const *images, unsigned n,
			      struct render_one *one)
{
	struct render_request request = {.kind = RENDER_PICTURE,
					 .flags = RENDER_ALONE};
	struct pool_input inputs[HELPER_FDS_MAX];
	struct err err;
	for (unsigned i = 0; i < n; i++) {
		request.sizes[i] = images[i]->len;
		inputs[i] = (struct pool_input){
			-1, {images[i]->str, images[i]->len}};
	}
	g_autoptr(GString) text =
		g_string_new_len((const char *)&request, sizeof(request));
	g_string_append(text, plan);
	const struct pool_job job = {
		.owner = 1,
		.text = {text->str, text->len},
		.inputs = inputs,
		.n_inputs = n,
		.output_max = RENDER_OUTPUT_MAX,
		.done = render_one_done,
		.user = one,
	};
	*one = (struct render_one){.status = RENDER_DIED};
	if (pool_submit(pool, &job, &err) < 0)
		return;
	g_mutex_lock(&one->lock);
	while (!one->done)
		g_cond_wait(&one->done_cond, &one->lock);
	g_mutex_unlock(&one->lock);
}

#endif
