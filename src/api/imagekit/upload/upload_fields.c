/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an upload: read, judged, and put where they belong.
 */

#include "api/imagekit/upload/upload.h"
#include "ingest/sniff.h"
#include "library/background/webhook.h"
#include <glib.h>

struct str imagekit_upload_field(const struct request *rq, const char *name)
{
	return intake_get(rq->intake, str_of(name));
}

static int invalid(const char *name, struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid %s parameter.", name);
}

static int flag(const struct request *rq, const char *name, bool default_value,
		bool *out, struct err *err)
{
	struct str text = imagekit_upload_field(rq, name);
	*out = default_value;
	if (text.n == 0)
		return 0;
	*out = str_eq_nocase(text, STR("true"));
	if (!*out && !str_eq_nocase(text, STR("false")))
		return invalid(name, err);
	return 0;
}

/* "tags", "tags[]", "tags[3]" */
static bool is_item(struct str field, struct str name)
{
	if (!str_starts(field, name))
		return false;
	struct str rest = str_skip(field, name.n);
	if (rest.n < 2 || rest.p[0] != '[' || rest.p[rest.n - 1] != ']')
		return rest.n == 0;
	struct str position = str_sub(rest, 1, rest.n - 1);
	uint64_t number;
	return position.n == 0 ||
	       str_to_u64(position, INTAKE_FIELDS_MAX, &number);
}

struct str imagekit_upload_csv(struct request *rq, const char *name)
{
	struct buf csv;
	buf_init(&csv, request_arena(rq), INTAKE_FIELDS_BYTES);
	for (size_t i = 0; i < rq->intake->n_fields; i++) {
		const struct intake_field *f = &rq->intake->fields[i];
		if (!is_item(f->name, str_of(name)))
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
	struct str name = imagekit_upload_field(rq, "fileName");
	bool unique, overwrite;
	if (name.n == 0)
		return err_set(err, ERR_INVALID,
			       "Your request is missing fileName parameter.");
	if (flag(rq, "useUniqueFileName", true, &unique, err) != 0 ||
	    flag(rq, "overwriteFile", true, &overwrite, err) != 0 ||
	    imagekit_folder_named(rq, imagekit_upload_field(rq, "folder"),
				  &put->folder, err) != 0 ||
	    imagekit_file_named(rq, name, &name, err) != 0)
		return -1;
	if (unique)
		name = imagekit_unique_name(arena, name);
	put->name = name;
	put->path = put->folder.n
			    ? arena_printf(arena, "%.*s/%.*s",
					   STR_ARG(put->folder), STR_ARG(name))
			    : name;
	put->if_exists = unique || !overwrite ? FILE_REFUSE : FILE_ADD_VERSION;
	if (name.n > FILE_NAME_MAX || !path_valid(name))
		return invalid("fileName", err);
	return path_valid(put->path) ? 0 : invalid("folder", err);
}

static int switches(struct request *rq, struct file_put *put, struct err *err)
{
	bool private, published, tags, ai_tags, custom;
	if (flag(rq, "isPrivateFile", false, &private, err) != 0 ||
	    flag(rq, "isPublished", true, &published, err) != 0 ||
	    flag(rq, "overwriteTags", true, &tags, err) != 0 ||
	    flag(rq, "overwriteAITags", true, &ai_tags, err) != 0 ||
	    flag(rq, "overwriteCustomMetadata", true, &custom, err) != 0)
		return -1;
	put->access = private ? ACCESS_PRIVATE : ACCESS_PUBLIC;
	put->draft = !published;
	put->keep_tags = !tags;
	put->keep_custom_metadata = !custom;
	return 0;
}

static int texts(struct request *rq, struct file_put *put, struct err *err)
{
	struct str url = imagekit_upload_field(rq, "webhookUrl");
	if (imagekit_tags(request_arena(rq), imagekit_upload_csv(rq, "tags"),
			  &put->tags, err) != 0 ||
	    imagekit_coordinates(imagekit_upload_field(rq, "customCoordinates"),
				 &put->custom_coordinates, err) != 0)
		return -1;
	if (url.n && !webhook_url_valid(url))
		return invalid("webhookUrl", err);
	return imagekit_description(imagekit_upload_field(rq, "description"),
				    &put->description, err);
}

static int custom_metadata(struct request *rq, struct file_put *put,
			   struct err *err)
{
	struct str text = imagekit_upload_field(rq, "customMetadata");
	if (text.n == 0)
		return 0;
	const json_t *values = json_parse_arena(request_arena(rq), text,
						JSON_REJECT_DUPLICATES);
	if (!imagekit_is_object(values))
		return invalid("customMetadata", err);
	int result = imagekit_custom_metadata(rq, values, &put->custom_metadata,
					      err);
	if (result == 0 && json_object_size(values) == 0)
		put->custom_metadata = STR_NONE;
	return result;
}

static int extensions(struct request *rq,
		      struct imagekit_upload_options *options, struct err *err)
{
	struct str text = imagekit_upload_field(rq, "extensions");
	if (text.n == 0)
		return 0;
	return imagekit_extensions(json_parse_arena(request_arena(rq), text, 0),
				   &options->extension_status, err);
}

static int bad_transformation(struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "The file could not be uploaded because the "
		       "transformation field is invalid.");
}

static bool read_post(const json_t *post, struct imagekit_post *out)
{
	static const char *const types[] = {
		[IMAGEKIT_POST_PICTURE] = "transformation",
		[IMAGEKIT_POST_THUMBNAIL] = "thumbnail",
		[IMAGEKIT_POST_GIF_VIDEO] = "gif-to-video",
		[IMAGEKIT_POST_STREAM] = "abs",
	};
	struct str type = json_text(json_object_get(post, "type"));
	const json_t *value = json_object_get(post, "value");
	size_t i = 0;
	while (i < G_N_ELEMENTS(types) && !str_eq(type, str_of(types[i])))
		i++;
	if (i == G_N_ELEMENTS(types) || (value && !json_is_string(value)))
		return false;
	out->type = (enum imagekit_post_type)i;
	out->value = json_text(value);
	bool needs_value = out->type == IMAGEKIT_POST_PICTURE ||
			   out->type == IMAGEKIT_POST_STREAM;
	return !needs_value || out->value.n > 0;
}

static bool read_posts(const json_t *posts,
		       struct imagekit_upload_options *options)
{
	const json_t *post;
	size_t i;
	if (json_array_size(posts) > IMAGEKIT_POSTS_MAX)
		return false;
	json_array_foreach (posts, i, post)
		if (!read_post(post, &options->posts[options->n_posts++]))
			return false;
	return true;
}

/* `post` asks for results to be made in advance, which changes no answer;
 * `pre` for other bytes to be stored. */
static int transformation(struct request *rq,
			  struct imagekit_upload_options *options,
			  struct err *err)
{
	struct str text = imagekit_upload_field(rq, "transformation");
	if (text.n == 0)
		return 0;
	const json_t *value = json_parse_arena(request_arena(rq), text,
					       JSON_REJECT_DUPLICATES);
	const json_t *pre = json_object_get(value, "pre");
	const json_t *posts = json_object_get(value, "post");
	if (!json_is_object(value) || (pre == NULL && posts == NULL) ||
	    (pre && json_text(pre).n == 0) || (posts && !json_is_array(posts)))
		return bad_transformation(err);
	if (!read_posts(posts, options))
		return bad_transformation(err);
	options->pre = json_text(pre);
	options->transforms = true;
	return 0;
}

int imagekit_upload_fields_read(struct request *rq, struct file_put *put,
				struct imagekit_upload_options *options,
				struct err *err)
{
	if (place(rq, put, err) != 0 || switches(rq, put, err) != 0 ||
	    texts(rq, put, err) != 0 || transformation(rq, options, err) != 0 ||
	    extensions(rq, options, err) != 0)
		return -1;
	return custom_metadata(rq, put, err);
}

static bool fits_post(const struct imagekit_post *post, struct str type)
{
	switch (post->type) {
	case IMAGEKIT_POST_GIF_VIDEO:
		return str_eq(type, STR("image/gif"));
	case IMAGEKIT_POST_STREAM:
		return str_starts(type, STR("video/"));
	case IMAGEKIT_POST_PICTURE:
	case IMAGEKIT_POST_THUMBNAIL:
		break;
	}
	return true;
}

int imagekit_transformation_check(const struct imagekit_upload_options *options,
				  struct str type, struct err *err)
{
	if (!options->transforms)
		return 0;
	if (!str_starts(type, STR("image/")) &&
	    !str_starts(type, STR("video/")))
		return err_set(err, ERR_INVALID,
			       "The file could not be uploaded because "
			       "transformations are supported only for image "
			       "and video files.");
	if (options->pre.n && !sniff_is_image(type))
		return err_set(err, ERR_UNSUPPORTED,
			       "Videos cannot be transformed: one with a "
			       "pre-transformation is not stored.");
	for (unsigned i = 0; i < options->n_posts; i++)
		if (!fits_post(&options->posts[i], type))
			return err_set(err, ERR_INVALID,
				       "The file could not be uploaded because "
				       "the detected file type & "
				       "post-transformation are incompatible.");
	return 0;
}

bool imagekit_asked_for(struct str csv, const char *name)
{
	while (csv.p)
		if (str_eq(str_trim(str_split(&csv, ',')), str_of(name)))
			return true;
	return false;
}
