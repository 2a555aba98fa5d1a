/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's upload call: the fields, then the steps in order at the bottom.
 */
#include "api/imagekit/imagekit.h"
#include "api/upload.h"
#include "base/encode.h"

#include <glib.h>

/* A part with a file name or a type of its own is bytes; otherwise it is text:
 * a URL, a data: URI or base64. */
static enum part_use classify(const struct multipart_part *part, bool have_file)
{
	(void)have_file;
	if (!str_eq(part->name, STR("file")))
		return part->filename.p ? PART_SKIP : PART_FIELD;
	if (part->filename.p || part->content_type.p)
		return PART_FILE;
	return PART_FILE_TEXT;
}

int imagekit_upload_begin(struct request *rq, struct err *err)
{
	if (imagekit_private_key(rq, err) != 0 ||
	    upload_check_account(rq, err) != 0)
		return -1;
	struct intake_plan *plan =
		arena_zalloc(request_arena(rq), sizeof(*plan));
	plan->max_file = upload_limit(rq, rq->services->imagekit_max_bytes);
	plan->classify = classify;
	plan->multipart_only = true;
	plan->takes_text = true;
	plan->not_multipart = "Your request is missing file parameter.";
	plan->bad_base64 = "Your request contains invalid file.";
	plan->too_large = "Your request contains invalid file parameter. "
			  "The file size exceeds limits.";
	return request_expect_body(rq, plan, err);
}

static struct str field(const struct request *rq, const char *name)
{
	return intake_get(rq->intake, str_of(name));
}

static int flag(const struct request *rq, const char *name, bool default_value,
		bool *out, struct err *err)
{
	struct str text = field(rq, name);
	*out = default_value;
	if (text.n == 0)
		return 0;
	if (str_eq_nocase(text, STR("true"))) {
		*out = true;
	} else if (str_eq_nocase(text, STR("false"))) {
		*out = false;
	} else {
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid %s parameter.",
			       name);
	}
	return 0;
}

/* Tags may come as one csv or as repeated fields, which join. */
static struct str all_tags(struct request *rq)
{
	struct buf csv;
	buf_init(&csv, request_arena(rq), INTAKE_FIELDS_BYTES);
	for (size_t i = 0; i < rq->intake->n_fields; i++) {
		const struct intake_field *f = &rq->intake->fields[i];
		if (!str_eq(f->name, STR("tags")) &&
		    !str_eq(f->name, STR("tags[]")))
			continue;
		if (csv.n)
			buf_add_char(&csv, ',');
		buf_add(&csv, f->value);
	}
	return csv.n ? buf_str(&csv) : STR_NONE;
}

/* The name and path to store under. */
static int place(struct request *rq, struct file_put *put, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct str name = field(rq, "fileName");
	bool unique, overwrite;
	if (name.n == 0)
		return err_set(err, ERR_INVALID,
			       "Your request is missing fileName parameter.");
	if (flag(rq, "useUniqueFileName", true, &unique, err) != 0 ||
	    flag(rq, "overwriteFile", true, &overwrite, err) != 0 ||
	    imagekit_clean_folder(arena, field(rq, "folder"), &put->folder,
				  err) != 0)
		return -1;
	name = imagekit_clean_name(arena, name);
	if (unique)
		name = imagekit_unique_name(arena, name);
	put->name = name;
	put->path = put->folder.n
			    ? arena_printf(arena, "%.*s/%.*s",
					   STR_ARG(put->folder), STR_ARG(name))
			    : name;
	put->if_exists = unique || !overwrite ? FILE_REFUSE : FILE_ADD_VERSION;
	if (name.n > FILE_NAME_MAX || !path_valid(put->path))
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid fileName "
			       "parameter.");
	return 0;
}

static int describe(struct request *rq, struct file_put *put, struct err *err)
{
	bool private;
	if (flag(rq, "isPrivateFile", false, &private, err) != 0)
		return -1;
	put->access = private ? ACCESS_PRIVATE : ACCESS_PUBLIC;
	if (imagekit_tags(request_arena(rq), all_tags(rq), &put->tags, err))
		return -1;
	return imagekit_coordinates(field(rq, "customCoordinates"),
				    &put->custom_coordinates, err);
}

/* The bytes: they came with the request, or its URL is fetched now. */
static int obtain(struct request *rq, struct str *declared, struct err *err)
{
	struct fetch_result fetched;
	*declared = rq->intake->file_type;
	if (rq->intake->url.p) {
		int result = upload_fetch(
			rq, rq->intake->url,
			upload_limit(rq, rq->services->imagekit_max_bytes),
			&fetched, err);
		if (result != 0)
			return result;
		*declared = fetched.content_type;
	}
	if (rq->intake->file == NULL)
		return err_set(err, ERR_INVALID,
			       "Your request is missing file parameter.");
	return 0;
}

static int reply_uploaded(struct request *rq, const struct file *file,
			  struct err *err)
{
	if (file == NULL && err->code == ERR_EXISTS)
		return err_set(
			err, ERR_INVALID,
			"A file with the same name already exists at the "
			"exact location. We could not overwrite it "
			"because both overwriteFile and "
			"useUniqueFileName are set to false.");
	if (file == NULL)
		return -1;
	imagekit_reply(
		rq, 200,
		imagekit_upload_shape(rq, file, field(rq, "responseFields")));
	return 0;
}

int imagekit_upload(struct request *rq, struct err *err)
{
	struct str declared;
	struct file_put put = {
		.id = id_new(),
		.account_id = rq->account->id,
		.origin = ORIGIN_IMAGEKIT,
	};
	if (!rq->intake->url.p && rq->intake->file == NULL)
		return err_set(err, ERR_INVALID,
			       "Your request is missing file parameter.");
	if (place(rq, &put, err) != 0 || describe(rq, &put, err) != 0)
		return -1;
	int result = obtain(rq, &declared, err);
	if (result == 0)
		result = upload_type(rq, rq->intake->file, declared, put.name,
				     false, &put.type);
	if (result != 0)
		return result;
	return upload_store(rq, &put, reply_uploaded, err);
}
