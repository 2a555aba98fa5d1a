/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to a file by its handle: new content for it, and its end. Both
 * take the application's secret or a policy, whose signature proves which
 * application it is: so the file comes first, and its owner of it.
 */
#include "api/filestack/said.h"
#include "api/filestack/filestack.h"
#include "api/uploads/unproven.h"
#include "api/uploads/upload.h"
#include "library/files/detach.h"
#include "store/store.h"

static int name_app(struct request *rq, struct str api_key, struct err *err)
{
	return api_key.p ? filestack_app(rq, api_key, err)
			 : filestack_basic(rq, err);
}

/* The file of the route's handle, for that call; the request is its owner's
 * from here on. Of the file itself nothing is read. */
static int find_for(struct request *rq, unsigned call, struct file *out,
		    struct err *err)
{
	struct hot_entry *entry;
	struct id id;
	const struct account *named = rq->account;
	if (!filestack_handle(rq->param[0], &id))
		return filestack_not_found(err);
	rq->looks = true;
	int result = request_find_id(rq, &id, &entry, err);
	rq->looks = false;
	if (result < 0 && err->code == ERR_NOT_FOUND)
		return filestack_not_found(err);
	if (result != 0)
		return result;
	request_keep(rq, entry);
	*out = entry->file;
	if (named && named->id != out->account_id)
		return err_set(err, ERR_FORBIDDEN,
			       "The file belongs to another application");
	rq->account = keyring_account_by_id(rq->keyring, out->account_id);
	if (rq->account == NULL)
		return filestack_not_found(err);
	return filestack_allow(rq, call, out, err);
}

/* New content. */

/* By what the head says; the file of that id is not known yet. */
static int check_head(struct request *rq, const struct id *id, struct err *err)
{
	if (rq->account == NULL)
		return policy_refuse(err,
				     "proper credentials were not provided");
	const struct file file = {.id = *id, .account_id = rq->account->id};
	return filestack_allow(rq, POLICY_WRITE | POLICY_WRITE_URL, &file, err);
}

/* What the head does not prove a form may, and whose signature it is the file
 * has to say: then it takes a place of those that are for strangers. */
int filestack_overwrite_begin(struct request *rq, struct err *err)
{
	struct id id;
	if (!filestack_handle(rq->param[0], &id))
		return filestack_not_found(err);
	if (name_app(rq, request_query(rq, "key"), err) != 0 ||
	    upload_check_account(rq, err) != 0)
		return -1;
	if (check_head(rq, &id, err) == 0)
		return filestack_expect_file(rq, upload_limit(rq), err);
	bool may_prove = request_query(rq, "policy").p
				 ? rq->account == NULL
				 : filestack_body_says(rq);
	if (!may_prove || unproven_enter(rq, err) != 0)
		return -1;
	return filestack_expect_file(rq, upload_limit(rq), err);
}

static int reply_overwritten(struct request *rq, const struct file *file,
			     struct err *err)
{
	if (file == NULL)
		return err->code == ERR_NOT_FOUND ? filestack_not_found(err)
						  : -1;
	GString *body = filestack_stored_shape(rq, file);
	json_add_new(body, "isWriteable", json_true());
	filestack_reply_stored(rq, body);
	return 0;
}

static bool names_url(const struct filestack_said *said)
{
	return filestack_told(said, "url").n > 0;
}

/* It is stored where it is, whatever was said when it came there. */
static int check_place(const struct request *rq, const struct file *file,
		       struct err *err)
{
	return rq->under ? policy_allows_place(rq->under, file->path,
					       file->container, err)
			 : 0;
}

static int check_size(const struct request *rq, struct err *err)
{
	uint64_t size = store_sink_size(rq->intake->file);
	return rq->under ? policy_allows_size(rq->under, size, err) : 0;
}

int filestack_overwrite(struct request *rq, struct err *err)
{
	struct filestack_said said;
	struct filestack_came came;
	struct file *file = arena_alloc(request_arena(rq), sizeof(*file));
	int result = filestack_read_said(rq, &said, err);
	if (result != 0)
		return result;
	if (request_recheck_key(rq, err) != 0 ||
	    name_app(rq, filestack_told(&said, "key"), err) != 0)
		return -1;
	result =
		find_for(rq, names_url(&said) ? POLICY_WRITE_URL : POLICY_WRITE,
			 file, err);
	if (result != 0)
		return result;
	if (check_place(rq, file, err) != 0 ||
	    upload_check_account(rq, err) != 0)
		return -1;
	result = filestack_take_file(&said, &came, err);
	if (result != 0)
		return result;
	if (check_size(rq, err) != 0)
		return -1;
	struct str type = filestack_told(&said, "mimetype");
	const struct file_put put = {
		.account_id = file->account_id,
		.only = &file->id,
		.type = type.n ? type : file->type,
	};
	return upload_store(rq, &put, reply_overwritten, err);
}

/* Its end. */

int filestack_remove_begin(struct request *rq, struct err *err)
{
	if (name_app(rq, request_query(rq, "key"), err) != 0)
		return -1;
	return filestack_expect_words(rq, err);
}

int filestack_remove(struct request *rq, struct err *err)
{
	struct filestack_said said;
	struct file file;
	int result = filestack_read_words(rq, &said, err);
	if (result != 0)
		return result;
	if (request_recheck_key(rq, err) != 0 ||
	    name_app(rq, filestack_told(&said, "key"), err) != 0)
		return -1;
	result = find_for(rq, POLICY_REMOVE, &file, err);
	if (result != 0)
		return result;
	const struct view *view = request_view(rq);
	int found = filestack_is_told(&said, "skip_storage")
			    ? file_detach(view, &file.id, err)
			    : file_delete(view, &file.id, err);
	if (found <= 0)
		return found < 0 ? -1 : filestack_not_found(err);
	reply_json(rq, 200, "application/json", json_object());
	return 0;
}
