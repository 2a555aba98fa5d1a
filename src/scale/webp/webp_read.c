/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/webp/webp_read.h"
#include "scale/profile.h"
#include "scale/webp/video_range.h"

#include <glib.h>
#include <webp/decode.h>

#define HEAD_BYTES 12 /* RIFF, its length, WEBP */
#define FRAME_BYTES 8 /* of a chunk: type and length */

/* What decoding takes at most, with what comes out; the pools' memory less what
 * the rest of a job needs. */
#define MEMORY_MAX (160u << 20)

bool webp_is(struct str bytes)
{
	return bytes.n >= HEAD_BYTES && str_starts(bytes, STR("RIFF")) &&
	       str_eq(str_sub(bytes, 8, 12), STR("WEBP"));
}

static int not_here(struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED,
		       "a WebP that is damaged, animated or too large");
}

static size_t length_of(const char *chunk)
{
	const uint8_t *b = (const uint8_t *)chunk + 4;
	return b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 |
	       (size_t)b[3] << 24;
}

/* The data of the first chunk of a type, absent without one. */
static struct str find_chunk(struct str bytes, struct str type)
{
	struct str rest = str_skip(bytes, HEAD_BYTES);
	while (rest.n >= FRAME_BYTES) {
		size_t length = length_of(rest.p);
		if (length > rest.n - FRAME_BYTES)
			break;
		if (str_starts(rest, type))
			return str_sub(rest, FRAME_BYTES, FRAME_BYTES + length);
		rest = str_skip(rest, FRAME_BYTES + length);
		rest = str_skip(rest, MIN(length % 2, rest.n));
	}
	return STR_NONE;
}

size_t webp_read_memory(const struct webp_reader *webp)
{
	/* a lossless picture is kept whole, and so is the opacity of a lossy
	 * one */
	size_t bytes = webp->lossy ? webp->has_alpha ? 6 : 4 : 8;
	return bytes * webp->width * webp->height;
}

int webp_read_open(struct webp_reader *webp, struct str bytes, struct err *err)
{
	WebPBitstreamFeatures features;
	if (!webp_is(bytes) ||
	    WebPGetFeatures((const uint8_t *)bytes.p, bytes.n, &features) !=
		    VP8_STATUS_OK ||
	    features.has_animation)
		return not_here(err);
	*webp = (struct webp_reader){
		.width = (unsigned)features.width,
		.height = (unsigned)features.height,
		.has_alpha = features.has_alpha != 0,
		.lossy = features.format == 1,
		.exif = find_chunk(bytes, STR("EXIF")),
		.bytes = bytes,
	};
	if (webp_read_memory(webp) > MEMORY_MAX)
		return not_here(err);
	struct str profile = find_chunk(bytes, STR("ICCP"));
	if (profile.p && !profile_is_srgb(profile))
		return err_set(err, ERR_UNSUPPORTED,
			       "a WebP with a colour profile");
	return 0;
}

static int decode(const struct webp_reader *webp, WebPDecoderConfig *config,
		  struct err *err)
{
	config->output.is_external_memory = 1;
	if (WebPDecode((const uint8_t *)webp->bytes.p, webp->bytes.n, config) !=
	    VP8_STATUS_OK)
		return not_here(err);
	return 0;
}

int webp_read_rgba(const struct webp_reader *webp, struct picture *out,
		   struct err *err)
{
	WebPDecoderConfig config;
	*out = (struct picture){
		.width = webp->width,
		.height = webp->height,
		.channels = 4,
	};
	if (!WebPInitDecoderConfig(&config) || picture_init(out, err) < 0)
		return not_here(err);
	config.output.colorspace = MODE_RGBA;
	config.output.u.RGBA = (WebPRGBABuffer){
		.rgba = out->pixels,
		.stride = (int)out->stride,
		.size = out->stride * out->height,
	};
	if (decode(webp, &config, err) == 0)
		return 0;
	picture_release(out);
	return -1;
}

static void widen(const struct planes *planes)
{
	for (unsigned i = 0; i < planes->n; i++) {
		const struct picture *plane = &planes->plane[i];
		for (unsigned y = 0; y < plane->height; y++)
			full_range(picture_row(plane, y), plane->width, i > 0);
	}
}

static int init_planes(const struct webp_reader *webp, struct planes *out,
		       struct err *err)
{
	*out = (struct planes){.n = 3};
	for (unsigned i = 0; i < 3; i++) {
		out->plane[i] = (struct picture){
			.width = i ? (webp->width + 1) / 2 : webp->width,
			.height = i ? (webp->height + 1) / 2 : webp->height,
			.channels = 1,
		};
		if (picture_init(&out->plane[i], err) < 0) {
			planes_release(out);
			return -1;
		}
	}
	return 0;
}

int webp_read_planes(const struct webp_reader *webp, struct planes *out,
		     struct err *err)
{
	const struct picture *plane = out->plane;
	WebPDecoderConfig config;
	if (!WebPInitDecoderConfig(&config) || init_planes(webp, out, err) < 0)
		return not_here(err);
	config.output.colorspace = MODE_YUV;
	config.output.u.YUVA = (WebPYUVABuffer){
		.y = plane[0].pixels,
		.u = plane[1].pixels,
		.v = plane[2].pixels,
		.y_stride = (int)plane[0].stride,
		.u_stride = (int)plane[1].stride,
		.v_stride = (int)plane[2].stride,
		.y_size = plane[0].stride * plane[0].height,
		.u_size = plane[1].stride * plane[1].height,
		.v_size = plane[2].stride * plane[2].height,
	};
	if (decode(webp, &config, err) == 0) {
		widen(out);
		return 0;
	}
	planes_release(out);
	return -1;
}
