/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log line of a request: method, path, status, body bytes sent,
 * microseconds, dialect, request id, client address.
 *
 * Never credentials: no query string, and no path segment that is one (API
 * keys, Filestack's security= and b64 tasks).
 */
#ifndef SERVER_ACCESS_LOG_H
#define SERVER_ACCESS_LOG_H

#include "api/request.h"
#include "base/log.h"

#define ACCESS_PATH_MAX 512

void access_log(enum log_level level, const struct request *rq, uint64_t sent,
		int64_t microseconds);

/* The path as it is logged; keyring may be NULL. */
void access_log_path(const struct keyring *keyring, struct str path,
		     char out[ACCESS_PATH_MAX + 1]);

#endif
