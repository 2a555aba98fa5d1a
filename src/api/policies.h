/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that were proven, so that a read with one costs what a read does.
 * Which one it is, is decided by its whole text and signature, never by a
 * digest; it is proven as long as the keys are those that it was proven with.
 * Whether it has expired is asked each time by who uses it. Other code calls
 * request_policy().
 */
#ifndef API_POLICIES_H
#define API_POLICIES_H

#include "api/policy.h"

struct policies;

/* Any thread. */
struct policies *policies_new(void);
/* NULL is fine. Whoever holds an entry may go on. */
void policies_free(struct policies *policies);

struct policies_key {
	struct policy_claim claim;
	int64_t account_id;
	int64_t revision; /* keyring_revision() */
};

/* A policy with one owner more for each reference; immutable. */
struct policy_entry;
/* Takes over the patterns of a policy. The first reference is the caller's. */
struct policy_entry *policy_entry_new(const struct policies_key *key,
				      const struct policy *policy);
const struct policy *policy_entry_policy(const struct policy_entry *entry);
void policy_entry_unref(struct policy_entry *entry);

/* A reference, or NULL. policies may be NULL. */
struct policy_entry *policies_find(struct policies *policies,
				   const struct policies_key *key);
/* Remembers it, in place of what was not used for the longest time; does
 * nothing without policies. */
void policies_add(struct policies *policies, struct policy_entry *entry);

#endif
