/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request may do: by the application's secret, by a policy, or because
 * the application asks for neither.
 */
#include "api/filestack/filestack.h"
#include "api/upload.h"
#include "ingest/fetch.h"

/* What takes credentials in any case. */
#define GUARDED (POLICY_WRITE | POLICY_WRITE_URL | POLICY_REMOVE | POLICY_EXIF)

static bool is_secured(const struct request *rq, int64_t account_id)
{
	const struct account *account =
		keyring_account_by_id(rq->keyring, account_id);
	return account == NULL || account->limits.filestack_security;
}

int filestack_allow(struct request *rq, unsigned any_of,
		    const struct file *file, struct err *err)
{
	int64_t owner = file ? file->account_id : rq->account->id;
	bool is_own = rq->account && rq->account->id == owner;
	const struct policy *policy;
	rq->under = NULL;
	if ((is_own && rq->proof == PROOF_SECRET_KEY) ||
	    ((any_of & ~GUARDED) && !is_secured(rq, owner)))
		return 0;
	if (request_policy(rq, owner, &policy, err) < 0 ||
	    policy_allows(policy, any_of, file ? &file->id : NULL, err) < 0)
		return -1;
	rq->under = policy;
	return 0;
}

uint64_t filestack_store_limit(struct request *rq)
{
	uint64_t most = upload_limit(rq);
	return rq->under ? MIN(most, rq->under->max_size) : most;
}

int filestack_allow_place(struct request *rq,
			  const struct filestack_options *options,
			  uint64_t size, struct err *err)
{
	const struct policy *policy = rq->under;
	if (policy == NULL)
		return 0;
	if (policy_allows_place(policy, options->path, options->container,
				err) < 0)
		return -1;
	return policy_allows_size(policy, size, err);
}

int filestack_allow_url(struct request *rq, struct str url, struct err *err)
{
	struct str text;
	if (rq->under == NULL)
		return 0;
	if (fetch_url_text(request_arena(rq), url, &text, err) < 0)
		return -1;
	return policy_allows_url(rq->under, text, err);
}
