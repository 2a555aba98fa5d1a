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

#endif
