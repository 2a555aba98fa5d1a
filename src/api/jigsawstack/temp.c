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
#define TEMP_PREFIX "/v1/store/temp/"

static struct str subject_of(struct request *rq, struct str token,
			     struct str key)
{
	struct arena *arena = request_arena(rq);
	return arena_join(arena, arena_join(arena, token, STR("/")), key);
}

struct str jigsawstack_temp_url(struct request *rq, const struct file *file)
{
	struct arena *arena = request_arena(rq);
	char handle[ID_HANDLE_LEN + 1];
	id_to_handle(&file->id, handle);
	struct str token =
		arena_printf(arena, "%s-%s", handle, rq->account->name);
	int64_t expires_ms =
		now_ms() + (int64_t)request_limits(rq)->temp_url_ms;
	struct str query =
		sign_query(rq, PURPOSE, subject_of(rq, token, file->path),
			   (expires_ms + 999) / 1000);
	if (query.p == NULL)
		return STR_NONE;
	struct str base = request_base_url(rq, "api.jigsawstack.com");
	struct str key = percent_encode(arena, file->path, true);
	return arena_printf(arena, "%.*s" TEMP_PREFIX "%.*s/%.*s?%.*s",
			    STR_ARG(base), STR_ARG(token), STR_ARG(key),
			    STR_ARG(query));
}

/* The file's id and the account from "HANDLE-ACCOUNT". */
static bool read_token(struct request *rq, struct str token, struct id *id)
{
	if (token.n < ID_HANDLE_LEN + 2 || token.p[ID_HANDLE_LEN] != '-' ||
	    !id_from_handle(str_sub(token, 0, ID_HANDLE_LEN), id))
		return false;
	rq->account = keyring_account(rq->keyring,
				      str_skip(token, ID_HANDLE_LEN + 1));
	return rq->account != NULL;
}

static int check_link(struct request *rq, struct id *id, struct str *key,
		      struct err *err)
{
	struct str token = request_param(rq, 0);
	enum sign_verdict verdict = SIGN_INVALID;
	*key = request_param(rq, 1);
	if (read_token(rq, token, id))
		verdict = sign_check(rq, PURPOSE, subject_of(rq, token, *key),
				     NULL);
	if (verdict == SIGN_EXPIRED)
		return err_set(err, ERR_FORBIDDEN, "This link has expired");
	if (verdict != SIGN_VALID)
		return err_set(err, ERR_FORBIDDEN, "This link is not valid");
	rq->proof = PROOF_SIGNATURE;
	return 0;
}

int jigsawstack_temp_read(struct request *rq, struct err *err)
{
	struct id id;
	struct str key;
	struct hot_entry *entry;
	if (check_link(rq, &id, &key, err) != 0)
		return -1;
	int found = request_find_own_id(rq, &id, &entry, err);
	if (found < 0)
		return jigsawstack_not_found(err);
	if (found > 0)
		return found;
	/* moved since: its key is another one */
	if (!str_eq(entry->file.path, key)) {
		hot_unref(entry);
		err->code = ERR_NOT_FOUND;
		return jigsawstack_not_found(err);
	}
	return jigsawstack_deliver(rq, entry, err);
}
