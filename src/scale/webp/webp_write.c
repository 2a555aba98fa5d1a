/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/webp/webp_write.h"
#include "scale/webp/video_range.h"

#include <stdlib.h>
#include <webp/encode.h>

/* How hard libwebp tries, 0 to 6. 2 takes less than half of the time, for 3 %
 * more bytes at 0.3 dB less: that much each reader pays every time. But a large
 * picture has to be done in some seconds. */
#define METHOD 4
#define METHOD_LARGE 2
#define LARGE (4u * 1000 * 1000) /* pixels */
#define LOSSLESS_EFFORT 4        /* 0 to 9 */
#define LOSSLESS_EFFORT_LARGE 0

static int cannot(struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "this cannot be written as a WebP");
}

static int check_sides(const struct picture *picture, struct err *err)
{
	if (picture->width <= WEBP_SIDE_MAX && picture->height <= WEBP_SIDE_MAX)
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "a WebP has at most %u pixels a side", WEBP_SIDE_MAX);
}

static bool configure(WebPConfig *config, const struct webp_options *options,
		      const struct picture *picture)
{
	uint64_t pixels = (uint64_t)picture->width * picture->height;
	if (!WebPConfigInit(config))
		return false;
	config->quality = (float)options->quality;
	config->method = pixels > LARGE ? METHOD_LARGE : METHOD;
	return !options->lossless ||
	       WebPConfigLosslessPreset(config, pixels > LARGE
							? LOSSLESS_EFFORT_LARGE
							: LOSSLESS_EFFORT);
}

/* Frees the picture's memory, but not what it was only lent. */
static int encode(WebPPicture *picture, const WebPConfig *config,
		  struct bytes *out, struct err *err)
{
	WebPMemoryWriter writer;
	WebPMemoryWriterInit(&writer);
	picture->writer = WebPMemoryWrite;
	picture->custom_ptr = &writer;
	bool done = WebPEncode(config, picture) != 0;
	WebPPictureFree(picture);
	if (!done) {
		WebPMemoryWriterClear(&writer);
		return cannot(err);
	}
	*out = (struct bytes){writer.mem, writer.size};
	return 0;
}

static bool is_opaque(const struct picture *picture)
{
	for (unsigned y = 0; y < picture->height; y++) {
		const uint8_t *rgba = picture_row(picture, y);
		uint8_t alpha = 255;
		for (size_t x = 0; x < picture->width; x++)
			alpha &= rgba[4 * x + 3];
		if (alpha != 255)
			return false;
	}
	return true;
}

int webp_write_rgba(const struct picture *picture,
		    const struct webp_options *options, struct bytes *out,
		    struct err *err)
{
	WebPConfig config;
	WebPPicture webp;
	if (check_sides(picture, err) < 0)
		return -1;
	if (!configure(&config, options, picture) || !WebPPictureInit(&webp))
		return cannot(err);
	webp.width = (int)picture->width;
	webp.height = (int)picture->height;
	webp.use_argb = options->lossless;
	int (*import)(WebPPicture *, const uint8_t *, int) =
		is_opaque(picture) ? WebPPictureImportRGBX
				   : WebPPictureImportRGBA;
	if (!import(&webp, picture->pixels, (int)picture->stride)) {
		WebPPictureFree(&webp);
		return cannot(err);
	}
	return encode(&webp, &config, out, err);
}

static void narrow(const struct planes *planes)
{
	for (unsigned i = 0; i < planes->n; i++) {
		const struct picture *plane = &planes->plane[i];
		for (unsigned y = 0; y < plane->height; y++)
			video_range(picture_row(plane, y), plane->width, i > 0);
	}
}

/* Gray as colour: one row of it for all. */
static int lend_planes(const struct planes *planes, WebPPicture *webp,
		       struct picture *no_colour, struct err *err)
{
	const struct picture *plane = planes->plane;
	*no_colour = (struct picture){
		.width = (plane[0].width + 1) / 2,
		.height = 1,
		.channels = 1,
	};
	webp->width = (int)plane[0].width;
	webp->height = (int)plane[0].height;
	webp->y = plane[0].pixels;
	webp->y_stride = (int)plane[0].stride;
	if (planes->n == 1) {
		if (picture_init(no_colour, err) < 0)
			return -1;
		picture_fill(no_colour, (const uint8_t[4]){128});
		webp->u = webp->v = no_colour->pixels;
		webp->uv_stride = 0;
		return 0;
	}
	webp->u = plane[1].pixels;
	webp->v = plane[2].pixels;
	webp->uv_stride = (int)plane[1].stride;
	return 0;
}

int webp_write_planes(const struct planes *planes,
		      const struct webp_options *options, struct bytes *out,
		      struct err *err)
{
	struct picture no_colour;
	WebPConfig config;
	WebPPicture webp;
	if (check_sides(&planes->plane[0], err) < 0)
		return -1;
	if (!configure(&config, options, &planes->plane[0]) ||
	    !WebPPictureInit(&webp))
		return cannot(err);
	narrow(planes);
	if (lend_planes(planes, &webp, &no_colour, err) < 0)
		return -1;
	int result = encode(&webp, &config, out, err);
	picture_release(&no_colour);
	return result;
}
