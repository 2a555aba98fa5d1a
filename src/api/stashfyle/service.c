/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What StashFyle tells about the account and about itself: usage, health.
 */
#include "api/stashfyle/stashfyle.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/log/log.h"
#include "library/accounts/usage.h"
#include "store/store.h"

#include <glib.h>

/* Anybody may ask for the health, and the check of the store writes and syncs a
 * few bytes: twice a second is enough for all of them. */
#define HEALTH_KEPT_MS 500

int stashfyle_usage(struct request *rq, struct err *err)
{
	struct usage usage;
	if (usage_read(rq->services->library, rq->account->id, &usage, err) !=
	    0)
		return -1;
	struct str start = arena_printf(request_arena(rq), "%04d-%02d-01",
					usage.year, usage.month);
	reply_json(rq, 200, "application/json",
		   json_pack("{s:I, s:I, s:I, s:o}", "storage_bytes",
			     (json_int_t)usage.storage_bytes, "bandwidth_bytes",
			     (json_int_t)usage.bandwidth_bytes, "upload_count",
			     (json_int_t)usage.upload_count, "period_start",
			     json_str(start)));
	return 0;
}

struct check {
	bool ok;
	int64_t latency_ms;
};

static int check_database(struct library *library, struct err *err)
{
	return library_check_database(library, err);
}

static int check_storage(struct library *library, struct err *err)
{
	return store_check(library_store(library), err);
}

static struct check run_check(const char *name,
			      int (*check)(struct library *library,
					   struct err *err),
			      struct library *library)
{
	struct err err;
	int64_t start_us = g_get_monotonic_time();
	struct check result = {.ok = check(library, &err) == 0};
	result.latency_ms = (g_get_monotonic_time() - start_us) / 1000;
	if (!result.ok)
		log_error("health: %s: %s", name, err.text);
	return result;
}

/* What exactly is wrong stands in the log: this goes to anybody. */
static json_t *check_shape(struct check check)
{
	json_t *shape =
		json_pack("{s:s, s:I}", "status", check.ok ? "ok" : "error",
			  "latency_ms", (json_int_t)check.latency_ms);
	if (!check.ok)
		json_object_set_new(shape, "error",
				    json_string("The check failed"));
	return shape;
}

static struct {
	GMutex mutex;
	int64_t at_ms; /* 0: never */
	struct check database, storage;
} health;

int stashfyle_health(struct request *rq, struct err *err)
{
	(void)err;
	struct library *library = rq->services->library;
	g_mutex_lock(&health.mutex);
	int64_t now = now_ms();
	if (now < health.at_ms || now - health.at_ms >= HEALTH_KEPT_MS) {
		health.database =
			run_check("database", check_database, library);
		health.storage = run_check("storage", check_storage, library);
		health.at_ms = now;
	}
	struct check database = health.database, storage = health.storage;
	int64_t at_ms = health.at_ms;
	g_mutex_unlock(&health.mutex);
	bool all = database.ok && storage.ok, any = database.ok || storage.ok;
	reply_json(
		rq, any ? 200 : 503, "application/json",
		json_pack("{s:s, s:o, s:{s:o, s:o}}", "status",
			  all   ? "ok"
			  : any ? "degraded"
				: "error",
			  "timestamp",
			  json_str(iso_date(request_arena(rq), at_ms, false)),
			  "checks", "database", check_shape(database),
			  "storage", check_shape(storage)));
	http_set(rq->x, "Cache-Control", STR("no-store"));
	return 0;
}
