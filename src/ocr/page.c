/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/page.h"

#include <math.h>

#define CORNERS 4

struct corner {
	double x, y;
};

/* The corners in order of the clock, as they stand. */
static void carry(const struct box *box, const struct matrix *matrix,
		  struct corner out[CORNERS])
{
	const struct corner plain[CORNERS] = {{box->left, box->top},
					      {box->right, box->top},
					      {box->right, box->bottom},
					      {box->left, box->bottom}};
	const double *m = matrix->m;
	bool is_mirrored = m[0] * m[4] - m[1] * m[3] < 0;
	for (int i = 0; i < CORNERS; i++) {
		out[i] = plain[is_mirrored ? CORNERS - 1 - i : i];
		matrix_apply(matrix, &out[i].x, &out[i].y);
	}
}

/* Which corner is the upper left one: that of the side which goes to the right
 * most. */
static int first_corner(const struct corner corners[CORNERS])
{
	int first = 0;
	double most = -INFINITY;
	for (int i = 0; i < CORNERS; i++) {
		const struct corner *from = &corners[i];
		const struct corner *to = &corners[(i + 1) % CORNERS];
		double length = hypot(to->x - from->x, to->y - from->y);
		double right = length > 0 ? (to->x - from->x) / length : 0;
		if (right > most + 1e-9) {
			most = right;
			first = i;
		}
	}
	return first;
}

static void write_box(GString *out, const struct box *box,
		      const struct page_source *source)
{
	struct corner corners[CORNERS];
	carry(box, &source->from_found, corners);
	int first = first_corner(corners);
	g_string_append(out, "\"box\":[");
	for (int i = 0; i < CORNERS; i++) {
		const struct corner *c = &corners[(first + i) % CORNERS];
		double x = CLAMP(c->x, 0, (double)source->width);
		double y = CLAMP(c->y, 0, (double)source->height);
		g_string_append_printf(out, "%s%ld,%ld", i ? "," : "",
				       lround(x), lround(y));
	}
	g_string_append_c(out, ']');
}

static void write_text(GString *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(out, '\\');
		if ((unsigned char)*text < 0x20)
			g_string_append_printf(out, "\\u%04x", (unsigned)*text);
		else
			g_string_append_c(out, *text);
	}
}

/* Two places after the point, whatever the locale. */
static void write_confidence(GString *out, double confidence)
{
	unsigned hundredths = (unsigned)lround(confidence * 100);
	g_string_append_printf(out, "\"confidence\":%u.%02u", hundredths / 100,
			       hundredths % 100);
}

static void write_word(GString *out, const struct found_word *word,
		       const struct page_source *source)
{
	g_string_append(out, "{\"text\":\"");
	write_text(out, word->text);
	g_string_append(out, "\",");
	write_confidence(out, word->confidence);
	g_string_append_c(out, ',');
	write_box(out, &word->box, source);
	g_string_append_c(out, '}');
}

static void write_line(GString *out, const struct found_word *words, unsigned n,
		       const struct page_source *source)
{
	struct box box = words[0].box;
	double confidence = 0;
	g_string_append(out, "{\"text\":\"");
	for (unsigned i = 0; i < n; i++) {
		const struct box *b = &words[i].box;
		if (i)
			g_string_append_c(out, ' ');
		write_text(out, words[i].text);
		confidence += words[i].confidence / n;
		box.left = MIN(box.left, b->left);
		box.top = MIN(box.top, b->top);
		box.right = MAX(box.right, b->right);
		box.bottom = MAX(box.bottom, b->bottom);
	}
	g_string_append(out, "\",");
	write_confidence(out, confidence);
	g_string_append_c(out, ',');
	write_box(out, &box, source);
	g_string_append(out, ",\"words\":[");
	for (unsigned i = 0; i < n; i++) {
		if (i)
			g_string_append_c(out, ',');
		write_word(out, &words[i], source);
	}
	g_string_append(out, "]}");
}

GString *page_write(const struct found *found, const struct page_source *source)
{
	GString *out = g_string_new(NULL);
	g_string_append_printf(out,
			       "{\"width\":%u,\"height\":%u,\"sections\":[",
			       source->width, source->height);
	unsigned section = 0;
	for (unsigned i = 0; i < found->lines->len; i++) {
		const struct found_line *line =
			&g_array_index(found->lines, struct found_line, i);
		if (i == 0)
			g_string_append(out, "{\"lines\":[");
		else
			g_string_append(out, line->section == section
						     ? ","
						     : "]},{\"lines\":[");
		section = line->section;
		write_line(out,
			   &g_array_index(found->words, struct found_word,
					  line->first),
			   line->n, source);
	}
	g_string_append(out, found->lines->len ? "]}]}" : "]}");
	return out;
}
