/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's upload call, both versions: who sends, the fields, the file, the
 * steps in order at the bottom.
 */
#include "api/imagekit/upload/upload.h"
#include "api/uploads/upload.h"
#include "api/uploads/unproven.h"
#include "base/log/log.h"
#include "http/syntax/head.h"
#include "store/store.h"

#include <glib.h>

#define TOO_LARGE                                                              \
	"Your request contains invalid file parameter. "                       \
	"The file size exceeds limits."
#define MISSING_FILE "Your request is missing file parameter."

/* Text is what a part is without a type (RFC 7578 4.4), and what .NET, Symfony
 * and Spring say of each field of a form. */
static bool is_text(const struct multipart_part *part)
{
	return part->filename.p == NULL &&
	       (part->content_type.p == NULL ||
		str_eq_nocase(http_media_type(part->content_type),
			      STR("text/plain")));
}

/* A part with a file name or a type of its own is bytes; otherwise it is text:
 * a URL, a data: URI or base64. */
static enum part_use classify(const struct multipart_part *part, bool have_file)
{
	(void)have_file;
	if (str_eq(part->name, STR("file")))
		return is_text(part) ? PART_FILE_TEXT : PART_FILE;
	/* Python's requests names what stands in files= like the field */
	if (part->filename.p && !str_eq(part->filename, part->name))
		return PART_SKIP;
	return PART_FIELD;
}

/* n8n's node sends its fields as a JSON object, others as pairs. */
static bool has_fields(const struct request *rq)
{
	struct str type = http_media_type(request_header(rq, "Content-Type"));
	return str_eq_nocase(type, STR("multipart/form-data")) ||
	       str_eq_nocase(type, STR("application/json")) ||
	       str_eq_nocase(type, STR("application/x-www-form-urlencoded"));
}

/* What proves a client without a key comes with the fields, and so mostly
 * behind the file. */
static int begin_auth(struct request *rq, struct err *err)
{
	if (request_header(rq, "Authorization").p == NULL && has_fields(rq))
		return unproven_enter(rq, err);
	if (imagekit_private_key(rq, err) != 0)
		return -1;
	return upload_check_account(rq, err);
}

int imagekit_upload_begin(struct request *rq, struct err *err)
{
	if (begin_auth(rq, err) != 0)
		return -1;
	struct intake_plan *plan =
		arena_zalloc(request_arena(rq), sizeof(*plan));
	plan->max_file = upload_limit(rq);
	plan->classify = classify;
	plan->form_only = true;
	plan->takes_json = true;
	plan->takes_text = true;
	plan->not_multipart = MISSING_FILE;
	plan->bad_base64 = "Your request contains invalid file.";
	plan->too_large = TOO_LARGE;
	return request_expect_body(rq, plan, err);
}

typedef int client_auth(struct request *rq, struct err *err);

static int both(const char *what, struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "Your request contains both %s and basic auth "
		       "parameter. Use only one method, you might be exposing "
		       "your private API key.",
		       what);
}

static int check_second_auth(struct request *rq, client_auth *auth,
			     struct err *err)
{
	if (auth == imagekit_jwt_auth)
		return imagekit_upload_field(rq, "token").n ? both("token", err)
							    : 0;
	return imagekit_has_client_fields(rq) ? both("signature", err) : 0;
}

/* A worker from here on, if there is anything to look up. */
static int authenticate(struct request *rq, client_auth *auth, struct err *err)
{
	if (request_header(rq, "Authorization").p)
		return check_second_auth(rq, auth, err);
	int result = auth(rq, err);
	if (result == 0)
		result = upload_check_account(rq, err);
	return result;
}

/* The vendor's sentence does not say what the limit is. */
static int too_large(struct request *rq, struct err *err)
{
	log_debug("request %s: over the limit of %" G_GUINT64_FORMAT " bytes",
		  rq->id, upload_limit(rq));
	return err_set(err, ERR_TOO_LARGE, TOO_LARGE);
}

/* The bytes: they came with the request, or its URL is fetched now. */
static int obtain(struct request *rq, struct str *declared, struct err *err)
{
	struct fetch_result fetched;
	*declared = rq->intake->file_type;
	if (rq->intake->url.p) {
		int result = upload_fetch(rq, rq->intake->url, &fetched, err);
		if (result < 0 && err->code == ERR_TOO_LARGE)
			return too_large(rq, err);
		if (result != 0)
			return result;
		*declared = fetched.content_type;
	}
	if (rq->intake->file == NULL)
		return err_set(err, ERR_INVALID, MISSING_FILE);
	/* of an account that was not known when the body began */
	if (store_sink_size(rq->intake->file) > upload_limit(rq))
		return too_large(rq, err);
	return 0;
}

static int word_refusal(const struct request *rq, struct err *err)
{
	if (err->code == ERR_EXISTS)
		return err_set(
			err, ERR_INVALID,
			"A file with the same name already exists at the "
			"exact location. We could not overwrite it "
			"because both overwriteFile and "
			"useUniqueFileName are set to false.");
	if (err->code == ERR_QUOTA) {
		log_debug("request %s: %s", rq->id, err->text);
		return err_set(err, ERR_INVALID, "Upload Limit Exceeded.");
	}
	return -1;
}

static int reply_uploaded(struct request *rq, const struct file *file,
			  struct err *err)
{
	struct imagekit_upload_options *options = rq->dialect_data;
	if (file == NULL)
		return word_refusal(rq, err);
	imagekit_post_transform(rq, file, options);
	imagekit_reply(rq, 200, imagekit_upload_shape(rq, file, options));
	return 0;
}

static void release_options(void *arg)
{
	struct imagekit_upload_options *options = arg;
	json_decref(options->extension_status);
	json_decref(options->metadata);
}

/* What takes a while to parse, and is to be parsed once. */
static bool has_json(struct request *rq)
{
	return imagekit_upload_field(rq, "customMetadata").n ||
	       imagekit_upload_field(rq, "extensions").n ||
	       imagekit_upload_field(rq, "transformation").n;
}

/* Once: this runs again on a worker when the file has to be looked at there. */
static int read_fields(struct request *rq, client_auth *auth,
		       struct imagekit_upload_options *options, struct err *err)
{
	if (options->put.account_id)
		return 0;
	if (rq->on_loop && has_json(rq))
		return HANDLE_LATER;
	int result = authenticate(rq, auth, err);
	if (result == 0)
		result = imagekit_upload_fields_read(rq, &options->put, options,
						     err);
	if (result == 0)
		options->put.account_id = rq->account->id;
	return result;
}

/* What the fields and the file say, as far as nobody has to look at it. */
static int prepare(struct request *rq, client_auth *auth,
		   struct imagekit_upload_options *options, struct err *err)
{
	struct upload_hints hints = {0};
	struct file_put *put = &options->put;
	int result = read_fields(rq, auth, options, err);
	if (result == 0)
		result = obtain(rq, &hints.declared, err);
	hints.name = put->name;
	if (result == 0)
		result = upload_type(rq, &hints, &put->type);
	if (result == 0)
		result = imagekit_transformation_check(options, put->type, err);
	put->sink = rq->intake->file;
	return result;
}

/* An image that cannot be read is stored like any file. */
static int store(struct request *rq, json_t *metadata, struct err *err)
{
	struct imagekit_upload_options *options = rq->dialect_data;
	if (metadata == NULL && err->code == ERR_BUSY)
		return -1;
	json_decref(options->metadata);
	options->metadata = metadata;
	return upload_store(rq, &options->put, reply_uploaded, err);
}

/* Read before the file is stored, when the bytes are at hand. */
static int read_metadata(struct request *rq, void *user, struct err *err)
{
	const struct imagekit_upload_options *options = rq->dialect_data;
	(void)user;
	const struct file_put *put = &options->put;
	if (!imagekit_asked_for(imagekit_upload_csv(rq, "responseFields"),
				"metadata") ||
	    !str_starts(put->type, STR("image/")))
		return store(rq, NULL, err);
	const struct image_source image = upload_image(rq, put->sink);
	return imagekit_read_metadata(rq, &image, store_sink_size(put->sink),
				      store, err);
}

/* What is checked is what was sent. */
static int check(struct request *rq, void *user, struct err *err)
{
	struct imagekit_upload_options *options = rq->dialect_data;
	(void)user;
	if (imagekit_checks(rq, imagekit_upload_field(rq, "checks"),
			    &options->put, err) < 0)
		return -1;
	return imagekit_pre_transform(rq, options, read_metadata, err);
}

static int upload(struct request *rq, client_auth *auth, struct err *err)
{
	struct imagekit_upload_options *options = rq->dialect_data;
	if (!rq->intake->url.p && rq->intake->file == NULL)
		return err_set(err, ERR_INVALID, MISSING_FILE);
	if (options == NULL) {
		options = arena_zalloc(request_arena(rq), sizeof(*options));
		options->put = (struct file_put){
			.id = id_new(),
			.origin = ORIGIN_IMAGEKIT,
		};
		arena_defer(request_arena(rq), release_options, options);
		rq->dialect_data = options;
	}
	int result = prepare(rq, auth, options, err);
	if (result != 0)
		return result;
	if (imagekit_upload_field(rq, "checks").n)
		return upload_measure(rq, &options->put, check, NULL, err);
	return imagekit_pre_transform(rq, options, read_metadata, err);
}

int imagekit_upload(struct request *rq, struct err *err)
{
	return upload(rq, imagekit_client_auth, err);
}

int imagekit_upload_v2(struct request *rq, struct err *err)
{
	return upload(rq, imagekit_jwt_auth, err);
}
