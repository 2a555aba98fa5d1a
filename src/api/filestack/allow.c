/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request may do: by the application's secret, by a policy, or because
 * the application asks for neither.
 */
#include "api/filestack/filestack.h"
#include "api/uploads/upload.h"
#include "ingest/fetch.h"

/* What takes credentials in any case. */
#define GUARDED (POLICY_WRITE | POLICY_WRITE_URL | POLICY_REMOVE | POLICY_EXIF)

static bool is_secured(const struct request *rq, int64_t account_id)
{
	const struct account *account =
		keyring_account_by_id(rq->keyring, account_id);
	return account == NULL || account->limits.filestack_security;
}

static bool has_secret(const struct request *rq, int64_t account_id)
{
	return rq->proof == PROOF_SECRET_KEY && rq->account &&
	       rq->account->id == account_id;
}

/* By credentials. NULL: about no file. */
static int allow_guarded(struct request *rq, int64_t owner, unsigned any_of,
			 const struct id *file, struct err *err)
{
	const struct policy *policy;
	rq->under = NULL;
	if (has_secret(rq, owner))
		return 0;
	if (request_policy(rq, owner, &policy, err) < 0)
		return -1;
	unsigned calls = policy->calls & any_of;
	if (policy_allows(policy, calls ? calls : any_of, file, err) < 0)
		return -1;
	rq->under = policy;
	return 0;
}

static int allow(struct request *rq, int64_t owner, unsigned any_of,
		 const struct id *file, struct err *err)
{
	if ((any_of & ~GUARDED) == 0 || is_secured(rq, owner))
		return allow_guarded(rq, owner, any_of, file, err);
	rq->under = NULL;
	return 0;
}

int filestack_allow_in_any_case(struct request *rq, unsigned any_of,
				const struct file *file, struct err *err)
{
	return allow_guarded(rq, file->account_id, any_of, &file->id, err);
}

int filestack_allow(struct request *rq, unsigned any_of,
		    const struct file *file, struct err *err)
{
	return allow(rq, file ? file->account_id : rq->account->id, any_of,
		     file ? &file->id : NULL, err);
}

int filestack_allow_store(struct request *rq, const struct id *made_of,
			  struct err *err)
{
	const struct account *account = rq->account;
	if (rq->proof == PROOF_NONE && !account->limits.filestack_keyless)
		return allow_guarded(rq, account->id, POLICY_STORE, made_of,
				     err);
	return allow(rq, account->id, POLICY_STORE, made_of, err);
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

static int check_url(struct request *rq, const struct policy *policy,
		     struct str url, struct err *err)
{
	struct str text;
	if (policy == NULL)
		return 0;
	if (fetch_url_text(request_arena(rq), url, &text, err) < 0)
		return -1;
	return policy_allows_url(policy, text, err);
}

int filestack_allow_url(struct request *rq, struct str url, struct err *err)
{
	return check_url(rq, rq->under, url, err);
}

int filestack_allow_source(struct request *rq, struct str url, struct err *err)
{
	int64_t owner = rq->account->id;
	const struct policy *policy;
	if (has_secret(rq, owner) || !is_secured(rq, owner))
		return 0;
	if (request_policy(rq, owner, &policy, err) < 0 ||
	    policy_allows(policy, rq->calls, NULL, err) < 0)
		return -1;
	return check_url(rq, policy, url, err);
}
