/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/values.h"
#include "base/encode.h"
#include "image/operations.h"

#include <glib.h>
#include <math.h>

bool tr_number(struct str text, double *out)
{
	bool below = text.n && (text.p[0] == 'N' || text.p[0] == 'n');
	double number;
	if (below)
		text = str_skip(text, 1);
	if (!image_number_parse(text, &number) || (below && number < 0))
		return false;
	*out = below ? -number : number;
	return true;
}

bool tr_pixels(struct str text, double *out)
{
	double number;
	if (!tr_number(text, &number) || number < 0 ||
	    floor(number + 0.5) > IMAGE_SIDE_MAX)
		return false;
	*out = floor(number + 0.5);
	return true;
}

bool tr_page(struct str text, double *out)
{
	uint64_t page;
	size_t n = 0;
	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	if (n == 0 || !str_to_u64(str_sub(text, 0, n), IMAGE_SIDE_MAX, &page) ||
	    page < 2)
		return false;
	*out = (double)page;
	return true;
}

bool tr_flag(struct str text, bool *out)
{
	bool on = text.p == NULL || str_eq_nocase(text, STR("true"));
	if (!on && !str_eq_nocase(text, STR("false")))
		return false;
	*out = on;
	return true;
}

const struct tr_word *tr_word(const struct tr_word *table, struct str text)
{
	/* tables are in small letters, and most rows differ in the first */
	char first = text.n ? g_ascii_tolower(text.p[0]) : '\0';
	for (; table->text; table++)
		if (table->text[0] == first &&
		    str_eq_nocase(text, str_of(table->text)))
			return table;
	return NULL;
}

bool tr_place(struct str text, unsigned *out)
{
	static const struct tr_word places[] = {
		{"center", IMAGE_FOCUS_CENTER},
		{"top", IMAGE_FOCUS_TOP},
		{"left", IMAGE_FOCUS_LEFT},
		{"bottom", IMAGE_FOCUS_BOTTOM},
		{"right", IMAGE_FOCUS_RIGHT},
		{"top_left", IMAGE_FOCUS_TOP_LEFT},
		{"top_right", IMAGE_FOCUS_TOP_RIGHT},
		{"bottom_left", IMAGE_FOCUS_BOTTOM_LEFT},
		{"bottom_right", IMAGE_FOCUS_BOTTOM_RIGHT},
		{NULL, 0},
	};
	const struct tr_word *word = tr_word(places, text);
	if (word)
		*out = word->value;
	return word != NULL;
}

struct str tr_path(struct arena *arena, struct str text)
{
	struct buf path;
	buf_init(&path, arena, text.n);
	for (size_t i = 0; i < text.n; i++) {
		bool slash = i + 1 < text.n && text.p[i] == '@' &&
			     text.p[i + 1] == '@';
		buf_add_char(&path, slash ? '/' : text.p[i]);
		i += slash;
	}
	return str_trim_char(buf_str(&path), '/');
}

bool tr_base64(struct arena *arena, struct str text, struct str *out)
{
	/* older SDKs encode it by themselves and then with the whole query */
	struct str decoded = base64_decode(arena, percent_decode(arena, text));
	if (decoded.n == 0)
		return false;
	*out = decoded;
	return true;
}
