/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/missed.h"

#include "ocr/survey.h"

#include <allheaders.h>

#define SECTIONS_MAX 500 /* would take their square */
#define MISSED_MAX 1000  /* more are no letters, but a drawing */
#define MISSED_LEAST 2

/* Of the height of most letters: what may be one, and how far from a line its
 * letters reach. */
#define HEIGHT_LEAST 0.7
#define HEIGHT_MOST 2.5
#define WIDTH_LEAST 0.1
#define WIDTH_MOST 2.5
#define MARGIN 0.15

struct section {
	struct box box;
	unsigned first, n; /* of lines */
};

static GArray *sections_of(const struct found *found)
{
	GArray *sections = g_array_new(FALSE, FALSE, sizeof(struct section));
	const struct found_line *lines =
		(const struct found_line *)(void *)found->lines->data;
	for (unsigned i = 0; i < found->lines->len; i++) {
		struct section new = {found_line_box(found, i), i, 0};
		if (i == 0 || lines[i].section != lines[i - 1].section)
			g_array_append_val(sections, new);
		struct section *last = &g_array_index(sections, struct section,
						      sections->len - 1);
		box_unite(&last->box, &new.box);
		last->n++;
	}
	return sections;
}

/* Takes what was read out of the ink. */
static void clear_lines(PIX *ink, const struct found *found, double height)
{
	int margin = (int)(height * MARGIN);
	for (unsigned i = 0; i < found->lines->len; i++) {
		struct box box = found_line_box(found, i);
		pixRasterop(ink, box.left - margin, box.top - margin,
			    box.right - box.left + 2 * margin,
			    box.bottom - box.top + 2 * margin, PIX_CLR, NULL, 0,
			    0);
	}
}

static bool is_letter(const struct box *box, double height)
{
	int high = box->bottom - box->top, wide = box->right - box->left;
	return high >= height * HEIGHT_LEAST && high <= height * HEIGHT_MOST &&
	       wide >= height * WIDTH_LEAST && wide <= height * WIDTH_MOST;
}

/* Of parts of the ink those that may be letters; NULL: no memory. */
static GArray *letters_in(PIX *ink, double height)
{
	BOXA *parts = pixConnComp(ink, NULL, 8);
	if (parts == NULL)
		return NULL;
	GArray *letters = g_array_new(FALSE, FALSE, sizeof(struct box));
	for (int i = 0; i < boxaGetCount(parts); i++) {
		l_int32 x, y, width, height_of;
		boxaGetBoxGeometry(parts, i, &x, &y, &width, &height_of);
		const struct box box = {x, y, x + width, y + height_of};
		if (is_letter(&box, height))
			g_array_append_val(letters, box);
	}
	boxaDestroy(&parts);
	return letters;
}

static GArray *find_missed(const struct found *found,
			   const struct picture *picture, double height)
{
	PIX *ink = survey_ink(picture);
	if (ink == NULL)
		return NULL;
	clear_lines(ink, found, height);
	GArray *letters = letters_in(ink, height);
	pixDestroy(&ink);
	return letters;
}

/* From the section above to that below; false: there is one beside it. */
static bool band_of(const GArray *sections, unsigned number, double height,
		    struct box *band)
{
	const struct box *own =
		&g_array_index(sections, struct section, number).box;
	int slack = (int)(height / 2);
	for (unsigned i = 0; i < sections->len; i++) {
		const struct box *other =
			&g_array_index(sections, struct section, i).box;
		if (i == number)
			continue;
		if (other->bottom <= own->top + slack)
			band->top = MAX(band->top, other->bottom);
		else if (other->top >= own->bottom - slack)
			band->bottom = MIN(band->bottom, other->top);
		else
			return false;
	}
	band->top = MIN(band->top, own->top);
	band->bottom = MAX(band->bottom, own->bottom);
	return true;
}

static unsigned count_within(const GArray *letters, const struct box *band)
{
	unsigned n = 0;
	for (unsigned i = 0; i < letters->len; i++) {
		const struct box *l = &g_array_index(letters, struct box, i);
		n += l->top >= band->top && l->bottom <= band->bottom;
	}
	return n;
}

/* What is below begins below all that was read. */
static void grow(struct section *section, const struct found *by)
{
	for (unsigned i = 0; i < by->lines->len; i++) {
		struct box box = found_line_box(by, i);
		box_unite(&section->box, &box);
	}
}

/* As it is in `found`, or, of a band, as it is now when that is more. */
static void add_section(struct found *out, const struct found *found,
			struct section *section, const struct box *band,
			const struct found_reader *reader)
{
	struct found old, new;
	found_init(&old);
	found_init(&new);
	found_append(&old, found, section->first, section->n);
	if (band && reader->read(reader->user, band, &new) &&
	    found_worth(&new) > found_worth(&old)) {
		grow(section, &new);
		found_append(out, &new, 0, new.lines->len);
	} else {
		found_append(out, &old, 0, old.lines->len);
	}
	found_release(&new);
	found_release(&old);
}

void missed_read(struct found *found, const struct picture *picture,
		 double height, const struct found_reader *reader)
{
	const struct box all = {0, 0, (int)picture->width,
				(int)picture->height};
	g_autoptr(GArray) missed = find_missed(found, picture, height);
	g_autoptr(GArray) sections = sections_of(found);
	struct found out;
	if (missed == NULL || missed->len < MISSED_LEAST ||
	    missed->len > MISSED_MAX || sections->len > SECTIONS_MAX)
		return;
	found_init(&out);
	for (unsigned i = 0; i < sections->len; i++) {
		struct box band = all;
		bool is_cut = band_of(sections, i, height, &band) &&
			      count_within(missed, &band) >= MISSED_LEAST;
		add_section(&out, found,
			    &g_array_index(sections, struct section, i),
			    is_cut ? &band : NULL, reader);
	}
	found_release(found);
	*found = out;
}
