/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/colour.h"

#define BITS_8_MAX 255.0
#define BITS_16_MAX 65535.0

static bool has_profile(VipsImage *image)
{
	return vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
}

/* What calls itself sRGB is taken at its word, in both ways of writing that a
 * profile's description has. */
static bool is_srgb(VipsImage *image)
{
	const void *p;
	size_t n;
	return vips_image_get_blob(image, VIPS_META_ICC_NAME, &p, &n) == 0 &&
	       (memmem(p, n, "sRGB", 4) || memmem(p, n, "s\0R\0G\0B", 7));
}

static bool is_wide(const VipsImage *image)
{
	return image->BandFmt != VIPS_FORMAT_UCHAR;
}

/* How many bands are colours. */
static int colours_of(VipsImage *image)
{
	int bands = vips_image_get_bands(image);
	return vips_image_hasalpha(image) ? bands - 1 : bands;
}

static int to_srgb(VipsImage *scope, VipsImage *in, VipsImage **out)
{
	VipsImage **t = picture_room(scope, 1);
	if (vips_colourspace(in, &t[0], VIPS_INTERPRETATION_sRGB, NULL) != 0)
		return -1;
	return vips_cast(t[0], out, VIPS_FORMAT_UCHAR, NULL);
}

/* By the embedded profile. One that does not fit, or is damaged, is as none. */
static int apply_profile(VipsImage *scope, VipsImage *in, VipsImage **out)
{
	bool is_cmyk = in->Type == VIPS_INTERPRETATION_CMYK;
	if (has_profile(in) || is_cmyk) {
		if (vips_icc_transform(
			    in, out, "srgb", "embedded", TRUE, "input_profile",
			    is_cmyk ? "cmyk" : "srgb", "depth", 8, NULL) == 0)
			return 0;
		vips_error_clear();
	}
	return to_srgb(scope, in, out);
}

static int alpha_to_bytes(VipsImage *scope, VipsImage *in, VipsImage **out)
{
	VipsImage **t = picture_room(scope, 2);
	double most = BITS_8_MAX;
	if (vips_extract_band(in, &t[0], in->Bands - 1, NULL) != 0)
		return -1;
	if (in->BandFmt == VIPS_FORMAT_USHORT ||
	    in->Type == VIPS_INTERPRETATION_RGB16 ||
	    in->Type == VIPS_INTERPRETATION_GREY16)
		most = BITS_16_MAX;
	if (vips_linear1(t[0], &t[1], BITS_8_MAX / most, 0.0, NULL) != 0)
		return -1;
	return vips_cast(t[1], out, VIPS_FORMAT_UCHAR, NULL);
}

/* Colours by their profile if it is to be applied; alpha by itself. */
static int convert(VipsImage *scope, VipsImage *in, VipsImage **out)
{
	VipsImage **t = picture_room(scope, 3);
	int colours = colours_of(in);
	if (vips_extract_band(in, &t[0], 0, "n", colours, NULL) != 0 ||
	    apply_profile(scope, t[0], &t[1]) != 0)
		return -1;
	if (colours == vips_image_get_bands(in)) {
		*out = g_object_ref(t[1]);
		return 0;
	}
	if (alpha_to_bytes(scope, in, &t[2]) != 0)
		return -1;
	return vips_bandjoin2(t[1], t[2], out, NULL);
}

/* Without a profile there is nothing to do. */
static bool is_plain(VipsImage *image)
{
	return !is_wide(image) && colours_of(image) == 3 &&
	       image->Type == VIPS_INTERPRETATION_sRGB;
}

int colour_to_bytes(const struct picture *picture, VipsImage **out,
		    struct err *err)
{
	VipsImage *image = picture->image;
	if (!picture->is_raw || is_plain(image)) {
		*out = g_object_ref(image);
		return 0;
	}
	SCOPED_IMAGE scope = vips_image_new();
	return convert(scope, image, out) == 0 ? 0 : picture_failed(err);
}

int colour_normalise(struct picture *picture, struct err *err)
{
	VipsImage *out = NULL;
	if (!picture->is_raw)
		return 0;
	picture->is_raw = false;
	if (is_plain(picture->image) &&
	    (!has_profile(picture->image) || is_srgb(picture->image) ||
	     picture_keeps_profile(picture)))
		return 0;
	SCOPED_IMAGE scope = vips_image_new();
	if (convert(scope, picture->image, &out) != 0)
		return picture_failed(err);
	g_object_unref(picture->image);
	picture->image = out;
	picture->is_memory = false;
	return 0;
}
