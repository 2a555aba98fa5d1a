/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which upload a call is about, and whether whoever began it may go on.
 */
#include "api/filestack/multipart/multipart.h"
#include "api/uploads/upload.h"

int multipart_use_account(struct request *rq, const struct upload *upload,
			  struct err *err)
{
	rq->account = keyring_account_by_id(rq->keyring, upload->account_id);
	rq->key = keyring_key_by_id(rq->keyring, upload->key_id);
	if (rq->account == NULL || (rq->key == NULL && upload->key_id))
		return err_set(err, ERR_FORBIDDEN,
			       "The API key has been revoked");
	return upload_check_account(rq, err);
}

/* Whom the call names besides the upload: NULL, if nobody. */
static int name_account(const struct parts_call *call,
			const struct account **out, struct err *err)
{
	struct request *rq = call->rq;
	int result = parts_call_text(call, "apikey").p
			     ? parts_call_app(call, err)
			     : filestack_basic(rq, err);
	*out = rq->account;
	return result;
}

/* The token is the credential; where a key or a secret comes along it has to be
 * the same application's, and a policy has to be good. */
int multipart_find(const struct parts_call *call, struct upload *out,
		   struct err *err)
{
	struct request *rq = call->rq;
	struct str token = parts_call_text(call, "upload_id");
	const struct account *named;
	if (name_account(call, &named, err) < 0)
		return -1;
	int found = upload_find(request_view(rq), token, out, err);
	if (found < 0)
		return -1;
	if (found == 0 || out->origin != ORIGIN_FILESTACK ||
	    (named && out->account_id != named->id))
		return upload_not_found(err);
	int result = named ? upload_check_account(rq, err)
			   : multipart_use_account(rq, out, err);
	if (result < 0 || rq->policy.policy.n == 0)
		return result;
	return filestack_allow(rq, POLICY_PICK | POLICY_STORE, NULL, err);
}

int multipart_check_size(const struct parts_call *call,
			 const struct upload *upload, struct err *err)
{
	uint64_t size;
	int found = parts_call_number(call, "size", &size, err);
	if (found > 0 && size != upload->size)
		return err_set(err, ERR_INVALID,
			       "invalid params: size (the upload was started "
			       "with %llu bytes)",
			       (unsigned long long)upload->size);
	return found < 0 ? -1 : 0;
}

json_t *multipart_told(struct request *rq, const struct upload *upload)
{
	return json_parse_arena(request_arena(rq), upload->told, 0);
}

struct layout multipart_layout(const struct open_upload *open)
{
	return (struct layout){
		.size = open_upload_row(open)->size,
		.part = open_upload_layout(open),
	};
}

static void free_extents(void *extents)
{
	g_free(extents);
}

struct parts_come multipart_come(struct request *rq,
				 const struct open_upload *open)
{
	struct parts_come come = {
		.arena = request_arena(rq),
		.layout = multipart_layout(open),
	};
	struct store_extent *extents =
		store_stage_extents(open_upload_stage(open), &come.n_extents);
	arena_defer(come.arena, free_extents, extents);
	come.extents = extents;
	return come;
}
