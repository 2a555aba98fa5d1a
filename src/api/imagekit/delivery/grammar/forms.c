/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/forms.h"

#include <math.h>

const char *const tr_colorize_parts[] = {"co", "in", NULL};
const char *const tr_gradient_parts[] = {"ld", "from", "to", "sp", NULL};
const char *const tr_shadow_parts[] = {"bl", "st", "x", "y", NULL};

unsigned tr_numbers(struct str text, char separator, double *out, unsigned max)
{
	unsigned n = 0;
	while (text.p) {
		struct str part = str_trim(str_split(&text, separator));
		if (n == max || !tr_number(part, &out[n]))
			return 0;
		n++;
	}
	return n;
}

bool tr_aspect(struct str text, enum tr_arithmetic kind, struct tr_aspect *out)
{
	double sides[2], number;
	if (tr_numbers(text, '-', sides, 2) == 2 ||
	    tr_numbers(text, ':', sides, 2) == 2 ||
	    tr_numbers(text, '_', sides, 2) == 2) {
		out->width = tr_expression_of(sides[0]);
		out->height = tr_expression_of(sides[1]);
		return sides[0] > 0 && sides[1] > 0;
	}
	out->height = tr_expression_of(1);
	return tr_expression(text, kind, &out->width) &&
	       (!tr_constant(&out->width, &number) || number > 0);
}

/* What the vendor finds in pictures: the classes of the COCO data set. */
static const char *const objects[] = {
	"person",       "bicycle",      "car",          "motorcycle",
	"airplane",     "bus",          "train",        "truck",
	"boat",         "trafficLight", "fireHydrant",  "stopSign",
	"parkingMeter", "bench",        "bird",         "cat",
	"dog",          "horse",        "sheep",        "cow",
	"elephant",     "bear",         "zebra",        "giraffe",
	"backpack",     "umbrella",     "handbag",      "tie",
	"suitcase",     "frisbee",      "skis",         "snowboard",
	"sportsBall",   "kite",         "baseballBat",  "baseballGlove",
	"skateboard",   "surfboard",    "tennisRacket", "bottle",
	"wineGlass",    "cup",          "fork",         "knife",
	"spoon",        "bowl",         "banana",       "apple",
	"sandwich",     "orange",       "broccoli",     "carrot",
	"hotDog",       "pizza",        "donut",        "cake",
	"chair",        "couch",        "pottedPlant",  "bed",
	"diningTable",  "toilet",       "tv",           "laptop",
	"mouse",        "remote",       "keyboard",     "cellPhone",
	"microwave",    "oven",         "toaster",      "sink",
	"refrigerator", "book",         "clock",        "vase",
	"scissors",     "teddyBear",    "hairDrier",    "toothbrush",
};

static bool is_object(struct str text)
{
	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++)
		if (text.n && objects[i][0] == text.p[0] &&
		    str_eq(text, str_of(objects[i])))
			return true;
	return false;
}

bool tr_focus(struct str text, struct tr_focus *out)
{
	*out = (struct tr_focus){.focus = IMAGE_FOCUS_REGION, .zooms = true};
	if (str_eq(text, STR("custom")))
		return true;
	bool is_face = str_eq(text, STR("face"));
	out->zooms = is_face || is_object(text);
	out->focus = is_face ? IMAGE_FOCUS_FACE : IMAGE_FOCUS_ATTENTION;
	return out->zooms || str_eq(text, STR("auto")) ||
	       tr_place(text, &out->focus);
}

bool tr_trim(struct str text, bool *on, double *threshold)
{
	*threshold = 0;
	if (tr_flag(text, on))
		return true;
	*on = true;
	return tr_number(text, threshold) && *threshold >= 1 &&
	       *threshold <= 99;
}

bool tr_angle(struct str text, double *out)
{
	*out = 0;
	if (str_eq(text, STR("auto")))
		return true;
	if (!tr_number(text, out) || fabs(*out) > 360)
		return false;
	*out = fmod(*out + 360, 360);
	return true;
}

bool tr_opacity(struct str text, double *percent)
{
	if (!tr_number(text, percent) || *percent < 0 || *percent > 100)
		return false;
	/* SDKs document both 0-100 and 0-1 */
	if (*percent > 0 && *percent < 1)
		*percent *= 100;
	return true;
}

bool tr_level(struct str text, double *percent)
{
	double level;
	if (!tr_number(text, &level) || !(level > 0) || level > 9)
		return false;
	*percent = level < 1 ? level * 100 : level * 10;
	return true;
}

bool tr_border(struct str text, enum tr_arithmetic kind, struct tr_border *out)
{
	enum tr_color_form form;
	double number;
	ptrdiff_t end = str_rfind(text, '_');
	if (end < 0)
		end = str_rfind(text, '-');
	out->color = 0xff;
	if (end > 0 &&
	    tr_color(str_skip(text, (size_t)end + 1), &out->color, &form))
		text = str_sub(text, 0, (size_t)end);
	return tr_expression(text, kind, &out->width) &&
	       (!tr_constant(&out->width, &number) ||
		(number > 0 && number <= IMAGE_SIDE_MAX));
}

bool tr_radii(struct str text, struct image_list *out)
{
	*out = (struct image_list){0};
	while (text.p) {
		struct str part = str_split(&text, '_');
		if (out->n == 4)
			return false;
		double *radius = &out->items[out->n++].number;
		*radius = IMAGE_SIDE_MAX;
		if (!str_eq(part, STR("max")) && !tr_pixels(part, radius))
			return false;
	}
	return out->n == 1 || out->n == 4;
}

bool tr_padding(struct str text, enum tr_arithmetic kind,
		struct tr_padding *out)
{
	/* where each side is, of one to four numbers */
	static const unsigned char sides[4][4] = {
		{0, 0, 0, 0}, {0, 1, 0, 1}, {0, 1, 2, 1}, {0, 1, 2, 3}};
	double numbers[4] = {0};
	unsigned n = tr_numbers(text, '_', numbers, 4);
	out->is_expression = n == 0;
	if (n == 0)
		return tr_expression(text, kind, &out->all);
	for (unsigned i = 0; i < 4; i++) {
		out->sides[i] = numbers[sides[n - 1][i]];
		if (out->sides[i] < 0 || out->sides[i] > IMAGE_SIDE_MAX)
			return false;
	}
	return true;
}

bool tr_typography(struct str text, struct tr_typography *out)
{
	*out = (struct tr_typography){0};
	while (text.n) {
		struct str word = str_split(&text, '_');
		bool strike = str_eq(word, STR("strikethrough"));
		out->strike |= strike;
		for (size_t i = 0; !strike && i < word.n; i++) {
			out->bold |= word.p[i] == 'b';
			out->italic |= word.p[i] == 'i';
		}
	}
	return out->bold || out->italic || out->strike;
}

bool tr_distortion(struct str text, struct tr_distortion *out)
{
	out->is_arc = str_starts(text, STR("a-"));
	if (out->is_arc)
		return tr_number(str_skip(text, 2), &out->degrees) &&
		       fabs(out->degrees) <= 360;
	if (!str_starts(text, STR("p-")) ||
	    tr_numbers(str_skip(text, 2), '_', out->corners, 8) != 8)
		return false;
	for (unsigned i = 0; i < 8; i++)
		if (fabs(out->corners[i]) > IMAGE_SIDE_MAX)
			return false;
	return true;
}

bool tr_recolor(struct str text, uint32_t *to, struct str *rest)
{
	enum tr_color_form form;
	*rest = text;
	return tr_color(str_split(rest, '_'), to, &form);
}

bool tr_sharpness(struct str text, bool *on, double *amount)
{
	*amount = 0;
	if (tr_flag(text, on))
		return true;
	*on = true;
	return tr_number(text, amount) && *amount > 0 && *amount <= 100;
}

bool tr_mask(struct str text, struct tr_mask *out)
{
	*out = (struct tr_mask){.on = true};
	if (tr_flag(text, &out->on))
		return true;
	out->n = tr_numbers(text, '-', out->numbers, 4);
	return out->n > 0;
}

bool tr_blur(struct str text, double *sigma)
{
	*sigma = 0;
	return text.p == NULL ||
	       (tr_number(text, sigma) && *sigma >= 1 && *sigma <= 100);
}

static bool begins(struct str text, const char *name)
{
	size_t n = strlen(name);
	return text.n > n && text.p[n] == '-' && memcmp(text.p, name, n) == 0;
}

struct str tr_part(struct str text, const char *const *names, const char *name)
{
	struct str found = STR_NONE;
	for (struct str rest = text; rest.p;) {
		const char *from = rest.p;
		struct str one = str_split(&rest, '_');
		const char *const *row = names;
		while (*row && !begins(one, *row))
			row++;
		if (*row && found.p)
			break;
		if (*row && strcmp(*row, name) == 0)
			found = str_skip(one, strlen(name) + 1);
		else if (found.p)
			found.n = (size_t)(from + one.n - found.p);
	}
	return found;
}
