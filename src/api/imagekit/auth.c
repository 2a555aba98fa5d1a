/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls the API: the private key. What proves an upload without one is in
 * upload/client_auth.c and upload/jwt.c.
 */
#include "api/imagekit/imagekit.h"

/* The key itself behind "Basic", which the vendor takes too. */
static struct str unencoded(const struct request *rq)
{
	struct str value = request_header(rq, "Authorization");
	if (!str_starts_nocase(value, STR("Basic ")))
		return STR_NONE;
	value = str_trim(str_skip(value, sizeof("Basic ") - 1));
	ptrdiff_t colon = str_find(value, ':');
	return colon < 0 ? value : str_sub(value, 0, (size_t)colon);
}

static bool use_secret(struct request *rq, struct str key)
{
	return request_use_key(rq, key) && rq->proof == PROOF_SECRET_KEY;
}

int imagekit_private_key(struct request *rq, struct err *err)
{
	struct str key = request_basic_user(rq);
	struct str plain = unencoded(rq);
	if (key.n == 0 && plain.n >= KEY_TEXT_MIN)
		key = plain;
	if (key.n == 0)
		return err_set(err, ERR_UNAUTHORIZED,
			       "Your request does not contain private API "
			       "key.");
	/* A public key names an account but proves nothing here. */
	if (!use_secret(rq, key) && !use_secret(rq, plain)) {
		rq->proof = PROOF_NONE;
		return err_set(err, ERR_FORBIDDEN,
			       "Your account cannot be authenticated.");
	}
	return 0;
}
