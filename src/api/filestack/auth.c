/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's credentials: the application's API key (our public key), and its
 * secret by HTTP Basic with the user name "app".
 */
#include "api/filestack/filestack.h"
#include "base/encode.h"

#include <glib.h>

static int invalid_application(struct err *err)
{
	return err_set(err, ERR_FORBIDDEN, "Invalid Application");
}

int filestack_basic(struct request *rq, struct err *err)
{
	if (!str_eq(request_basic_user(rq), STR("app")))
		return 0;
	struct str secret = request_basic_password(rq);
	if (request_use_key(rq, secret) && rq->proof == PROOF_SECRET_KEY)
		return 0;
	rq->proof = PROOF_NONE;
	return invalid_application(err);
}

const struct api_key *filestack_key(const struct request *rq, struct str text)
{
	const struct api_key *key = keyring_find(rq->keyring, text);
	return key && key->kind == KEY_PUBLIC ? key : NULL;
}

/* A key that was restricted for other APIs is not free in this one: it stores,
 * and has URLs read, only if "filestack" is among the APIs it was given. */
static bool is_for_filestack(const struct api_key *key)
{
	if (!key->origins && !key->apis && !key->domains)
		return true;
	for (const char *const *api = key->apis; api && *api; api++)
		if (strcmp(*api, "filestack") == 0)
			return true;
	return false;
}

int filestack_app(struct request *rq, struct str api_key, struct err *err)
{
	if (filestack_basic(rq, err) != 0)
		return -1;
	const struct account *by_secret =
		rq->proof == PROOF_SECRET_KEY ? rq->account : NULL;
	if (api_key.p == NULL)
		return by_secret ? 0 : invalid_application(err);
	const struct api_key *key = request_use_key(rq, api_key);
	bool is_public = key && key->kind == KEY_PUBLIC;
	rq->proof = by_secret ? PROOF_SECRET_KEY : PROOF_PUBLIC_KEY;
	/* A secret has no place in a query, where logs keep it. */
	if (!is_public || (by_secret && by_secret->id != rq->account->id)) {
		rq->proof = PROOF_NONE;
		return invalid_application(err);
	}
	if (!by_secret && !is_for_filestack(key))
		return err_set(err, ERR_FORBIDDEN,
			       "This key may not store files here");
	return 0;
}

int filestack_app_of(struct request *rq, int64_t owner, struct err *err)
{
	const struct policy *ignored;
	const struct account *account =
		owner > 0 ? keyring_account_by_id(rq->keyring, owner) : NULL;
	if (account == NULL)
		return invalid_application(err);
	if (!account->limits.filestack_keyless &&
	    request_policy(rq, owner, &ignored, err) < 0)
		return -1;
	rq->account = account;
	return 0;
}

int filestack_known_app(struct request *rq, struct str api_key, struct err *err)
{
	if (filestack_app(rq, api_key, err) == 0)
		return 0;
	return filestack_key(rq, api_key)
		       ? -1
		       : err_set(err, ERR_NOT_FOUND, "Invalid Application");
}

int filestack_name_app(struct request *rq, struct str api_key, struct err *err)
{
	if (rq->proof != PROOF_SECRET_KEY) /* it may run again */
		rq->proof = PROOF_NONE;
	if (api_key.p == NULL)
		return 0;
	const struct api_key *key = filestack_key(rq, api_key);
	if (key == NULL || (rq->proof == PROOF_SECRET_KEY &&
			    rq->account->id != key->account->id))
		return invalid_application(err);
	if (rq->proof == PROOF_NONE)
		rq->account = key->account;
	return 0;
}

int filestack_check_query(struct request *rq, struct str query, struct err *err)
{
	struct form_field said[] = {{.name = STR("key")},
				    {.name = STR("apikey")}};
	form_get_all(request_arena(rq), query, said, G_N_ELEMENTS(said));
	for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
		const struct api_key *key =
			keyring_find(rq->keyring, said[i].value);
		if (key && key->kind == KEY_SECRET)
			return invalid_application(err);
	}
	return 0;
}

int filestack_may_fetch(struct request *rq, struct str api_key, struct str url,
			struct err *err)
{
	if (rq->proof == PROOF_SECRET_KEY)
		return 0;
	if (api_key.p == NULL)
		return err_set(err, ERR_FORBIDDEN,
			       "External sources require an API key");
	const struct api_key *key = filestack_key(rq, api_key);
	if (key == NULL)
		return invalid_application(err);
	if (!is_for_filestack(key))
		return err_set(err, ERR_FORBIDDEN,
			       "This key may not have URLs read here");
	return filestack_allow_source(rq, url, err);
}
