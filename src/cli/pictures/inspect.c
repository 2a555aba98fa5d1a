/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage inspect`: what an image says of itself, without a server.
 */
#include "base/fd.h"
#include "cli/commands.h"
#include "cli/pictures/images.h"
#include "json/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct inspection {
	struct cli_images images;
	struct image_metadata metadata;
};

/* The renderers' thread. */
static void take(void *user, const struct image_metadata *metadata,
		 const struct err *err)
{
	struct inspection *inspection = user;
	if (metadata)
		inspection->metadata = *metadata;
	cli_images_answer(&inspection->images, err);
}

static int ask(struct inspection *inspection, const struct image_source *source,
	       struct err *err)
{
	struct cli_images *images = &inspection->images;
	int result = cli_images_open(images, err);
	if (result == 0)
		result = renderers_metadata(images->renderers, source, take,
					    inspection, err);
	if (result == 0)
		result = cli_images_wait(images, err);
	cli_images_close(images);
	return result;
}

static void print(const struct image_metadata *image)
{
	json_t *exif = json_parse(image->exif, JSON_DECODE_ANY);
	json_auto_t *object = json_object();
	json_object_set_new(object, "width", json_integer(image->width));
	json_object_set_new(object, "height", json_integer(image->height));
	json_object_set_new(object, "orientation",
			    json_integer(image->orientation));
	json_object_set_new(object, "pages", json_integer(image->pages));
	json_object_set_new(object, "format", json_string(image->format));
	json_object_set_new(object, "density", json_integer(image->density));
	json_object_set_new(object, "hasAlpha", json_boolean(image->has_alpha));
	json_object_set_new(object, "hasTransparency",
			    json_boolean(image->has_transparency));
	json_object_set_new(object, "hasColorProfile",
			    json_boolean(image->has_color_profile));
	json_object_set_new(object, "quality", json_integer(image->quality));
	json_object_set_new(object, "pHash", json_string(image->phash));
	json_object_set_new(object, "thumbhash", json_string(image->thumbhash));
	json_object_set_new(object, "exif", exif ? exif : json_object());
	json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
}

static enum cli_status inspect_file(const struct cli_call *call)
{
	struct inspection inspection = {.metadata.width = 0};
	struct arena arena;
	struct err err;
	SCOPED_FD fd = open(call->words[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_set_errno(&err, errno, "%s", call->words[0]);
		return cli_failed(&err);
	}
	arena_init(&arena);
	const struct image_source source = {.fd = fd, .arena = &arena};
	int result = ask(&inspection, &source, &err);
	if (result == 0)
		print(&inspection.metadata);
	arena_release(&arena);
	return result < 0 ? cli_failed(&err) : CLI_DONE;
}

static const struct action actions[] = {{"", "FILE", "", inspect_file, ""}};

const struct command command_inspect = {
	.name = "inspect",
	.summary = "print what an image says of itself, as JSON",
	.about = "FILE is an image. width and height are pixels as they are "
		 "stored, before the\norientation (1 to 8, EXIF's), density is "
		 "in dots an inch, quality a JPEG's, 0\nif it is not known; "
		 "thumbhash is a ThumbHash in base64, upright. The rest\nis "
		 "what ImageKit's metadata call answers.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
