/* SPDX-License-Identifier: Apache-2.0 */
#include "render/tags/iptc.h"

#include <glib.h>

#define RESOURCE_IPTC 0x0404
#define RECORD_APPLICATION 2
#define SET_MARK 0x1c
#define SET_HEAD 5 /* mark, record, tag, two bytes of size */
#define SET_MAX 0x7fff

enum form {
	TEXT,
	NUMBER,
	DATE,
	TIME,
};

/* Of IIM 4.2, named as exiftool does, without hyphens. */
static const struct dataset {
	unsigned tag;
	const char *name;
	enum form form;
	bool repeats; /* may be there more than once */
	bool is_list; /* an array even when it is there once */
} datasets[] = {
	{3, "ObjectTypeReference", TEXT, false, false},
	{4, "ObjectAttributeReference", TEXT, true, false},
	{5, "ObjectName", TEXT, false, false},
	{7, "EditStatus", TEXT, false, false},
	{8, "EditorialUpdate", TEXT, false, false},
	{10, "Urgency", NUMBER, false, false},
	{12, "SubjectReference", TEXT, true, true},
	{15, "Category", TEXT, false, false},
	{20, "SupplementalCategories", TEXT, true, true},
	{22, "FixtureIdentifier", TEXT, false, false},
	{25, "Keywords", TEXT, true, true},
	{26, "ContentLocationCode", TEXT, true, true},
	{27, "ContentLocationName", TEXT, true, true},
	{30, "ReleaseDate", DATE, false, false},
	{35, "ReleaseTime", TIME, false, false},
	{37, "ExpirationDate", DATE, false, false},
	{38, "ExpirationTime", TIME, false, false},
	{40, "SpecialInstructions", TEXT, false, false},
	{42, "ActionAdvised", TEXT, false, false},
	{45, "ReferenceService", TEXT, true, false},
	{47, "ReferenceDate", DATE, true, false},
	{50, "ReferenceNumber", TEXT, true, false},
	{55, "DateCreated", DATE, false, false},
	{60, "TimeCreated", TIME, false, false},
	{62, "DigitalCreationDate", DATE, false, false},
	{63, "DigitalCreationTime", TIME, false, false},
	{65, "OriginatingProgram", TEXT, false, false},
	{70, "ProgramVersion", TEXT, false, false},
	{75, "ObjectCycle", TEXT, false, false},
	{80, "Byline", TEXT, true, false},
	{85, "BylineTitle", TEXT, true, false},
	{90, "City", TEXT, false, false},
	{92, "Sublocation", TEXT, false, false},
	{95, "ProvinceState", TEXT, false, false},
	{100, "CountryPrimaryLocationCode", TEXT, false, false},
	{101, "CountryPrimaryLocationName", TEXT, false, false},
	{103, "OriginalTransmissionReference", TEXT, false, false},
	{105, "Headline", TEXT, false, false},
	{110, "Credit", TEXT, false, false},
	{115, "Source", TEXT, false, false},
	{116, "CopyrightNotice", TEXT, false, false},
	{118, "Contact", TEXT, true, false},
	{120, "CaptionAbstract", TEXT, false, false},
	{121, "LocalCaption", TEXT, false, false},
	{122, "WriterEditor", TEXT, true, false},
	{130, "ImageType", TEXT, false, false},
	{131, "ImageOrientation", TEXT, false, false},
	{135, "LanguageIdentifier", TEXT, false, false},
};

#define KINDS G_N_ELEMENTS(datasets)

static unsigned u16_at(struct str s, size_t i)
{
	return (unsigned)(unsigned char)s.p[i] << 8 | (unsigned char)s.p[i + 1];
}

/* Takes a Photoshop resource off *s: "8BIM", number, name, size, data, the
 * last three padded to an even length. False at the end, or at a fault. */
static bool take_resource(struct str *s, unsigned *number, struct str *data)
{
	if (s->n < 12 || !str_starts(*s, STR("8BIM")))
		return false;
	*number = u16_at(*s, 4);
	size_t name = ((size_t)(unsigned char)s->p[6] + 2) & ~(size_t)1;
	size_t at = 6 + name + 4;
	if (s->n < at)
		return false;
	size_t n = (size_t)u16_at(*s, at - 4) << 16 | u16_at(*s, at - 2);
	if (n > s->n - at)
		return false;
	*data = str_sub(*s, at, at + n);
	*s = str_skip(*s, MIN(at + n + n % 2, s->n));
	return true;
}

/* Where the datasets are; absent when there are none. */
static struct str find_datasets(struct str blob)
{
	static const struct str mark = {"Photoshop 3.0\0", 14};
	unsigned number = 0;
	struct str data;
	if (blob.n == 0 || blob.n > TAG_BLOB_MAX)
		return STR_NONE;
	if (!str_starts(blob, mark))
		return blob;
	blob = str_skip(blob, mark.n);
	while (take_resource(&blob, &number, &data))
		if (number == RESOURCE_IPTC)
			return data;
	return STR_NONE;
}

struct set {
	unsigned record, tag;
	struct str value;
};

/* Takes a dataset off *s; false at the end, at a fault, and at one of more than
 * 32767 bytes, which no text of a record 2 can be. */
static bool take_set(struct str *s, struct set *out)
{
	if (s->n < SET_HEAD || s->p[0] != SET_MARK)
		return false;
	size_t n = u16_at(*s, 3);
	if (n > SET_MAX || n > s->n - SET_HEAD)
		return false;
	*out = (struct set){(unsigned char)s->p[1], (unsigned char)s->p[2],
			    str_sub(*s, SET_HEAD, SET_HEAD + n)};
	*s = str_skip(*s, SET_HEAD + n);
	return true;
}

/* "100000+0100" gives "10:00:00+01:00". */
static json_t *time_of(struct str s)
{
	static const char pattern[] = "dddddd+dddd";
	if (s.n != strlen(pattern) && s.n != strlen("dddddd"))
		return NULL;
	for (size_t i = 0; i < s.n; i++)
		if (pattern[i] == 'd' ? !g_ascii_isdigit(s.p[i])
				      : s.p[i] != '+' && s.p[i] != '-')
			return NULL;
	if (s.n == strlen("dddddd"))
		return json_sprintf("%.2s:%.2s:%.2s", s.p, s.p + 2, s.p + 4);
	return json_sprintf("%.2s:%.2s:%.5s:%.2s", s.p, s.p + 2, s.p + 4,
			    s.p + 9);
}

static json_t *value_of(struct str s, enum form form)
{
	switch (form) {
	case NUMBER:
		return tag_decimal(s);
	case DATE:
		return tag_date_iptc(s);
	case TIME:
		return time_of(s);
	default:
		return tag_text(s);
	}
}

static const struct dataset *find_kind(unsigned tag)
{
	for (size_t i = 0; i < KINDS; i++)
		if (datasets[i].tag == tag)
			return &datasets[i];
	return NULL;
}

/* Adds to the list of its kind what there is room for. */
static void gather(const struct set *set, json_t *lists[KINDS])
{
	const struct dataset *kind = find_kind(set->tag);
	if (set->record != RECORD_APPLICATION || kind == NULL)
		return;
	json_t **list = &lists[kind - datasets];
	if (*list == NULL)
		*list = json_array();
	if (json_array_size(*list) >= (kind->repeats ? TAG_ITEMS_MAX : 1))
		return;
	json_t *value = value_of(set->value, kind->form);
	if (value)
		json_array_append_new(*list, value);
}

void iptc_add_flat(struct str blob, const struct tags *out)
{
	struct str s = find_datasets(blob);
	json_t *lists[KINDS] = {NULL};
	struct set set;
	while (take_set(&s, &set))
		gather(&set, lists);
	for (size_t i = 0; i < KINDS; i++) {
		size_t n = json_array_size(lists[i]);
		if (n && (datasets[i].is_list || n > 1))
			tags_put(out, datasets[i].name, json_incref(lists[i]));
		else if (n)
			tags_put(out, datasets[i].name,
				 json_incref(json_array_get(lists[i], 0)));
		json_decref(lists[i]);
	}
}
