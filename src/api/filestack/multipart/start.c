/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first call. What it says of the file is judged before any byte comes,
 * and kept for the last call, which need not say it again.
 */
#include "api/filestack/multipart/multipart.h"
#include "api/uploads/upload.h"

static int read_size(const struct parts_call *call, uint64_t *out,
		     struct err *err)
{
	int found = parts_call_number(call, "size", out, err);
	if (found < 0)
		return -1;
	if (found == 0 || *out == 0)
		return err_set(err, ERR_INVALID,
			       "invalid params: size must be at least 1");
	return 0;
}

static int check_limit(const struct request *rq, uint64_t size, struct err *err)
{
	uint64_t most = upload_limit(rq);
	if (size <= most)
		return 0;
	return err_set(err, ERR_TOO_LARGE,
		       "The file exceeds the limit of %llu bytes.",
		       (unsigned long long)most);
}

/* The SDKs put https:// before it, but for filestack-js, which takes a URL as
 * it is: so that is what it gets where there is no TLS. */
struct str multipart_location(struct request *rq)
{
	struct str base = request_base_url(rq, "upload.filestackapi.com");
	struct str https = STR("https://");
	return str_starts(base, https) ? str_skip(base, https.n) : base;
}

static int reply_started(const struct parts_call *call,
			 const struct upload *upload,
			 const struct filestack_options *options)
{
	struct request *rq = call->rq;
	struct str region = parts_call_store_text(call, "region");
	struct str bucket =
		options->container.n ? options->container : STR("stowage");
	struct str uri = arena_printf(request_arena(rq), "/%.*s/%s",
				      STR_ARG(bucket), upload->token);
	json_t *body = json_object();
	json_object_set_new(body, "uri", json_str(uri));
	json_object_set_new(body, "region",
			    json_str(region.n ? region : STR("us-east-1")));
	json_object_set_new(body, "upload_id", json_string(upload->token));
	json_object_set_new(body, "location_url",
			    json_str(multipart_location(rq)));
	/* who wants to send chunks may */
	json_object_set_new(body, "upload_type",
			    json_string("intelligent_ingestion"));
	reply_json(rq, 200, "application/json", body);
	return 0;
}

int filestack_multipart_start(struct request *rq, struct err *err)
{
	struct parts_call call;
	struct filestack_options options;
	struct file_put put;
	struct upload upload;
	uint64_t size;
	int result = parts_call_read(rq, &call, err);
	if (result != 0)
		return result;
	if (parts_call_app(&call, err) < 0 ||
	    upload_check_account(rq, err) < 0 ||
	    parts_call_options(&call, NULL, &options, err) < 0 ||
	    read_size(&call, &size, err) < 0)
		return -1;
	options.calls = POLICY_PICK | POLICY_STORE;
	if (check_limit(rq, size, err) < 0 ||
	    filestack_may_store(rq, &options, size, err) < 0 ||
	    filestack_describe(rq, &options, &put, err) < 0 ||
	    file_put_check(&put, err) < 0)
		return -1;
	json_t *told = parts_call_tell(&call, &options);
	const struct upload_new wanted = {
		.origin = ORIGIN_FILESTACK,
		.key_id = rq->key ? rq->key->id : 0,
		.size = size,
		.told = json_write(request_arena(rq), told),
	};
	/* too many of them is a matter of time, and none of this one's size */
	if (upload_begin(request_view(rq), &wanted, &upload, err) < 0)
		return err->code == ERR_LIMIT ? err_recode(err, ERR_RATE, NULL)
					      : -1;
	return reply_started(&call, &upload, &options);
}
