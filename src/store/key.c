/* SPDX-License-Identifier: Apache-2.0 */
#include "store/key.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

int store_day(int64_t id)
{
	int64_t ms = (id >> STORE_MS_SHIFT) + STORE_EPOCH_MS;
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	return (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

void store_key(int64_t id, char out[STORE_KEY_LEN + 1])
{
	snprintf(out, STORE_KEY_LEN + 1, "%08u/%016" PRIx64,
		 (unsigned)store_day(id) % 100000000u, (uint64_t)id);
}
