/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/missed.h"

#include "ocr/picture/light.h"
#include "ocr/picture/survey.h"
#include "ocr/words/parts.h"

#include <allheaders.h>

#define SECTIONS_MAX 500 /* would take their square */
#define MISSED_MAX 1000  /* more are no letters, but a drawing */
#define MISSED_LEAST 2

/* Of the height of most lines: what may be a letter, and how far from a line
 * its letters reach. */
#define HEIGHT_LEAST 0.45
#define HEIGHT_MOST 1.8
#define WIDTH_LEAST 0.08
#define WIDTH_MOST 2.0
#define MARGIN 0.1
#define SLACK 0.35 /* of sections one below the other */

/* As high as several lines: what is one below the other, as the numbers of a
 * column, was taken for a line that stands. */
#define TALL 2.5

struct section {
	struct box box;
	unsigned first, n; /* of lines */
	bool is_tall;      /* all of them */
	bool is_gone;      /* what is read now has it */
	bool is_new;
	struct found now; /* if it is new */
};

static GArray *sections_of(const struct found *found, double height)
{
	GArray *sections = g_array_new(FALSE, FALSE, sizeof(struct section));
	const struct found_line *lines =
		(const struct found_line *)(void *)found->lines->data;
	for (unsigned i = 0; i < found->lines->len; i++) {
		struct section new = {.box = found_line_box(found, i),
				      .first = i,
				      .is_tall = true};
		if (i == 0 || lines[i].section != lines[i - 1].section)
			g_array_append_val(sections, new);
		struct section *last = &g_array_index(sections, struct section,
						      sections->len - 1);
		box_unite(&last->box, &new.box);
		last->is_tall &= new.box.bottom - new.box.top > height *TALL;
		last->n++;
	}
	return sections;
}

/* Takes what was read out of the ink. */
static void clear_lines(PIX *ink, const struct found *found,
			const struct section *of, double height)
{
	int margin = (int)(height * MARGIN);
	for (unsigned i = of->first; i < of->first + of->n; i++) {
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

static struct section *section_at(const GArray *sections, unsigned i)
{
	return &g_array_index(sections, struct section, i);
}

static GArray *find_missed(const struct found *found, const GArray *sections,
			   const struct picture *picture, double height)
{
	PIX *ink = survey_ink(picture, LIGHT_THRESHOLD);
	if (ink == NULL)
		return NULL;
	for (unsigned i = 0; i < sections->len; i++)
		if (!section_at(sections, i)->is_tall)
			clear_lines(ink, found, section_at(sections, i),
				    height);
	GArray *letters = parts_find(ink, height, is_letter);
	pixDestroy(&ink);
	return letters;
}

static bool meet(int from, int to, int other_from, int other_to)
{
	return from < other_to && other_from < to;
}

/* As far as there is nothing else to the left and to the right of it; false:
 * something is within. */
static bool narrow(const GArray *sections, const struct section *of, int slack,
		   struct box *band)
{
	const struct box *own = &of->box;
	for (unsigned i = 0; i < sections->len; i++) {
		const struct section *section = section_at(sections, i);
		const struct box *other = &section->box;
		if (section == of || section->is_tall ||
		    !meet(own->top + slack, own->bottom - slack, other->top,
			  other->bottom))
			continue;
		if (other->right <= own->left)
			band->left = MAX(band->left, other->right);
		else if (other->left >= own->right)
			band->right = MIN(band->right, other->left);
		else
			return false;
	}
	return true;
}

/* From the section above to that below, and between those beside it; false:
 * they are one in the other. */
static bool band_of(const GArray *sections, const struct section *of,
		    double height, struct box *band)
{
	const struct box *own = &of->box;
	int slack = (int)(height * SLACK);
	if (!narrow(sections, of, slack, band))
		return false;
	for (unsigned i = 0; i < sections->len; i++) {
		const struct section *section = section_at(sections, i);
		const struct box *other = &section->box;
		if (section == of || section->is_tall ||
		    !meet(band->left, band->right, other->left, other->right))
			continue;
		if (other->bottom <= own->top + slack)
			band->top = MAX(band->top, other->bottom);
		else if (other->top >= own->bottom - slack)
			band->bottom = MIN(band->bottom, other->top);
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
		n += l->top >= band->top && l->bottom <= band->bottom &&
		     l->left >= band->left && l->right <= band->right;
	}
	return n;
}

static double worth_of(const struct found *found, const struct section *of)
{
	struct found part;
	found_init(&part);
	found_append(&part, found, of->first, of->n);
	double worth = found_worth(&part);
	found_release(&part);
	return worth;
}

/* What the band has besides. */
static bool is_covered(const struct section *section, const struct box *band)
{
	return section->is_tall && !section->is_gone &&
	       meet(section->box.top, section->box.bottom, band->top,
		    band->bottom) &&
	       meet(section->box.left, section->box.right, band->left,
		    band->right);
}

/* What is below begins below all that is read now. */
static void take(struct section *section, const struct found *now)
{
	section->is_new = true;
	section->now = *now;
	for (unsigned i = 0; i < now->lines->len; i++) {
		struct box box = found_line_box(now, i);
		box_unite(&section->box, &box);
	}
}

static void read_band(const struct found *found, const GArray *sections,
		      struct section *section, const struct box *band,
		      const struct found_reader *reader)
{
	struct found now;
	double worth = worth_of(found, section);
	for (unsigned i = 0; i < sections->len; i++)
		if (is_covered(section_at(sections, i), band))
			worth += worth_of(found, section_at(sections, i));
	found_init(&now);
	if (!reader->read(reader->user, band, &now) ||
	    found_worth(&now) <= worth) {
		found_release(&now);
		return;
	}
	take(section, &now);
	for (unsigned i = 0; i < sections->len; i++)
		section_at(sections, i)->is_gone |=
			is_covered(section_at(sections, i), band);
}

static void put_together(struct found *found, const GArray *sections)
{
	struct found out;
	found_init(&out);
	for (unsigned i = 0; i < sections->len; i++) {
		struct section *section = section_at(sections, i);
		if (section->is_new) {
			found_append(&out, &section->now, 0,
				     section->now.lines->len);
			found_release(&section->now);
		} else if (!section->is_gone) {
			found_append(&out, found, section->first, section->n);
		}
	}
	found_release(found);
	*found = out;
}

void missed_read(struct found *found, const struct picture *picture,
		 const struct found_reader *reader)
{
	double height = found_line_height(found);
	const struct box all = {0, 0, (int)picture->width,
				(int)picture->height};
	g_autoptr(GArray) sections = sections_of(found, height);
	g_autoptr(GArray) missed =
		find_missed(found, sections, picture, height);
	if (missed == NULL || missed->len < MISSED_LEAST ||
	    missed->len > MISSED_MAX || sections->len > SECTIONS_MAX)
		return;
	for (unsigned i = 0; i < sections->len; i++) {
		struct section *section = section_at(sections, i);
		struct box band = all;
		if (!section->is_tall &&
		    band_of(sections, section, height, &band) &&
		    count_within(missed, &band) >= MISSED_LEAST)
			read_band(found, sections, section, &band, reader);
	}
	put_together(found, sections);
}
