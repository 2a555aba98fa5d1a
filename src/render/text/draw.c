/* SPDX-License-Identifier: Apache-2.0 */
#include "render/text/draw.h"
#include "render/text/fonts.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#define PIXELS_MAX 16000000.0 /* 64 MB, twice for a moment */
/* Unless another is asked for, and for what it has not. */
#define FAMILIES "Open Sans,Noto Sans,DejaVu Sans,Sans"
#define MARGIN 0.2333     /* em, left and right of the lines */
#define ABOVE_LESS 0.0725 /* em, of what the font has above the first line */
#define PROBE_SIZE 16     /* pixels; no text that is taken is too long in it */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PangoContext, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VipsImage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cairo_t, cairo_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cairo_surface_t, cairo_surface_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cairo_font_options_t, cairo_font_options_destroy)

static int too_large(struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "the text is too large");
}

/* Valid, and no longer than it may be; control characters but line feeds are
 * blanks. */
static char *clean(struct str text)
{
	char *valid = g_utf8_make_valid(text.p ? text.p : "", (gssize)text.n);
	char *end = valid;
	for (unsigned i = 0; *end && i < TEXT_CHARACTERS_MAX; i++) {
		if (g_ascii_iscntrl(*end) && *end != '\n')
			*end = ' ';
		end = g_utf8_next_char(end);
	}
	*end = '\0';
	return valid;
}

/*
 * The layout.
 */

static PangoFontDescription *describe(const struct text_style *style)
{
	PangoFontDescription *font = pango_font_description_new();
	g_autofree char *wanted = clean(style->family);
	g_autofree char *families =
		*wanted ? g_strconcat(wanted, "," FAMILIES, NULL)
			: g_strdup(FAMILIES);
	pango_font_description_set_family(font, families);
	pango_font_description_set_weight(
		font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_style(
		font, style->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
	return font;
}

static PangoAlignment alignment(const struct text_style *style)
{
	switch (style->align) {
	case TEXT_LEFT:
		return PANGO_ALIGN_LEFT;
	case TEXT_RIGHT:
		return PANGO_ALIGN_RIGHT;
	default:
		return PANGO_ALIGN_CENTER;
	}
}

/* All lines run as the first one does, and left stays left: by itself Pango
 * decides about each paragraph, and exchanges left and right in some. */
static void fix_direction(PangoLayout *layout)
{
	const PangoLayoutLine *first =
		pango_layout_get_line_readonly(layout, 0);
	pango_context_set_base_dir(pango_layout_get_context(layout),
				   first->resolved_dir);
	pango_layout_set_auto_dir(layout, FALSE);
	pango_layout_context_changed(layout);
}

static void set_attributes(PangoLayout *layout, const struct text_style *style)
{
	PangoAttrList *list = pango_attr_list_new();
	if (style->strike)
		pango_attr_list_insert(list,
				       pango_attr_strikethrough_new(TRUE));
	if (style->line_height > 0)
		pango_attr_list_insert(
			list, pango_attr_line_height_new_absolute(
				      (int)(style->line_height * PANGO_SCALE)));
	pango_layout_set_attributes(layout, list);
	pango_attr_list_unref(list);
}

/* Places are not rounded to pixels: the same text has the same shape in any
 * size. */
static PangoLayout *make_layout(PangoFontMap *fonts, const char *text,
				const struct text_style *style)
{
	g_autoptr(PangoContext) context = pango_font_map_create_context(fonts);
	g_autoptr(cairo_font_options_t) options = cairo_font_options_create();
	g_autoptr(PangoFontDescription) font = describe(style);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	pango_cairo_context_set_font_options(context, options);
	pango_context_set_round_glyph_positions(context, FALSE);
	PangoLayout *layout = pango_layout_new(context);
	pango_font_description_set_absolute_size(font,
						 PROBE_SIZE * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(layout, text, -1);
	pango_layout_set_alignment(layout, alignment(style));
	fix_direction(layout);
	return layout;
}

/* Pango counts in 1/1024 of a pixel in an int and overflows; how many lines
 * there will be, and how long, is therefore known from a small size first. */
static bool will_fit(PangoLayout *layout, const struct text_style *style)
{
	double scale = style->size / PROBE_SIZE, lines = 0;
	g_autoptr(PangoLayoutIter) at = pango_layout_get_iter(layout);
	do {
		PangoRectangle line;
		pango_layout_iter_get_line_extents(at, NULL, &line);
		double width = (double)line.width / PANGO_SCALE * scale;
		if (style->width > 0)
			lines += fmax(1, floor(width / style->width));
		else if (width > TEXT_SIDE_MAX)
			return false;
		else
			lines++;
	} while (pango_layout_iter_next_line(at));
	return lines * style->size <= 2.0 * TEXT_SIDE_MAX &&
	       lines * style->line_height <= 2.0 * TEXT_SIDE_MAX;
}

static void enlarge(PangoLayout *layout, const struct text_style *style)
{
	g_autoptr(PangoFontDescription) font = pango_font_description_copy(
		pango_layout_get_font_description(layout));
	pango_font_description_set_absolute_size(font,
						 style->size * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	set_attributes(layout, style);
	if (style->width > 0)
		pango_layout_set_width(
			layout,
			(int)(fmax(style->width - 2 * MARGIN * style->size, 1) *
			      PANGO_SCALE));
}

/*
 * The box.
 */

struct box {
	int width, height;
	double x, y; /* of the layout in it */
};

static bool find_box(PangoLayout *layout, const struct text_style *style,
		     struct box *out)
{
	PangoRectangle lines;
	double margin = MARGIN * style->size;
	double less = style->line_height > 0 ? 0 : ABOVE_LESS * style->size;
	pango_layout_get_extents(layout, NULL, &lines);
	double width = style->width > 0
			       ? style->width
			       : (double)lines.width / PANGO_SCALE + 2 * margin;
	double height = (double)lines.height / PANGO_SCALE - less;
	const double *padding = style->padding;
	width = fmax(floor(width + padding[1] + padding[3] + 0.5), 1);
	height = fmax(floor(height + padding[0] + padding[2] + 0.5), 1);
	if (width > TEXT_SIDE_MAX || height > TEXT_SIDE_MAX ||
	    width * height > PIXELS_MAX)
		return false;
	*out = (struct box){(int)width, (int)height, padding[3] + margin,
			    padding[0] - less};
	return true;
}

static void set_color(cairo_t *cairo, uint32_t rgba)
{
	cairo_set_source_rgba(cairo, (rgba >> 24) / 255.0,
			      (rgba >> 16 & 255) / 255.0,
			      (rgba >> 8 & 255) / 255.0, (rgba & 255) / 255.0);
}

/* The layout into pixels of cairo's: alpha, red, green, blue in a word, the
 * colours multiplied by alpha. */
static int paint(PangoLayout *layout, const struct text_style *style,
		 const struct box *box, uint32_t *pixels)
{
	g_autoptr(cairo_surface_t) surface =
		cairo_image_surface_create_for_data(
			(unsigned char *)pixels, CAIRO_FORMAT_ARGB32,
			box->width, box->height, box->width * 4);
	g_autoptr(cairo_t) cairo = cairo_create(surface);
	set_color(cairo, style->color);
	cairo_move_to(cairo, box->x, box->y);
	pango_cairo_show_layout(cairo, layout);
	cairo_surface_flush(surface);
	return cairo_status(cairo) == CAIRO_STATUS_SUCCESS ? 0 : -1;
}

static unsigned char blended(unsigned above, unsigned below, double share,
			     double alpha)
{
	return (unsigned char)((above + below * share) * 255 / alpha + 0.5);
}

/* In place: onto the background, in bytes of red, green, blue, alpha, the
 * colours not multiplied. Where there is no letter it is the background to the
 * bit. */
static void finish(uint32_t *pixels, size_t n, uint32_t background)
{
	const unsigned char below[4] = {(unsigned char)(background >> 24),
					(unsigned char)(background >> 16),
					(unsigned char)(background >> 8),
					(unsigned char)background};
	for (size_t i = 0; i < n; i++) {
		uint32_t letter = pixels[i], a = letter >> 24;
		unsigned char *out = (unsigned char *)&pixels[i];
		if (a == 0) {
			memcpy(out, below, sizeof(below));
			continue;
		}
		/* what of the background shows, times its opacity */
		double share = (255 - a) / 255.0 * below[3] / 255.0;
		double alpha = a + share * 255;
		out[0] = blended(letter >> 16 & 255, below[0], share, alpha);
		out[1] = blended(letter >> 8 & 255, below[1], share, alpha);
		out[2] = blended(letter & 255, below[2], share, alpha);
		out[3] = (unsigned char)(alpha + 0.5);
	}
}

static void free_pixels(VipsImage *image, void *pixels)
{
	(void)image;
	g_free(pixels);
}

static int to_image(uint32_t *pixels, const struct box *box, VipsImage **out)
{
	size_t size = (size_t)box->width * (size_t)box->height * 4;
	g_autoptr(VipsImage) image = vips_image_new_from_memory(
		pixels, size, box->width, box->height, 4, VIPS_FORMAT_UCHAR);
	if (image == NULL) {
		g_free(pixels);
		return -1;
	}
	g_signal_connect(image, "postclose", G_CALLBACK(free_pixels), pixels);
	return vips_copy(image, out, "interpretation", VIPS_INTERPRETATION_sRGB,
			 NULL);
}

static int draw(PangoFontMap *fonts, struct str text,
		const struct text_style *style, VipsImage **out,
		struct err *err)
{
	g_autofree char *valid = clean(text);
	g_autoptr(PangoLayout) layout = make_layout(fonts, valid, style);
	struct box box;
	if (!will_fit(layout, style))
		return too_large(err);
	enlarge(layout, style);
	if (!find_box(layout, style, &box))
		return too_large(err);
	size_t n = (size_t)box.width * (size_t)box.height;
	uint32_t *pixels = g_try_new0(uint32_t, n);
	if (pixels == NULL)
		return too_large(err);
	if (paint(layout, style, &box, pixels) < 0) {
		g_free(pixels);
		return too_large(err);
	}
	finish(pixels, n, style->background);
	if (to_image(pixels, &box, out) < 0)
		return err_set(err, ERR_INTERNAL, "the text has no image");
	return 0;
}

/* A map of its own, which knows no fonts from before. */
static int draw_in_borrowed(struct str text, const struct text_style *style,
			    VipsImage **out, struct err *err)
{
	struct text_style named = *style;
	char name[FONTS_NAME_MAX];
	if (fonts_borrow(style->font, name, err) < 0)
		return -1;
	named.family = str_of(name);
	PangoFontMap *fonts = pango_cairo_font_map_new();
	int result = draw(fonts, text, &named, out, err);
	g_object_unref(fonts);
	fonts_give_back();
	return result;
}

int text_draw(struct str text, const struct text_style *style, VipsImage **out,
	      struct err *err)
{
	if (style->font >= 0)
		return draw_in_borrowed(text, style, out, err);
	return draw(pango_cairo_font_map_get_default(), text, style, out, err);
}
