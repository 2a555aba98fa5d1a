/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stowage's own signed URLs: HMAC-SHA256 with an account's secret key over a
 * purpose, a subject (path or id) and an expiry. ("Their" signatures,
 * ImageKit's and Filestack's, belong to those dialects.) Why they look as they
 * do: docs/decisions/0008-signed-urls.md.
 */
#ifndef API_SIGN_H
#define API_SIGN_H

#include "api/request.h"

/* "expires=UNIX&signature=HEX", with the newest secret key of rq->account.
 * purpose keeps URLs of one kind from being used as another; it has no ':'. In
 * the arena. STR_NONE when the account has no valid secret key. */
struct str sign_query(struct request *rq, const char *purpose,
		      struct str subject, int64_t expires_s);

enum sign_verdict {
	SIGN_VALID,
	SIGN_ABSENT,  /* the query has neither parameter */
	SIGN_INVALID, /* altered, or of no key that is still valid */
	SIGN_EXPIRED,
};
/* What a URL says that it opens. */
struct sign_claim {
	const char *purpose;
	struct str subject, query;
};
/* Constant time, all valid secret keys of rq->account. *expires_s (may be
 * NULL): until when, if valid. */
enum sign_verdict sign_check(struct request *rq, const struct sign_claim *claim,
			     int64_t *expires_s);

#endif
