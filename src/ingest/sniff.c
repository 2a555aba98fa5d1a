/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content types: a table of signatures, and the formats that take more than one
 * comparison. Signatures neither allocate nor look further than HEAD_MAX bytes.
 * Not here: extensions (sniff_extension.c), libmagic (magic.c), and whether to
 * believe what is found.
 */
#include "ingest/sniff.h"

#include <glib.h>

#include "http/syntax/head.h"

#define HEAD_MAX 4096

/* Absent when the bytes, though marked, are not of the format after all. */
typedef struct str refine_fn(struct str head);

struct signature {
	unsigned at; /* offset, bytes */
	struct str bytes;
	const char *type; /* NULL: refine says */
	refine_fn *refine;
};

static unsigned byte_at(struct str s, size_t at)
{
	return at < s.n ? (unsigned char)s.p[at] : 0;
}

static bool has_at(struct str s, size_t at, struct str what)
{
	return s.n >= at && str_starts(str_skip(s, at), what);
}

static struct str refine_bmp(struct str head)
{
	/* the size of the second header tells it from text */
	unsigned size = byte_at(head, 14);
	bool known = size == 12 || size == 40 || size == 52 || size == 56 ||
		     size == 64 || size == 108 || size == 124;
	if (!known || !has_at(head, 15, STR("\0\0\0")) ||
	    !has_at(head, 6, STR("\0\0\0\0")))
		return STR_NONE;
	return STR("image/bmp");
}

static struct str refine_ico(struct str head)
{
	bool some = byte_at(head, 4) != 0 && byte_at(head, 5) == 0;
	return some && byte_at(head, 9) == 0 ? STR("image/x-icon") : STR_NONE;
}

static struct str refine_ttf(struct str head)
{
	unsigned tables = byte_at(head, 5);
	bool some = byte_at(head, 4) == 0 && tables >= 4 && tables <= 64;
	return some ? STR("font/ttf") : STR_NONE;
}

static struct str refine_riff(struct str head)
{
	if (has_at(head, 8, STR("WEBP")))
		return STR("image/webp");
	if (has_at(head, 8, STR("WAVE")))
		return STR("audio/wav");
	if (has_at(head, 8, STR("AVI ")))
		return STR("video/x-msvideo");
	return STR_NONE;
}

static struct str refine_iff(struct str head)
{
	bool aiff =
		has_at(head, 8, STR("AIFF")) || has_at(head, 8, STR("AIFC"));
	return aiff ? STR("audio/aiff") : STR_NONE;
}

static struct str refine_ogg(struct str head)
{
	/* the first packet of the first page names the codec */
	struct str packet = head.n > 28 ? str_skip(head, 28) : STR("");
	if (str_starts(packet, STR("\x80theora")))
		return STR("video/ogg");
	if (str_starts(packet, STR("\x01vorbis")) ||
	    str_starts(packet, STR("OpusHead")) ||
	    str_starts(packet, STR("\x7f"
				   "FLAC")) ||
	    str_starts(packet, STR("Speex   ")))
		return STR("audio/ogg");
	return STR("application/ogg");
}

static struct str refine_ebml(struct str head)
{
	struct str start = str_sub(head, 0, MIN(head.n, 64));
	if (str_contains(start, STR("webm")))
		return STR("video/webm");
	if (str_contains(start, STR("matroska")))
		return STR("video/x-matroska");
	return STR_NONE;
}

static const struct {
	char brand[5];
	const char *type;
} brands[] = {
	{"avif", "image/avif"},        {"avis", "image/avif"},
	{"heic", "image/heic"},        {"heix", "image/heic"},
	{"heim", "image/heic"},        {"heis", "image/heic"},
	{"hevc", "image/heic"},        {"hevx", "image/heic"},
	{"qt  ", "video/quicktime"},   {"M4A ", "audio/mp4"},
	{"M4B ", "audio/mp4"},         {"M4P ", "audio/mp4"},
	{"crx ", "image/x-canon-cr3"},
};

static struct str brand_type(struct str box, size_t at)
{
	for (size_t i = 0; i < G_N_ELEMENTS(brands); i++)
		if (has_at(box, at, str_of(brands[i].brand)))
			return str_of(brands[i].type);
	return STR_NONE;
}

/* ISO base media: the major brand, for generic image brands the compatible
 * ones. */
static struct str refine_ftyp(struct str head)
{
	struct str type = brand_type(head, 8);
	if (type.p)
		return type;
	if (has_at(head, 8, STR("3gp")))
		return STR("video/3gpp");
	if (has_at(head, 8, STR("3g2")))
		return STR("video/3gpp2");
	if (!has_at(head, 8, STR("mif1")) && !has_at(head, 8, STR("msf1")))
		return STR("video/mp4");
	size_t end = MIN(head.n, byte_at(head, 2) << 8 | byte_at(head, 3));
	for (size_t at = 16; at + 4 <= end; at += 4) {
		type = brand_type(head, at);
		if (type.p)
			return type;
	}
	return STR("image/heif");
}

/* QuickTime from before there was a brand; a first byte that is no text tells
 * it from prose with "wide" in the right place. */
static struct str refine_moov(struct str head)
{
	return byte_at(head, 0) < 0x20 ? STR("video/quicktime") : STR_NONE;
}

static const struct {
	struct str part;
	const char *type;
} office_parts[] = {
	{STR("word/"),
	 "application/"
	 "vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{STR("xl/"),
	 "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{STR("ppt/"), "application/vnd.openxmlformats-officedocument."
		      "presentationml.presentation"},
};

#define ZIP_ENTRY STR("PK\3\4")
#define ZIP_ENTRY_HEAD 30

/* The name of the entry whose header begins at `at`. */
static struct str zip_name(struct str head, size_t at)
{
	size_t from = at + ZIP_ENTRY_HEAD;
	if (head.n < from)
		return STR("");
	size_t n = byte_at(head, at + 26) | byte_at(head, at + 27) << 8;
	return str_sub(head, from, from + MIN(n, head.n - from));
}

/* What kind of Office Open XML: by the entries within reach; when none tells,
 * the name's extension knows more than "zip". */
static struct str refine_office(struct str head)
{
	for (size_t at = 0; head.n - at > ZIP_ENTRY_HEAD; at++) {
		const char *hit = memmem(head.p + at, head.n - at, "PK\3\4", 4);
		if (hit == NULL)
			break;
		at = (size_t)(hit - head.p);
		struct str name = zip_name(head, at);
		for (size_t i = 0; i < G_N_ELEMENTS(office_parts); i++)
			if (str_starts(name, office_parts[i].part))
				return str_of(office_parts[i].type);
	}
	return STR_NONE;
}

static const struct {
	struct str content; /* of the stored entry "mimetype" */
	const char *type;
} zip_mimetypes[] = {
#define OPEN_DOCUMENT(name)                                                    \
	{                                                                      \
		STR("application/vnd.oasis.opendocument." name),               \
			"application/vnd.oasis.opendocument." name             \
	}
	OPEN_DOCUMENT("text"),
	OPEN_DOCUMENT("spreadsheet"),
	OPEN_DOCUMENT("presentation"),
	OPEN_DOCUMENT("graphics"),
#undef OPEN_DOCUMENT
	{STR("application/epub+zip"), "application/epub+zip"},
};

static struct str refine_zip(struct str head)
{
	struct str name = zip_name(head, 0);
	if (str_eq(name, STR("mimetype"))) {
		size_t at = ZIP_ENTRY_HEAD + name.n +
			    (byte_at(head, 28) | byte_at(head, 29) << 8);
		for (size_t i = 0; i < G_N_ELEMENTS(zip_mimetypes); i++)
			if (has_at(head, at, zip_mimetypes[i].content))
				return str_of(zip_mimetypes[i].type);
	}
	if (str_eq(name, STR("[Content_Types].xml")) ||
	    str_starts(name, STR("_rels/")) ||
	    str_starts(name, STR("docProps/")))
		return refine_office(head);
	if (str_starts(name, STR("META-INF/")))
		return STR("application/java-archive");
	return STR("application/zip");
}

/* Bytes of an MPEG layer III frame, 0 when the header is not one. */
static size_t mp3_frame(struct str head, size_t at)
{
	static const uint16_t kbits[2][15] = {
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256,
		 320},
	};
	static const uint16_t rates[3] = {44100, 48000, 32000};
	unsigned b1 = byte_at(head, at + 1), b2 = byte_at(head, at + 2);
	unsigned version = b1 >> 3 & 3, bitrate = b2 >> 4, rate = b2 >> 2 & 3;
	bool is_frame = byte_at(head, at) == 0xff && (b1 & 0xe6) == 0xe2 &&
			version != 1 && bitrate != 0 && bitrate != 15 &&
			rate != 3;
	if (!is_frame)
		return 0;
	bool mpeg1 = version == 3;
	unsigned hertz = rates[rate] >> (mpeg1 ? 0 : version == 2 ? 1 : 2);
	unsigned slots = mpeg1 ? 144000u : 72000u;
	return slots * kbits[mpeg1][bitrate] / hertz + (b2 >> 1 & 1);
}

/* MP3 without a tag, or AAC. The mark is short, so the next frame must be
 * there too if it is within reach. */
static struct str refine_mpeg_audio(struct str head)
{
	if ((byte_at(head, 1) & 0xf6) == 0xf0)
		return STR("audio/aac");
	size_t n = mp3_frame(head, 0);
	if (n == 0 || (n + 4 <= head.n && mp3_frame(head, n) == 0))
		return STR_NONE;
	return STR("audio/mpeg");
}

/* Behind `end`, or STR_NONE when it is not there. */
static struct str skip_past(struct str s, struct str end)
{
	const char *hit = s.n ? memmem(s.p, s.n, end.p, end.n) : NULL;
	if (hit == NULL)
		return STR_NONE;
	return str_skip(s, (size_t)(hit - s.p) + end.n);
}

static struct str skip_blanks(struct str s)
{
	while (s.n && strchr(" \t\r\n", s.p[0]) && s.p[0])
		s = str_skip(s, 1);
	return s;
}

static struct str skip_doctype(struct str s)
{
	ptrdiff_t end = str_find(s, '>');
	ptrdiff_t subset = str_find(s, '[');
	if (subset < 0 || end < subset)
		return skip_past(s, STR(">"));
	return skip_past(skip_past(s, STR("]")), STR(">"));
}

/* Whether the root element is SVG, behind whatever XML lets stand before it. */
static struct str refine_svg(struct str head)
{
	struct str s = head;
	if (str_starts(s, STR("\xef\xbb\xbf")))
		s = str_skip(s, 3);
	for (;;) {
		s = skip_blanks(s);
		if (str_starts(s, STR("<?")))
			s = skip_past(s, STR("?>"));
		else if (str_starts(s, STR("<!--")))
			s = skip_past(s, STR("-->"));
		else if (str_starts_nocase(s, STR("<!DOCTYPE")))
			s = skip_doctype(s);
		else
			break;
	}
	struct str name = s;
	if (str_starts(s, STR("<svg:svg")))
		name = str_skip(s, 8);
	else if (str_starts(s, STR("<svg")))
		name = str_skip(s, 4);
	bool is_svg = name.p != s.p && name.n && strchr(" \t\r\n/>", name.p[0]);
	return is_svg && name.p[0] ? STR("image/svg+xml") : STR_NONE;
}

/* The first row that fits decides, unless its refine finds nothing. */
/* clang-format off */
static const struct signature signatures[] = {
	{0, STR("\xff\xd8\xff"), "image/jpeg", NULL},
	{0, STR("\x89PNG\r\n\x1a\n"), "image/png", NULL},
	{0, STR("GIF87a"), "image/gif", NULL},
	{0, STR("GIF89a"), "image/gif", NULL},
	{0, STR("RIFF"), NULL, refine_riff},
	{4, STR("ftyp"), NULL, refine_ftyp},
	{0, STR("%PDF-"), "application/pdf", NULL},
	{0, ZIP_ENTRY, NULL, refine_zip},
	{0, STR("PK\5\6"), "application/zip", NULL},
	{0, STR("\x1f\x8b\x08"), "application/gzip", NULL},
	{0, STR("<"), NULL, refine_svg},
	{0, STR(" "), NULL, refine_svg},
	{0, STR("\n"), NULL, refine_svg},
	{0, STR("\r"), NULL, refine_svg},
	{0, STR("\t"), NULL, refine_svg},
	{0, STR("\xef\xbb\xbf"), NULL, refine_svg},
	{0, STR("II*\0\x10\0\0\0CR"), "image/x-canon-cr2", NULL},
	{0, STR("II*\0"), "image/tiff", NULL},
	{0, STR("MM\0*"), "image/tiff", NULL},
	{0, STR("II+\0"), "image/tiff", NULL},
	{0, STR("MM\0+"), "image/tiff", NULL},
	{0, STR("BM"), NULL, refine_bmp},
	{0, STR("\0\0\1\0"), NULL, refine_ico},
	{0, STR("8BPS"), "image/vnd.adobe.photoshop", NULL},
	{0, STR("\xff\x0a"), "image/jxl", NULL},
	{0, STR("\0\0\0\x0cJXL \r\n\x87\n"), "image/jxl", NULL},
	{0, STR("\0\0\0\x0cjP  \r\n\x87\n"), "image/jp2", NULL},
	{0, STR("ID3"), "audio/mpeg", NULL},
	{0, STR("\xff"), NULL, refine_mpeg_audio},
	{0, STR("OggS"), NULL, refine_ogg},
	{0, STR("fLaC"), "audio/flac", NULL},
	{0, STR("MThd"), "audio/midi", NULL},
	{0, STR("FORM"), NULL, refine_iff},
	{0, STR("\x1a\x45\xdf\xa3"), NULL, refine_ebml},
	{4, STR("moov"), NULL, refine_moov},
	{4, STR("mdat"), NULL, refine_moov},
	{4, STR("wide"), NULL, refine_moov},
	{0, STR("FLV\1"), "video/x-flv", NULL},
	{0, STR("\0\0\1\xba"), "video/mpeg", NULL},
	{0, STR("\0\0\1\xb3"), "video/mpeg", NULL},
	{0, STR("wOFF"), "font/woff", NULL},
	{0, STR("wOF2"), "font/woff2", NULL},
	{0, STR("OTTO\0"), "font/otf", NULL},
	{0, STR("\0\1\0\0"), NULL, refine_ttf},
	{0, STR("true\0"), "font/ttf", NULL},
	{0, STR("ttcf\0"), "font/collection", NULL},
	{4, STR("1AY&SY"), "application/x-bzip2", NULL},
	{0, STR("\xfd" "7zXZ\0"), "application/x-xz", NULL},
	{0, STR("\x28\xb5\x2f\xfd"), "application/zstd", NULL},
	{0, STR("7z\xbc\xaf\x27\x1c"), "application/x-7z-compressed", NULL},
	{0, STR("Rar!\x1a\x07"), "application/vnd.rar", NULL},
	{257, STR("ustar"), "application/x-tar", NULL},
	{0, STR("\0asm\1\0\0\0"), "application/wasm", NULL},
	{0, STR("SQLite format 3\0"), "application/vnd.sqlite3", NULL},
	{0, STR("%!PS-Adobe-"), "application/postscript", NULL},
	{0, STR("{\\rtf1"), "application/rtf", NULL},
};
/* clang-format on */

struct str sniff_signature(struct str head)
{
	head.n = MIN(head.n, HEAD_MAX);
	for (size_t i = 0; i < G_N_ELEMENTS(signatures); i++) {
		const struct signature *row = &signatures[i];
		if (!has_at(head, row->at, row->bytes))
			continue;
		if (row->type)
			return str_of(row->type);
		struct str type = row->refine(head);
		if (type.p)
			return type;
	}
	return STR_NONE;
}

#define DECLARED_MAX 255

/* What senders write who do not know: types of how something comes or where it
 * is to go, not of what it is. */
/* clang-format off */
static const struct str says_nothing[] = {
	/* "arbitrary binary data" (RFC 2046 section 4.5.1), and how else it is
	 * spelled; the second is what S3 makes of no type */
	STR("application/octet-stream"),
	STR("binary/octet-stream"),
	STR("application/octetstream"),
	STR("application/octet"),
	STR("application/x-octet-stream"),
	STR("application/binary"),
	STR("application/x-binary"),
	STR("application/macbinary"),
	STR("application/x-macbinary"),
	/* so in words: libraries that found nothing, servers without a map */
	STR("application/unknown"),
	STR("application/x-unknown"),
	STR("application/x-unknown-content-type"),
	STR("application/x-unknown-application-octet-stream"),
	STR("content/unknown"),
	STR("unknown/unknown"),
	STR("unknown/type"),
	STR("application/undefined"),
	STR("application/null"),
	STR("application/none"),
	/* found by libmagic in an empty file, or in what was no file */
	STR("application/x-empty"),
	STR("inode/x-empty"),
	/* to make a browser save instead of show */
	STR("application/force-download"),
	STR("application/x-force-download"),
	STR("application/download"),
	STR("application/x-download"),
	STR("application/save"),
	STR("application/x-forcedownload"),
	/* of the request, not of a file in it: curl -d, hand-made forms */
	STR("application/x-www-form-urlencoded"),
	STR("multipart/form-data"),
};
/* clang-format on */

bool sniff_declared(struct str type)
{
	struct str essence = http_media_type(type);
	if (type.n > DECLARED_MAX || str_has_control(type) ||
	    str_find(type, ',') >= 0 || !http_is_media_type(essence))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(says_nothing); i++)
		if (str_eq_nocase(essence, says_nothing[i]))
			return false;
	return true;
}

bool sniff_is_image(struct str type)
{
	static const struct str images[] = {
		STR("image/jpeg"),   STR("image/png"),
		STR("image/gif"),    STR("image/webp"),
		STR("image/avif"),   STR("image/svg+xml"),
		STR("image/apng"),   STR("image/bmp"),
		STR("image/x-icon"), STR("image/vnd.microsoft.icon"),
		STR("image/heic"),   STR("image/heif"),
		STR("image/tiff"),   STR("image/jxl"),
	};
	struct str whole = http_media_type(type);
	for (size_t i = 0; i < G_N_ELEMENTS(images); i++)
		if (str_eq_nocase(whole, images[i]))
			return true;
	return false;
}
