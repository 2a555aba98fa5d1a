/* SPDX-License-Identifier: Apache-2.0 */
#include "render/bmp.h"

#define FILE_HEAD 14 /* before the other one */
#define INFO_HEAD 40
#define MASKED_HEAD 56 /* has masks of its own, alpha's too */

enum compression {
	PLAIN = 0,
	BITFIELDS = 3,
	ALPHA_BITFIELDS = 6,
};

/* A colour within a pixel. */
struct channel {
	uint32_t mask;
	unsigned shift, most; /* its lowest bit, its highest value */
};

struct bmp {
	struct str bytes;
	uint32_t width, height;
	bool is_upright; /* from top to bottom, which is rare */
	unsigned bits;   /* a pixel */
	size_t stride;   /* bytes a row */
	size_t pixels_at, palette_at;
	uint32_t colours;           /* of the palette */
	struct channel channels[4]; /* red, green, blue, alpha */
	int bands;
};

static uint32_t number(struct str bytes, size_t at, unsigned n)
{
	uint32_t value = 0;
	for (unsigned i = 0; i < n && at + i < bytes.n; i++)
		value |= (uint32_t)(uint8_t)bytes.p[at + i] << (8 * i);
	return value;
}

bool bmp_is(struct str bytes)
{
	return bytes.n > FILE_HEAD + INFO_HEAD && bytes.p[0] == 'B' &&
	       bytes.p[1] == 'M' && number(bytes, FILE_HEAD, 4) >= INFO_HEAD &&
	       number(bytes, FILE_HEAD, 4) < 256 &&
	       number(bytes, FILE_HEAD + 12, 2) == 1;
}

static struct channel channel_of(uint32_t mask)
{
	struct channel channel = {.mask = mask};
	if (mask == 0)
		return channel;
	channel.shift = (unsigned)__builtin_ctz(mask);
	channel.most = mask >> channel.shift;
	return channel;
}

static bool set_masks(struct bmp *bmp, uint32_t compression, uint32_t head)
{
	static const uint32_t plain[2][3] = {{0x7c00, 0x3e0, 0x1f},
					     {0xff0000, 0xff00, 0xff}};
	bool has_alpha = head >= MASKED_HEAD || compression == ALPHA_BITFIELDS;
	if (compression == PLAIN) {
		for (int i = 0; i < 3; i++)
			bmp->channels[i] =
				channel_of(plain[bmp->bits != 16][i]);
		return true;
	}
	if (bmp->bits != 16 && bmp->bits != 32)
		return false;
	for (unsigned i = 0; i < (has_alpha ? 4 : 3); i++)
		bmp->channels[i] = channel_of(
			number(bmp->bytes, FILE_HEAD + INFO_HEAD + 4 * i, 4));
	return true;
}

static bool is_depth(unsigned bits)
{
	return bits == 1 || bits == 4 || bits == 8 || bits == 16 ||
	       bits == 24 || bits == 32;
}

static bool is_size(uint32_t side)
{
	return side >= 1 && side <= VIPS_MAX_COORD;
}

static bool read_head(struct bmp *bmp)
{
	struct str bytes = bmp->bytes;
	uint32_t head = number(bytes, FILE_HEAD, 4);
	int32_t height = (int32_t)number(bytes, FILE_HEAD + 8, 4);
	uint32_t compression = number(bytes, FILE_HEAD + 16, 4);
	bmp->width = number(bytes, FILE_HEAD + 4, 4);
	bmp->is_upright = height < 0;
	bmp->height =
		bmp->is_upright ? 0u - (uint32_t)height : (uint32_t)height;
	bmp->bits = number(bytes, FILE_HEAD + 14, 2);
	bmp->pixels_at = number(bytes, 10, 4);
	bmp->palette_at = FILE_HEAD + head;
	bmp->colours = number(bytes, FILE_HEAD + 32, 4);
	if (!is_size(bmp->width) || !is_size(bmp->height) ||
	    !is_depth(bmp->bits) ||
	    (compression != PLAIN && compression != BITFIELDS &&
	     compression != ALPHA_BITFIELDS))
		return false;
	if (bmp->bits <= 8 &&
	    (bmp->colours == 0 || bmp->colours > 1u << bmp->bits))
		bmp->colours = 1u << bmp->bits;
	bmp->stride = ((size_t)bmp->width * bmp->bits + 31) / 32 * 4;
	if (bmp->bits > 8 && !set_masks(bmp, compression, head))
		return false;
	bmp->bands = bmp->channels[3].mask ? 4 : 3;
	return true;
}

static void put_of_palette(const struct bmp *bmp, size_t row, uint32_t x,
			   VipsPel *out)
{
	unsigned per_byte = 8 / bmp->bits;
	uint32_t byte = number(bmp->bytes, row + x / per_byte, 1);
	unsigned shift = (per_byte - 1 - x % per_byte) * bmp->bits;
	uint32_t index = byte >> shift & ((1u << bmp->bits) - 1);
	uint32_t colour = 0;
	if (index < bmp->colours)
		colour = number(bmp->bytes, bmp->palette_at + 4 * index, 4);
	out[0] = (VipsPel)(colour >> 16);
	out[1] = (VipsPel)(colour >> 8);
	out[2] = (VipsPel)colour;
}

static void put_of_masks(const struct bmp *bmp, size_t row, uint32_t x,
			 VipsPel *out)
{
	unsigned size = bmp->bits / 8;
	uint32_t pixel = number(bmp->bytes, row + (size_t)x * size, size);
	for (int i = 0; i < bmp->bands; i++) {
		const struct channel *c = &bmp->channels[i];
		uint64_t value = (pixel & c->mask) >> c->shift;
		out[i] = c->most ? (VipsPel)((value * 255 + c->most / 2) /
					     c->most)
				 : 0;
	}
}

static int generate(VipsRegion *region, void *seq, void *a, void *b,
		    gboolean *stop)
{
	const struct bmp *bmp = a;
	const VipsRect *r = &region->valid;
	(void)seq, (void)b, (void)stop;
	for (int y = r->top; y < VIPS_RECT_BOTTOM(r); y++) {
		VipsPel *out = VIPS_REGION_ADDR(region, r->left, y);
		size_t from_start = bmp->is_upright
					    ? (size_t)y
					    : bmp->height - 1 - (size_t)y;
		size_t row = bmp->pixels_at + from_start * bmp->stride;
		for (int x = r->left; x < VIPS_RECT_RIGHT(r); x++) {
			if (bmp->bits <= 8)
				put_of_palette(bmp, row, (uint32_t)x, out);
			else
				put_of_masks(bmp, row, (uint32_t)x, out);
			out += bmp->bands;
		}
	}
	return 0;
}

int bmp_open(struct str bytes, VipsImage **out, struct err *err)
{
	VipsImage *image = vips_image_new();
	struct bmp *bmp = VIPS_NEW(VIPS_OBJECT(image), struct bmp);
	*bmp = (struct bmp){.bytes = bytes};
	if (!read_head(bmp)) {
		g_object_unref(image);
		return err_set(err, ERR_INVALID, "no BMP that can be read");
	}
	vips_image_init_fields(image, (int)bmp->width, (int)bmp->height,
			       bmp->bands, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
			       VIPS_INTERPRETATION_sRGB, 1, 1);
	if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_THINSTRIP, NULL) !=
		    0 ||
	    vips_image_generate(image, NULL, generate, NULL, bmp, NULL) != 0) {
		g_object_unref(image);
		return err_set(err, ERR_INVALID, "no BMP that can be read");
	}
	*out = image;
	return 0;
}
