/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that were proven, so that a read with one costs what a read does.
 * Which one it is, is decided by its whole text and signature, never by a
 * digest; it is proven as long as the keys are those that it was proven with.
 * Whether it has expired is asked each time by who uses it. Other code calls
 * request_policy().
 */
#ifndef API_POLICY_CACHE_H
#define API_POLICY_CACHE_H

#include "api/policy.h"

struct policy_cache;

/* Any thread. */
struct policy_cache *policy_cache_new(void);
/* NULL is fine. Whoever holds an entry may go on. */
void policy_cache_free(struct policy_cache *cache);

struct policy_cache_key {
	struct policy_claim claim;
	int64_t account_id;
	int64_t revision; /* keyring_revision() */
};

/* A policy with one owner more for each reference; immutable. */
struct policy_entry;
/* Takes over the patterns of a policy. The first reference is the caller's. */
struct policy_entry *policy_entry_new(const struct policy_cache_key *key,
				      const struct policy *policy);
const struct policy *policy_entry_policy(const struct policy_entry *entry);
void policy_entry_unref(struct policy_entry *entry);

/* A reference, or NULL. The cache may be NULL. */
struct policy_entry *policy_cache_find(struct policy_cache *cache,
				       const struct policy_cache_key *key);
/* Remembers it, in place of what was not used for the longest time; does
 * nothing without a cache. */
void policy_cache_add(struct policy_cache *cache, struct policy_entry *entry);

#endif
