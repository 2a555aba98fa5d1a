/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/encode.h"
#include "image/geometry.h"
#include "scale/jpeg/jpeg_write.h"
#include "scale/png/png_write.h"
#include "scale/webp/webp_write.h"

#include <stdlib.h>

#define WHITE 0xffffffff

struct choice {
	unsigned quality;
	bool lossless, progressive;
};

static struct choice choice_of(const struct encoding *encoding)
{
	const struct image_op *op = encoding->op;
	return (struct choice){
		.quality = (unsigned)image_number(op, IMAGE_ENCODE_QUALITY,
						  encoding->sizes),
		.lossless = image_flag(op, IMAGE_ENCODE_LOSSLESS),
		.progressive = image_flag(op, IMAGE_ENCODE_PROGRESSIVE),
	};
}

static int encode_png(const struct finished *picture,
		      const struct choice *choice, struct bytes *out,
		      struct err *err)
{
	(void)choice;
	return png_encode(picture->rgba, out, err);
}

static int encode_webp(const struct finished *picture,
		       const struct choice *choice, struct bytes *out,
		       struct err *err)
{
	const struct webp_options options = {
		.quality = choice->quality,
		.lossless = choice->lossless,
	};
	if (picture->planes)
		return webp_write_planes(picture->planes, &options, out, err);
	return webp_write_rgba(picture->rgba, &options, out, err);
}

static int encode_jpeg(const struct finished *picture,
		       const struct choice *choice, struct bytes *out,
		       struct err *err)
{
	const struct jpeg_options options = {
		.quality = choice->quality,
		.progressive = choice->progressive,
		.background = WHITE,
	};
	if (picture->planes)
		return jpeg_write_planes(picture->planes, &options, out, err);
	return jpeg_write_rgba(picture->rgba, &options, out, err);
}

/* In the order in which they are tried: WebP changes planes. */
static const struct encoder {
	unsigned format;
	int (*encode)(const struct finished *picture,
		      const struct choice *choice, struct bytes *out,
		      struct err *err);
} encoders[] = {
	{IMAGE_FORMAT_JPG, encode_jpeg},
	{IMAGE_FORMAT_PNG, encode_png},
	{IMAGE_FORMAT_WEBP, encode_webp},
};
#define ENCODERS (sizeof(encoders) / sizeof(*encoders))

/* Of the smallest one, JPEG is always one when it can show the picture, and a
 * source's WebP only when the plan names it; PNG is for what is left. */
static bool is_wanted(const struct encoding *encoding, unsigned format)
{
	const struct image_op *op = encoding->op;
	unsigned wanted = image_word(op, IMAGE_ENCODE_FORMAT);
	if (wanted == IMAGE_FORMAT_SOURCE)
		return format == encoding->source;
	if (wanted != IMAGE_FORMAT_SMALLEST)
		return format == wanted;
	bool webp = image_flag(op, IMAGE_ENCODE_WEBP);
	if (format == IMAGE_FORMAT_WEBP)
		return webp;
	if (format == IMAGE_FORMAT_JPG)
		return !encoding->has_alpha;
	return encoding->source == IMAGE_FORMAT_PNG ||
	       (encoding->source == IMAGE_FORMAT_WEBP && !webp &&
		encoding->has_alpha);
}

bool encode_takes_planes(const struct encoding *encoding)
{
	bool lossless = image_flag(encoding->op, IMAGE_ENCODE_LOSSLESS);
	bool webp = is_wanted(encoding, IMAGE_FORMAT_WEBP);
	return !is_wanted(encoding, IMAGE_FORMAT_PNG) &&
	       !(webp && (lossless || encoding->has_alpha));
}

/* WebP has no choice. */
bool encode_takes_full_colour(const struct encoding *encoding)
{
	return is_wanted(encoding, IMAGE_FORMAT_JPG) &&
	       !is_wanted(encoding, IMAGE_FORMAT_WEBP) &&
	       choice_of(encoding).quality >= JPEG_FULL_QUALITY;
}

/* As measured at 12 megapixels, and a little more. PNG: lines, and what they
 * could become. */
static unsigned bytes_a_pixel(const struct encoding *encoding, unsigned format,
			      uint64_t pixels)
{
	bool lossless = image_flag(encoding->op, IMAGE_ENCODE_LOSSLESS);
	if (format == IMAGE_FORMAT_JPG)
		return pixels > JPEG_TABLES_PIXELS                        ? 1
		       : choice_of(encoding).quality >= JPEG_FULL_QUALITY ? 7
									  : 4;
	if (format == IMAGE_FORMAT_PNG)
		return 9;
	return lossless || encoding->has_alpha ? 28 : 3;
}

uint64_t encode_memory(const struct encoding *encoding, uint64_t pixels)
{
	unsigned most = 0;
	for (size_t i = 0; i < ENCODERS; i++) {
		unsigned format = encoders[i].format;
		unsigned bytes = bytes_a_pixel(encoding, format, pixels);
		if (is_wanted(encoding, format) && bytes > most)
			most = bytes;
	}
	return most * pixels;
}

/* One of several that cannot have such a picture does not count. */
static bool is_possible(const struct encoding *encoding, unsigned format)
{
	unsigned most = image_format_side_max(format);
	return encoding->sizes->width <= most &&
	       encoding->sizes->height <= most;
}

static void keep_smaller(struct encoded *best, struct bytes bytes,
			 unsigned format)
{
	if (best->bytes.p && best->bytes.n <= bytes.n) {
		free(bytes.p);
		return;
	}
	free(best->bytes.p);
	*best = (struct encoded){format, bytes};
}

int encode_picture(const struct finished *picture,
		   const struct encoding *encoding, struct encoded *out,
		   struct err *err)
{
	const struct choice choice = choice_of(encoding);
	*out = (struct encoded){0};
	for (size_t i = 0; i < ENCODERS; i++) {
		const struct encoder *encoder = &encoders[i];
		struct bytes bytes;
		if (!is_wanted(encoding, encoder->format) ||
		    !is_possible(encoding, encoder->format))
			continue;
		if (encoder->encode(picture, &choice, &bytes, err) < 0) {
			free(out->bytes.p);
			out->bytes.p = NULL;
			return -1;
		}
		keep_smaller(out, bytes, encoder->format);
	}
	if (out->bytes.p)
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "a picture in no format of this program");
}
