/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is asking, and how often. The order of refusals is the vendor's: key,
 * grace period, rate, and only then what the key may do.
 */
#include "api/stashfyle/stashfyle.h"
#include "api/uploads/upload.h"

static int any_key(struct request *rq, struct err *err)
{
	struct str key = request_bearer(rq);
	if (key.n == 0 || request_use_key(rq, key) == NULL)
		return err_set(err, ERR_UNAUTHORIZED,
			       "Invalid or missing API key");
	return 0;
}

/* The request counts even when something else refuses it: so every answer to a
 * known key can tell how many are left. */
static bool within_rate(struct request *rq)
{
	const struct rate_limit limit = {rq->account->limits.rate_per_minute,
					 60000};
	return request_rate(rq, rq->key->id, limit);
}

static int too_many(struct err *err)
{
	return err_set(err, ERR_RATE, "Rate limit exceeded");
}

int stashfyle_secret_key(struct request *rq, struct err *err)
{
	if (any_key(rq, err) != 0)
		return -1;
	if (!within_rate(rq))
		return too_many(err);
	if (rq->proof != PROOF_SECRET_KEY)
		return err_set(err, ERR_FORBIDDEN,
			       "This endpoint requires a secret key");
	return 0;
}

/* The browser's word, compared as it is: a scheme, port, slash or letter case
 * that differs is another origin. */
static bool origin_allowed(struct request *rq)
{
	const char *const *origins = rq->key->origins;
	struct str origin = request_header(rq, "Origin");
	for (; origin.n && origins && *origins; origins++)
		if (str_eq(str_of(*origins), origin))
			return true;
	return false;
}

int stashfyle_upload_key(struct request *rq, struct err *err)
{
	if (any_key(rq, err) != 0)
		return -1;
	bool within = within_rate(rq);
	if (upload_check_account(rq, err) != 0)
		return -1;
	if (!within)
		return too_many(err);
	if (rq->proof != PROOF_SECRET_KEY && !origin_allowed(rq))
		return err_set(err, ERR_FORBIDDEN, "Origin not allowed");
	return 0;
}
