/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a read has to end.
 */
#include "db/db.h"

#include <glib.h>
#include <stdatomic.h>

bool db_limit_passed(const struct db_limit *limit)
{
	if (limit == NULL)
		return false;
	int64_t until = limit->until_us ? limit->until_us : INT64_MAX;
	for (size_t i = 0; i < DB_LIMIT_ENDS; i++) {
		int64_t end =
			limit->ends_us[i] ? atomic_load(limit->ends_us[i]) : 0;
		until = end ? MIN(until, end) : until;
	}
	return until != INT64_MAX && g_get_monotonic_time() >= until;
}
