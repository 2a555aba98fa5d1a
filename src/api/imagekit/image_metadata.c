/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image says of itself, read anew each time, by a renderer.
 */
#include "api/imagekit/imagekit.h"
#include "image/renderers.h"

static json_t *shape(const struct image_metadata *image, uint64_t size)
{
	json_t *object = json_object();
	json_t *exif = json_parse(image->exif, JSON_DECODE_ANY);
	json_object_set_new(object, "height", json_integer(image->height));
	json_object_set_new(object, "width", json_integer(image->width));
	json_object_set_new(object, "size", json_integer((json_int_t)size));
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

int imagekit_no_image(struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "The requested file is corrupt or invalid.");
}

/* A wait for a renderer. */
struct reading {
	struct request *rq;
	uint64_t size;
	imagekit_metadata_step *next;
	struct image_metadata image; /* format NULL: none */
	struct err err;
};

static int after_reading(struct request *rq, struct err *err)
{
	const struct reading *reading = rq->pending;
	const struct image_metadata *image = &reading->image;
	if (image->format)
		return reading->next(rq, shape(image, reading->size), err);
	*err = reading->err;
	if (err->code == ERR_INVALID || err->code == ERR_TOO_LARGE)
		imagekit_no_image(err);
	else /* a reason is not for clients */
		err_recode(err, err->code, NULL);
	return reading->next(rq, NULL, err);
}

/* The renderers' thread: leave at once. */
static void read_it(void *user, const struct image_metadata *metadata,
		    const struct err *err)
{
	struct reading *reading = user;
	if (metadata)
		reading->image = *metadata;
	else
		reading->err = *err;
	request_resume(reading->rq);
}

int imagekit_read_metadata(struct request *rq, const struct image_source *image,
			   uint64_t size, imagekit_metadata_step *next,
			   struct err *err)
{
	struct renderers *renderers = rq->services->renderers;
	struct err why;
	if (renderers == NULL) {
		err_set(err, ERR_UNSUPPORTED,
			"Metadata is not available: the server runs without "
			"renderers.");
		return next(rq, NULL, err);
	}
	struct reading *reading =
		arena_zalloc(request_arena(rq), sizeof(*reading));
	*reading = (struct reading){.rq = rq, .size = size, .next = next};
	rq->pending = reading;
	rq->resume = after_reading;
	if (renderers_metadata(renderers, image, read_it, reading, &why) < 0)
		read_it(reading, NULL, &why);
	return HANDLE_PENDING;
}
