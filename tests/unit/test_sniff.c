/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content types: signatures and what only looks like one, extensions,
 * declared types. libmagic: test_magic.c.
 */
#include "ingest/sniff.h"
#include "unit.h"

#include <glib.h>

#define NOTHING NULL
#define OFFICE "application/vnd.openxmlformats-officedocument."
#define ODF "application/vnd.oasis.opendocument."

/* A local file header of a ZIP: stored, name and content of given lengths. */
#define ZIP(name_length, rest)                                                 \
	STR("PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" name_length \
	    "\0\0\0" rest)

/* clang-format off */
static const struct {
	struct str head;
	const char *type;
} signatures[] = {
	{STR(""), NOTHING},
	{STR("\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg"},
	{STR("\xff\xd8"), NOTHING},
	{STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png"},
	{STR("\x89PNG\n\x1a\n"), NOTHING},
	{STR("GIF87a\1\0\1\0"), "image/gif"},
	{STR("GIF89a\1\0\1\0"), "image/gif"},
	{STR("GIF88a"), NOTHING},
	{STR("RIFF\x24\0\0\0WEBPVP8 "), "image/webp"},
	{STR("RIFF\x24\0\0\0WAVEfmt "), "audio/wav"},
	{STR("RIFF\x24\0\0\0AVI LIST"), "video/x-msvideo"},
	{STR("RIFF\x24\0\0\0ACON"), NOTHING},
	{STR("RIFF"), NOTHING},
	{STR("FORM\0\0\0\x40" "AIFFCOMM"), "audio/aiff"},
	{STR("FORM letter"), NOTHING},
	{STR("\0\0\0\x1c" "ftypavif\0\0\0\0mif1"), "image/avif"},
	{STR("\0\0\0\x1c" "ftypheic\0\0\0\0mif1"), "image/heic"},
	{STR("\0\0\0\x1c" "ftypmif1\0\0\0\0mif1avifmiaf"), "image/avif"},
	{STR("\0\0\0\x1c" "ftypmif1\0\0\0\0mif1heicmiaf"), "image/heic"},
	{STR("\0\0\0\x18" "ftypmif1\0\0\0\0mif1miafheic"), "image/heif"},
	{STR("\0\0\0\x14" "ftypqt  \0\0\2\0qt  "), "video/quicktime"},
	{STR("\0\0\0\x18" "ftypisom\0\0\2\0isomiso2"), "video/mp4"},
	{STR("\0\0\0\x18" "ftypmp42\0\0\0\0isommp42"), "video/mp4"},
	{STR("\0\0\0\x18" "ftypM4A \0\0\0\0isommp42"), "audio/mp4"},
	{STR("\0\0\0\x18" "ftyp3gp4\0\0\0\0isom3gp4"), "video/3gpp"},
	{STR("\0\0\0\x18" "ftyp3g2a\0\0\0\0isom3gp4"), "video/3gpp2"},
	{STR("\0\0\0\x08wide\0\0\x10\0mdat"), "video/quicktime"},
	{STR("\0\1\0\0moov\0\0\0\x6cmvhd"), "video/quicktime"},
	{STR("far wide open"), NOTHING},
	{STR("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm"),
	 "video/webm"},
	{STR("\x1a\x45\xdf\xa3\xa3\x42\x86\x81\1\x42\x82\x88matroska"),
	 "video/x-matroska"},
	{STR("\x1a\x45\xdf\xa3 else"), NOTHING},
	{STR("OggS\0\2\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1\x1e\1vorbis"),
	 "audio/ogg"},
	{STR("OggS\0\2\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1\x13OpusHead"),
	 "audio/ogg"},
	{STR("OggS\0\2\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1\x2a\x80theora"),
	 "video/ogg"},
	{STR("OggS\0\2"), "application/ogg"},
	{STR("fLaC\0\0\0\x22"), "audio/flac"},
	{STR("ID3\3\0\0\0\0\0\0"), "audio/mpeg"},
	{STR("\xff\xfb\x90\x64"), "audio/mpeg"},
	{STR("\xff\xf3\x40\xc0"), "audio/mpeg"},
	{STR("\xff\xf1\x50\x80"), "audio/aac"},
	{STR("\xff\xfe" "a\0b\0"), NOTHING}, /* UTF-16 text */
	{STR("\xff\xfb\xf0\x64"), NOTHING},  /* no such bit rate */
	{STR("\xff\xfb\x9c\x64"), NOTHING},  /* no such sample rate */
	{STR("MThd\0\0\0\6"), "audio/midi"},
	{STR("%PDF-1.7\n"), "application/pdf"},
	{STR(" %PDF-1.7\n"), NOTHING},
	{STR("\x1f\x8b\x08\0\0\0\0\0"), "application/gzip"},
	{STR("BZh91AY&SY\0"), "application/x-bzip2"},
	{STR("BZhistory"), NOTHING},
	{STR("\xfd" "7zXZ\0"), "application/x-xz"},
	{STR("\x28\xb5\x2f\xfd"), "application/zstd"},
	{STR("7z\xbc\xaf\x27\x1c"), "application/x-7z-compressed"},
	{STR("Rar!\x1a\x07\1\0"), "application/vnd.rar"},
	{STR("PK\5\6\0\0\0\0"), "application/zip"},
	{STR("PK\3\4"), "application/zip"},
	{ZIP("\5", "a.txt"), "application/zip"},
	{ZIP("\x2a", "a.txt"), "application/zip"},
	{ZIP("\x09", "META-INF/"), "application/java-archive"},
	{ZIP("\x08", "mimetype" ODF "text"), ODF "text"},
	{ZIP("\x08", "mimetype" ODF "spreadsheet"), ODF "spreadsheet"},
	{ZIP("\x08", "mimetype" ODF "presentation"), ODF "presentation"},
	{ZIP("\x08", "mimetypeapplication/epub+zip"), "application/epub+zip"},
	{ZIP("\x08", "mimetypetext/plain"), "application/zip"},
	{ZIP("\x13", "[Content_Types].xml"), NOTHING},
	{ZIP("\x13", "[Content_Types].xmlPK\3\4 PK\3"), NOTHING},
	{ZIP("\x13", "[Content_Types].xml<Types/>"
	 "PK\3\4\x14\0\6\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0b\0\0\0"
	 "_rels/.rels...."
	 "PK\3\4\x14\0\6\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x11\0\0\0"
	 "word/document.xml"), OFFICE "wordprocessingml.document"},
	{ZIP("\x0b", "_rels/.rels"
	 "PK\3\4\x14\0\6\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0f\0\0\0"
	 "xl/workbook.xml"), OFFICE "spreadsheetml.sheet"},
	{ZIP("\x10", "docProps/app.xml"
	 "PK\3\4\x14\0\6\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x14\0\0\0"
	 "ppt/presentation.xml"), OFFICE "presentationml.presentation"},
	{STR("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0"), "image/bmp"},
	{STR("BMW drivers and their habits"), NOTHING},
	{STR("\0\0\1\0\1\0\x10\x10\0\0\1\0"), "image/x-icon"},
	{STR("\0\0\1\0\0\0\0\0\0\0"), NOTHING},
	{STR("II*\0\x08\0\0\0"), "image/tiff"},
	{STR("MM\0*\0\0\0\x08"), "image/tiff"},
	{STR("II+\0\x08\0\0\0"), "image/tiff"},
	{STR("II*\0\x10\0\0\0CR\2\0"), "image/x-canon-cr2"},
	{STR("8BPS\0\1"), "image/vnd.adobe.photoshop"},
	{STR("\xff\x0a\0"), "image/jxl"},
	{STR("\0\0\0\x0cJXL \r\n\x87\n"), "image/jxl"},
	{STR("\0\0\0\x0cjP  \r\n\x87\n"), "image/jp2"},
	{STR("wOFF\0\1\0\0"), "font/woff"},
	{STR("wOF2\0\1\0\0"), "font/woff2"},
	{STR("OTTO\0\x0b"), "font/otf"},
	{STR("\0\1\0\0\0\x11\1\0"), "font/ttf"},
	{STR("\0\1\0\0\1\x11\1\0"), NOTHING},
	{STR("ttcf\0\1"), "font/collection"},
	{STR("\0asm\1\0\0\0"), "application/wasm"},
	{STR("{\\rtf1\\ansi"), "application/rtf"},
	/* SVG */
	{STR("<svg>"), "image/svg+xml"},
	{STR("<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/svg+xml"},
	{STR("<svg\nwidth='1'>"), "image/svg+xml"},
	{STR("<svg/>"), "image/svg+xml"},
	{STR("<svg:svg >"), "image/svg+xml"},
	{STR("\xef\xbb\xbf<svg>"), "image/svg+xml"},
	{STR("\xef\xbb\xbf \t\r\n<?xml version=\"1.0\"?>\n<svg>"),
	 "image/svg+xml"},
	{STR("\n<!-- <svg> --><!---->\n<svg >"), "image/svg+xml"},
	{STR("<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"u\"><svg >"),
	 "image/svg+xml"},
	{STR("<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'>]>\n<svg>"),
	 "image/svg+xml"},
	{STR("<!-- x --><?xml-stylesheet href='a'?> <svg>"), "image/svg+xml"},
	{STR("<svgfoo>"), NOTHING},
	{STR("<svg"), NOTHING},
	{STR("<svg\0"), NOTHING},
	{STR("<svg:g>"), NOTHING},
	{STR("<html><svg>"), NOTHING},
	{STR("<!-- <svg>"), NOTHING},
	{STR("<!-- --"), NOTHING},
	{STR("<?xml <svg>"), NOTHING},
	{STR("<!DOCTYPE html><html><svg>"), NOTHING},
	{STR("<!DOCTYPE svg [ <svg>"), NOTHING},
	{STR("text <svg>"), NOTHING},
	{STR(" "), NOTHING},
	{STR("plain words"), NOTHING},
	{STR("{\"a\": 1}"), NOTHING},
	{STR("#!/bin/sh\n"), NOTHING},
};
/* clang-format on */

static void signatures_tell_formats_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(signatures); i++) {
		/* a copy of its own, so that reading past it is seen */
		struct str head = signatures[i].head;
		g_autofree char *copy = g_memdup2(head.p, head.n);
		struct str got = sniff_signature((struct str){copy, head.n});
		struct str want = str_of(signatures[i].type);
		if (!str_eq(got, want) || (got.p == NULL) != (want.p == NULL))
			fail_msg("row %zu: got %.*s, want %.*s", i,
				 STR_ARG(got), STR_ARG(want));
	}
}

static void every_beginning_of_a_signature_is_safe(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(signatures); i++) {
		struct str head = signatures[i].head;
		for (size_t n = 0; n < head.n; n++) {
			g_autofree char *copy = g_memdup2(head.p, n);
			(void)sniff_signature((struct str){copy, n});
		}
	}
	assert_str(sniff_signature(STR_NONE), STR_NONE);
}

static void tar_is_known_by_its_middle(void **state)
{
	(void)state;
	char head[512] = "name";
	memcpy(head + 257, "ustar", 5);
	assert_str(sniff_signature((struct str){head, 512}),
		   STR("application/x-tar"));
	assert_str(sniff_signature((struct str){head, 261}), STR_NONE);
}

static void mp3_frames_follow_each_other(void **state)
{
	(void)state;
	/* 128 kbit/s at 44.1 kHz: 417 bytes */
	char head[512] = "\xff\xfb\x90\x64";
	assert_str(sniff_signature((struct str){head, 512}), STR_NONE);
	memcpy(head + 417, "\xff\xfb\x92\x64", 4);
	assert_str(sniff_signature((struct str){head, 512}), STR("audio/mpeg"));
}

static void nothing_past_the_first_4_kib_is_read(void **state)
{
	(void)state;
	g_autofree char *head = g_malloc(8192);
	memset(head, ' ', 8192);
	memcpy(head + 4090, "<svg>", 5);
	assert_str(sniff_signature((struct str){head, 8192}),
		   STR("image/svg+xml"));
	memset(head, ' ', 8192);
	memcpy(head + 4092, "<svg>", 5);
	assert_str(sniff_signature((struct str){head, 8192}), STR_NONE);
}

static const struct {
	const char *name, *type;
} extensions[] = {
	{"a.jpg", "image/jpeg"},
	{"a.JPG", "image/jpeg"},
	{"a.b.jPeG", "image/jpeg"},
	{".png", "image/png"},
	{"dir.d/a.3g2", "video/3gpp2"},
	{"a.zst", "application/zstd"},
	{"a.md", "text/markdown"},
	{"a.docx", OFFICE "wordprocessingml.document"},
	{"a.tar.gz", "application/gzip"},
	{"a.webp", "image/webp"},
	{"a.woff2", "font/woff2"},
	{"a.json", "application/json"},
	{"a.csv", "text/csv"},
	{"a", NULL},
	{"", NULL},
	{"a.", NULL},
	{".", NULL},
	{"jpg", NULL},
	{"a.jpg ", NULL},
	{"a.jpg/b", NULL},
	{"a.unknownextension", NULL},
	{"a.zzz", NULL},
	{"a.000", NULL},
	{"a.\xc3\xa9", NULL},
};

static void extension_names_the_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(extensions); i++)
		assert_str(sniff_extension(str_of(extensions[i].name)),
			   str_of(extensions[i].type));
	assert_str(sniff_extension(STR_NONE), STR_NONE);
	assert_str(sniff_extension(STR("a.jpg\0")), STR_NONE);
}

/* Each row of the table must be found, or the table is not sorted. */
static void all_common_extensions_are_found(void **state)
{
	(void)state;
	static const char *const names =
		"3g2 3gp 7z aac ai aif aiff apk apng avi avif bin bmp bz2 c "
		"cr2 cr3 css csv doc docx eml eot eps epub flac flv gif glb "
		"gltf gz h heic heif htm html ico ics jar jfif jp2 jpe jpeg "
		"jpg js json jsonld jxl log m3u8 m4a m4v md mid mjs mkv mov "
		"mp3 mp4 mpd mpeg mpg odg odp ods odt oga ogg ogv opus otf "
		"pdf png ppt pptx ps psd py rar rtf sh sql srt svg tar tgz "
		"tif tiff tsv ttc ttf txt vcf vtt wasm wav weba webm webp wmv "
		"woff woff2 xhtml xls xlsx xml xz yaml yml zip zst";
	struct str rest = str_of(names);
	while (rest.p) {
		struct str name = str_split(&rest, ' ');
		g_autofree char *file =
			g_strdup_printf("a.%.*s", STR_ARG(name));
		if (sniff_extension(str_of(file)).p == NULL)
			fail_msg("unknown: %s", file);
	}
}

static const struct {
	const char *type;
	bool says, image;
} declared[] = {
	{"image/png", true, true},
	{"IMAGE/PNG", true, true},
	{" image/png ; q=1", true, true},
	{"image/jpeg", true, true},
	{"image/svg+xml; charset=utf-8", true, true},
	{"image/vnd.adobe.photoshop", true, false},
	{"image/pngx", true, false},
	{"text/plain; charset=utf-8", true, false},
	{"application/vnd.ms-excel", true, false},
	{"application/octet-stream", false, false},
	{"Application/Octet-Stream; a=b", false, false},
	{"binary/octet-stream", false, false},
	{"BINARY/octet-stream ;a=b", false, false},
	{"application/x-binary", false, false},
	{"application/unknown", false, false},
	{"unknown/unknown; charset=binary", false, false},
	{"application/force-download", false, false},
	{"application/x-download", false, false},
	{"application/x-empty", false, false},
	{"inode/x-empty", false, false},
	{"multipart/form-data; boundary=x", false, false},
	{"multipart/mixed", true, false},
	{"application/x-binary-thing", true, false},
	{"image/*", false, false},
	{"*/*", false, false},
	{"*", false, false},
	{"image/*; q=0.8", false, false},
	{"image/pn*", false, false},
	{"*/png", false, false},
	{"image/png, image/jpeg", false, false},
	{"application/x-www-form-urlencoded", false, false},
	{"application/x-www-form-urlencoded;charset=UTF-8", false, false},
	{"", false, false},
	{"image", false, false},
	{"image/", false, false},
	{"/png", false, false},
	{"image/png/x", false, false},
	{"image /png", false, false},
	{"ima ge/png", false, false},
	{"image/p\xc3\xa4", false, false},
	{"text/html\r\nX: y", false, false},
};

static void declared_types_must_say_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(declared); i++) {
		struct str type = str_of(declared[i].type);
		if (sniff_declared(type) != declared[i].says)
			fail_msg("declared: %s", type.p);
		if (sniff_is_image(type) != declared[i].image)
			fail_msg("image: %s", type.p);
	}
	assert_false(sniff_declared(STR_NONE));
	assert_false(sniff_is_image(STR_NONE));
	g_autofree char *blanks = g_strnfill(300, ' ');
	g_autofree char *lengthy = g_strdup_printf("text/plain;%s", blanks);
	assert_false(sniff_declared(str_of(lengthy)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_tell_formats_apart),
		cmocka_unit_test(every_beginning_of_a_signature_is_safe),
		cmocka_unit_test(tar_is_known_by_its_middle),
		cmocka_unit_test(mp3_frames_follow_each_other),
		cmocka_unit_test(nothing_past_the_first_4_kib_is_read),
		cmocka_unit_test(extension_names_the_type),
		cmocka_unit_test(all_common_extensions_are_found),
		cmocka_unit_test(declared_types_must_say_something),
	};
	return cmocka_run_group_tests_name("sniff", tests, NULL, NULL);
}
