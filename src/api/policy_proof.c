/* SPDX-License-Identifier: Apache-2.0 */
#include "api/policy_proof.h"
#include "api/mac.h"
#include "api/policy/policy_cache.h"
#include "api/policy/policy_text.h"
#include "api/request.h"
#include "base/encode.h"

/* A '+' that was not encoded has become a blank. */
static struct str without_blanks(struct arena *arena, struct str text)
{
	if (str_find(text, ' ') < 0)
		return text;
	char *copy = arena_cstr(arena, text);
	for (size_t i = 0; i < text.n; i++)
		if (copy[i] == ' ')
			copy[i] = '+';
	return (struct str){copy, text.n};
}

/* A query speaks where nothing else does. */
static bool is_in_query(const struct request *rq)
{
	const struct policy_claim *said = &rq->policy;
	return said->policy.p == NULL && said->signature.p == NULL &&
	       said->raw.p == NULL;
}

static struct policy_claim claim_of(struct request *rq)
{
	struct arena *arena = request_arena(rq);
	struct str query = rq->x->head.query;
	if (!is_in_query(rq))
		return (struct policy_claim){
			.policy = without_blanks(arena, rq->policy.policy),
			.signature = rq->policy.signature,
		};
	if (query.n == 0)
		return (struct policy_claim){0};
	return (struct policy_claim){
		.policy = without_blanks(arena,
					 form_get(arena, query, STR("policy"))),
		.signature = form_get(arena, query, STR("signature")),
	};
}

static bool is_proven(const struct request *rq, int64_t account_id)
{
	const struct policy_proof *proven = &rq->proven;
	return proven->policy && proven->account_id == account_id &&
	       proven->said.policy.p == rq->policy.policy.p &&
	       proven->said.signature.p == rq->policy.signature.p &&
	       proven->said.raw.p == rq->policy.raw.p;
}

void request_policy_anew(struct request *rq)
{
	rq->proven.policy = NULL;
}

static void drop_entry(void *entry)
{
	policy_entry_unref(entry);
}

/* Whether somebody has signed it comes first: nobody else has anything of
 * theirs read. */
static struct policy_entry *
prove(struct request *rq, const struct policy_cache_key *key, struct err *err)
{
	const struct mac_claim mac = {MAC_SHA256_HEX, key->signature,
				      &key->text, 1};
	struct policy policy;
	if (key->text.n > POLICY_TEXT_MAX ||
	    !mac_proves(rq->keyring, key->account_id, &mac)) {
		policy_refuse(err, "the signature is not valid");
		return NULL;
	}
	if (policy_read(key->text, request_arena(rq), &policy, err) < 0) {
		policy_release(&policy);
		return NULL;
	}
	return policy_entry_new(&policy);
}

static struct policy_cache_key key_of(const struct request *rq,
				      int64_t account_id)
{
	return (struct policy_cache_key){
		.account_id = account_id,
		.revision = keyring_revision(rq->keyring),
	};
}

/* By what it says. */
static struct policy_entry *find_claim(struct request *rq, int64_t account_id,
				       struct err *err)
{
	struct policy_cache *cache = rq->services->policy_cache;
	const struct policy_claim claim = claim_of(rq);
	struct policy_cache_key key = key_of(rq, account_id);
	key.place = POLICY_IN_CLAIM;
	key.text = claim.policy;
	key.signature = claim.signature;
	if (key.text.n == 0 && key.signature.n == 0) {
		policy_refuse(err, "proper credentials were not provided");
		return NULL;
	}
	struct policy_entry *entry = policy_cache_find(cache, &key);
	if (entry == NULL) {
		entry = prove(rq, &key, err);
		if (entry)
			policy_cache_add(cache, &key, entry);
	}
	return entry;
}

/* Without a look at what it says, if it has been asked for in these bytes
 * before. */
static const struct policy *find_proven(struct request *rq, int64_t account_id,
					struct err *err)
{
	struct policy_cache *cache = rq->services->policy_cache;
	bool in_query = is_in_query(rq);
	struct policy_cache_key key = key_of(rq, account_id);
	struct policy_entry *entry = NULL;
	key.place = in_query ? POLICY_IN_QUERY : POLICY_IN_CHAIN;
	key.text = in_query ? rq->x->head.query : rq->policy.raw;
	if (key.text.n)
		entry = policy_cache_find(cache, &key);
	if (entry == NULL) {
		entry = find_claim(rq, account_id, err);
		if (entry == NULL)
			return NULL;
		if (key.text.n)
			policy_cache_add(cache, &key, entry);
	}
	arena_defer(request_arena(rq), drop_entry, entry);
	return policy_entry_policy(entry);
}

int request_policy(struct request *rq, int64_t account_id,
		   const struct policy **out, struct err *err)
{
	if (is_proven(rq, account_id)) {
		*out = rq->proven.policy;
		return 0;
	}
	const struct policy *policy = find_proven(rq, account_id, err);
	if (policy == NULL)
		return -1;
	if (policy->expires_s <= now_ms() / 1000)
		return policy_refuse(err, "the policy has expired");
	rq->proven = (struct policy_proof){rq->policy, account_id, policy};
	*out = policy;
	return 0;
}
