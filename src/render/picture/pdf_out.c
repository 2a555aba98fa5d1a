/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/pdf_out.h"
#include "image/operations.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define MM_PER_INCH 25.4
/* Points of a page's side (ISO 32000-1, annex C). */
#define SIDE_MIN 3.0
#define SIDE_MAX 14400.0
#define OBJECTS 5

/* Millimetres, upright. */
static const double papers[IMAGE_PAPER_COUNT][2] = {
	[IMAGE_PAPER_A2] = {420, 594},
	[IMAGE_PAPER_A3] = {297, 420},
	[IMAGE_PAPER_A4] = {210, 297},
	[IMAGE_PAPER_A5] = {148, 210},
	[IMAGE_PAPER_B4] = {250, 353},
	[IMAGE_PAPER_B5] = {176, 250},
	[IMAGE_PAPER_LETTER] = {215.9, 279.4},
	[IMAGE_PAPER_LEGAL] = {215.9, 355.6},
	[IMAGE_PAPER_TABLOID] = {279.4, 431.8},
};

static double points(double mm)
{
	return mm / MM_PER_INCH * PDF_POINTS_PER_INCH;
}

static bool lies(double width, double height, unsigned orientation)
{
	return orientation == IMAGE_ORIENTATION_AUTO
		       ? width > height
		       : orientation == IMAGE_ORIENTATION_LANDSCAPE;
}

struct pdf_page pdf_page_of(double width, double height, unsigned paper,
			    unsigned orientation)
{
	const double *mm = papers[paper];
	bool on_side = lies(width, height, orientation);
	struct pdf_page page = {
		.width = points(on_side ? mm[1] : mm[0]),
		.height = points(on_side ? mm[0] : mm[1]),
	};
	if (paper == IMAGE_PAPER_NONE) {
		double scale = MIN(SIDE_MAX / MAX(width, height), 1);
		page.width = page.across = MAX(width * scale, SIDE_MIN);
		page.height = page.up = MAX(height * scale, SIDE_MIN);
		return page;
	}
	double scale = MIN(page.width / width, page.height / height);
	page.across = width * scale;
	page.up = height * scale;
	page.left = (page.width - page.across) / 2;
	page.below = (page.height - page.up) / 2;
	return page;
}

/* Whatever the locale. */
static void add_number(GString *out, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];
	g_ascii_formatd(text, sizeof(text), "%.2f", value);
	g_string_append_printf(out, " %s", text);
}

/* The data of a PNG's IDAT chunks, which is what the filter of PDF takes. */
static bool add_lines(struct str png, GString *out)
{
	size_t at = 8;
	while (at + 12 <= png.n) {
		const unsigned char *p = (const unsigned char *)png.p + at;
		size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 |
			   (size_t)p[2] << 8 | p[3];
		if (n > png.n - at - 12)
			return false;
		if (memcmp(p + 4, "IDAT", 4) == 0)
			g_string_append_len(out, png.p + at + 8, (gssize)n);
		if (memcmp(p + 4, "IEND", 4) == 0)
			return true;
		at += n + 12;
	}
	return false;
}

struct writer {
	GString *out;
	size_t at[OBJECTS + 1]; /* where each object begins */
	unsigned n;
};

static void begin_object(struct writer *w)
{
	w->at[++w->n] = w->out->len;
	g_string_append_printf(w->out, "%u 0 obj\n", w->n);
}

static void add_page(struct writer *w, const struct pdf_page *page)
{
	begin_object(w);
	g_string_append(w->out, "<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
	begin_object(w);
	g_string_append(w->out,
			"<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n");
	begin_object(w);
	g_string_append(w->out, "<</Type/Page/Parent 2 0 R/MediaBox[0 0");
	add_number(w->out, page->width);
	add_number(w->out, page->height);
	g_string_append(w->out, "]/Resources<</XObject<</I 5 0 R>>>>"
				"/Contents 4 0 R>>\nendobj\n");
	begin_object(w);
	g_autoptr(GString) content = g_string_new("q");
	add_number(content, page->across);
	g_string_append(content, " 0 0");
	add_number(content, page->up);
	add_number(content, page->left);
	add_number(content, page->below);
	g_string_append(content, " cm /I Do Q");
	g_string_append_printf(w->out,
			       "<</Length %zu>>\nstream\n%s\nendstream\n"
			       "endobj\n",
			       content->len, content->str);
}

static bool add_image(struct writer *w, const struct pdf_image *image)
{
	g_autoptr(GString) lines = g_string_new(NULL);
	struct str data = image->file;
	if (image->is_png) {
		if (!add_lines(image->file, lines))
			return false;
		data = (struct str){lines->str, lines->len};
	}
	begin_object(w);
	g_string_append_printf(
		w->out,
		"<</Type/XObject/Subtype/Image/Width %u/Height %u"
		"/BitsPerComponent 8/ColorSpace/Device%s",
		image->width, image->height, image->is_cmyk ? "CMYK" : "RGB");
	if (image->is_cmyk)
		g_string_append(w->out, "/Decode[1 0 1 0 1 0 1 0]");
	if (image->is_png)
		g_string_append_printf(w->out,
				       "/DecodeParms<</Predictor 15/Colors 3"
				       "/BitsPerComponent 8/Columns %u>>",
				       image->width);
	g_string_append_printf(w->out,
			       "/Filter/%sDecode/Length %zu>>\nstream\n",
			       image->is_png ? "Flate" : "DCT", data.n);
	g_string_append_len(w->out, data.p, (gssize)data.n);
	g_string_append(w->out, "\nendstream\nendobj\n");
	return true;
}

static void add_end(struct writer *w)
{
	size_t start = w->out->len;
	g_string_append_printf(w->out, "xref\n0 %u\n0000000000 65535 f \n",
			       w->n + 1);
	for (unsigned i = 1; i <= w->n; i++)
		g_string_append_printf(w->out, "%010zu 00000 n \n", w->at[i]);
	g_string_append_printf(w->out,
			       "trailer\n<</Size %u/Root 1 0 R>>\nstartxref\n"
			       "%zu\n%%%%EOF\n",
			       w->n + 1, start);
}

int pdf_write(const struct pdf_image *image, void **p, size_t *n)
{
	double points_per_pixel = PDF_POINTS_PER_INCH / image->density;
	const struct pdf_page page =
		pdf_page_of(image->width * points_per_pixel,
			    image->height * points_per_pixel, image->paper,
			    image->orientation);
	/* the second line says that it is no text */
	struct writer w = {
		.out = g_string_new("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"),
	};
	add_page(&w, &page);
	if (!add_image(&w, image)) {
		g_string_free(w.out, TRUE);
		return -1;
	}
	add_end(&w);
	*n = w.out->len;
	*p = g_string_free(w.out, FALSE);
	return 0;
}
