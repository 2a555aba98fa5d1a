/* SPDX-License-Identifier: Apache-2.0 */
#include "api/stashfyle/stashfyle.h"

static int any_key(struct request *rq, struct err *err)
{
	struct str key = request_bearer(rq);
	if (key.n == 0 || request_use_key(rq, key) == NULL)
		return err_set(err, ERR_UNAUTHORIZED,
			       "Invalid or missing API key");
	return 0;
}

int stashfyle_secret_key(struct request *rq, struct err *err)
{
	if (any_key(rq, err) != 0)
		return -1;
	if (rq->proof != PROOF_SECRET_KEY)
		return err_set(err, ERR_FORBIDDEN,
			       "This endpoint requires a secret key");
	return 0;
}

/* A public key uploads only from the origins its account allows. Accounts have
 * no such list yet, and an empty list allows none. */
int stashfyle_upload_key(struct request *rq, struct err *err)
{
	if (any_key(rq, err) != 0)
		return -1;
	if (rq->proof != PROOF_SECRET_KEY)
		return err_set(err, ERR_FORBIDDEN, "Origin not allowed");
	return 0;
}
