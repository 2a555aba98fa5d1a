/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/ascii_out.h"
#include "render/picture/scale.h"

#include <math.h>

/* Of a letter, in CSS pixels: so wide are those of most fonts of this height.
 */
#define CELL_WIDTH 6.0
#define CELL_HEIGHT 10.0
/* Letters of a page: about 7 MB at most, when each has its own colour. */
#define CELLS_MAX 250000.0

/* From nothing to dense; none that HTML has a meaning for. */
static const char letters[] = " .:-=+*#%@";
#define DENSEST (sizeof(letters) - 2)

static const char head[] =
	"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
	"<title>Picture</title><style>\n"
	"body{margin:0;background:%s}\n"
	"pre{margin:0;font:10px/10px monospace;color:%s}\n"
	"b{font-weight:normal}\n"
	"</style></head><body><pre>\n";
static const char tail[] = "</pre></body></html>\n";

static void add_color(char out[static 10], uint32_t rgba)
{
	if ((rgba & 0xff) == 0xff)
		g_snprintf(out, 10, "#%06x", rgba >> 8);
	else
		g_snprintf(out, 10, "#%08x", rgba);
}

/* Luma (ITU-R BT.601); what can be seen through is as nothing. */
static char letter_of(const VipsPel *p, int bands, bool reverse)
{
	double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
	double dense = (reverse ? luma : 255 - luma) / 255;
	if (bands == 4)
		dense *= p[3] / 255.0;
	return letters[(unsigned)(dense * DENSEST + 0.5)];
}

/* Four bits of each colour, so that neighbours are alike. */
static unsigned color_of(const VipsPel *p)
{
	return (unsigned)((p[0] + 8) / 17 << 8 | (p[1] + 8) / 17 << 4 |
			  (p[2] + 8) / 17);
}

static void write_row(GString *out, const VipsPel *p, const VipsImage *image,
		      const struct ascii_style *style)
{
	unsigned last = ~0u;
	for (int x = 0; x < image->Xsize; x++, p += image->Bands) {
		char letter = letter_of(p, image->Bands, style->reverse);
		unsigned color = color_of(p);
		if (style->colored && letter != ' ' && color != last) {
			g_string_append_printf(out, "%s<b style=color:#%03x>",
					       last == ~0u ? "" : "</b>",
					       color);
			last = color;
		}
		g_string_append_c(out, letter);
	}
	g_string_append(out, last == ~0u ? "\n" : "</b>\n");
}

static struct scale cells_of(const VipsImage *image, double percent)
{
	double columns = image->Xsize * percent / 100 / CELL_WIDTH;
	double rows = image->Ysize * percent / 100 / CELL_HEIGHT;
	double shrink =
		sqrt(MIN(CELLS_MAX / (MAX(columns, 1) * MAX(rows, 1)), 1));
	return (struct scale){
		.part = {0, 0, image->Xsize, image->Ysize},
		.width = (unsigned)MAX(columns * shrink, 1),
		.height = (unsigned)MAX(rows * shrink, 1),
	};
}

int ascii_write(VipsImage *image, const struct ascii_style *style, void **p,
		size_t *n)
{
	const struct scale cells = cells_of(image, style->percent);
	char foreground[10], background[10];
	VipsImage *small = NULL;
	struct err ignored;
	if (scale_part(image, &cells, &small, &ignored) < 0)
		return -1;
	add_color(foreground, style->foreground);
	add_color(background, style->background);
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, head, background, foreground);
	for (int y = 0; y < small->Ysize; y++)
		write_row(out, VIPS_IMAGE_ADDR(small, 0, y), small, style);
	g_string_append(out, tail);
	g_object_unref(small);
	*n = out->len;
	*p = g_string_free(out, FALSE);
	return 0;
}
