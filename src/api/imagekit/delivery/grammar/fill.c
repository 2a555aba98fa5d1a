/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/fill.h"
#include "image/operations.h"

/* "blurred", "blurred_auto_30", "blurred_25_N30" */
static bool read_blurred(struct str rest, struct tr_fill *out)
{
	struct str blur = str_split(&rest, '_');
	*out = (struct tr_fill){.kind = IMAGE_FILL_BLURRED};
	if (blur.n && !str_eq(blur, STR("auto")) &&
	    !(tr_number(blur, &out->blur) && out->blur >= 0 &&
	      out->blur <= 100))
		return false;
	return rest.n == 0 || tr_number(rest, &out->brightness);
}

static bool read_gradient(struct str rest, struct tr_fill *out)
{
	*out = (struct tr_fill){.kind = IMAGE_FILL_GRADIENT, .colors = 2};
	if (str_eq(rest, STR("4")))
		out->colors = 4;
	return rest.n == 0 || out->colors == 4 || str_eq(rest, STR("2"));
}

/* Takes a word and the '_' behind it off *text, or all of it. */
static bool take_word(struct str *text, struct str word)
{
	if (!str_starts(*text, word) ||
	    (text->n > word.n && text->p[word.n] != '_'))
		return false;
	*text = str_skip(*text, word.n + (text->n > word.n));
	return true;
}

bool tr_fill_read(struct str text, struct tr_fill *out)
{
	enum tr_color_form form;
	if (take_word(&text, STR("blurred")))
		return read_blurred(text, out);
	if (take_word(&text, STR("gradient_dominant")))
		return read_gradient(text, out);
	*out = (struct tr_fill){.kind = IMAGE_FILL_COLOR};
	if (str_eq(text, STR("dominant"))) {
		out->kind = IMAGE_FILL_DOMINANT;
		return true;
	}
	return tr_color(text, &out->color, &form);
}

bool tr_fill_takes_model(struct str text)
{
	return str_starts(text, STR("genfill"));
}
