/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures that the real stowage-render (STOWAGE_RENDER) makes of others by a
 * plan, to be looked at pixel by pixel.
 */
#ifndef RENDER_RENDER_CASE_H
#define RENDER_RENDER_CASE_H

#include "pictures.h"
#include "render_one.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>

static struct pool *render_case_pool;

static inline int render_case_start(void **state)
{
	(void)state;
	const char *program = getenv("STOWAGE_RENDER");
	render_case_pool =
		program ? render_pool_new(program, RENDER_GREETING) : NULL;
	return render_case_pool ? 0 : -1;
}

static inline int render_case_stop(void **state)
{
	(void)state;
	pool_free(render_case_pool);
	return 0;
}

static inline void render_case(const char *plan, const GString *source,
			       struct render_one *one)
{
	const GString *sources[] = {source};
	render_one(render_case_pool, plan, sources, 1, one);
}

/* A format that this libvips cannot write has nothing to be tested with. */
static inline GString *saved(VipsImage *image, const char *format)
{
	void *p = NULL;
	size_t n = 0;
	if (vips_image_write_to_buffer(image, format, &p, &n, NULL) != 0) {
		vips_error_clear();
		return NULL;
	}
	GString *out = g_string_new_len(p, (gssize)n);
	g_free(p);
	return out;
}

/* Decoded, in memory, of bytes: the caller's. */
static inline VipsImage *decoded(const GString *bytes, const char *options)
{
	VipsImage *lazy = vips_image_new_from_buffer(bytes->str, bytes->len,
						     options, NULL);
	if (lazy == NULL)
		fail_msg("%s", vips_error_buffer());
	VipsImage *image = vips_image_copy_memory(lazy);
	g_object_unref(lazy);
	if (image == NULL)
		fail_msg("%s", vips_error_buffer());
	return image;
}

/* What becomes of a picture that is sent as PNG and answered as PNG. */
static inline VipsImage *rendered(const char *plan, VipsImage *source)
{
	g_autofree char *whole = g_strdup_printf("%s%sencode(format=png)", plan,
						 *plan ? "|" : "");
	g_autoptr(GString) png = save_picture(source, ".png", 0);
	struct render_one one;
	render_case(whole, png, &one);
	if (one.status != RENDER_OK)
		fail_msg("%s: status %u", plan, one.status);
	VipsImage *image = decoded(one.bytes, "");
	g_string_free(one.bytes, TRUE);
	return image;
}

static inline const VipsPel *pixel(VipsImage *image, int x, int y)
{
	return VIPS_IMAGE_ADDR(image, x, y);
}

static inline void assert_pixel(VipsImage *image, int x, int y, const int *want,
				int tolerance)
{
	const VipsPel *p = pixel(image, x, y);
	for (int i = 0; i < image->Bands; i++)
		if (abs(p[i] - want[i]) > tolerance)
			fail_msg("%d,%d band %d: %d, wanted %d", x, y, i, p[i],
				 want[i]);
}

/* Of one colour. */
static inline GString *make_flat(int width, int height, const int rgba[4])
{
	double color[4] = {rgba[0], rgba[1], rgba[2], rgba[3]};
	int bands = rgba[3] == 255 ? 3 : 4;
	VipsImage *dot = NULL, *bytes = NULL, *all = NULL, *flat = NULL;
	assert_int_equal(vips_black(&dot, 1, 1, "bands", bands, NULL), 0);
	VipsImage *colored = NULL;
	double ones[4] = {1, 1, 1, 1};
	assert_int_equal(vips_linear(dot, &colored, ones, color, bands, NULL),
			 0);
	assert_int_equal(vips_cast(colored, &bytes, VIPS_FORMAT_UCHAR, NULL),
			 0);
	assert_int_equal(vips_embed(bytes, &all, 0, 0, width, height, "extend",
				    VIPS_EXTEND_COPY, NULL),
			 0);
	assert_int_equal(vips_copy(all, &flat, "interpretation",
				   VIPS_INTERPRETATION_sRGB, NULL),
			 0);
	GString *png = save_picture(flat, ".png", 0);
	g_object_unref(dot);
	g_object_unref(colored);
	g_object_unref(bytes);
	g_object_unref(all);
	g_object_unref(flat);
	return png;
}

/* The source, then what the plan names; ends with NULL. */
static inline uint32_t status_of_all(const char *plan, GString *const *inputs)
{
	struct render_one one;
	unsigned n = 0;
	while (inputs[n])
		n++;
	render_one(render_case_pool, plan, (const GString *const *)inputs, n,
		   &one);
	if (one.bytes)
		g_string_free(one.bytes, TRUE);
	return one.status;
}

static inline VipsImage *rendered_of(const char *plan, GString *const *inputs)
{
	struct render_one one;
	unsigned n = 0;
	while (inputs[n])
		n++;
	render_one(render_case_pool, plan, (const GString *const *)inputs, n,
		   &one);
	if (one.status != RENDER_OK)
		fail_msg("%s: status %u", plan, one.status);
	VipsImage *image =
		decoded(one.bytes, one.picture.pages > 1 ? "n=-1" : "");
	g_string_free(one.bytes, TRUE);
	return image;
}

/* Two pages, a word in a font that it does not have, and a red square. */
static inline GString *make_pdf(void)
{
	return g_string_new(
		"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
		"2 0 obj<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>endobj\n"
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]"
		"/Contents 4 0 R/Resources<</Font<</F1<</Type/Font"
		"/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
		"4 0 obj<</Length 51>>stream\n"
		"BT /F1 90 Tf 20 20 Td (Base) Tj ET                 \n"
		"endstream endobj\n"
		"5 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]"
		"/Contents 6 0 R>>endobj\n"
		"6 0 obj<</Length 30>>stream\n"
		"1 0 0 rg 0 0 100 100 re f     \nendstream endobj\n"
		"trailer<</Root 1 0 R>>\n");
}

#endif
