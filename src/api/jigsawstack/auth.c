/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JigsawStack's keys: the x-api-key header, or, for public keys only, the
 * query parameter of the same name (the header wins).
 */
#include "api/jigsawstack/jigsawstack.h"

static int refuse_key(struct err *err)
{
	return err_set(err, ERR_UNAUTHORIZED, "Invalid API key");
}

int jigsawstack_any_key(struct request *rq, struct err *err)
{
	struct str text = request_header(rq, "x-api-key");
	bool from_query = text.p == NULL;
	if (from_query)
		text = request_query(rq, "x-api-key");
	if (text.p == NULL || request_use_key(rq, text) == NULL)
		return refuse_key(err);
	/* Secret keys do not belong into URLs, where logs keep them. */
	if (from_query && rq->proof == PROOF_SECRET_KEY) {
		rq->proof = PROOF_NONE;
		return refuse_key(err);
	}
	return 0;
}

int jigsawstack_secret_key(struct request *rq, struct err *err)
{
	if (jigsawstack_any_key(rq, err) != 0)
		return -1;
	if (rq->proof != PROOF_SECRET_KEY)
		return err_set(err, ERR_FORBIDDEN,
			       "A public key may only read files");
	return 0;
}
