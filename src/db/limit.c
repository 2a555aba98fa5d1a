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
	if (limit->cancelled && atomic_load(limit->cancelled))
		return true;
	return limit->until_us && g_get_monotonic_time() >= limit->until_us;
}
