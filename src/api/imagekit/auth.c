/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/imagekit.h"

int imagekit_private_key(struct request *rq, struct err *err)
{
	struct str key = request_basic_user(rq);
	if (key.n == 0)
		return err_set(err, ERR_UNAUTHORIZED,
			       "Your request does not contain private API "
			       "key.");
	/* A public key names an account but proves nothing here. */
	if (request_use_key(rq, key) == NULL || rq->proof != PROOF_SECRET_KEY) {
		rq->proof = PROOF_NONE;
		return err_set(err, ERR_FORBIDDEN,
			       "Your account cannot be authenticated.");
	}
	return 0;
}
