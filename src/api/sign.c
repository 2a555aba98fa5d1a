/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expiry is signed as it is spelled, and the signature has one spelling:
 * no changed byte leaves a link valid.
 */
#include "api/sign.h"
#include "api/mac.h"

#include "base/digest.h"
#include "base/clock.h"
#include "base/encode.h"

#include <glib.h>

#define EXPIRES_MAX INT64_C(253402300799) /* the end of the year 9999 */

/*
 * The colons keep it from being a Filestack policy, which is base64 and signed
 * with the same key in the same way; the subject may hold anything because it
 * comes last.
 */
static struct str message(struct arena *arena, const char *purpose,
			  struct str expires, struct str subject)
{
	g_assert(strchr(purpose, ':') == NULL);
	return arena_join(arena,
			  arena_printf(arena, "stowage:%s:%.*s:", purpose,
				       STR_ARG(expires)),
			  subject);
}

struct str sign_query(struct request *rq, const char *purpose,
		      struct str subject, int64_t expires_s)
{
	struct arena *arena = request_arena(rq);
	struct str secret = str_of(rq->account->secret_key);
	struct str expires = arena_printf(arena, "%lld", (long long)expires_s);
	if (secret.n == 0)
		return STR_NONE;
	uint8_t mac[SHA256_BYTES];
	hmac_sha256(secret, message(arena, purpose, expires, subject), mac);
	struct str hex = hex_encode(arena, mac, sizeof(mac));
	return arena_printf(arena, "expires=%.*s&signature=%.*s",
			    STR_ARG(expires), STR_ARG(hex));
}

enum sign_verdict sign_check(struct request *rq, const struct sign_claim *claim,
			     int64_t *expires_s)
{
	struct arena *arena = request_arena(rq);
	uint64_t until;
	if (claim->query.n == 0)
		return SIGN_ABSENT;
	struct str expires = form_get(arena, claim->query, STR("expires"));
	struct str given = form_get(arena, claim->query, STR("signature"));
	if (expires.p == NULL && given.p == NULL)
		return SIGN_ABSENT;
	/* a policy's signature is none of ours */
	if (expires.p == NULL && form_get(arena, claim->query, STR("policy")).p)
		return SIGN_ABSENT;
	if (!str_to_u64(expires, EXPIRES_MAX, &until))
		return SIGN_INVALID;
	struct str text =
		message(arena, claim->purpose, expires, claim->subject);
	const struct mac_claim mac = {MAC_SHA256_HEX, given, &text, 1};
	if (!mac_proves(rq->keyring, rq->account->id, &mac))
		return SIGN_INVALID;
	if (now_ms() >= (int64_t)until * 1000)
		return SIGN_EXPIRED;
	if (expires_s)
		*expires_s = (int64_t)until;
	return SIGN_VALID;
}
