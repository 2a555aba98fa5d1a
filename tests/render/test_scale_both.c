/* SPDX-License-Identifier: Apache-2.0 */
/*
 * That it does not show which of the two programs makes a picture: the same
 * plans and sources to the real stowage-scale (STOWAGE_SCALE) and the real
 * stowage-render (STOWAGE_RENDER), each in its sandbox.
 */
#include "pictures.h"
#include "render_one.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>

static struct pool *fast, *full;

static int start(void **state)
{
	(void)state;
	const char *scale = getenv("STOWAGE_SCALE");
	const char *render = getenv("STOWAGE_RENDER");
	if (scale == NULL || render == NULL ||
	    VIPS_INIT("test_scale_both") != 0)
		return -1;
	fast = render_pool_new(scale, SCALE_GREETING);
	full = render_pool_new(render, RENDER_GREETING);
	return fast && full ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	pool_free(fast);
	pool_free(full);
	return 0;
}

/* Sources, the same soft shapes in all. */
static const struct kind {
	const char *name, *format;
	unsigned orientation;
	bool alpha, gray;
} kinds[] = {
	{"jpg", ".jpg[Q=95]", 1, false, false},
	{"jpg upside down", ".jpg[Q=95]", 4, false, false},
	{"jpg to be turned", ".jpg[Q=95]", 6, false, false},
	{"jpg to be transposed", ".jpg[Q=95]", 7, false, false},
	{"jpg 4:4:4", ".jpg[Q=95,subsample_mode=off]", 1, false, false},
	{"jpg progressive", ".jpg[Q=95,interlace]", 8, false, false},
	{"gray jpg", ".jpg[Q=95]", 1, false, true},
	{"png", ".png", 1, false, false},
	{"png with alpha", ".png", 1, true, false},
	{"gray png", ".png", 1, false, true},
	{"webp", ".webp[Q=95]", 3, false, false},
	{"webp with alpha", ".webp[Q=95]", 1, true, false},
	{"lossless webp", ".webp[lossless]", 5, false, false},
};

static VipsImage *draw(const struct kind *kind)
{
	VipsImage *image = make_picture(301, 203, 11), *out = NULL;
	if (kind->gray) {
		VipsImage *gray = NULL;
		assert_int_equal(vips_colourspace(image, &gray,
						  VIPS_INTERPRETATION_B_W,
						  NULL),
				 0);
		g_object_unref(image);
		image = gray;
	}
	if (kind->alpha) {
		VipsImage *band = NULL, *joined = NULL;
		assert_int_equal(vips_extract_band(image, &band, 1, NULL), 0);
		assert_int_equal(vips_bandjoin2(image, band, &joined, NULL), 0);
		g_object_unref(band);
		g_object_unref(image);
		image = joined;
	}
	assert_int_equal(vips_copy(image, &out, NULL), 0);
	g_object_unref(image);
	if (kind->orientation > 1)
		vips_image_set_int(out, VIPS_META_ORIENTATION,
				   (int)kind->orientation);
	return out;
}

static GString *make_source(const struct kind *kind)
{
	VipsImage *image = draw(kind);
	GString *bytes = save_picture(image, kind->format, 0);
	g_object_unref(image);
	return bytes;
}

/* RGBA of doubles, multiplied with alpha: what is transparent has no colour. */
static VipsImage *look(const GString *bytes)
{
	VipsImage *read =
		vips_image_new_from_buffer(bytes->str, bytes->len, "", NULL);
	VipsImage *colours = NULL, *wide = NULL, *out = NULL;
	assert_non_null(read);
	assert_int_equal(vips_colourspace(read, &colours,
					  VIPS_INTERPRETATION_sRGB, NULL),
			 0);
	if (vips_image_hasalpha(colours))
		wide = g_object_ref(colours);
	else
		assert_int_equal(vips_addalpha(colours, &wide, NULL), 0);
	assert_int_equal(vips_premultiply(wide, &out, NULL), 0);
	g_object_unref(read);
	g_object_unref(colours);
	g_object_unref(wide);
	return out;
}

/* Peak signal to noise, dB. */
static double likeness(const GString *a, const GString *b)
{
	VipsImage *x = look(a), *y = look(b), *off = NULL, *square = NULL;
	double mean;
	assert_int_equal(x->Xsize, y->Xsize);
	assert_int_equal(x->Ysize, y->Ysize);
	assert_int_equal(vips_subtract(x, y, &off, NULL), 0);
	assert_int_equal(vips_multiply(off, off, &square, NULL), 0);
	assert_int_equal(vips_avg(square, &mean, NULL), 0);
	g_object_unref(x);
	g_object_unref(y);
	g_object_unref(off);
	g_object_unref(square);
	return mean > 0 ? 10 * log10(255 * 255 / mean) : 99;
}

static const char *const plans[] = {
	"",
	"resize(width=100)",
	"resize(height=51)",
	"resize(width=59)",
	"resize(width=32)",
	"resize(width=[iw 2 /],height=[ih 3 /])",
	"resize(width=100,height=100)",
	"resize(width=90,height=120,focus=top-left)",
	"resize(width=120,height=50,focus=bottom)",
	"resize(width=100,height=100,focus=region,region=20:30:50:40)",
	"resize(width=100,height=100,focus=region,region=20:30:50:40,zoom=2)",
	"resize(width=100,height=100,fit=inside)",
	"resize(width=100,height=100,fit=outside)",
	"resize(width=150,height=40,fit=stretch)",
	"resize(width=101,height=99,fit=pad,background=#3080c0ff)",
	"resize(width=133,height=150,fit=pad,focus=bottom-right,"
	"background=#3080c0ff)",
	"resize(width=150,height=50,fit=pad,focus=left)",
	"resize(width=97,height=61,fit=extract)",
	"resize(width=97,height=61,fit=extract,focus=top-right)",
	"resize(width=97,height=61,fit=extract,x=11,y=7)",
	"resize(width=90,height=60,fit=extract,xc=100,yc=80)",
	"resize(width=333,height=251,fit=pad-extract,background=#3080c0ff)",
	"resize(width=333,height=51,fit=pad-extract,background=#3080c0ff)",
	"resize(width=400)",
	"resize(width=400,no-enlarge=true)",
	"resize(width=40,no-shrink=true)",
	"resize(width=60,aspect=1.5)",
	"resize(width=50,height=40,scale=2)",
	"flip(horizontal=true)|resize(width=110)",
	"flip(vertical=true)",
	"turn(angle=90)",
	"turn(angle=270)|resize(width=77)",
	"resize(width=120,height=80)|turn(angle=90)",
	"resize(width=120,height=80)|turn(angle=180)|flip(vertical=true)",
	"resize(width=201,height=151,fit=extract,x=3,y=5)|resize(width=67)",
	"resize(width=150)|resize(width=75,height=75,fit=extract,focus=top)",
	"resize(width=120,height=120,fit=pad,background=#ff8000ff)|"
	"turn(angle=90)|resize(width=60)",
	"if(test=[iw ih >],then={resize(width=90)},else={resize(width=60)})",
};

static void assert_alike(const char *plan, const struct kind *kind,
			 const GString *source, double least)
{
	struct render_one a, b;
	render_one(fast, plan, &source, 1, &a);
	render_one(full, plan, &source, 1, &b);
	if (a.status != RENDER_OK || b.status != RENDER_OK)
		fail_msg("%s, %s: status %u and %u", kind->name, plan, a.status,
			 b.status);
	if (a.picture.width != b.picture.width ||
	    a.picture.height != b.picture.height ||
	    a.picture.format != b.picture.format)
		fail_msg("%s, %s: %u x %u of format %u, %u x %u of format %u",
			 kind->name, plan, a.picture.width, a.picture.height,
			 a.picture.format, b.picture.width, b.picture.height,
			 b.picture.format);
	double db = likeness(a.bytes, b.bytes);
	if (db < least)
		fail_msg("%s, %s: %.1f dB", kind->name, plan, db);
	g_string_free(a.bytes, TRUE);
	g_string_free(b.bytes, TRUE);
}

static void all_shapes_look_the_same(void **state)
{
	(void)state;
	takes_long();
	for (size_t i = 0; i < COUNT(kinds); i++) {
		g_autoptr(GString) source = make_source(&kinds[i]);
		for (size_t k = 0; k < COUNT(plans); k++) {
			g_autofree char *plan =
				g_strdup_printf("%s%sencode(format=png)",
						plans[k], *plans[k] ? "|" : "");
			assert_alike(plan, &kinds[i], source, 38);
		}
	}
}

static const char *const endings[] = {
	"encode",
	"encode(quality=95)",
	"encode(format=jpg,quality=95)",
	"encode(format=jpg,progressive=true)",
	"encode(format=webp,quality=95)",
	"encode(format=webp,lossless=true)",
	"encode(format=webp)",
	"encode(format=smallest)",
};

static void all_formats_look_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		g_autoptr(GString) source = make_source(&kinds[i]);
		for (size_t k = 0; k < COUNT(endings); k++) {
			g_autofree char *plan = g_strdup_printf(
				"resize(width=130,height=100,fit=pad,"
				"background=#e0d0c0ff)|%s",
				endings[k]);
			assert_alike(plan, &kinds[i], source, 32);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_shapes_look_the_same),
		cmocka_unit_test(all_formats_look_the_same),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
