/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads of clients that have no private key: somebody who has it signed a
 * token and an expiry for them. A token is good for one request, whatever
 * becomes of that.
 */
#include "api/imagekit/upload/upload.h"
#include "api/mac.h"
#include "base/clock.h"
#include "base/encode.h"
#include "library/accounts/token.h"

#include <glib.h>

#define AHEAD_MAX_S 3600
/* Nothing stands between token and expiry in what is signed: of another length
 * it could take zeros off the token's end, which would be another token. */
#define EXPIRE_DIGITS 10
#define TOKEN_SHOWN 100 /* bytes of one in an answer */

bool imagekit_has_client_fields(const struct request *rq)
{
	return imagekit_upload_field(rq, "signature").n ||
	       imagekit_upload_field(rq, "token").n ||
	       imagekit_upload_field(rq, "expire").n;
}

static int check_expire(struct str text, int64_t *expires_s, struct err *err)
{
	uint64_t seconds;
	int64_t now_s = now_ms() / 1000;
	bool valid = text.n == EXPIRE_DIGITS &&
		     str_to_u64(text, INT64_MAX / 1000, &seconds);
	*expires_s = valid ? (int64_t)seconds : 0;
	if (valid && *expires_s > now_s && *expires_s < now_s + AHEAD_MAX_S)
		return 0;
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid expire parameter. Expire "
		       "parameter should be a Unix time in less than 1 hour "
		       "into the future.");
}

static int check_signature(struct request *rq, struct str token,
			   struct str expire, struct err *err)
{
	struct str text = arena_join(request_arena(rq), token, expire);
	const struct mac_claim claim = {
		MAC_SHA1_HEX, imagekit_upload_field(rq, "signature"), &text, 1};
	if (mac_proves(rq->keyring, rq->account->id, &claim))
		return 0;
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid signature parameter.");
}

int imagekit_use_public_key(struct request *rq, struct str key, struct err *err)
{
	if (request_use_key(rq, key) && rq->proof == PROOF_PUBLIC_KEY)
		return 0;
	rq->account = NULL;
	rq->key = NULL;
	rq->proof = PROOF_NONE;
	return err_set(err, ERR_FORBIDDEN,
		       "Your account cannot be authenticated.");
}

int imagekit_client_auth(struct request *rq, struct err *err)
{
	struct str token = imagekit_upload_field(rq, "token"),
		   expire = imagekit_upload_field(rq, "expire");
	int64_t expires_s;
	if (!imagekit_has_client_fields(rq))
		return err_set(err, ERR_UNAUTHORIZED,
			       "Your request does not contain private API "
			       "key.");
	if (rq->on_loop)
		return HANDLE_LATER;
	if (imagekit_use_public_key(rq, imagekit_upload_field(rq, "publicKey"),
				    err) != 0 ||
	    check_expire(expire, &expires_s, err) != 0)
		return -1;
	if (token.n == 0)
		return err_set(err, ERR_INVALID,
			       "Your request is missing token parameter.");
	if (check_signature(rq, token, expire, err) != 0)
		return -1;
	int used = token_use(request_view(rq), token, expires_s * 1000, err);
	if (used < 0)
		return -1;
	if (used == 0)
		return err_set(
			err, ERR_INVALID,
			"The token with value '%.*s' has been used before. We "
			"suggest using V4 UUIDs, or another random string "
			"with enough entropy to avoid collisions.",
			STR_ARG(str_cut(token, TOKEN_SHOWN)));
	rq->proof = PROOF_SIGNATURE;
	return 0;
}
