/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to an upload.
 */
#include "api/imagekit/upload/upload.h"
#include "ingest/sniff.h"
#include "json/verbatim.h"

/* null when there is none */
static void set_json(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value ? value : json_null());
}

/* What is in the answer only when it was asked for. */
static void set_asked(json_t *body, struct request *rq, const struct file *file,
		      const struct imagekit_upload_options *options)
{
	struct str fields = imagekit_upload_csv(rq, "responseFields");
	if (imagekit_asked_for(fields, "metadata") && options->metadata)
		json_object_set(body, "metadata", options->metadata);
	if (imagekit_asked_for(fields, "embeddedMetadata"))
		set_json(body, "embeddedMetadata",
			 json_verbatim(file->embedded_metadata));
	if (imagekit_asked_for(fields, "isPublished"))
		json_object_set_new(body, "isPublished",
				    json_boolean(!file->draft));
	if (imagekit_asked_for(fields, "customMetadata")) {
		json_t *custom = json_verbatim(file->custom_metadata);
		set_json(body, "customMetadata",
			 custom ? custom : json_object());
	}
	if (imagekit_asked_for(fields, "selectedFieldsSchema"))
		set_json(body, "selectedFieldsSchema", json_object());
	if (options->extension_status)
		json_object_set(body, "extensionStatus",
				options->extension_status);
}

json_t *imagekit_upload_shape(struct request *rq, const struct file *file,
			      const struct imagekit_upload_options *options)
{
	struct arena *arena = request_arena(rq);
	struct imagekit_place place = imagekit_place(rq);
	bool image = sniff_is_image(file->type);
	json_t *body = json_object();
	json_object_set_new(body, "fileId", json_id(&file->id));
	json_object_set_new(body, "name", json_str(file->name));
	json_object_set_new(body, "size", json_integer((json_int_t)file->size));
	json_object_set_new(body, "versionInfo", imagekit_version_info(file));
	json_object_set_new(body, "filePath",
			    json_str(arena_join(arena, STR("/"), file->path)));
	json_object_set_new(body, "url",
			    json_str(imagekit_url(&place, file, "", STR_NONE)));
	json_object_set_new(body, "fileType",
			    json_string(image ? "image" : "non-image"));
	if (image && file->width) {
		json_object_set_new(body, "height", json_integer(file->height));
		json_object_set_new(body, "width", json_integer(file->width));
	}
	if (image)
		json_object_set_new(
			body, "thumbnailUrl",
			json_str(imagekit_url(&place, file,
					      "/tr:n-ik_ml_thumbnail",
					      STR_NONE)));
	set_json(body, "tags", json_verbatim(file->tags));
	json_object_set_new(body, "AITags", json_null());
	json_object_set_new(body, "isPrivateFile",
			    json_boolean(imagekit_is_private(&place, file)));
	json_object_set_new(body, "customCoordinates",
			    json_str(file->custom_coordinates));
	if (file->description.p)
		json_object_set_new(body, "description",
				    json_str(file->description));
	set_asked(body, rq, file, options);
	return body;
}
