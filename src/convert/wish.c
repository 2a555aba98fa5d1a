/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/wish.h"

#include <glib.h>

#define NOT_SAID STR("-")

bool convert_is_word(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!g_ascii_islower(word.p[i]) && !g_ascii_isdigit(word.p[i]))
			return false;
	return word.n > 0 && word.n <= CONVERT_WORD_MAX;
}

static struct str said(struct str word)
{
	return word.n ? word : NOT_SAID;
}

struct str convert_text(struct arena *arena, const struct convert_wish *wish)
{
	if (wish->kind == CONVERT_SCREENSHOT)
		return arena_printf(
			arena, "screenshot %.*s %u %u %u %u %u %.*s",
			STR_ARG(said(wish->format)), wish->width, wish->height,
			wish->delay_ms, wish->whole_page, wish->is_mobile,
			STR_ARG(wish->url));
	return arena_printf(
		arena, "document %.*s %.*s %.*s %.*s %.*s",
		STR_ARG(said(wish->format)), STR_ARG(said(wish->extension)),
		STR_ARG(said(wish->pageformat)),
		STR_ARG(said(wish->orientation)), STR_ARG(wish->identity));
}

static bool take_word(struct str *rest, struct str *out)
{
	if (rest->p == NULL)
		return false;
	*out = str_split(rest, ' ');
	if (str_eq(*out, NOT_SAID))
		*out = STR_NONE;
	return out->p == NULL || convert_is_word(*out);
}

static bool take_number(struct str *rest, unsigned *out)
{
	uint64_t number;
	if (!str_to_u64(str_split(rest, ' '), UINT32_MAX, &number))
		return false;
	*out = (unsigned)number;
	return true;
}

bool convert_parse(struct str text, struct convert_wish *out)
{
	struct str kind = str_split(&text, ' ');
	unsigned whole, mobile;
	*out = (struct convert_wish){.kind = CONVERT_DOCUMENT};
	if (!take_word(&text, &out->format))
		return false;
	if (str_eq(kind, STR("document"))) {
		bool fits = take_word(&text, &out->extension) &&
			    take_word(&text, &out->pageformat) &&
			    take_word(&text, &out->orientation);
		out->identity = text;
		return fits && text.n > 0;
	}
	out->kind = CONVERT_SCREENSHOT;
	bool fits = str_eq(kind, STR("screenshot")) &&
		    take_number(&text, &out->width) &&
		    take_number(&text, &out->height) &&
		    take_number(&text, &out->delay_ms) &&
		    take_number(&text, &whole) && take_number(&text, &mobile);
	out->whole_page = fits && whole;
	out->is_mobile = fits && mobile;
	out->url = text;
	return fits && text.n > 0;
}
