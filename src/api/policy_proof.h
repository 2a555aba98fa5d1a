/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy that a request carries, and who has signed it.
 */
#ifndef API_POLICY_PROOF_H
#define API_POLICY_PROOF_H

#include "base/err.h"
#include "base/str.h"

struct policy;
struct request;

/* As sent; of a query decoded. STR_NONE: absent. */
struct policy_claim {
	struct str policy, signature;
	/* All that the two were read from, in any form that is another one
	 * for other input. Alone: who reads nothing of it asks whether it is
	 * known. STR_NONE: it is known by what it says. */
	struct str raw;
};

/* What the request has proven, so that it is proven once. */
struct policy_proof {
	struct policy_claim said; /* rq->policy as it was */
	int64_t account_id;
	const struct policy *policy; /* NULL: nothing yet */
};

/*
 * The policy that the request carries: rq->policy, or else what its query has,
 * proven with a secret key of that account that is valid in rq->keyring. It
 * lives as long as the request, and was good when it was first asked for: an
 * answer that takes long is not cut off. Any thread, does not block.
 * ERR_FORBIDDEN, in the vendor's words: there is none, or it is not signed,
 * expired, or not to be read, or (rq->policy.raw alone) not known. What it
 * allows is another question.
 */
int request_policy(struct request *rq, int64_t account_id,
		   const struct policy **out, struct err *err) MUST_CHECK;
/* Forgets what was proven: it is to be good now. */
void request_policy_anew(struct request *rq);

#endif
