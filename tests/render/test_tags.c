/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIF, IPTC and XMP as JSON: the shapes, and what strangers do to them. Run
 * in this process, where leaks and stray reads show.
 */
#include "pictures.h"
#include "render/tags/exif.h"
#include "render/tags/iptc.h"
#include "render/phash.h"
#include "render/quality.h"
#include "render/tags/xmp.h"
#include "unit.h"

#define TEXT_MAX (64 * 1024)

typedef void add_fn(struct str blob, const struct tags *out);

static char *text_of(json_t *object)
{
	char *text = json_dumps(object, TAG_JSON_FLAGS);
	json_decref(object);
	return text;
}

/* The object that comes of one blob, as text to be freed. */
static char *flat(add_fn *add, struct str blob)
{
	struct tag_budget budget = {TEXT_MAX, TAG_ENTRIES_MAX};
	struct tags tags = {json_object(), &budget};
	add(blob, &tags);
	return text_of(tags.object);
}

static char *sections(struct str blob)
{
	struct tag_budget budget = {TEXT_MAX, TAG_ENTRIES_MAX};
	return text_of(exif_sections(blob, &budget));
}

static void assert_flat(add_fn *add, struct str blob, const char *want)
{
	g_autofree char *got = flat(add, blob);
	assert_string_equal(got, want);
}

static void exif_is_flat_with_words(void **state)
{
	(void)state;
	g_autoptr(GString) exif = make_known_exif();
	static const char want[] =
		"{\"Make\":\"Acme\",\"Model\":\"Box 2\","
		"\"Orientation\":\"Rotate 90 CW\",\"XResolution\":300,"
		"\"YResolution\":300,\"ResolutionUnit\":\"inches\","
		"\"ModifyDate\":\"2020-02-22T11:30:05.000Z\","
		"\"Copyright\":\"\u00a9 Zo\u00eb\",\"ExposureTime\":0.004,"
		"\"FNumber\":2.8,\"ISO\":400,\"ExifVersion\":\"0221\","
		"\"DateTimeOriginal\":\"2020-02-21T10:00:00.000Z\","
		"\"ExposureCompensation\":-0.333333333333333,"
		"\"Flash\":\"Off, Did not fire\",\"UserComment\":\"hello\","
		"\"ColorSpace\":\"Uncalibrated\",\"ExifImageWidth\":4000,"
		"\"GPSVersionID\":\"2.3.0.0\",\"GPSLatitudeRef\":\"South\","
		"\"GPSLatitude\":-33.5,\"GPSLongitudeRef\":\"East\","
		"\"GPSLongitude\":151.25,"
		"\"GPSAltitudeRef\":\"Below Sea Level\",\"GPSAltitude\":-12.5,"
		"\"GPSTimeStamp\":\"09:08:07\","
		"\"GPSDateStamp\":\"2020-02-21T00:00:00.000Z\"}";
	assert_flat(exif_add_flat, str_of_gstring(exif), want);
	/* some formats store it without the mark */
	assert_flat(exif_add_flat, str_skip(str_of_gstring(exif), 6), want);
}

static void exif_sections_have_plain_values(void **state)
{
	(void)state;
	g_autoptr(GString) exif = make_known_exif();
	g_autofree char *got = sections(str_of_gstring(exif));
	assert_string_equal(
		got,
		"{\"image\":{\"Make\":\"Acme\",\"Model\":\"Box 2\","
		"\"Orientation\":6,\"XResolution\":300,\"YResolution\":300,"
		"\"ResolutionUnit\":2,"
		"\"ModifyDate\":\"2020:02:22 11:30:05\","
		"\"Copyright\":\"\u00a9 Zo\u00eb\"},\"thumbnail\":{},"
		"\"exif\":{\"ExposureTime\":0.004,\"FNumber\":2.8,\"ISO\":400,"
		"\"ExifVersion\":\"0221\","
		"\"DateTimeOriginal\":\"2020:02:21 10:00:00\","
		"\"CreateDate\":\"0000:00:00 00:00:00\","
		"\"ExposureCompensation\":-0.333333333333333,\"Flash\":16,"
		"\"UserComment\":\"hello\",\"ColorSpace\":65535,"
		"\"ExifImageWidth\":4000},"
		"\"gps\":{\"GPSVersionID\":[2,3,0,0],\"GPSLatitudeRef\":\"S\","
		"\"GPSLatitude\":[33,30,0],\"GPSLongitudeRef\":\"E\","
		"\"GPSLongitude\":[151,15,0],\"GPSAltitudeRef\":1,"
		"\"GPSAltitude\":12.5,\"GPSTimeStamp\":[9,8,7],"
		"\"GPSDateStamp\":\"2020:02:21\"},"
		"\"interoperability\":{},\"makernote\":{}}");
}

static void no_exif_gives_empty_sections(void **state)
{
	(void)state;
	const struct str rows[] = {STR_NONE, STR(""), STR("Exif\0\0"),
				   STR("Exif\0\0XX*\0\x08\0\0\0"), STR("x")};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *got = sections(rows[i]);
		assert_string_equal(got, "{\"image\":{},\"thumbnail\":{},"
					 "\"exif\":{},\"gps\":{},"
					 "\"interoperability\":{},"
					 "\"makernote\":{}}");
	}
}

static void iptc_repeats_become_arrays(void **state)
{
	(void)state;
	static const struct iptc_entry entries[] = {
		{5, "Name"},         {25, "one"},
		{25, "zwei \xfc"},   {12, "IPTC:1"},
		{80, "Ann"},         {85, "Writer"},
		{85, "Editor"},      {90, "K\xc3\xb6ln"},
		{101, "Germany"},    {120, " A caption. "},
		{10, "5"},           {55, "20200221"},
		{60, "100000+0100"}, {62, "20201321"},
		{116, ""},           {0},
	};
	static const char want[] =
		"{\"ObjectName\":\"Name\",\"Urgency\":5,"
		"\"SubjectReference\":[\"IPTC:1\"],"
		"\"Keywords\":[\"one\",\"zwei \u00fc\"],"
		"\"DateCreated\":\"2020-02-21T00:00:00.000Z\","
		"\"TimeCreated\":\"10:00:00+01:00\",\"Byline\":\"Ann\","
		"\"BylineTitle\":[\"Writer\",\"Editor\"],"
		"\"City\":\"K\u00f6ln\","
		"\"CountryPrimaryLocationName\":\"Germany\","
		"\"CaptionAbstract\":\"A caption.\"}";
	g_autoptr(GString) iptc = make_iptc(entries);
	assert_flat(iptc_add_flat, str_of_gstring(iptc), want);
	/* without the resource block around */
	assert_flat(iptc_add_flat, str_skip(str_of_gstring(iptc), 26), want);
	for (size_t i = 0; i < 26; i++)
		assert_flat(iptc_add_flat, str_sub(str_of_gstring(iptc), 0, i),
			    "{}");
}

static void xmp_properties_keep_their_local_names(void **state)
{
	(void)state;
	static const struct {
		const char *attributes, *elements, *want;
	} rows[] = {
		{"", "", "{}"},
		{"xmp:Rating='4' photoshop:City='Rome' xml:lang='en'", "",
		 "{\"Rating\":4,\"City\":\"Rome\"}"},
		{"", "<xmp:Rating> 3 </xmp:Rating>", "{\"Rating\":3}"},
		{"",
		 "<dc:title><rdf:Alt><rdf:li xml:lang='de'>Titel</rdf:li>"
		 "<rdf:li xml:lang='x-default'>Title &amp; more</rdf:li>"
		 "<rdf:li xml:lang='fr'>Titre</rdf:li></rdf:Alt></dc:title>",
		 "{\"Title\":\"Title & more\"}"},
		{"",
		 "<dc:subject><rdf:Bag>\n <rdf:li>a</rdf:li>\n "
		 "<rdf:li>b</rdf:li></rdf:Bag></dc:subject>"
		 "<core:Scene><rdf:Bag><rdf:li>011221</rdf:li></rdf:Bag>"
		 "</core:Scene>",
		 "{\"Subject\":[\"a\",\"b\"],\"Scene\":[\"011221\"]}"},
		{"",
		 "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq>"
		 "</dc:creator>",
		 "{\"Creator\":\"Ann\"}"},
		{"",
		 "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bob"
		 "</rdf:li></rdf:Seq></dc:creator>",
		 "{\"Creator\":[\"Ann\",\"Bob\"]}"},
		{"xmp:CreateDate='2020-02-21T10:00:00.25+01:30' "
		 "xmp:ModifyDate='2020-02-21' xmp:MetadataDate='2020' "
		 "photoshop:Headline='2020-02-21'",
		 "",
		 "{\"CreateDate\":\"2020-02-21T08:30:00.250Z\","
		 "\"ModifyDate\":\"2020-02-21T00:00:00.000Z\","
		 "\"MetadataDate\":\"2020\",\"Headline\":\"2020-02-21\"}"},
		{"tiff:Orientation='1' exif:ExposureTime='1/250' "
		 "exif:GPSLatitude='33,30.0S' tiff:ImageLength='20' "
		 "tiff:Make='Acme'",
		 "",
		 "{\"Orientation\":\"Horizontal (normal)\","
		 "\"ExposureTime\":0.004,\"ImageHeight\":20,"
		 "\"Make\":\"Acme\"}"},
		/* structures are passed over, what follows them is not */
		{"",
		 "<core:Contact rdf:parseType='Resource'><core:City>X"
		 "</core:City></core:Contact>"
		 "<core:Other><rdf:Description><core:City>X</core:City>"
		 "</rdf:Description></core:Other>"
		 "<core:List><rdf:Bag><rdf:li><core:A>1</core:A></rdf:li>"
		 "<rdf:li>2</rdf:li></rdf:Bag></core:List>"
		 "<core:Short core:City='X'/>"
		 "<core:Link rdf:resource='urn:x'/><dc:format>image/jpeg"
		 "</dc:format>",
		 "{\"Link\":\"urn:x\",\"Format\":\"image/jpeg\"}"},
		/* the first of two */
		{"dc:source='a'", "<dc:source>b</dc:source>",
		 "{\"Source\":\"a\"}"},
		/* what stands before the fault */
		{"dc:source='a'", "<dc:format>b</dc:oops>",
		 "{\"Source\":\"a\"}"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) xmp =
			make_xmp(rows[i].attributes, rows[i].elements);
		assert_flat(xmp_add_flat, str_of_gstring(xmp), rows[i].want);
	}
}

static void document_type_ends_xmp(void **state)
{
	(void)state;
	g_autoptr(GString) xmp =
		make_xmp("dc:source='a'", "<dc:title>&h;</dc:title>");
	GString *bomb = g_string_new("<!DOCTYPE x [<!ENTITY a 'haha'>");
	for (char c = 'b'; c <= 'h'; c++)
		for (int i = 0; i < 10; i++)
			g_string_append_printf(
				bomb, i == 0 ? "<!ENTITY %c '&%c;" : "&%c;",
				i == 0 ? c : c - 1, c - 1);
	g_string_append(bomb, "]>");
	g_string_append_len(bomb, xmp->str, (gssize)xmp->len);
	assert_flat(xmp_add_flat, str_of_gstring(bomb), "{}");
	g_string_assign(bomb, "<!DOCTYPE x SYSTEM 'file:///etc/passwd'>");
	g_string_append_len(bomb, strstr(xmp->str, "<x:"), 400);
	assert_flat(xmp_add_flat, str_of_gstring(bomb), "{}");
	g_string_free(bomb, TRUE);
}

static void dates_and_numbers_are_valid_or_absent(void **state)
{
	(void)state;
	static const struct {
		json_t *(*read)(struct str text);
		const char *in, *want; /* NULL: none */
	} rows[] = {
		{tag_date_exif, "2020:02:29 23:59:59",
		 "\"2020-02-29T23:59:59.000Z\""},
		{tag_date_exif, "2021:02:29 10:00:00", NULL},
		{tag_date_exif, "2020:02:21 24:00:00", NULL},
		{tag_date_exif, "    :  :     :  :  ", NULL},
		{tag_date_exif, "2020:02:21 10:00", NULL},
		{tag_date_exif, "2020:02:21 10:00:00 more", NULL},
		{tag_date_iptc, "20200221", "\"2020-02-21T00:00:00.000Z\""},
		{tag_date_iptc, "20200230", NULL},
		{tag_date_iptc, "2020022", NULL},
		{tag_date_xmp, "2020-01-01T00:30+01:00",
		 "\"2019-12-31T23:30:00.000Z\""},
		{tag_date_xmp, "2020-01-01T00:30:01.23456Z",
		 "\"2020-01-01T00:30:01.234Z\""},
		{tag_date_xmp, "0001-01-01T00:00+23:00", NULL},
		{tag_date_xmp, "2020-01-01T", NULL},
		{tag_date_xmp, "2020-01-01T10", NULL},
		{tag_date_xmp, "2020-01-01T10:00:00X", NULL},
		{tag_date_xmp, "2020-01", NULL},
		{tag_decimal, "12", "12"},
		{tag_decimal, "-1.5", "-1.5"},
		{tag_decimal, "28/10", "2.8"},
		{tag_decimal, "1/0", NULL},
		{tag_decimal, "0/0", NULL},
		{tag_decimal, "1/", NULL},
		{tag_decimal, "/2", NULL},
		{tag_decimal, "1/2/3", NULL},
		{tag_decimal, "nan", NULL},
		{tag_decimal, "1e5", NULL},
		{tag_decimal, "", NULL},
		{tag_text, "", NULL},
		{tag_text, " \t ", NULL},
		{tag_text, "a\xff", "\"a\u00ff\""},
		{tag_text, "\xed\xa0\x80", "\"\u00ed\u00a0\xc2\x80\""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		json_auto_t *value = rows[i].read(str_of(rows[i].in));
		g_autofree char *got =
			value ? json_dumps(value,
					   TAG_JSON_FLAGS | JSON_ENCODE_ANY)
			      : g_strdup("none");
		assert_string_equal(got, rows[i].want ? rows[i].want : "none");
	}
}

static void what_does_not_fit_is_left_out(void **state)
{
	(void)state;
	g_autoptr(GString) attributes = g_string_new("");
	g_autofree char *full = g_strnfill(TAG_VALUE_MAX, 'x');
	g_autofree char *long_name = g_strnfill(TAG_NAME_MAX + 1, 'n');
	g_string_append_printf(attributes, "dc:a='%s' dc:b='%sy' dc:%s='1' ",
			       full, full, long_name);
	g_autoptr(GString) xmp = make_xmp(attributes->str, "");
	g_autofree char *one = g_strdup_printf("{\"A\":\"%s\"}", full);
	assert_flat(xmp_add_flat, str_of_gstring(xmp), one);
	for (int i = 0; i < 20; i++)
		g_string_append_printf(attributes, "dc:c%d='%s' ", i, full);
	g_autoptr(GString) large = make_xmp(attributes->str, "");
	g_autofree char *some = flat(xmp_add_flat, str_of_gstring(large));
	assert_in_range(strlen(some), TEXT_MAX - 2 * TAG_VALUE_MAX, TEXT_MAX);
	g_string_truncate(attributes, 0);
	for (int i = 0; i < 2 * TAG_ENTRIES_MAX; i++)
		g_string_append_printf(attributes, "dc:e%d='%d' ", i, i);
	g_autoptr(GString) many = make_xmp(attributes->str, "");
	g_autofree char *most = flat(xmp_add_flat, str_of_gstring(many));
	json_auto_t *object = json_loads(most, 0, NULL);
	assert_int_equal(json_object_size(object), TAG_ENTRIES_MAX);
}

/* Little-endian directories by hand; the first at 8. */
static void hostile_directories_end(void **state)
{
	(void)state;
	static const struct str rows[] = {
		/* a directory that follows itself */
		STR("Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0"),
		/* sub-directories that are their own parents */
		STR("Exif\0\0II*\0\x08\0\0\0\2\0"
		    "\x69\x87\4\0\1\0\0\0\x08\0\0\0"
		    "\x25\x88\4\0\1\0\0\0\x08\0\0\0\x08\0\0\0"),
		/* counts that overflow */
		STR("Exif\0\0II*\0\x08\0\0\0\1\0"
		    "\x0f\1\2\0\xff\xff\xff\xff\x08\0\0\0\0\0\0\0"),
		STR("Exif\0\0II*\0\x08\0\0\0\1\0"
		    "\x1a\1\5\0\0\0\0\x20\x08\0\0\0\0\0\0\0"),
		/* offsets outside */
		STR("Exif\0\0II*\0\xff\xff\xff\xff"),
		STR("Exif\0\0II*\0\x08\0\0\0\1\0"
		    "\x1a\1\5\0\1\0\0\0\xfa\xff\xff\xff\0\0\0\0"),
		/* more entries than bytes */
		STR("Exif\0\0II*\0\x08\0\0\0\xff\xff\x0f\1\2\0"),
		/* dates and positions of the wrong format */
		STR("Exif\0\0II*\0\x08\0\0\0\1\0"
		    "\x32\1\3\0\1\0\0\0\1\0\0\0\0\0\0\0"),
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *a = flat(exif_add_flat, rows[i]);
		g_autofree char *b = sections(rows[i]);
		assert_string_equal(a, "{}");
	}
}

static void assert_valid(char *text)
{
	json_auto_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(object));
	assert_true(strlen(text) <= TEXT_MAX);
	free(text);
}

/* Any bytes changed, any end cut off. */
static void damaged_blobs_give_valid_json(void **state)
{
	(void)state;
	static const struct iptc_entry entries[] = {
		{25, "one"}, {25, "two"}, {55, "20200221"}, {80, "Ann"}, {0}};
	GString *blobs[] = {
		make_known_exif(), make_iptc(entries),
		make_xmp("xmp:Rating='4'",
			 "<dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag>"
			 "</dc:subject><dc:source>s</dc:source>")};
	add_fn *const adders[] = {exif_add_flat, iptc_add_flat, xmp_add_flat};
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);
	for (int round = 0; round < 4000; round++) {
		size_t k = (size_t)round % COUNT(blobs);
		size_t n = blobs[k]->len;
		if (round % 4 == 0)
			n = (size_t)g_rand_int_range(rand, 0, (int)n);
		g_autofree char *damaged = g_memdup2(blobs[k]->str, n);
		for (int i = g_rand_int_range(rand, 0, 6); n && i > 0; i--)
			damaged[g_rand_int_range(rand, 0, (int)n)] =
				(char)g_rand_int(rand);
		assert_valid(flat(adders[k], (struct str){damaged, n}));
		if (k == 0)
			assert_valid(sections((struct str){damaged, n}));
	}
	for (size_t k = 0; k < COUNT(blobs); k++)
		g_string_free(blobs[k], TRUE);
}

static void plain_pictures_hash_to_zero(void **state)
{
	(void)state;
	double grey[PHASH_EDGE][PHASH_EDGE];
	for (int level = 0; level <= 255; level += 51) {
		for (int i = 0; i < PHASH_EDGE * PHASH_EDGE; i++)
			grey[i / PHASH_EDGE][i % PHASH_EDGE] = level;
		grey[3][4] += 0.4; /* what rounding does */
		assert_true(phash_of(grey) == 0);
	}
}

static void first_bit_is_the_longest_wave_across(void **state)
{
	(void)state;
	double grey[PHASH_EDGE][PHASH_EDGE];
	for (int i = 0; i < PHASH_EDGE * PHASH_EDGE; i++)
		grey[i / PHASH_EDGE][i % PHASH_EDGE] =
			128 + 100 * cos(M_PI * (2 * (i % PHASH_EDGE) + 1) /
					(2 * PHASH_EDGE));
	assert_true(phash_of(grey) == 1ull << 63);
	for (int i = 0; i < PHASH_EDGE * PHASH_EDGE; i++)
		grey[i / PHASH_EDGE][i % PHASH_EDGE] =
			128 + 100 * cos(M_PI * (2 * (i / PHASH_EDGE) + 1) /
					(2 * PHASH_EDGE));
	assert_true(phash_of(grey) == 1ull << 62);
}

static void quality_is_that_of_the_tables(void **state)
{
	(void)state;
	VipsImage *image = make_picture(32, 32, 1);
	static const int rows[] = {5, 25, 49, 50, 75, 90, 95, 100};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) jpeg = save_picture(image, ".jpg", rows[i]);
		assert_int_equal(jpeg_quality(str_of_gstring(jpeg)), rows[i]);
		for (size_t n = 0; n < 60; n++)
			assert_int_equal(
				jpeg_quality((struct str){jpeg->str, n}), 0);
	}
	g_object_unref(image);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exif_is_flat_with_words),
		cmocka_unit_test(exif_sections_have_plain_values),
		cmocka_unit_test(no_exif_gives_empty_sections),
		cmocka_unit_test(iptc_repeats_become_arrays),
		cmocka_unit_test(xmp_properties_keep_their_local_names),
		cmocka_unit_test(document_type_ends_xmp),
		cmocka_unit_test(dates_and_numbers_are_valid_or_absent),
		cmocka_unit_test(what_does_not_fit_is_left_out),
		cmocka_unit_test(hostile_directories_end),
		cmocka_unit_test(damaged_blobs_give_valid_json),
		cmocka_unit_test(plain_pictures_hash_to_zero),
		cmocka_unit_test(first_bit_is_the_longest_wave_across),
		cmocka_unit_test(quality_is_that_of_the_tables),
	};
	int failed = cmocka_run_group_tests_name("tags", tests, NULL, NULL);
	vips_shutdown();
	return failed;
}
