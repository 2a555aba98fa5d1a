/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sweeps.h"
#include "base/clock.h"
#include "base/log/log.h"
#include "base/metrics.h"
#include "base/threads/ticker.h"
#include "library/accounts/account.h"
#include "library/background/outbox.h"
#include "library/background/folder_job.h"
#include "library/background/purge.h"
#include "library/accounts/token.h"
#include "library/accounts/usage.h"
#include "library/uploads/upload.h"
#include "server/trim.h"

#include <glib.h>
#include <inttypes.h>
#include <stdatomic.h>

#define KEYS_EVERY_MS 500
#define USAGE_EVERY_MS 5000
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define NOTES_KEPT_MS (30 * DAY_MS)
/* a failure that stays is told again after so long */
#define REPEAT_MS (60 * 1000)

/* A task that may fail at every round: not every round is worth a line. */
struct complaint {
	const char *task;
	int64_t told_ms; /* 0: it works */
};

struct sweeps {
	struct library *library;
	struct ticker *ticker;
	atomic_uint interval, grace, upload_expiry; /* milliseconds */

	/* the thread's own */
	struct complaint keys, usage, sweeping;
	int64_t flushed_ms, swept_ms, looked_ms; /* monotonic, when last */
	struct trim trim;
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
	return outbox_sweep(library, now, err);
}

static int sweep(struct sweeps *s, struct err *err)
{
	uint64_t removed = 0, uploads = 0;
	int result = library_sweep(s->library, atomic_load(&s->grace), &removed,
				   err);
	if (result == 0)
		result =
			upload_sweep(s->library, atomic_load(&s->upload_expiry),
				     &uploads, err);
	if (uploads)
		log_info("%" PRIu64 " uploads that nobody went on with are "
			 "removed",
			 uploads);
	metric_add(METRIC_UPLOADS_EXPIRED, (int64_t)uploads);
	if (removed)
		log_debug("sweep removed %" PRIu64, removed);
	return result < 0 ? -1 : forget(s->library, err);
}

static unsigned sweeps_round(void *user)
{
	struct sweeps *s = user;
	struct err err;
	tell(&s->keys, keyring_refresh(s->library, &err), &err);
	if (monotonic_ms() - s->flushed_ms >= USAGE_EVERY_MS) {
		tell(&s->usage, usage_flush(s->library, &err), &err);
		s->flushed_ms = monotonic_ms();
	}
	if (monotonic_ms() - s->swept_ms >= atomic_load(&s->interval)) {
		tell(&s->sweeping, sweep(s, &err), &err);
		s->swept_ms = monotonic_ms();
	}
	if (monotonic_ms() - s->looked_ms >= TRIM_LOOK_MS) {
		trim_look(&s->trim);
		s->looked_ms = monotonic_ms();
	}
	return KEYS_EVERY_MS;
}

int sweeps_start(struct sweeps **out, struct library *library,
		 struct sweeps_times times, struct err *err)
{
	struct sweeps *s = g_new0(struct sweeps, 1);
	s->library = library;
	sweeps_set(s, times);
	s->keys.task = "reading keys";
	s->usage.task = "writing usage";
	s->sweeping.task = "sweep";
	s->flushed_ms = s->swept_ms = s->looked_ms = monotonic_ms();
	if (ticker_new(&s->ticker, &(struct thread_kind){"sweeps", THREAD_LONG},
		       sweeps_round, s, err) < 0) {
		g_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void sweeps_set(struct sweeps *s, struct sweeps_times times)
{
	atomic_store(&s->interval, times.interval_ms);
	atomic_store(&s->grace, times.grace_ms);
	atomic_store(&s->upload_expiry, times.upload_expiry_ms);
}

void sweeps_stop(struct sweeps *s)
{
	struct err err;
	if (s == NULL)
		return;
	ticker_free(s->ticker);
	tell(&s->usage, usage_flush(s->library, &err), &err);
	g_free(s);
}
