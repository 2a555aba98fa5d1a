/* SPDX-License-Identifier: Apache-2.0 */
#include "server/trim.h"
#include "base/log/log.h"
#include "base/metrics.h"

#include <glib.h>
#include <inttypes.h>
#include <malloc.h>

#define MUCH (INT64_C(1) << 20) /* bytes between two looks */
#define LITTLE 8                /* a part of the peak */
#define REQUEST_WORK 4096       /* bytes that one counts as */

bool trim_is_due(struct trim *trim, int64_t work)
{
	int64_t now = work - trim->seen;
	trim->seen = work;
	trim->peak = MAX(trim->peak, now);
	if (trim->peak < MUCH || now > trim->peak / LITTLE)
		return false;
	trim->peak = now;
	return true;
}

static int64_t work_done(void)
{
	static const enum metric requests[] = {
		METRIC_REQUESTS_2XX, METRIC_REQUESTS_3XX, METRIC_REQUESTS_4XX,
		METRIC_REQUESTS_5XX, METRIC_CONNECTIONS_TOTAL};
	int64_t n = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
		n += metric_get(requests[i]);
	return n * REQUEST_WORK + metric_get(METRIC_BYTES_IN) +
	       metric_get(METRIC_BYTES_OUT);
}

void trim_look(struct trim *trim)
{
	if (!trim_is_due(trim, work_done()))
		return;
	int64_t began = g_get_monotonic_time();
	malloc_trim(0);
	log_debug("memory: gave back what a load has left, in %" PRId64 " us",
		  g_get_monotonic_time() - began);
}
