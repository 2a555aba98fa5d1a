/* SPDX-License-Identifier: Apache-2.0 */
#include "server/jobs.h"
#include "base/log/log.h"
#include "library/background/folder_job.h"

#define LOOK_EVERY_MS 200
/* after a step that failed, and so often a failure that stays is told */
#define PAUSE_MS 2000

static unsigned jobs_step(void *user)
{
	struct library *library = user;
	struct err err;
	int more = folder_job_step(library, &err);
	if (more < 0)
		log_error("jobs: %s", err.text);
	return more > 0 ? 0 : more == 0 ? LOOK_EVERY_MS : PAUSE_MS;
}

int jobs_start(struct ticker **out, struct library *library, struct err *err)
{
	return ticker_new(out, &(struct thread_kind){"jobs", THREAD_LONG},
			  jobs_step, library, err);
}
