/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files that want to become much: refused by their headers, or made small
 * on the way. And files that end too early, or are not what they say.
 */
#include "render_case.h"

static uint32_t status_of(const char *plan, const GString *source)
{
	struct render_one one;
	render_case(plan, source, &one);
	if (one.bytes)
		g_string_free(one.bytes, TRUE);
	return one.status;
}

static GString *saved_black(int width, int height, const char *format)
{
	VipsImage *black = NULL;
	void *p = NULL;
	size_t n = 0;
	if (vips_black(&black, width, height, "bands", 3, NULL) != 0 ||
	    vips_image_write_to_buffer(black, format, &p, &n, NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	GString *out = g_string_new_len(p, (gssize)n);
	g_free(p);
	g_object_unref(black);
	return out;
}

static void headers_are_enough_to_refuse(void **state)
{
	(void)state;
	g_autoptr(GString) wide = saved_black(100000, 1, ".png");
	g_autoptr(GString) tall = saved_black(1, 100000, ".png");
	g_autoptr(GString) over = saved_black(10000, 10000, ".png");
	g_autoptr(GString) drawn = g_string_new(
		"<svg xmlns='http://www.w3.org/2000/svg' width='1000000' "
		"height='1000000'><rect width='9' height='9'/></svg>");
	const GString *sources[] = {wide, tall, over, drawn};
	for (size_t i = 0; i < COUNT(sources); i++)
		assert_int_equal(status_of("resize(width=10)", sources[i]),
				 RENDER_TOO_LARGE);
}

static void plans_cannot_ask_for_too_much(void **state)
{
	(void)state;
	g_autoptr(GString) dot = saved_black(10, 10, ".png");
	static const char *const plans[] = {
		"resize(width=60000,height=60000)",
		"border(width=60000)",
		"resize(width=9999,height=9999)|border(width=10)",
		"resize(width=65000,height=1,fit=stretch)|turn(angle=45)",
		"resize(width=10000,height=9000)|distort(kind=arc,degrees=90)",
	};
	for (size_t i = 0; i < COUNT(plans); i++)
		assert_int_equal(status_of(plans[i], dot), RENDER_TOO_LARGE);
	g_autoptr(GString) svg = g_string_new(
		"<svg xmlns='http://www.w3.org/2000/svg' width='1' "
		"height='1'/>");
	assert_int_equal(status_of("resize(width=60000)", svg),
			 RENDER_TOO_LARGE);
}

static void what_fits_is_made(void **state)
{
	(void)state;
	g_autoptr(GString) png = saved_black(10000, 9999, ".png");
	g_autoptr(GString) jpeg = saved_black(10000, 9999, ".jpg");
	assert_int_equal(status_of("resize(width=100)", png), RENDER_OK);
	assert_int_equal(status_of("resize(width=100)|blur", jpeg), RENDER_OK);
}

/* Frames of one pixel, as many as a GIF's reader counts. */
static GString *make_gif(unsigned frames, unsigned edge)
{
	static const char frame[] = "!\xf9\x04\0\x0a\0\0\0,\0\0\0\0\1\0\1\0\0"
				    "\2\2D\1";
	const char head[] = {'G',        'I',
			     'F',        '8',
			     '9',        'a',
			     (char)edge, (char)(edge >> 8),
			     (char)edge, (char)(edge >> 8),
			     (char)0x80, 0,
			     0,          0,
			     0,          0,
			     -1,         -1,
			     -1};
	GString *gif = g_string_new_len(head, sizeof(head));
	for (unsigned i = 0; i < frames; i++)
		g_string_append_len(gif, frame, sizeof(frame));
	return g_string_append_c(gif, ';');
}

static void many_frames_are_one(void **state)
{
	(void)state;
	static const struct {
		unsigned frames, edge, pages;
	} rows[] = {{65535, 1, 1}, {1001, 10, 1}, {900, 2000, 1}, {50, 20, 50}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) gif = make_gif(rows[i].frames, rows[i].edge);
		struct render_one one;
		render_case("resize(width=10)", gif, &one);
		assert_int_equal(one.status, RENDER_OK);
		assert_int_equal(one.picture.pages, rows[i].pages);
		g_string_free(one.bytes, TRUE);
	}
	/* each frame is as large as its picture is to be */
	g_autoptr(GString) gif = make_gif(900, 10);
	assert_int_equal(status_of("resize(width=2000,height=2000)", gif),
			 RENDER_TOO_LARGE);
}

static void drawings_cannot_be_endless(void **state)
{
	(void)state;
	g_autoptr(GString) nested =
		g_string_new("<svg xmlns='http://www.w3.org/2000/svg' "
			     "width='9' height='9'>");
	for (int i = 0; i < 100000; i++)
		g_string_append(nested, "<g>");
	for (int i = 0; i < 100000; i++)
		g_string_append(nested, "</g>");
	g_string_append(nested, "</svg>");
	g_autoptr(GString) entities =
		g_string_new("<!DOCTYPE svg [<!ENTITY a0 'xxxxxxxxxx'>");
	for (int i = 1; i < 10; i++) {
		g_string_append_printf(entities, "<!ENTITY a%d '", i);
		for (int k = 0; k < 10; k++)
			g_string_append_printf(entities, "&a%d;", i - 1);
		g_string_append(entities, "'>");
	}
	g_string_append(entities,
			"]><svg xmlns='http://www.w3.org/2000/svg' width='9' "
			"height='9'><text>&a9;</text></svg>");
	assert_int_equal(status_of("", nested), RENDER_TOO_LARGE);
	assert_int_equal(status_of("", entities), RENDER_UNREADABLE);
}

/* Ten times ten times ... of one element, in the ways that there are. */
static void drawings_use_things_so_often(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *inner;
	} rows[] = {
		{"g", "<use href='#aX'/>"},
		{"g", "<use xlink:href='#aX' x='1'/>"},
		{"pattern", "<path d='M0 0' fill='url(#aX)'/>"},
		{"mask", "<path d='M0 0' style='mask:url(#aX)'/>"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) svg = g_string_new(
			"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='"
			"http://www.w3.org/1999/xlink' width='9' height='9'>"
			"<path id='a0' d='M0 0'/>");
		for (int level = 1; level < 9; level++) {
			g_autoptr(GString) inner = g_string_new("");
			for (int k = 0; k < 10; k++)
				g_string_append(inner, rows[i].inner);
			g_autofree char *used =
				g_strdup_printf("#a%d", level - 1);
			g_string_replace(inner, "#aX", used, 0);
			g_string_append_printf(svg, "<%s id='a%d'>%s</%s>",
					       rows[i].kind, level, inner->str,
					       rows[i].kind);
		}
		g_string_append(svg, "<use href='#a8'/><path d='M0 0' "
				     "fill='url(#a8)'/></svg>");
		assert_int_equal(status_of("", svg), RENDER_TOO_LARGE);
	}
	/* in itself: the decoder's affair */
	g_autoptr(GString) circle = g_string_new(
		"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
		"<g id='a'><use href='#a'/></g></svg>");
	assert_in_range(status_of("", circle), RENDER_OK, RENDER_UNREADABLE);
	/* a thousand of the same are no bomb */
	g_autoptr(GString) many = g_string_new(
		"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
		"<g id='a'><rect width='1' height='1'/></g>");
	for (int i = 0; i < 1000; i++)
		g_string_append(many, "<use href='#a'/>");
	g_string_append(many, "</svg>");
	assert_int_equal(status_of("", many), RENDER_OK);
}

/* Each is refused or what there is of it is shown; the next one is right. */
static void broken_files_break_nothing(void **state)
{
	(void)state;
	static const char *const formats[] = {".png", ".jpg",  ".webp", ".gif",
					      ".tif", ".avif", ".heic", ".jxl"};
	VipsImage *picture = make_picture(200, 150, 1);
	for (size_t i = 0; i < COUNT(formats); i++) {
		void *p = NULL;
		size_t n = 0;
		if (vips_image_write_to_buffer(picture, formats[i], &p, &n,
					       NULL) != 0)
			continue; /* not built in */
		for (size_t k = 1; k < 12; k++) {
			g_autoptr(GString) cut =
				g_string_new_len(p, (gssize)(n * k / 12));
			g_autoptr(GString) bent =
				g_string_new_len(p, (gssize)n);
			for (size_t at = k * 7; at < n; at += n / 9 + 1)
				bent->str[at] ^= 0x55;
			uint32_t one = status_of("resize(width=50)|blur", cut);
			uint32_t two = status_of("turn(angle=90)", bent);
			assert_in_range(one, RENDER_OK, RENDER_IMPOSSIBLE);
			assert_in_range(two, RENDER_OK, RENDER_IMPOSSIBLE);
		}
		g_autoptr(GString) whole = g_string_new_len(p, (gssize)n);
		assert_int_equal(status_of("blur", whole), RENDER_OK);
		g_free(p);
	}
	g_object_unref(picture);
}

static void requests_without_sense_are_refused(void **state)
{
	(void)state;
	g_autoptr(GString) dot = saved_black(10, 10, ".png");
	static const char *const plans[] = {"blurr", "blur(", "encode|blur",
					    "overlay"};
	for (size_t i = 0; i < COUNT(plans); i++)
		assert_int_equal(status_of(plans[i], dot), RENDER_REFUSED);
	struct render_one one;
	render_one(render_case_pool, "blur", NULL, 0, &one);
	assert_int_equal(one.status, RENDER_REFUSED);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_enough_to_refuse),
		cmocka_unit_test(plans_cannot_ask_for_too_much),
		cmocka_unit_test(what_fits_is_made),
		cmocka_unit_test(many_frames_are_one),
		cmocka_unit_test(drawings_cannot_be_endless),
		cmocka_unit_test(drawings_use_things_so_often),
		cmocka_unit_test(broken_files_break_nothing),
		cmocka_unit_test(requests_without_sense_are_refused),
	};
	int failed = cmocka_run_group_tests_name(
		"bombs", tests, render_case_start, render_case_stop);
	vips_shutdown();
	return failed;
}
