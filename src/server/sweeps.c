/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sweeps.h"
#include "base/clock.h"
#include "base/log.h"
#include "library/accounts/account.h"
#include "library/background/outbox.h"
#include "library/background/folder_job.h"
#include "library/background/purge.h"
#include "library/accounts/token.h"
#include "library/accounts/usage.h"

#include <glib.h>
#include <inttypes.h>

#define KEYS_EVERY_MS 500
#define USAGE_EVERY_MS 5000
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define NOTES_KEPT_MS (30 * DAY_MS)
#define EVENTS_KEPT_MS (30 * DAY_MS) /* delivered, or given up */
/* a failure that stays is told again after so long */
#define REPEAT_MS (60 * 1000)

/* A task that may fail at every round: not every round is worth a line. */
struct complaint {
	const char *task;
	int64_t told_ms; /* 0: it works */
};

struct sweeps {
	struct library *library;
	GThread *thread;
	GMutex mutex; /* guards what follows */
	GCond wake;
	bool stop;
	unsigned interval, grace;
};

static int64_t monotonic_ms(void)
{
	return g_get_monotonic_time() / 1000;
}

static void tell(struct complaint *complaint, int result, const struct err *err)
{
	int64_t now = monotonic_ms();
	if (result == 0) {
		if (complaint->told_ms)
			log_info("%s works again", complaint->task);
		complaint->told_ms = 0;
		return;
	}
	if (complaint->told_ms && now - complaint->told_ms < REPEAT_MS)
		return;
	log_error("%s: %s", complaint->task, err->text);
	complaint->told_ms = now;
}

/* What is only kept for those who ask later. */
static int forget(struct library *library, struct err *err)
{
	int64_t now = now_ms(), month_ago = now - NOTES_KEPT_MS;
	if (token_sweep(library, now, err) < 0 ||
	    folder_job_sweep(library, month_ago, err) < 0 ||
	    purge_sweep(library, month_ago, err) < 0)
		return -1;
	return outbox_sweep(library, now - EVENTS_KEPT_MS, err);
}

static int sweep(struct library *library, unsigned grace, struct err *err)
{
	uint64_t removed = 0;
	int result = library_sweep(library, grace, &removed, err);
	if (removed)
		log_debug("sweep removed %" PRIu64, removed);
	return result < 0 ? -1 : forget(library, err);
}

/* Sleeps until the next look at the keys. False: stop. */
static bool pause_round(struct sweeps *s, unsigned *interval, unsigned *grace)
{
	gint64 until = g_get_monotonic_time() + KEYS_EVERY_MS * 1000;
	g_mutex_lock(&s->mutex);
	while (!s->stop && g_cond_wait_until(&s->wake, &s->mutex, until))
		continue;
	bool go_on = !s->stop;
	*interval = s->interval;
	*grace = s->grace;
	g_mutex_unlock(&s->mutex);
	return go_on;
}

static void *run(void *arg)
{
	struct sweeps *s = arg;
	struct complaint keys = {.task = "reading keys"};
	struct complaint usage = {.task = "writing usage"};
	struct complaint sweeping = {.task = "sweep"};
	int64_t flushed_ms = monotonic_ms(), swept_ms = flushed_ms;
	unsigned interval, grace;
	struct err err;
	while (pause_round(s, &interval, &grace)) {
		tell(&keys, keyring_refresh(s->library, &err), &err);
		if (monotonic_ms() - flushed_ms >= USAGE_EVERY_MS) {
			tell(&usage, usage_flush(s->library, &err), &err);
			flushed_ms = monotonic_ms();
		}
		if (monotonic_ms() - swept_ms < interval)
			continue;
		tell(&sweeping, sweep(s->library, grace, &err), &err);
		swept_ms = monotonic_ms();
	}
	tell(&usage, usage_flush(s->library, &err), &err);
	return NULL;
}

struct sweeps *sweeps_start(struct library *library, unsigned interval,
			    unsigned grace)
{
	struct sweeps *s = g_new0(struct sweeps, 1);
	s->library = library;
	s->interval = interval;
	s->grace = grace;
	g_mutex_init(&s->mutex);
	g_cond_init(&s->wake);
	s->thread = g_thread_new("sweeps", run, s);
	return s;
}

void sweeps_set(struct sweeps *s, unsigned interval, unsigned grace)
{
	g_mutex_lock(&s->mutex);
	s->interval = interval;
	s->grace = grace;
	g_mutex_unlock(&s->mutex);
}

void sweeps_stop(struct sweeps *s)
{
	if (s == NULL)
		return;
	g_mutex_lock(&s->mutex);
	s->stop = true;
	g_cond_signal(&s->wake);
	g_mutex_unlock(&s->mutex);
	g_thread_join(s->thread);
	g_mutex_clear(&s->mutex);
	g_cond_clear(&s->wake);
	g_free(s);
}
