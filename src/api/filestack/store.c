/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's store call: a file in a form, raw, or by URL. Options stand in
 * the query, else in the form or the JSON command that brings the URL.
 */
#include "api/filestack/filestack.h"
#include "api/upload.h"
#include "base/encode.h"
#include "ingest/sniff.h"
#include "store/store.h"

#include <glib.h>

#define COMMAND_MAX                                                            \
	(16u * 1024) /* bytes of a form or JSON that names a URL               \
		      */

static const char *const providers[] = {"s3", "azure", "dropbox", "rackspace",
					"gcs"};

static enum part_use classify(const struct multipart_part *part, bool have_file)
{
	if (part->filename.p == NULL)
		return PART_FIELD;
	return have_file ? PART_SKIP : PART_FILE;
}

int filestack_known_provider(struct str name, struct err *err)
{
	for (size_t i = 0; i < G_N_ELEMENTS(providers); i++)
		if (str_eq_nocase(name, str_of(providers[i])))
			return 0;
	return err_set(err, ERR_INVALID,
		       "Unknown storage provider: use S3, azure, dropbox, "
		       "rackspace or gcs");
}

int filestack_store_begin(struct request *rq, struct err *err)
{
	if (filestack_app(rq, request_query(rq, "key"), err) != 0 ||
	    upload_check_account(rq, err) != 0 ||
	    filestack_known_provider(request_param(rq, 0), err) != 0 ||
	    filestack_allow_store(rq, NULL, err) != 0)
		return -1;
	struct intake_plan *plan =
		arena_zalloc(request_arena(rq), sizeof(*plan));
	plan->max_file = upload_limit(rq);
	plan->classify = classify;
	plan->base64 = text_is_true(request_query(rq, "base64decode"));
	return request_expect_body(rq, plan, err);
}

struct command {
	struct request *rq;
	struct str form; /* urlencoded body, STR_NONE when it is none */
	json_t *json;    /* JSON body, NULL when it is none */
};

/* Only an object with a text "url" is a command; other JSON is a file. */
static json_t *json_command(struct request *rq, struct str body)
{
	json_t *value = json_parse_arena(request_arena(rq), body, 0);
	return json_is_string(json_object_get(value, "url")) ? value : NULL;
}

static int read_command(struct request *rq, struct command *out,
			struct err *err)
{
	struct str body;
	struct str type = http_media_type(request_header(rq, "content-type"));
	*out = (struct command){.rq = rq};
	int result = request_body(rq, COMMAND_MAX, &body, err);
	if (result != 0 || body.n == 0)
		return result;
	if (str_eq_nocase(type, STR("application/json")))
		out->json = json_command(rq, body);
	else if (str_eq_nocase(type,
			       STR("application/x-www-form-urlencoded")) &&
		 form_get(request_arena(rq), body, STR("url")).p)
		out->form = body;
	return 0;
}

/* The query first, then whatever the body is; empty when it is so wherever it
 * is, STR_NONE when it is nowhere. */
static struct str option(const struct command *command, const char *name)
{
	struct request *rq = command->rq;
	struct str text = request_query(rq, name), other;
	if (text.n)
		return text;
	if (command->json)
		other = json_text(json_object_get(command->json, name));
	else if (command->form.p)
		other = form_get(request_arena(rq), command->form,
				 str_of(name));
	else
		other = intake_get(rq->intake, str_of(name));
	return other.p ? other : text;
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
	} else {
		ptrdiff_t slash = str_rfind(wanted, '/');
		put->folder = str_sub(wanted, 0, slash < 0 ? 0 : (size_t)slash);
		put->path = wanted;
		put->if_exists = FILE_REPLACE;
	}
	if (!path_valid(put->path))
		return err_set(err, ERR_INVALID,
			       "The path must not have empty, \".\" or \"..\" "
			       "segments or control characters");
	return 0;
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
	reply_json(rq, 200, "application/json",
		   filestack_stored_shape(rq, file));
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
	struct command command;
	int result = read_command(rq, &command, err);
	if (result != 0)
		return result;
	struct filestack_options options = {
		.filename = option(&command, "filename"),
		.mimetype = option(&command, "mimetype"),
		.path = option(&command, "path"),
		.container = option(&command, "container"),
		.provider = request_param(rq, 0),
	};
	struct str url = option(&command, "url");
	struct str type = rq->intake->file_type;
	struct str name = rq->intake->file_name;
	if (url.p && url.n == 0 && !(rq->intake->form && rq->intake->file))
		return err_set(err, ERR_INVALID, "url must not be empty");
	if (url.n) {
		struct fetch_result fetched;
		result = filestack_allow_url(rq, url, err);
		if (result == 0)
			result = upload_fetch(rq, url, &fetched, err);
		if (result != 0)
			return result;
		type = fetched.content_type;
		name = fetched.name;
		rq->intake->url = url;
	}
	options.raw = !url.n && !rq->intake->form;
	if (rq->intake->file == NULL)
		return err_set(err, ERR_INVALID, "The form has no file");
	if (options.raw && store_sink_size(rq->intake->file) == 0)
		return err_set(err, ERR_INVALID, "The request has no body");
	filestack_options_complete(&options, type, name);
	return filestack_store_file(rq, &options, err);
}
