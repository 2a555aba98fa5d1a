/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/account.h"
#include "api/imagekit/values/literals.h"
#include "base/clock.h"
#include "library/accounts/usage.h"

#include <glib.h>

#define DAY_MS INT64_C(86400000)
#define DAYS_MAX 90 /* of one question about usage */
#define DEFAULT_ENDPOINT "default"

/* "2026-11-29", its first moment in UTC */
static int read_day(struct request *rq, const char *name, int64_t *ms,
		    struct err *err)
{
	struct str text = request_query(rq, name);
	if (text.n == 0)
		return err_set(err, ERR_INVALID, "%s parameter is missing.",
			       name);
	if (text.n != strlen("2026-11-29") || !imagekit_literal_date(text, ms))
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid value for %s "
			       "parameter. It should be in YYYY-MM-DD format.",
			       name);
	return 0;
}

static int check_period(int64_t from, int64_t to, struct err *err)
{
	if (to <= from)
		return err_set(err, ERR_INVALID,
			       "endDate should be after startDate.");
	if (to - from > DAYS_MAX * DAY_MS)
		return err_set(err, ERR_INVALID,
			       "The difference between startDate and endDate "
			       "should be less than %d days.",
			       DAYS_MAX);
	return 0;
}

/* Whether the month that usage counts has days from `from` up to `to`. */
static bool overlaps(const struct usage *usage, int64_t from, int64_t to)
{
	g_autoptr(GDateTime) first =
		g_date_time_new_utc(usage->year, usage->month, 1, 0, 0, 0);
	g_autoptr(GDateTime) next = g_date_time_add_months(first, 1);
	return from < g_date_time_to_unix(next) * 1000 &&
	       to > g_date_time_to_unix(first) * 1000;
}

/* Bytes sent are counted by the month: of another one there is nothing. */
int imagekit_usage(struct request *rq, struct err *err)
{
	int64_t from, to;
	struct usage usage;
	if (read_day(rq, "startDate", &from, err) != 0 ||
	    read_day(rq, "endDate", &to, err) != 0 ||
	    check_period(from, to, err) != 0 ||
	    usage_read(rq->services->library, rq->account->id, &usage, err) !=
		    0)
		return -1;
	uint64_t sent = overlaps(&usage, from, to) ? usage.bandwidth_bytes : 0;
	imagekit_reply(rq, 200,
		       json_pack("{s:I, s:I, s:i, s:i, s:i}", "bandwidthBytes",
				 (json_int_t)sent, "mediaLibraryStorageBytes",
				 (json_int_t)usage.storage_bytes,
				 "originalCacheStorageBytes", 0,
				 "videoProcessingUnitsCount", 0,
				 "extensionUnitsCount", 0));
	return 0;
}

int imagekit_no_analytics(struct request *rq, struct err *err)
{
	(void)rq;
	return err_set(err, ERR_UNSUPPORTED,
		       "Analytics are not kept here. /v1/accounts/usage tells "
		       "what is stored and sent.");
}

int imagekit_no_names(struct request *rq, struct err *err)
{
	(void)rq;
	return err_set(err, ERR_UNSUPPORTED,
		       "Named transformations are set and listed by the "
		       "server's own command, stowage transformations.");
}

int imagekit_none(struct request *rq, struct err *err)
{
	(void)err;
	imagekit_reply(rq, 200, json_array());
	return 0;
}

int imagekit_no_such(struct request *rq, struct err *err)
{
	(void)rq;
	return err_set(err, ERR_NOT_FOUND,
		       "The requested resource does not exist.");
}

/* What every account's delivery URLs begin with. */
static json_t *endpoint(void)
{
	return json_pack("{s:s, s:s, s:s, s:[]}", "id", DEFAULT_ENDPOINT,
			 "description", "Default URL endpoint", "urlPrefix", "",
			 "origins");
}

int imagekit_url_endpoints(struct request *rq, struct err *err)
{
	(void)err;
	imagekit_reply(rq, 200, json_pack("[o]", endpoint()));
	return 0;
}

int imagekit_url_endpoint(struct request *rq, struct err *err)
{
	if (!str_eq(request_param(rq, 0), STR(DEFAULT_ENDPOINT)))
		return imagekit_no_such(rq, err);
	if (rq->x->head.method != HTTP_GET && rq->x->head.method != HTTP_HEAD)
		return imagekit_no_setup(rq, err);
	imagekit_reply(rq, 200, endpoint());
	return 0;
}

int imagekit_no_setup(struct request *rq, struct err *err)
{
	(void)rq;
	return err_set(err, ERR_UNSUPPORTED,
		       "Origins, URL endpoints and saved extensions cannot be "
		       "changed here.");
}
