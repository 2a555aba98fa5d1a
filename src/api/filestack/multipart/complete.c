/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last call: what has come becomes a file, all of it or nothing. Whoever
 * asks again is told the same; whoever asks while it is being done, or while a
 * part is still coming, is told to ask again (202), as SDKs do by themselves.
 */
#include "api/filestack/multipart/multipart.h"

static int reply_later(struct request *rq)
{
	reply_json(rq, 202, "application/json", json_object());
	return 0;
}

static int reply_file(struct request *rq, const struct file *file, json_t *tags)
{
	GString *body = filestack_stored_shape(rq, file);
	json_add_text(body, "status", STR("Stored"));
	json_add_new(body, "upload_tags", json_incref(tags));
	filestack_reply_stored(rq, body);
	return 0;
}

static int reply_completed(struct request *rq, const struct file *file,
			   struct err *err)
{
	if (file)
		return reply_file(rq, file, rq->dialect_data);
	/* another call has completed it meanwhile */
	return err->code == ERR_EXISTS ? reply_later(rq) : -1;
}

static int reply_again(const struct parts_call *call,
		       const struct upload *upload, struct err *err)
{
	struct file file;
	struct request *rq = call->rq;
	int found = file_by_id(request_view(rq), &upload->file_id, &file, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return filestack_not_found(err);
	return reply_file(rq, &file, rq->dialect_data);
}

/* The parts that the file has: those that are listed, or, of an upload in
 * chunks, all. */
static int read_parts(const struct parts_call *call, json_t *told,
		      struct parts_wanted *out, struct err *err)
{
	bool chunked = parts_call_is_chunked(call);
	if (parts_call_parts(call, !chunked, out, err) < 0)
		return -1;
	if (out->n_parts == 0)
		chunked |= json_is_true(json_object_get(told, "chunked"));
	if (out->n_parts == 0 && !chunked)
		return err_set(err, ERR_INVALID, "invalid params: parts");
	out->others = chunked;
	return 0;
}

static int take_sink(struct request *rq, const struct upload *upload,
		     const struct parts_wanted *wanted, struct err *err)
{
	struct open_upload *open;
	struct store_sink *sink = NULL;
	if (upload_open(request_view(rq), str_of(upload->token), &open, err) <
	    0)
		return -1;
	int result = multipart_sink(rq, open, wanted, &sink, err);
	upload_close(open);
	return upload_replace(rq, sink, result);
}

static int complete(const struct parts_call *call, const struct upload *upload,
		    struct err *err)
{
	struct request *rq = call->rq;
	struct parts_wanted wanted;
	struct filestack_options options;
	json_t *told = multipart_told(rq, upload);
	if (multipart_check_size(call, upload, err) < 0 ||
	    read_parts(call, told, &wanted, err) < 0 ||
	    parts_call_options(call, told, &options, err) < 0)
		return -1;
	options.calls = POLICY_PICK | POLICY_STORE;
	options.upload = upload->id;
	options.reply = reply_completed;
	/* what will not be stored is not put together */
	if (filestack_may_store(rq, &options, upload->size, err) < 0)
		return -1;
	if (take_sink(rq, upload, &wanted, err) < 0) {
		bool again = err->code == ERR_LOCKED ||
			     err->code == ERR_EXISTS || err->code == ERR_BUSY;
		return again ? reply_later(rq) : -1;
	}
	return filestack_store_file(rq, &options, err);
}

int filestack_multipart_complete(struct request *rq, struct err *err)
{
	struct parts_call call;
	struct upload upload;
	json_t *tags;
	int result = parts_call_read(rq, &call, err);
	if (result != 0)
		return result;
	/* it says where a file is stored, as the first call does */
	if (parts_call_app(&call, err) < 0 ||
	    multipart_find(&call, &upload, err) < 0)
		return -1;
	if (filestack_take_tags(parts_call_value(&call, "upload_tags"), &tags,
				err) < 0)
		return -1;
	rq->dialect_data = tags;
	return upload.done ? reply_again(&call, &upload, err)
			   : complete(&call, &upload, err);
}
