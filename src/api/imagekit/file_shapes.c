/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of the media library: file, version, folder.
 */
#include "api/imagekit/imagekit.h"
#include "base/date.h"
#include "ingest/sniff.h"
#include "json/verbatim.h"

#include <glib.h>
#include <inttypes.h>

#define THUMBNAIL "n-ik_ml_thumbnail"

static json_t *or_null(json_t *value)
{
	return value ? value : json_null();
}

json_t *imagekit_version_info(const struct file *file)
{
	g_autofree char *name =
		g_strdup_printf("Version %" PRId64, file->version_number);
	json_t *info = json_object();
	json_object_set_new(info, "id", json_id(&file->version_id));
	json_object_set_new(info, "name", json_string(name));
	return info;
}

static void set_date(json_t *object, const char *key, int64_t ms)
{
	char date[ISO_DATE_MAX + 1];
	iso_date_write(ms, true, date);
	json_object_set_new(object, key, json_string(date));
}

/* What makes the URL another one when the content is another. */
static struct str cache_query(const struct imagekit_place *place,
			      const struct file *file)
{
	struct arena *arena = place->arena;
	struct str updated =
		arena_printf(arena, "updatedAt=%" PRId64, file->updated_ms);
	if (!file->is_old)
		return updated;
	struct str version = imagekit_object_version(arena, &file->version_id);
	return arena_printf(arena, "ik-obj-version=%.*s&%.*s", STR_ARG(version),
			    STR_ARG(updated));
}

static void set_urls(json_t *object, const struct imagekit_place *place,
		     const struct file *file, bool image)
{
	struct str query = cache_query(place, file);
	json_object_set_new(object, "url",
			    json_str(imagekit_url(place, file, "", query)));
	if (!image)
		return;
	query = arena_join(place->arena, query, STR("&tr=" THUMBNAIL));
	json_object_set_new(object, "thumbnail",
			    json_str(imagekit_url(place, file, "", query)));
}

static void set_content(json_t *object, const struct imagekit_place *place,
			const struct file *file, bool image)
{
	json_object_set_new(object, "fileType",
			    json_string(image ? "image" : "non-image"));
	json_object_set_new(
		object, "filePath",
		json_str(arena_join(place->arena, STR("/"), file->path)));
	if (image && file->width) {
		json_object_set_new(object, "height",
				    json_integer(file->height));
		json_object_set_new(object, "width", json_integer(file->width));
	}
	json_object_set_new(object, "size",
			    json_integer((json_int_t)file->size));
	if (image)
		json_object_set_new(object, "hasAlpha",
				    json_boolean(file->alpha == ALPHA_YES));
	json_object_set_new(object, "mime", json_str(file->type));
}

/* A search for what is private (library/search) says the same. What the account
 * does with all URLs of this API its clients know. */
bool imagekit_is_private(const struct imagekit_place *place,
			 const struct file *file)
{
	return file->access != ACCESS_PUBLIC ||
	       (file->origin == ORIGIN_FILESTACK &&
		place->account->limits.filestack_security);
}

json_t *imagekit_file_object(const struct imagekit_place *place,
			     const struct file *file)
{
	bool image = sniff_is_image(file->type);
	json_t *custom = json_verbatim(file->custom_metadata);
	json_t *object = json_object();
	json_object_set_new(
		object, "type",
		json_string(file->is_old ? "file-version" : "file"));
	json_object_set_new(object, "name", json_str(file->name));
	set_date(object, "createdAt", file->created_ms);
	set_date(object, "updatedAt", file->updated_ms);
	json_object_set_new(object, "fileId", json_id(&file->id));
	json_object_set_new(object, "tags", or_null(json_verbatim(file->tags)));
	json_object_set_new(object, "AITags", json_null());
	json_object_set_new(object, "versionInfo", imagekit_version_info(file));
	json_object_set_new(object, "embeddedMetadata",
			    or_null(json_verbatim(file->embedded_metadata)));
	json_object_set_new(object, "isPublished", json_boolean(!file->draft));
	json_object_set_new(object, "customCoordinates",
			    json_str(file->custom_coordinates));
	json_object_set_new(object, "customMetadata",
			    custom ? custom : json_object());
	json_object_set_new(object, "isPrivateFile",
			    json_boolean(imagekit_is_private(place, file)));
	set_urls(object, place, file, image);
	set_content(object, place, file, image);
	if (file->description.p)
		json_object_set_new(object, "description",
				    json_str(file->description));
	return object;
}

json_t *imagekit_file_shape(struct request *rq, const struct file *file)
{
	struct imagekit_place place = imagekit_place(rq);
	return imagekit_file_object(&place, file);
}

json_t *imagekit_folder_shape(struct request *rq, const struct folder *folder)
{
	struct arena *arena = request_arena(rq);
	json_t *object = json_object();
	json_object_set_new(object, "type", json_string("folder"));
	json_object_set_new(object, "folderId", json_id(&folder->id));
	json_object_set_new(object, "name", json_str(folder->name));
	json_object_set_new(
		object, "folderPath",
		json_str(arena_join(arena, STR("/"), folder->path)));
	set_date(object, "createdAt", folder->created_ms);
	set_date(object, "updatedAt", folder->updated_ms);
	json_object_set_new(object, "customMetadata", json_object());
	return object;
}
