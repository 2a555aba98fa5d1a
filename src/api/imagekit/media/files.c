/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file: details, update, delete.
 */
#include "api/imagekit/media/media.h"
#include "library/background/webhook.h"
#include "library/files/edit.h"

int imagekit_no_file(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "The requested file does not exist.");
}

int imagekit_file_details(struct request *rq, struct err *err)
{
	struct id id;
	struct file file;
	if (imagekit_id_param(request_param(rq, 0), "fileId", &id, err) != 0)
		return -1;
	int found = file_by_id(request_view(rq), &id, &file, err);
	if (found < 0)
		return -1;
	if (!found)
		return imagekit_no_file(err);
	imagekit_reply(rq, 200, imagekit_file_shape(rq, &file));
	return 0;
}

int imagekit_file_delete(struct request *rq, struct err *err)
{
	struct id id;
	if (imagekit_id_param(request_param(rq, 0), "fileId", &id, err) != 0)
		return -1;
	int found = file_delete(request_view(rq), &id, err);
	if (found < 0)
		return -1;
	if (!found)
		return imagekit_no_file(err);
	http_reply_empty(rq->x, 204);
	return 0;
}

/* An update as it is read from the body. */
struct update {
	struct request *rq;
	const json_t *body;
	struct file_edit edit;
	json_t *extension_status; /* NULL: none asked for */
};

static int wrong_type(const char *name, const char *wanted, struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid value for %s parameter. "
		       "It should be %s.",
		       name, wanted);
}

static int take_tags(struct update *u, const json_t *value, struct err *err)
{
	u->edit.columns |= EDIT_TAGS;
	return imagekit_tag_list(request_arena(u->rq), value, &u->edit.tags,
				 err);
}

static int take_coordinates(struct update *u, const json_t *value,
			    struct err *err)
{
	u->edit.columns |= EDIT_CUSTOM_COORDINATES;
	if (json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return wrong_type("customCoordinates", "a string or null", err);
	return imagekit_coordinates(json_text(value),
				    &u->edit.custom_coordinates, err);
}

static int take_description(struct update *u, const json_t *value,
			    struct err *err)
{
	u->edit.columns |= EDIT_DESCRIPTION;
	if (!json_is_string(value) && !json_is_null(value))
		return wrong_type("description", "a string or null", err);
	return imagekit_description(json_text(value), &u->edit.description,
				    err);
}

static int take_custom_metadata(struct update *u, const json_t *value,
				struct err *err)
{
	if (!json_is_object(value))
		return wrong_type("customMetadata", "an object", err);
	u->edit.columns |= EDIT_CUSTOM_METADATA;
	return imagekit_custom_metadata_patch(u->rq, value,
					      &u->edit.custom_metadata, err);
}

static int take_extensions(struct update *u, const json_t *value,
			   struct err *err)
{
	return imagekit_extensions(value, &u->extension_status, err);
}

/* There are none, whichever are named. */
static int take_ai_tags(struct update *u, const json_t *value, struct err *err)
{
	(void)u;
	if (!json_is_array(value) && !str_eq(json_text(value), STR("all")))
		return wrong_type("removeAITags", "an array or \"all\"", err);
	return 0;
}

static int take_webhook_url(struct update *u, const json_t *value,
			    struct err *err)
{
	(void)u;
	if (!webhook_url_valid(json_text(value)))
		return wrong_type("webhookUrl", "a URL", err);
	return 0;
}

static int take_publish(struct update *u, const json_t *value, struct err *err)
{
	const json_t *is = json_object_get(value, "isPublished");
	const json_t *all = json_object_get(value, "includeFileVersions");
	if (json_object_size(u->body) != 1)
		return err_set(err, ERR_INVALID,
			       "The publish parameter cannot be combined with "
			       "other parameters.");
	if (!json_is_boolean(is) || (all && !json_is_boolean(all)))
		return wrong_type("publish", "an object with isPublished", err);
	u->edit.columns |= EDIT_DRAFT;
	u->edit.draft = !json_is_true(is);
	u->edit.all_versions = json_is_true(all);
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct update *u, const json_t *value, struct err *err);
} members[] = {
	{"removeAITags", take_ai_tags},
	{"tags", take_tags},
	{"customCoordinates", take_coordinates},
	{"customMetadata", take_custom_metadata},
	{"description", take_description},
	{"extensions", take_extensions},
	{"webhookUrl", take_webhook_url},
	{"publish", take_publish},
};

static int take_members(struct update *u, struct err *err)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const json_t *value = json_object_get(u->body, members[i].name);
		if (value == NULL)
			continue;
		int result = members[i].take(u, value, err);
		if (result != 0)
			return result;
	}
	return 0;
}

static int run_update(struct update *u, const struct id *id, struct err *err)
{
	struct request *rq = u->rq;
	const struct view *view = request_view(rq);
	struct file file;
	int found = u->edit.columns ? file_edit(view, id, &u->edit, &file, err)
				    : file_by_id(view, id, &file, err);
	if (found < 0)
		return -1;
	if (!found)
		return imagekit_no_file(err);
	json_t *shape = imagekit_file_shape(rq, &file);
	if (u->extension_status)
		json_object_set(shape, "extensionStatus", u->extension_status);
	imagekit_reply(rq, 200, shape);
	return 0;
}

int imagekit_file_update(struct request *rq, struct err *err)
{
	struct id id;
	json_t *body;
	if (imagekit_id_param(request_param(rq, 0), "fileId", &id, err) != 0 ||
	    imagekit_body(rq, &body, err) != 0)
		return -1;
	struct update u = {
		.rq = rq,
		.body = body,
		.edit.max_storage_bytes = rq->account->limits.max_storage_bytes,
	};
	int result = take_members(&u, err);
	if (result == 0)
		result = run_update(&u, &id, err);
	json_decref(u.extension_status);
	return result;
}
