/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that were proven, so that a read with one costs what a read does.
 * They are known by what they were read from: by the whole query as it was
 * sent, before anything of it is decoded, or else by policy and signature. All
 * of that text is compared, and no digest stands for it; it is proven for one
 * account, as long as the keys are those that it was proven with. Whether it
 * has expired is asked each time by who uses it. Other code calls
 * request_policy().
 */
#ifndef API_POLICY_POLICY_CACHE_H
#define API_POLICY_POLICY_CACHE_H

#include "api/policy/policy.h"

struct policy_cache;

/* Any thread. */
struct policy_cache *policy_cache_new(void);
/* NULL is fine. Whoever holds an entry may go on. */
void policy_cache_free(struct policy_cache *cache);

/* What the text of a key is. Each place has room of its own: whoever varies
 * what stands beside a policy takes none of others' policies. */
enum policy_place {
	POLICY_IN_CLAIM, /* the policy, beside its signature */
	POLICY_IN_QUERY, /* a whole query, raw */
	POLICY_IN_CHAIN, /* all that a chain was read from (policy_claim.raw) */
	POLICY_PLACES,
};

struct policy_cache_key {
	enum policy_place place;
	struct str text;
	struct str signature; /* POLICY_IN_CLAIM's */
	int64_t account_id;
	int64_t revision; /* keyring_revision() */
};

/* A policy with one owner more for each reference; immutable. */
struct policy_entry;
/* Takes over the patterns of a policy. The first reference is the caller's. */
struct policy_entry *policy_entry_new(const struct policy *policy);
const struct policy *policy_entry_policy(const struct policy_entry *entry);
void policy_entry_unref(struct policy_entry *entry);

/* A reference, or NULL. The cache may be NULL. */
struct policy_entry *policy_cache_find(struct policy_cache *cache,
				       const struct policy_cache_key *key);
/* Remembers it, in place of what was not used for the longest time; does
 * nothing without a cache. The key is copied, and the reference stays the
 * caller's. */
void policy_cache_add(struct policy_cache *cache,
		      const struct policy_cache_key *key,
		      struct policy_entry *entry);

#endif
