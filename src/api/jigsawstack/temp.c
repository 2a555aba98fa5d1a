/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary public links: /v1/store/temp/HANDLE-ACCOUNT/KEY, signed. The
 * signature is checked before anybody looks for the file, so that altered links
 * tell nothing about what there is. The link names the file, not only its key:
 * what is stored under the key after a delete does not open with it.
 */
#include "api/jigsawstack/jigsawstack.h"
#include "api/sign.h"
#include "base/clock.h"
#include "base/encode.h"

#define PURPOSE "jigsawstack-temp"

static struct str subject_of(struct request *rq, struct str token,
			     struct str key)
{
	struct arena *arena = request_arena(rq);
	return arena_join(arena, arena_join(arena, token, STR("/")), key);
}

struct str jigsawstack_temp_url(struct request *rq, const struct file *file,
				unsigned ms)
{
	struct arena *arena = request_arena(rq);
	char handle[ID_HANDLE_LEN + 1];
	id_to_handle(&file->id, handle);
	struct str token =
		arena_printf(arena, "%s-%s", handle, rq->account->name);
	int64_t expires_ms = now_ms() + (int64_t)ms;
	struct str query =
		sign_query(rq, PURPOSE, subject_of(rq, token, file->path),
			   (expires_ms + 999) / 1000);
	if (query.p == NULL)
		return STR_NONE;
	struct str base = request_base_url(rq, "api.jigsawstack.com");
	struct str key = percent_encode(arena, file->path, true);
	return arena_printf(
		arena, "%.*s" JIGSAWSTACK_TEMP_PREFIX "%.*s/%.*s?%.*s",
		STR_ARG(base), STR_ARG(token), STR_ARG(key), STR_ARG(query));
}

/* The file's id and the account from "HANDLE-ACCOUNT"; NULL: it is none. */
static const struct account *read_token(const struct request *rq,
					struct str token, struct id *id)
{
	if (token.n < ID_HANDLE_LEN + 2 || token.p[ID_HANDLE_LEN] != '-' ||
	    !id_from_handle(str_sub(token, 0, ID_HANDLE_LEN), id))
		return NULL;
	return keyring_account(rq->keyring, str_skip(token, ID_HANDLE_LEN + 1));
}

bool jigsawstack_temp_is_own(const struct request *rq,
			     const struct jigsawstack_link *link)
{
	struct id id;
	return rq->account && read_token(rq, link->token, &id) == rq->account;
}

static int check_link(struct request *rq, const struct jigsawstack_link *link,
		      struct id *id, struct err *err)
{
	const struct sign_claim claim = {
		PURPOSE, subject_of(rq, link->token, link->key), link->query};
	enum sign_verdict verdict = SIGN_INVALID;
	rq->account = read_token(rq, link->token, id);
	if (rq->account)
		verdict = sign_check(rq, &claim, NULL);
	if (verdict == SIGN_EXPIRED)
		return err_set(err, ERR_FORBIDDEN, "This link has expired");
	if (verdict != SIGN_VALID)
		return err_set(err, ERR_FORBIDDEN, "This link is not valid");
	rq->proof = PROOF_SIGNATURE;
	return 0;
}

int jigsawstack_temp_find(struct request *rq,
			  const struct jigsawstack_link *link,
			  struct hot_entry **out, struct err *err)
{
	struct id id;
	if (check_link(rq, link, &id, err) != 0)
		return -1;
	int found = request_find_own_id(rq, &id, out, err);
	if (found < 0)
		return jigsawstack_not_found(err);
	if (found > 0)
		return found;
	/* moved since: its key is another one */
	if (!str_eq((*out)->file.path, link->key)) {
		hot_unref(*out);
		err->code = ERR_NOT_FOUND;
		return jigsawstack_not_found(err);
	}
	return 0;
}

int jigsawstack_temp_read(struct request *rq, struct err *err)
{
	struct hot_entry *entry;
	const struct jigsawstack_link link = {
		request_param(rq, 0), request_param(rq, 1), rq->x->head.query};
	int found = jigsawstack_temp_find(rq, &link, &entry, err);
	return found ? found : jigsawstack_deliver(rq, entry, err);
}
