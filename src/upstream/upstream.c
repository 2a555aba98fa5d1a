/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/upstream.h"
#include "base/metrics.h"

#define WAIT_MS 30000 /* for a place */
#define WAITING 512   /* calls that wait for one */
#define OWN_WAITING 128

struct upstream {
	struct endpoint *endpoint;
	struct crew *crew;
	_Atomic int64_t stop_at; /* monotonic microseconds */
};

int upstream_new(struct upstream **out, const struct upstream_options *options,
		 struct err *err)
{
	const struct crew_options crew = {
		.kind = {"upstream", THREAD_WORK},
		.places = options->calls,
		.waiting = WAITING,
		.own_waiting = OWN_WAITING,
		.wait_ms = WAIT_MS,
	};
	struct endpoint *endpoint;
	*out = NULL;
	if (endpoint_new(&endpoint, &options->endpoint, err) < 0)
		return -1;
	struct upstream *upstream = g_new0(struct upstream, 1);
	upstream->endpoint = endpoint;
	upstream->crew = crew_new(&crew);
	upstream->stop_at = INT64_MAX;
	*out = upstream;
	return 0;
}

void upstream_stop(struct upstream *upstream, unsigned grace_ms)
{
	if (upstream)
		upstream->stop_at =
			g_get_monotonic_time() + (int64_t)grace_ms * 1000;
}

void upstream_free(struct upstream *upstream)
{
	if (upstream == NULL)
		return;
	crew_free(upstream->crew);
	endpoint_free(upstream->endpoint);
	g_free(upstream);
}

int upstream_reload(struct upstream *upstream, struct err *err)
{
	return upstream ? endpoint_reload(upstream->endpoint, err) : 0;
}

static bool goes_on(void *user)
{
	const struct upstream_ask *ask = user;
	int64_t now = g_get_monotonic_time(), left_us = *ask->left_us;
	return now < ask->upstream->stop_at && (left_us == 0 || now < left_us);
}

static void run(struct crew_task *task, bool is_late)
{
	struct upstream_ask *ask =
		(void *)((char *)task - offsetof(struct upstream_ask, task));
	if (is_late || !goes_on(ask))
		ask->result = err_set(&ask->err, ERR_BUSY,
				      "Too many such calls are waiting. Try "
				      "again later.");
	else
		ask->result = endpoint_post(ask->upstream->endpoint, &ask->call,
					    &ask->answer, &ask->err);
	metric_add(METRIC_UPSTREAM_CALLS, 1);
	if (ask->result < 0)
		metric_add(METRIC_UPSTREAM_FAILED, 1);
	ask->done(ask->user);
}

int upstream_ask(struct upstream *upstream, struct upstream_ask *ask,
		 struct err *err)
{
	ask->upstream = upstream;
	ask->call.goes_on = goes_on;
	ask->call.user = ask;
	ask->task = (struct crew_task){
		.owner = ask->owner,
		.guest = ask->guest,
		.run = run,
	};
	return crew_add(upstream->crew, &ask->task, err);
}
