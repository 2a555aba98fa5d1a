/* SPDX-License-Identifier: Apache-2.0 */
#include "server/jobs.h"
#include "base/log.h"
#include "library/background/folder_job.h"

#include <glib.h>

#define LOOK_EVERY_MS 200
/* after a step that failed, and so often a failure that stays is told */
#define PAUSE_MS 2000

struct jobs {
	struct library *library;
	GThread *thread;
	GMutex mutex; /* guards stop */
	GCond wake;
	bool stop;
};

/* False: stop. */
static bool pause_for(struct jobs *jobs, unsigned ms)
{
	gint64 until = g_get_monotonic_time() + (gint64)ms * 1000;
	g_mutex_lock(&jobs->mutex);
	while (ms && !jobs->stop &&
	       g_cond_wait_until(&jobs->wake, &jobs->mutex, until))
		continue;
	bool go_on = !jobs->stop;
	g_mutex_unlock(&jobs->mutex);
	return go_on;
}

static void *run(void *arg)
{
	struct jobs *jobs = arg;
	unsigned pause = 0;
	while (pause_for(jobs, pause)) {
		struct err err;
		int more = folder_job_step(jobs->library, &err);
		if (more < 0)
			log_error("jobs: %s", err.text);
		pause = more > 0 ? 0 : more == 0 ? LOOK_EVERY_MS : PAUSE_MS;
	}
	return NULL;
}

struct jobs *jobs_start(struct library *library)
{
	struct jobs *jobs = g_new0(struct jobs, 1);
	jobs->library = library;
	g_mutex_init(&jobs->mutex);
	g_cond_init(&jobs->wake);
	jobs->thread = g_thread_new("jobs", run, jobs);
	return jobs;
}

void jobs_stop(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	g_mutex_lock(&jobs->mutex);
	jobs->stop = true;
	g_cond_signal(&jobs->wake);
	g_mutex_unlock(&jobs->mutex);
	g_thread_join(jobs->thread);
	g_mutex_clear(&jobs->mutex);
	g_cond_clear(&jobs->wake);
	g_free(jobs);
}
