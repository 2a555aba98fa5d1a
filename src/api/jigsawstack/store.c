/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JigsawStack's file store: upload in all five encodings that its SDKs and
 * pages have used, delete. Keys are the library's paths.
 */
#include "api/jigsawstack/jigsawstack.h"
#include "api/uploads/upload.h"
#include "base/encode.h"
#include "http/syntax/head.h"
#include "ingest/sniff.h"
#include "store/store.h"

#define ON_LOOP_MAX (2u * 1024) /* bytes of options that are read there */

/* Browsers give a typed `body` a file name too. */
static bool is_options(const struct multipart_part *part)
{
	return str_eq(part->name, STR("body")) &&
	       (part->filename.p == NULL ||
		str_eq_nocase(http_media_type(part->content_type),
			      STR("application/json")));
}

enum part_use jigsawstack_classify(const struct multipart_part *part,
				   bool have_file)
{
	if (is_options(part))
		return PART_FIELD;
	bool named = str_eq(part->name, STR("file"));
	if (named || (part->filename.p && !have_file))
		return PART_FILE;
	return part->filename.p ? PART_SKIP : PART_FIELD;
}

int jigsawstack_upload_begin(struct request *rq, struct err *err)
{
	if (jigsawstack_store_key(rq, err) != 0 ||
	    upload_check_account(rq, err) != 0)
		return -1;
	struct intake_plan *plan =
		arena_zalloc(request_arena(rq), sizeof(*plan));
	plan->max_file = upload_limit(rq);
	plan->classify = jigsawstack_classify;
	plan->empty_is_file = true;
	return request_expect_body(rq, plan, err);
}

static int require_file(struct request *rq, struct err *err)
{
	const struct intake *intake = rq->intake;
	if (intake->file == NULL)
		return err_set(err, ERR_INVALID,
			       "The form has no part named file");
	/* An empty raw body is a forgotten one; an empty part is a file. */
	if (!intake->form && store_sink_size(intake->file) == 0)
		return err_set(err, ERR_INVALID, "The request has no body");
	return 0;
}

static int take_key(struct request *rq,
		    const struct jigsawstack_options *options, struct str *key,
		    struct err *err)
{
	*key = jigsawstack_option(options, "key", "filename");
	if (key->p == NULL) {
		char *random = arena_alloc(request_arena(rq), UUID_LEN + 1);
		uuid_new(random);
		*key = str_of(random);
	}
	return path_check(*key, "key", err);
}

static int reply_uploaded(struct request *rq, const struct file *file,
			  struct err *err)
{
	if (file == NULL && err->code == ERR_EXISTS)
		return err_set(err, ERR_EXISTS, "File already exists");
	if (file == NULL)
		return -1;
	struct arena *arena = request_arena(rq);
	struct str url =
		arena_join(arena, request_base_url(rq, "api.jigsawstack.com"),
			   arena_join(arena, STR(JIGSAWSTACK_READ_PREFIX),
				      percent_encode(arena, file->path, true)));
	json_t *body = jigsawstack_success(rq);
	json_object_set_new(body, "key", json_str(file->path));
	json_object_set_new(body, "url", json_str(url));
	json_object_set_new(body, "size", json_integer((json_int_t)file->size));
	const struct jigsawstack_options *options = rq->dialect_data;
	if (jigsawstack_option_is_true(options, "temp_public_url"))
		json_object_set_new(
			body, "temp_public_url",
			json_str(jigsawstack_temp_url(
				rq, file, request_limits(rq)->temp_url_ms)));
	reply_json(rq, 200, "application/json", body);
	return 0;
}

/* An option or a part's type that is no media type is passed over. */
static int take_type(struct request *rq,
		     const struct jigsawstack_options *options, struct str key,
		     struct str *type)
{
	static const struct str unknown = STR("application/octet-stream");
	struct str asked =
		jigsawstack_option(options, "content_type", "contentType");
	if (str_eq_nocase(asked, unknown)) {
		*type = unknown;
		return 0;
	}
	const struct upload_hints hints = {
		.declared =
			sniff_declared(asked) ? asked : rq->intake->file_type,
		.name = key,
		.trust_declared = true,
	};
	return upload_type(rq, &hints, type);
}

static int read_options(struct request *rq, struct str *key, struct err *err)
{
	struct jigsawstack_options *options = rq->dialect_data;
	if (options == NULL && rq->on_loop &&
	    intake_get(rq->intake, STR("body")).n > ON_LOOP_MAX)
		return HANDLE_LATER;
	if (options == NULL) { /* not read yet, on the loop */
		options = arena_alloc(request_arena(rq), sizeof(*options));
		if (jigsawstack_options_read(options, rq, err) != 0)
			return -1;
		rq->dialect_data = options;
	}
	if (require_file(rq, err) != 0 || take_key(rq, options, key, err) != 0)
		return -1;
	if (jigsawstack_option_is_true(options, "temp_public_url") &&
	    *rq->account->secret_key == '\0')
		return err_set(err, ERR_INVALID,
			       "temp_public_url takes an account with a secret "
			       "key, to sign the link");
	return 0;
}

int jigsawstack_upload(struct request *rq, struct err *err)
{
	struct str key;
	int result = read_options(rq, &key, err);
	if (result != 0)
		return result;
	const struct jigsawstack_options *options = rq->dialect_data;
	ptrdiff_t slash = str_rfind(key, '/');
	struct file_put put = {
		.id = id_new(),
		.account_id = rq->account->id,
		.path = key,
		.folder = str_sub(key, 0, slash < 0 ? 0 : (size_t)slash),
		.name = str_skip(key, (size_t)(slash + 1)),
		.origin = ORIGIN_JIGSAWSTACK,
		.access = ACCESS_KEY,
		.keep_stricter = true,
		.public_key = rq->proof != PROOF_SECRET_KEY,
		.if_exists = jigsawstack_option_is_true(options, "overwrite")
				     ? FILE_REPLACE
				     : FILE_REFUSE,
	};
	int later = take_type(rq, options, key, &put.type);
	if (later)
		return later;
	return upload_store(rq, &put, reply_uploaded, err);
}

/* Who has proved a public key only removes what came the same way. */
int jigsawstack_delete(struct request *rq, struct err *err)
{
	struct file file;
	int found = file_by_path(request_view(rq), request_param(rq, 0), &file,
				 err);
	if (found > 0)
		found = access_allows_delete(rq->proof)
				? file_delete(request_view(rq), &file.id, err)
				: file_delete_public(request_view(rq), &file.id,
						     ORIGIN_JIGSAWSTACK, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "File not found");
	reply_json(rq, 200, "application/json", jigsawstack_success(rq));
	return 0;
}
