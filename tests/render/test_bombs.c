/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files that want to become much: refused by their headers, or made small
 * on the way. And files that end too early, or are not what they say.
 */
#include "helpers/child/sandbox.h"
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
		"resize(width=1415,height=1414)|shadow",
	};
	for (size_t i = 0; i < COUNT(plans); i++)
		assert_int_equal(status_of(plans[i], dot), RENDER_TOO_LARGE);
	g_autoptr(GString) svg = g_string_new(
		"<svg xmlns='http://www.w3.org/2000/svg' width='1' "
		"height='1'/>");
	assert_int_equal(status_of("resize(width=60000)", svg),
			 RENDER_TOO_LARGE);
}

/* Many large ones are too much together, though each is fine. */
static void layers_are_counted_together(void **state)
{
	(void)state;
	g_autoptr(GString) dot = saved_black(10, 10, ".png");
	g_autoptr(GString) large = saved_black(10000, 9999, ".png");
	g_autoptr(GString) plan = g_string_new("");
	const GString *inputs[RENDER_INPUTS_MAX] = {dot};
	struct render_one one;
	for (unsigned i = 1; i < RENDER_INPUTS_MAX; i++) {
		inputs[i] = large;
		g_string_append(plan, "overlay(plan={image(path=\"a\")|"
				      "resize(width=9)})|");
	}
	g_string_append(plan, "encode");
	render_one(render_case_pool, plan->str, inputs, RENDER_INPUTS_MAX,
		   &one);
	assert_int_equal(one.status, RENDER_TOO_LARGE);
}

/* Sizes that each step may have, and that memory is still too little for. */
static void what_there_is_no_memory_for_is_too_large(void **state)
{
	(void)state;
	takes_long();
	if (SANDBOX_SANITIZED) /* memory is not limited */
		skip();
	static const char *const plans[] = {
		"resize(width=16000,height=5000,fit=stretch)|"
		"encode(format=webp,lossless=true)",
		"resize(width=9900,height=9900,fit=stretch)|encode(format=gif)",
		"resize(width=3700,height=3700,fit=stretch)|encode(format=jxl)",
		"resize(width=9900,height=9900,fit=stretch)|encode(format=jxl)",
		"resize(width=3400,height=3400,fit=stretch)|"
		"encode(format=jxl,lossless=true)",
		"overlay(plan={image(path=\"a\")|"
		"resize(width=9990,height=9990,fit=stretch)|"
		"overlay(plan={image(path=\"a\")|"
		"resize(width=9990,height=9990,fit=stretch)|"
		"overlay(plan={image(path=\"a\")|"
		"resize(width=9990,height=9990,fit=stretch)|blur})})})|encode",
	};
	g_autoptr(GString) dot = saved_black(10, 10, ".png");
	const GString *inputs[] = {dot, dot, dot, dot};
	for (size_t i = 0; i < COUNT(plans); i++) {
		struct render_one one;
		render_one(render_case_pool, plans[i], inputs,
			   strstr(plans[i], "path") ? COUNT(inputs) : 1, &one);
		assert_int_equal(one.status, RENDER_TOO_LARGE);
	}
	g_autoptr(GString) png = saved_black(9900, 9900, ".png");
	assert_int_equal(status_of("encode(format=gif)", png),
			 RENDER_TOO_LARGE);
	/* of several formats one will do */
	assert_int_equal(status_of("resize(width=9000,height=9000,fit=stretch)"
				   "|encode(format=avif)",
				   dot),
			 RENDER_OK);
}

static void what_fits_is_made(void **state)
{
	(void)state;
	takes_long();
	g_autoptr(GString) png = saved_black(10000, 9999, ".png");
	g_autoptr(GString) jpeg = saved_black(10000, 9999, ".jpg");
	assert_int_equal(status_of("resize(width=100)", png), RENDER_OK);
	assert_int_equal(status_of("resize(width=100)|blur", jpeg), RENDER_OK);
	g_autoptr(GString) dot = saved_black(10, 10, ".png");
	assert_int_equal(
		status_of("resize(width=1414,height=1414)|shadow", dot),
		RENDER_OK);
}

/* Time that grows with a number is bounded by both. */
static void coarse_oil_has_small_pictures(void **state)
{
	(void)state;
	g_autoptr(GString) jpeg = saved_black(10000, 9999, ".jpg");
	assert_int_equal(status_of("oil(radius=100)", jpeg), RENDER_TOO_LARGE);
	g_autoptr(GString) regions = g_string_new("redact(region=");
	for (int i = 0; i < 3; i++)
		g_string_append_printf(regions, "%s0:0:8000:8000",
				       i ? ":" : "");
	g_string_append(regions, ")");
	assert_int_equal(status_of(regions->str, jpeg), RENDER_TOO_LARGE);
	assert_int_equal(status_of("polaroid", jpeg), RENDER_TOO_LARGE);
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

/* Refused where all would be shown, and not where one is asked for. */
static void many_frames_are_too_many(void **state)
{
	(void)state;
	static const struct {
		unsigned frames, edge;
		uint32_t status;
	} rows[] = {
		{65535, 1, RENDER_TOO_LARGE},  {1001, 10, RENDER_TOO_LARGE},
		{900, 2000, RENDER_TOO_LARGE}, {1000, 10, RENDER_OK},
		{50, 20, RENDER_OK},
	};
	static const char *const still[] = {
		"image(page=1)|resize(width=10)",
		"resize(width=10)|encode(format=jpg)",
		"resize(width=10)|encode(still=true)",
		"trim",
		"distort",
		"collage(width=10,height=10)",
		"overlay(plan={image(path=\"a\")})|encode(format=png)",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) gif = make_gif(rows[i].frames, rows[i].edge);
		const GString *inputs[] = {gif, gif};
		struct render_one one;
		render_case("resize(width=10)", gif, &one);
		assert_int_equal(one.status, rows[i].status);
		if (one.bytes) {
			assert_int_equal(one.picture.pages, rows[i].frames);
			g_string_free(one.bytes, TRUE);
		}
		for (size_t k = 0; k < COUNT(still); k++) {
			unsigned n = k + 1 < COUNT(still) ? 1 : 2;
			render_one(render_case_pool, still[k], inputs, n, &one);
			if (one.status != RENDER_OK || one.picture.pages != 1)
				fail_msg("%s of %u frames: status %u", still[k],
					 rows[i].frames, one.status);
			g_string_free(one.bytes, TRUE);
		}
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

/* A drawing of which each level has the one below it ten times: X in `inner` is
 * its number. */
struct bomb {
	const char *head; /* before the drawing */
	const char *kind, *inner;
};

#define LEVELS 9
#define SHEET(from, property)                                                  \
	"<style>" from "0{" property ":url(#a0)}" from "1{" property           \
	":url(#a1)}" from "2{" property ":url(#a2)}" from "3{" property        \
	":url(#a3)}" from "4{" property ":url(#a4)}" from "5{" property        \
	":url(#a5)}" from "6{" property ":url(#a6)}" from "7{" property        \
	":url(#a7)}</style>"

static uint32_t status_of_bomb(const struct bomb *bomb)
{
	bool is_sheet = g_str_has_prefix(bomb->head, "<style");
	g_autoptr(GString) svg = g_string_new(is_sheet ? "" : bomb->head);
	g_string_append(svg,
			"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='"
			"http://www.w3.org/1999/xlink' width='9' height='9'>");
	g_string_append(svg, is_sheet ? bomb->head : "");
	g_string_append(svg, "<use href='#a1'/><path id='a0' d='M0 0'/>");
	for (int level = 1; level < LEVELS; level++) {
		g_autoptr(GString) inner = g_string_new("");
		for (int k = 0; k < 10; k++)
			g_string_append(inner, bomb->inner);
		g_autofree char *below = g_strdup_printf("%d", level - 1);
		g_autofree char *above = g_strdup_printf("%d", level + 1);
		g_string_replace(inner, "X", below, 0);
		g_string_replace(inner, "Y", above, 0);
		g_string_append_printf(svg, "<%s id='a%d'>%s</%s>", bomb->kind,
				       level, inner->str, bomb->kind);
	}
	g_string_append(svg, "<use href='#a8'/><path d='M0 0' "
			     "fill='url(#a8)'/></svg>");
	return status_of("", svg);
}

/* Ten times ten times ... of one element, in the ways that there are. */
static void drawings_use_things_so_often(void **state)
{
	(void)state;
	static const struct bomb rows[] = {
		{"", "g", "<use href='#aX'/>"},
		{"", "g", "<use xlink:href='#aX' x='1'/>"},
		{"", "g", "<use href='#aX'/><use href='#aY'/>"},
		{"", "pattern", "<path d='M0 0' fill='url(#aX)'/>"},
		{"", "pattern", "<path d='M0 0' fill='url( #aX )'/>"},
		{"", "pattern", "<path d='M0 0' fill='URL(\"#aX\")'/>"},
		{"", "pattern", "<path d='M0 0' fill='u\\72l(#\\61 X)'/>"},
		{"", "mask", "<path d='M0 0' style='mask:url(#aX)'/>"},
		{"", "mask", "<path d='M0 0' style='/**/mask:url(#aX)'/>"},
		{SHEET(".c", "mask"), "mask", "<path class='b cX' d='M0 0'/>"},
		{SHEET("g > #x, path.c", "mask"), "mask",
		 "<path class='cX' d='M0 0'/>"},
		{SHEET(".q{content:'.z {';stroke:none}.c", "fill"), "pattern",
		 "<path class='cX' d='M0 0'/>"},
		{"<?xml version='1.0' encoding='windows-1252'?>", "g",
		 "<use href='#aX'/>"},
		{"<?xml version='1.0' encoding='ISO-8859-15'?>", "g",
		 "<use href='#aX'/>"},
		{"<?xml-stylesheet href='data:text/css,'?>", "g", ""},
		{"<style>@import url(data:text/css,)</style>", "g", ""},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (status_of_bomb(&rows[i]) != RENDER_TOO_LARGE)
			fail_msg("%s%s is made", rows[i].head, rows[i].inner);
	/* inherited by a hundred, and at a hundred corners */
	static const char *const kinds[] = {
		"<pattern id='aY'><g fill='url(#aX)'>Z</g></pattern>",
		"<marker id='aY'><path marker-mid='url(#aX)' "
		"d='Z'/></marker>",
	};
	for (size_t i = 0; i < COUNT(kinds); i++) {
		g_autoptr(GString) svg = g_string_new(
			"<svg xmlns='http://www.w3.org/2000/svg' width='9' "
			"height='9'><path id='a0' d='M0 0'/>");
		g_autoptr(GString) many = g_string_new("");
		for (int k = 0; k < 100; k++)
			g_string_append(many,
					i ? "L9 9" : "<path d='M0 0H9'/>");
		for (int level = 1; level < 5; level++) {
			g_autofree char *here = g_strdup_printf("%d", level);
			g_autofree char *below =
				g_strdup_printf("%d", level - 1);
			g_autoptr(GString) one = g_string_new(kinds[i]);
			g_string_replace(one, "Y", here, 0);
			g_string_replace(one, "X", below, 0);
			g_string_replace(one, "Z", many->str, 0);
			g_string_append(svg, one->str);
		}
		g_string_append(svg, "</svg>");
		assert_int_equal(status_of("", svg), RENDER_TOO_LARGE);
	}
}

/* Each takes longer than a render may for a megapixel. */
static void filters_cannot_be_endless(void **state)
{
	(void)state;
	static const struct {
		const char *primitive;
		unsigned times;
		uint32_t status;
	} rows[] = {
		{"<feTurbulence baseFrequency='.1' numOctaves='5000'/>", 1,
		 RENDER_TOO_LARGE},
		{"<feTurbulence baseFrequency='.1' numOctaves='8'/>", 20,
		 RENDER_TOO_LARGE},
		{"<feTurbulence baseFrequency='.1' numOctaves='1e99'/>", 1,
		 RENDER_TOO_LARGE},
		{"<feMorphology operator='dilate' radius='1 999'/>", 1,
		 RENDER_TOO_LARGE},
		{"<feConvolveMatrix order='40' kernelMatrix='1'/>", 1,
		 RENDER_TOO_LARGE},
		{"<feOffset dx='1'/>", 1001, RENDER_TOO_LARGE},
		/* what drawings have */
		{"<feTurbulence baseFrequency='.1' numOctaves='8'/>", 2,
		 RENDER_OK},
		{"<feMorphology operator='dilate' radius='2'/>", 5, RENDER_OK},
		{"<feGaussianBlur stdDeviation='3'/><feOffset dx='1'/>", 50,
		 RENDER_OK},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) svg = g_string_new(
			"<svg xmlns='http://www.w3.org/2000/svg' width='9' "
			"height='9'><filter id='f'>");
		for (unsigned k = 0; k < rows[i].times; k++)
			g_string_append(svg, rows[i].primitive);
		g_string_append(svg, "</filter><rect width='9' height='9' "
				     "filter='url(#f)'/></svg>");
		if (status_of("", svg) != rows[i].status)
			fail_msg("%s: not %u", rows[i].primitive,
				 rows[i].status);
	}
}

static void drawings_may_use_things(void **state)
{
	(void)state;
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
	/* nor are a thousand in a gradient that a sheet gives them */
	g_autoptr(GString) classes = g_string_new(
		"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
		"<style>@media all{.a{fill:url(#b)}}</style>"
		"<linearGradient id='b'><stop/><stop/></linearGradient>");
	for (int i = 0; i < 1000; i++)
		g_string_append(classes, "<rect class='a' width='1'/>");
	g_string_append(classes, "</svg>");
	assert_int_equal(status_of("", classes), RENDER_OK);
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
		cmocka_unit_test(layers_are_counted_together),
		cmocka_unit_test(what_there_is_no_memory_for_is_too_large),
		cmocka_unit_test(what_fits_is_made),
		cmocka_unit_test(coarse_oil_has_small_pictures),
		cmocka_unit_test(many_frames_are_too_many),
		cmocka_unit_test(drawings_cannot_be_endless),
		cmocka_unit_test(drawings_use_things_so_often),
		cmocka_unit_test(filters_cannot_be_endless),
		cmocka_unit_test(drawings_may_use_things),
		cmocka_unit_test(broken_files_break_nothing),
		cmocka_unit_test(requests_without_sense_are_refused),
	};
	int failed = cmocka_run_group_tests_name(
		"bombs", tests, render_case_start, render_case_stop);
	vips_shutdown();
	return failed;
}
