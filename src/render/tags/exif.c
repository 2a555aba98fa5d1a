/* SPDX-License-Identifier: Apache-2.0 */
#include "render/tags/exif.h"
#include "render/tags/names.h"

#include <glib.h>
#include <libexif/exif-data.h>

#define UCS2_ITEM 2

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ExifData, exif_data_unref)

static ExifData *load(struct str blob)
{
	static const struct str mark = {"Exif\0\0", 6};
	g_autofree unsigned char *marked = NULL;
	const unsigned char *p = (const unsigned char *)blob.p;
	size_t n = blob.n;
	if (n == 0 || n > TAG_BLOB_MAX)
		return NULL;
	if (!str_starts(blob, mark)) {
		n += mark.n;
		marked = g_malloc(n);
		memcpy(marked, mark.p, mark.n);
		memcpy(marked + mark.n, blob.p, blob.n);
		p = marked;
	}
	ExifData *data = exif_data_new();
	if (data == NULL)
		return NULL;
	/* as the file has it: nothing converted, nothing made up */
	exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
	exif_data_load_data(data, p, (unsigned)n);
	return data;
}

static struct str bytes_of(const ExifEntry *entry)
{
	return (struct str){(const char *)entry->data,
			    entry->data ? entry->size : 0};
}

/*
 * Values as they are.
 */

static double ratio(double above, double below)
{
	return above / below; /* not finite: no value */
}

/* Item i of a numeric entry. */
static json_t *number_at(const ExifEntry *entry, size_t i)
{
	ExifByteOrder order = exif_data_get_byte_order(entry->parent->parent);
	const unsigned char *p =
		entry->data + i * exif_format_get_size(entry->format);
	ExifRational r;
	ExifSRational s;
	switch (entry->format) {
	case EXIF_FORMAT_BYTE:
		return json_integer(*p);
	case EXIF_FORMAT_SBYTE:
		return json_integer((signed char)*p);
	case EXIF_FORMAT_SHORT:
		return json_integer(exif_get_short(p, order));
	case EXIF_FORMAT_SSHORT:
		return json_integer(exif_get_sshort(p, order));
	case EXIF_FORMAT_LONG:
		return json_integer(exif_get_long(p, order));
	case EXIF_FORMAT_SLONG:
		return json_integer(exif_get_slong(p, order));
	case EXIF_FORMAT_RATIONAL:
		r = exif_get_rational(p, order);
		return tag_number(ratio(r.numerator, r.denominator));
	case EXIF_FORMAT_SRATIONAL:
		s = exif_get_srational(p, order);
		return tag_number(ratio(s.numerator, s.denominator));
	default:
		return NULL;
	}
}

/* One number, or an array of them; NULL when one of them is none. */
static json_t *numbers(const ExifEntry *entry)
{
	size_t size = exif_format_get_size(entry->format);
	size_t n = entry->components;
	if (size == 0 || n == 0 || n > TAG_ITEMS_MAX || entry->data == NULL ||
	    n * size > entry->size)
		return NULL;
	if (n == 1)
		return number_at(entry, 0);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		if (json_array_append_new(list, number_at(entry, i)) == 0)
			continue;
		json_decref(list);
		return NULL;
	}
	return list;
}

/* The bytes as small numbers. */
static json_t *octets(struct str bytes)
{
	if (bytes.n == 0 || bytes.n > TAG_ITEMS_MAX)
		return NULL;
	if (bytes.n == 1)
		return json_integer((unsigned char)bytes.p[0]);
	json_t *list = json_array();
	for (size_t i = 0; i < bytes.n; i++)
		json_array_append_new(list,
				      json_integer((unsigned char)bytes.p[i]));
	return list;
}

/* Eight bytes that name a character code, then text in it. */
static json_t *comment(struct str bytes)
{
	static const struct str unicode = {"UNICODE\0", 8};
	if (bytes.n < unicode.n || str_starts(bytes, unicode))
		return NULL;
	return tag_text(str_skip(bytes, unicode.n));
}

/* The texts that Windows writes. */
static json_t *ucs2(struct str bytes)
{
	size_t n = bytes.n / UCS2_ITEM;
	if (n == 0 || n > TAG_VALUE_MAX)
		return NULL;
	g_autofree char *text =
		g_convert(bytes.p, (gssize)(n * UCS2_ITEM), "UTF-8", "UTF-16LE",
			  NULL, NULL, NULL);
	return text ? tag_text(str_of(text)) : NULL;
}

static json_t *undefined(const ExifEntry *entry)
{
	struct str bytes = bytes_of(entry);
	switch ((int)entry->tag) {
	case EXIF_TAG_EXIF_VERSION:
	case EXIF_TAG_FLASH_PIX_VERSION:
	case EXIF_TAG_INTEROPERABILITY_VERSION:
		return tag_text(bytes);
	case EXIF_TAG_USER_COMMENT:
	case EXIF_TAG_GPS_PROCESSING_METHOD:
	case EXIF_TAG_GPS_AREA_INFORMATION:
		return comment(bytes);
	case EXIF_TAG_FILE_SOURCE:
	case EXIF_TAG_SCENE_TYPE:
		return octets(str_sub(bytes, 0, MIN(bytes.n, 1)));
	case EXIF_TAG_COMPONENTS_CONFIGURATION:
		return octets(bytes);
	default:
		return NULL; /* whatever it is, it is not to be read */
	}
}

static json_t *plain(const ExifEntry *entry)
{
	switch (entry->tag) {
	case EXIF_TAG_XP_TITLE:
	case EXIF_TAG_XP_COMMENT:
	case EXIF_TAG_XP_AUTHOR:
	case EXIF_TAG_XP_KEYWORDS:
	case EXIF_TAG_XP_SUBJECT:
		return ucs2(bytes_of(entry));
	default:
		break;
	}
	if (entry->format == EXIF_FORMAT_ASCII)
		return tag_text(bytes_of(entry));
	if (entry->format == EXIF_FORMAT_UNDEFINED)
		return undefined(entry);
	return numbers(entry);
}

static const char *name_of(const ExifEntry *entry, ExifIfd ifd)
{
	const char *name = exif_tag_get_name_in_ifd(entry->tag, ifd);
	return name ? tag_alias(name) : "";
}

/*
 * Sections.
 */

static void add_section(ExifContent *content, ExifIfd ifd,
			const struct tags *out)
{
	for (unsigned i = 0; i < content->count; i++)
		tags_put(out, name_of(content->entries[i], ifd),
			 plain(content->entries[i]));
}

static void add_maker_note(ExifData *data, const struct tags *out)
{
	ExifMnoteData *note = exif_data_get_mnote_data(data);
	unsigned n = note ? exif_mnote_data_count(note) : 0;
	char text[256];
	for (unsigned i = 0; i < MIN(n, TAG_ENTRIES_MAX); i++) {
		const char *name = exif_mnote_data_get_name(note, i);
		if (name &&
		    exif_mnote_data_get_value(note, i, text, sizeof(text)))
			tags_put(out, name, tag_text(str_of(text)));
	}
}

json_t *exif_sections(struct str blob, struct tag_budget *budget)
{
	static const struct {
		const char *name;
		ExifIfd ifd; /* EXIF_IFD_COUNT: the maker note */
	} sections[] = {
		{"image", EXIF_IFD_0},
		{"thumbnail", EXIF_IFD_1},
		{"exif", EXIF_IFD_EXIF},
		{"gps", EXIF_IFD_GPS},
		{"interoperability", EXIF_IFD_INTEROPERABILITY},
		{"makernote", EXIF_IFD_COUNT},
	};
	g_autoptr(ExifData) data = load(blob);
	json_t *all = json_object();
	for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
		struct tags out = {json_object(), budget};
		if (data && sections[i].ifd == EXIF_IFD_COUNT)
			add_maker_note(data, &out);
		else if (data)
			add_section(data->ifd[sections[i].ifd], sections[i].ifd,
				    &out);
		json_object_set_new(all, sections[i].name, out.object);
	}
	return all;
}

/*
 * Flat, with words.
 */

/* Degrees, minutes, seconds. */
static json_t *angle(const json_t *parts)
{
	double degrees = 0, unit = 1;
	size_t i;
	json_t *part;
	if (json_is_number(parts))
		return tag_number(json_number_value(parts));
	json_array_foreach (parts, i, part) {
		degrees += json_number_value(part) / unit;
		unit *= 60;
	}
	return json_array_size(parts) == 3 ? tag_number(degrees) : NULL;
}

static json_t *negative(json_t *value, bool is_negative)
{
	double number = json_number_value(value);
	if (!is_negative || !json_is_number(value))
		return value;
	json_decref(value);
	return tag_number(-number);
}

static char reference(const ExifData *data, ExifTag tag)
{
	const ExifEntry *entry =
		exif_content_get_entry(data->ifd[EXIF_IFD_GPS], tag);
	return entry && entry->data && entry->size ? (char)*entry->data : '\0';
}

static json_t *clock_time(const json_t *parts)
{
	if (json_array_size(parts) != 3)
		return NULL;
	double at[3];
	for (size_t i = 0; i < 3; i++) {
		at[i] = json_number_value(json_array_get(parts, i));
		if (!(at[i] >= 0 && at[i] < 61))
			return NULL;
	}
	return json_sprintf("%02d:%02d:%02d", (int)at[0], (int)at[1],
			    (int)at[2]);
}

/* What needs its neighbours; NULL when there is nothing to be said. *known:
 * it is such a tag. */
static json_t *position(const ExifEntry *entry, bool *known)
{
	const ExifData *data = entry->parent->parent;
	json_auto_t *value = plain(entry);
	*known = true;
	switch ((int)entry->tag) {
	case EXIF_TAG_GPS_VERSION_ID:
		if (json_array_size(value) != 4)
			return NULL;
		return json_sprintf("%u.%u.%u.%u", entry->data[0],
				    entry->data[1], entry->data[2],
				    entry->data[3]);
	case EXIF_TAG_GPS_LATITUDE:
		return negative(angle(value),
				reference(data, EXIF_TAG_GPS_LATITUDE_REF) ==
					'S');
	case EXIF_TAG_GPS_LONGITUDE:
		return negative(angle(value),
				reference(data, EXIF_TAG_GPS_LONGITUDE_REF) ==
					'W');
	case EXIF_TAG_GPS_ALTITUDE:
		return negative(json_incref(value),
				reference(data, EXIF_TAG_GPS_ALTITUDE_REF) ==
					1);
	case EXIF_TAG_GPS_TIME_STAMP:
		return clock_time(value);
	default:
		*known = false;
		return NULL;
	}
}

static json_t *components(struct str bytes)
{
	static const char *const names[] = {"-", "Y", "Cb", "Cr",
					    "R", "G", "B"};
	if (bytes.n != 4)
		return NULL;
	for (size_t i = 0; i < 4; i++)
		if ((unsigned char)bytes.p[i] >= G_N_ELEMENTS(names))
			return NULL;
	return json_sprintf("%s, %s, %s, %s", names[(int)bytes.p[0]],
			    names[(int)bytes.p[1]], names[(int)bytes.p[2]],
			    names[(int)bytes.p[3]]);
}

/* The value that stands for a plain one. Takes it. */
static json_t *in_words(const char *name, json_t *value)
{
	const char *text = json_string_value(value), *word = NULL;
	if (json_is_integer(value))
		word = tag_word(name, (long)json_integer_value(value));
	else if (text && json_string_length(value) == 1)
		word = tag_word(name, text[0]);
	if (word == NULL)
		return value;
	json_decref(value);
	return json_string(word);
}

static json_t *flat_value(const ExifEntry *entry, ExifIfd ifd, const char *name)
{
	bool known = false;
	json_t *value = NULL;
	if (ifd == EXIF_IFD_GPS)
		value = position(entry, &known);
	if (known)
		return value;
	if (ifd == EXIF_IFD_GPS && entry->tag == EXIF_TAG_GPS_DATE_STAMP)
		return tag_date_exif(bytes_of(entry));
	switch (entry->tag) {
	case EXIF_TAG_DATE_TIME:
	case EXIF_TAG_DATE_TIME_ORIGINAL:
	case EXIF_TAG_DATE_TIME_DIGITIZED:
		return tag_date_exif(bytes_of(entry));
	case EXIF_TAG_COMPONENTS_CONFIGURATION:
		return components(bytes_of(entry));
	default:
		return in_words(name, plain(entry));
	}
}

void exif_add_flat(struct str blob, const struct tags *out)
{
	static const ExifIfd order[] = {EXIF_IFD_0, EXIF_IFD_EXIF, EXIF_IFD_GPS,
					EXIF_IFD_INTEROPERABILITY};
	g_autoptr(ExifData) data = load(blob);
	for (size_t k = 0; data && k < G_N_ELEMENTS(order); k++) {
		const ExifContent *content = data->ifd[order[k]];
		for (unsigned i = 0; i < content->count; i++) {
			const ExifEntry *entry = content->entries[i];
			const char *name = name_of(entry, order[k]);
			tags_put(out, name, flat_value(entry, order[k], name));
		}
	}
}
