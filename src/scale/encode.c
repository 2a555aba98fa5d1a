/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/encode.h"
#include "image/geometry.h"
#include "scale/png_write.h"
#include "scale/webp_write.h"

#include <stdlib.h>
#include <string.h>

struct choice {
	unsigned quality;
	bool lossless;
};

static int encode_png(const struct picture *picture,
		      const struct choice *choice, struct bytes *out,
		      struct err *err)
{
	(void)choice;
	return png_encode(picture, out, err);
}

static int encode_webp(const struct picture *picture,
		       const struct choice *choice, struct bytes *out,
		       struct err *err)
{
	const struct webp_options options = {
		.quality = choice->quality,
		.lossless = choice->lossless,
	};
	return webp_write_rgba(picture, &options, out, err);
}

/* In the order in which they are tried: the one that takes the alpha off comes
 * last. Memory is bytes a pixel. */
static const struct encoder {
	unsigned format;
	size_t memory;
	int (*encode)(const struct picture *picture,
		      const struct choice *choice, struct bytes *out,
		      struct err *err);
} encoders[] = {
	{IMAGE_FORMAT_PNG, 9, encode_png},
	{IMAGE_FORMAT_WEBP, 8, encode_webp},
};
#define ENCODERS (sizeof(encoders) / sizeof(*encoders))
#define LOSSLESS_WEBP_MEMORY 24

static bool is_wanted(const struct encoding *encoding, unsigned format)
{
	unsigned wanted = image_word(encoding->op, IMAGE_ENCODE_FORMAT);
	bool smallest = wanted == IMAGE_FORMAT_SMALLEST;
	if (smallest && format == IMAGE_FORMAT_WEBP &&
	    image_flag(encoding->op, IMAGE_ENCODE_WEBP))
		return true;
	if (smallest || wanted == IMAGE_FORMAT_SOURCE)
		return format == encoding->source;
	return format == wanted;
}

/* One of several that cannot have such a picture does not count. */
static bool is_possible(const struct picture *picture, unsigned format)
{
	unsigned most = image_format_side_max(format);
	return picture->width <= most && picture->height <= most;
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

int encode_picture(const struct picture *picture,
		   const struct encoding *encoding, struct encoded *out,
		   struct err *err)
{
	const struct image_op *op = encoding->op;
	const struct choice choice = {
		.quality = (unsigned)image_number(op, IMAGE_ENCODE_QUALITY,
						  encoding->sizes),
		.lossless = image_flag(op, IMAGE_ENCODE_LOSSLESS),
	};
	*out = (struct encoded){0};
	for (size_t i = 0; i < ENCODERS; i++) {
		const struct encoder *encoder = &encoders[i];
		struct bytes bytes;
		if (!is_wanted(encoding, encoder->format) ||
		    !is_possible(picture, encoder->format))
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

size_t encode_memory(const struct encoding *encoding)
{
	size_t most = 0;
	for (size_t i = 0; i < ENCODERS; i++) {
		const struct encoder *encoder = &encoders[i];
		size_t memory = encoder->memory;
		if (!is_wanted(encoding, encoder->format))
			continue;
		if (encoder->format == IMAGE_FORMAT_WEBP &&
		    image_flag(encoding->op, IMAGE_ENCODE_LOSSLESS))
			memory = LOSSLESS_WEBP_MEMORY;
		most = memory > most ? memory : most;
	}
	return most;
}
