/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log line of a request: method, path, status, body bytes sent,
 * microseconds, dialect, request id, client address; and the same, with
 * account and host, as fields.
 *
 * Never credentials: no query string, also none of a URL that is a part of the
 * path, no Referer, which may have one, and no path segment that is or has one
 * (API keys, user names with passwords, Filestack's security=, tasks and
 * sources in base64), however it is spelled.
 */
#ifndef SERVER_ACCESS_LOG_H
#define SERVER_ACCESS_LOG_H

#include "api/request.h"
#include "base/log/log.h"

#define ACCESS_PATH_MAX 512

/* On the loop, at the request's end; uses its arena. */
void access_log(enum log_level level, struct request *rq, uint64_t sent,
		int64_t microseconds);

/* The path as it is logged; keyring may be NULL, the arena is for what is
 * decoded. */
void access_log_path(const struct keyring *keyring, struct arena *arena,
		     struct str path, char out[ACCESS_PATH_MAX + 1]);

#endif
