/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the text of a policy says; who has signed it is not asked here. Other
 * code calls request_policy().
 */
#ifndef API_POLICY_POLICY_TEXT_H
#define API_POLICY_POLICY_TEXT_H

#include "api/policy/policy.h"
#include "base/arena.h"

/* Its texts are in the arena, as all that it took to read them; the patterns
 * are the policy's, also after a failure. ERR_FORBIDDEN: what is no policy, or
 * says something that is not understood. */
int policy_read(struct str text, struct arena *arena, struct policy *out,
		struct err *err) MUST_CHECK;
/* Frees the patterns. */
void policy_release(struct policy *policy);
/* Bytes of the patterns. */
size_t policy_size(const struct policy *policy);

#endif
