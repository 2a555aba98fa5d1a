/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's store call: a file in a form, raw, or by URL. Options stand in
 * the query, else in the form or the JSON object that brings the URL.
 */
#include "api/filestack/said.h"
#include "api/filestack/filestack.h"
#include "api/uploads/unproven.h"
#include "api/uploads/upload.h"
#include "base/encode.h"
#include "ingest/sniff.h"
#include "store/store.h"

#include <glib.h>

static const char *const providers[] = {"S3", "azure", "dropbox", "rackspace",
					"gcs"};

struct str filestack_provider(struct str said)
{
	for (size_t i = 0; i < G_N_ELEMENTS(providers); i++)
		if (str_eq_nocase(said, str_of(providers[i])))
			return str_of(providers[i]);
	return STR_NONE;
}

int filestack_known_provider(struct str name, struct err *err)
{
	if (name.n == 0 || filestack_provider(name).p)
		return 0;
	return err_set(err, ERR_INVALID,
		       "Unknown storage provider: use S3, azure, dropbox, "
		       "rackspace or gcs");
}

void filestack_options_provider(struct filestack_options *options)
{
	if (options->provider.n == 0)
		options->provider = STR("S3");
	if (str_eq_nocase(options->provider, STR("dropbox")))
		options->container = STR_NONE;
}

/* Who the head says it is: 1, 0 it says nothing, -1. */
static int name_app(struct request *rq, struct err *err)
{
	struct str key = request_query(rq, "key");
	if (key.p == NULL && request_header(rq, "Authorization").p == NULL &&
	    filestack_body_says(rq))
		return 0;
	if (filestack_app(rq, key, err) != 0 ||
	    upload_check_account(rq, err) != 0)
		return -1;
	return 1;
}

/* What the head does not say a form may, key and policy: then it takes a place
 * of those that are for strangers. */
int filestack_store_begin(struct request *rq, struct err *err)
{
	int named = name_app(rq, err);
	if (named < 0 ||
	    filestack_known_provider(request_param(rq, 0), err) != 0)
		return -1;
	if (named && filestack_allow_store(rq, NULL, err) == 0)
		return filestack_expect_file(rq, upload_limit(rq), err);
	if (named &&
	    (request_query(rq, "policy").p || !filestack_body_says(rq)))
		return -1;
	if (unproven_enter(rq, err) != 0)
		return -1;
	return filestack_expect_file(rq, upload_limit(rq), err);
}

/* The storage path: none gives "UNIQUEID_name" at the root, a trailing slash
 * the same in that folder, anything else is the path itself. */
static int place(struct request *rq, struct str wanted, struct file_put *put,
		 struct err *err)
{
	while (wanted.n && wanted.p[0] == '/')
		wanted = str_skip(wanted, 1);
	bool is_folder = wanted.n == 0 || wanted.p[wanted.n - 1] == '/';
	if (is_folder) {
		put->folder = str_trim_char(wanted, '/');
		put->path = upload_unique_path(rq, &put->id, put->folder,
					       put->name);
		put->is_fresh = true;
	} else {
		ptrdiff_t slash = str_rfind(wanted, '/');
		put->folder = str_sub(wanted, 0, slash < 0 ? 0 : (size_t)slash);
		put->path = wanted;
		put->if_exists = FILE_REPLACE;
	}
	return path_check(put->path, "The path", err);
}

void filestack_options_complete(struct filestack_options *options,
				struct str type, struct str name)
{
	if (!sniff_declared(options->mimetype))
		options->mimetype = type;
	if (options->filename.n == 0)
		options->filename = name;
}

/* What is declared wins; raw data about which nothing is known is text. */
static int choose_type(struct request *rq,
		       const struct filestack_options *options, struct str name,
		       struct str *out)
{
	struct str declared = options->mimetype;
	const struct upload_hints hints = {
		.declared = declared, .name = name, .trust_declared = true};
	struct store_sink *sink = rq->intake->file;
	if (options->raw && !sniff_declared(declared) &&
	    !sniff_signature(store_sink_head(sink)).p &&
	    !sniff_extension(name).p) {
		*out = STR("text/plain");
		return 0;
	}
	return upload_type(rq, &hints, out);
}

static int reply_stored(struct request *rq, const struct file *file,
			struct err *err)
{
	(void)err;
	if (file == NULL)
		return -1;
	filestack_reply_stored(rq, filestack_stored_shape(rq, file));
	return 0;
}

int filestack_may_store(struct request *rq,
			const struct filestack_options *options, uint64_t size,
			struct err *err)
{
	request_policy_anew(rq);
	if (request_recheck_key(rq, err) != 0)
		return -1;
	int result = options->calls
			     ? filestack_allow(rq, options->calls, NULL, err)
			     : filestack_allow_store(rq, options->made_of, err);
	if (result != 0)
		return -1;
	return filestack_allow_place(rq, options, size, err);
}

int filestack_describe(struct request *rq,
		       const struct filestack_options *options,
		       struct file_put *put, struct err *err)
{
	*put = (struct file_put){
		.id = id_new(),
		.account_id = rq->account->id,
		.origin = ORIGIN_FILESTACK,
		.access = options->access,
		.made_by = options->made_by,
		.keep_stricter = true,
		.upload = options->upload,
		.public_key = rq->proof != PROOF_SECRET_KEY,
		.if_exists = FILE_REFUSE,
		.provider = options->provider,
		.container =
			options->container.n ? options->container : STR_NONE,
	};
	put->name = upload_base_name(options->filename);
	if (put->name.n == 0)
		put->name = STR("file");
	if (put->name.n > FILE_NAME_MAX || !path_valid(put->name))
		return err_set(err, ERR_INVALID,
			       "The file name must have 1 to %d bytes without "
			       "control characters",
			       FILE_NAME_MAX);
	return place(rq, options->path, put, err);
}

int filestack_store_file(struct request *rq,
			 const struct filestack_options *options,
			 struct err *err)
{
	struct file_put put;
	uint64_t size = store_sink_size(rq->intake->file);
	if (filestack_may_store(rq, options, size, err) != 0 ||
	    filestack_describe(rq, options, &put, err) != 0)
		return -1;
	int later = choose_type(rq, options, put.name, &put.type);
	if (later)
		return later;
	return upload_store(
		rq, &put, options->reply ? options->reply : reply_stored, err);
}

int filestack_store(struct request *rq, struct err *err)
{
	struct filestack_said said;
	struct filestack_came came;
	int result = filestack_read_said(rq, &said, err);
	if (result != 0)
		return result;
	if (filestack_app(rq, filestack_told(&said, "key"), err) != 0 ||
	    upload_check_account(rq, err) != 0 ||
	    filestack_allow_store(rq, NULL, err) != 0)
		return -1;
	result = filestack_take_file(&said, &came, err);
	if (result != 0)
		return result;
	struct filestack_options options = {
		.filename = filestack_told(&said, "filename"),
		.mimetype = filestack_told(&said, "mimetype"),
		.path = filestack_told(&said, "path"),
		.container = filestack_told(&said, "container"),
		.provider = request_param(rq, 0),
		.raw = came.raw,
	};
	filestack_options_provider(&options);
	filestack_options_complete(&options, came.type, came.name);
	return filestack_store_file(rq, &options, err);
}
