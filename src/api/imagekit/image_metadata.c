/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image says of itself, read anew each time, by a renderer.
 */
#include "api/imagekit/imagekit.h"
#include "image/renderers.h"

#define INVALID_FILE "The requested file is corrupt or invalid."

static json_t *shape(const struct image_metadata *image,
		     const struct file *file)
{
	json_t *object = json_object();
	json_t *exif = imagekit_stored_json(image->exif);
	json_object_set_new(object, "height", json_integer(image->height));
	json_object_set_new(object, "width", json_integer(image->width));
	json_object_set_new(object, "size",
			    json_integer((json_int_t)file->size));
	json_object_set_new(object, "format", json_string(image->format));
	json_object_set_new(object, "hasColorProfile",
			    json_boolean(image->has_color_profile));
	json_object_set_new(object, "quality", json_integer(image->quality));
	json_object_set_new(object, "density", json_integer(image->density));
	json_object_set_new(object, "hasTransparency",
			    json_boolean(image->has_transparency));
	json_object_set_new(object, "pHash", json_string(image->phash));
	json_object_set_new(object, "exif", exif ? exif : json_object());
	return object;
}

int imagekit_read_metadata(struct request *rq, int fd, struct str bytes,
			   const struct file *file, json_t **out,
			   struct err *err)
{
	struct image_metadata image;
	*out = NULL;
	if (rq->services->renderers == NULL)
		return err_set(err, ERR_UNSUPPORTED,
			       "Metadata is not available: the server runs "
			       "without renderers.");
	if (renderers_metadata(rq->services->renderers, fd, bytes,
			       request_arena(rq), &image, err) < 0)
		return err->code == ERR_INVALID || err->code == ERR_TOO_LARGE
			       ? err_set(err, ERR_INVALID, INVALID_FILE)
			       : -1;
	*out = shape(&image, file);
	return 0;
}
