/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two things that a picture says of itself: which side is up, and what its
 * colours mean.
 */
#include "unit.h"

#include "jpegs.h"
#include "scale/exif.h"
#include "scale/profile.h"

#include <vips/vips.h>

static struct str str_of_bytes(const GString *s)
{
	return (struct str){s->str, s->len};
}

static void orientation_is_found(void **state)
{
	(void)state;
	for (unsigned o = 0; o <= 9; o++) {
		for (unsigned big = 0; big < 2; big++) {
			g_autoptr(GString) exif = jpeg_exif(o, big);
			unsigned want = o >= 1 && o <= 8 ? o : 1;
			assert_int_equal(exif_orientation(str_of_bytes(exif)),
					 want);
			g_string_prepend_len(exif, "Exif\0\0", 6);
			assert_int_equal(exif_orientation(str_of_bytes(exif)),
					 want);
		}
	}
}

static void broken_exif_says_nothing(void **state)
{
	(void)state;
	g_autoptr(GString) exif = jpeg_exif(6, false);
	assert_int_equal(exif_orientation(STR_NONE), 1);
	assert_int_equal(exif_orientation(str_of_bytes(exif)), 6);
	for (size_t n = 0; n < exif->len - 8; n++) {
		/* an exact copy, so that reading past its end is seen */
		g_autofree char *cut = g_memdup2(exif->str, n);
		assert_int_equal(exif_orientation((struct str){cut, n}), 1);
	}
	for (size_t i = 4; i < 10; i++) {
		g_autofree char *other = g_memdup2(exif->str, exif->len);
		other[i] = (char)0xff;
		exif_orientation((struct str){other, exif->len});
	}
}

static GString *profile_of(const char *name)
{
	VipsBlob *blob = NULL;
	size_t n;
	assert_int_equal(vips_profile_load(name, &blob, NULL), 0);
	const char *p = vips_blob_get(blob, &n);
	GString *out = g_string_new_len(p, (gssize)n);
	vips_area_unref(VIPS_AREA(blob));
	return out;
}

static void only_srgb_may_be_left_out(void **state)
{
	(void)state;
	g_autoptr(GString) srgb = profile_of("srgb");
	g_autoptr(GString) p3 = profile_of("p3");
	g_autoptr(GString) cmyk = profile_of("cmyk");
	assert_true(profile_is_srgb(str_of_bytes(srgb)));
	assert_false(profile_is_srgb(str_of_bytes(p3)));
	assert_false(profile_is_srgb(str_of_bytes(cmyk)));
	assert_false(profile_is_srgb(STR_NONE));
	for (size_t n = 0; n < srgb->len; n += 7) {
		g_autofree char *cut = g_memdup2(srgb->str, n);
		profile_is_srgb((struct str){cut, n});
	}
}

static int start_vips(void **state)
{
	(void)state;
	return VIPS_INIT("test_profile");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orientation_is_found),
		cmocka_unit_test(broken_exif_says_nothing),
		cmocka_unit_test(only_srgb_may_be_left_out),
	};
	return cmocka_run_group_tests(tests, start_vips, NULL);
}
