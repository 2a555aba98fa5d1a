/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/magic/magic_encoding.h"

#include <glib.h>

#define BOM STR("\xef\xbb\xbf")
#define UTF7 STR("+/v")

static unsigned char byte_at(struct str s, size_t at)
{
	return (unsigned char)s.p[at];
}

/* What libmagic takes for text. To the end, so that the compiler looks at many
 * bytes at a time. */
static bool is_ascii(struct str bytes)
{
	uint8_t others = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		uint8_t byte = (uint8_t)bytes.p[i];
		uint8_t is_printed = (uint8_t)(byte - ' ') <= '~' - ' ';
		uint8_t is_blank = (uint8_t)(byte - '\a') <= '\r' - '\a';
		others |= !(is_printed | is_blank | (byte == 0x1b));
	}
	return others == 0;
}

/* The same of a byte, or one with the eighth bit. */
static bool is_text(struct str bytes)
{
	uint8_t others = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		uint8_t byte = (uint8_t)bytes.p[i];
		uint8_t is_printed = (uint8_t)(byte - ' ') <= '~' - ' ';
		uint8_t is_blank = (uint8_t)(byte - '\a') <= '\r' - '\a';
		others |= !(is_printed | is_blank | (byte == 0x1b) |
			    (byte >= 0x80));
	}
	return others == 0;
}

/* Control characters that no encoding has in a text, with EBCDIC's: there these
 * are the same ones. */
static bool is_binary(struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char byte = byte_at(bytes, i);
		if (byte <= 3 || (byte >= 0x0e && byte <= 0x13) ||
		    (byte >= 0x1c && byte <= 0x1f))
			return true;
	}
	return false;
}

/* Bytes behind the first one of a character of UTF-8; 0 for what begins
 * none. */
static unsigned following(unsigned char first)
{
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	return first >= 0xf0 && first <= 0xf4 ? 3 : 0;
}

static bool is_well_formed(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

/* Text with bytes of 0x80 and above. UTF-8 when all characters are well formed;
 * when a byte cannot be part of any it is none; what is between these some
 * versions take for UTF-8, some not. */
static enum magic_encoding with_high_bytes(struct str bytes)
{
	bool odd = false, whole = false;
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char first = byte_at(bytes, i);
		if (first < 0x80)
			continue;
		unsigned n = following(first);
		if (first < 0xc0 || first >= 0xfe)
			return MAGIC_EIGHT_BITS;
		if (n == 0)
			return MAGIC_UNCLEAR;
		for (unsigned k = 1; k <= n; k++) {
			if (++i == bytes.n)
				break;
			if ((byte_at(bytes, i) & 0xc0) != 0x80)
				return MAGIC_EIGHT_BITS;
			odd = odd ||
			      (k == 1 &&
			       !is_well_formed(first, byte_at(bytes, i)));
			whole = whole || k == n;
		}
	}
	return odd || !whole ? MAGIC_UNCLEAR : MAGIC_UTF8;
}

static bool has_mark(struct str bytes)
{
	return str_starts(bytes, STR("\xff\xfe")) ||
	       str_starts(bytes, STR("\xfe\xff")) ||
	       str_starts(bytes, STR("\0\0\xfe\xff"));
}

enum magic_encoding magic_encoding_of(struct str bytes)
{
	if (bytes.n < 2 || has_mark(bytes) || str_starts(bytes, UTF7))
		return MAGIC_UNCLEAR;
	if (is_ascii(bytes))
		return MAGIC_ASCII;
	if (is_text(bytes))
		return str_starts(bytes, BOM) && bytes.n < 8
			       ? MAGIC_UNCLEAR
			       : with_high_bytes(bytes);
	/* zeros behind a text may, or may not, be passed over */
	while (bytes.n > 1 && bytes.p[bytes.n - 1] == '\0')
		bytes.n--;
	return is_binary(bytes) ? MAGIC_BINARY : MAGIC_UNCLEAR;
}

enum magic_encoding magic_encoding_named(struct str name)
{
	static const struct {
		struct str name;
		enum magic_encoding encoding;
	} names[] = {
		{STR("binary"), MAGIC_BINARY},
		{STR("us-ascii"), MAGIC_ASCII},
		{STR("utf-8"), MAGIC_UTF8},
		{STR("iso-8859-1"), MAGIC_EIGHT_BITS},
		{STR("unknown-8bit"), MAGIC_EIGHT_BITS},
		{STR("utf-7"), MAGIC_UTF7},
		{STR("ebcdic"), MAGIC_EBCDIC},
		{STR("utf-16le"), MAGIC_UTF16},
		{STR("utf-16be"), MAGIC_UTF16},
		{STR("utf-32le"), MAGIC_UTF32},
		{STR("utf-32be"), MAGIC_UTF32},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (str_eq(name, names[i].name))
			return names[i].encoding;
	return MAGIC_UNCLEAR;
}

/* Texts */

/* Without a character that its end cuts off. */
static struct str whole_characters(struct str text)
{
	for (size_t n = 1; n <= MIN(text.n, 3); n++) {
		unsigned char byte = byte_at(text, text.n - n);
		size_t wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
		if (byte >= 0xc0 && wanted > n)
			return str_sub(text, 0, text.n - n);
		if (byte < 0x80 || byte >= 0xc0)
			break;
	}
	return text;
}

/* A character below 0x80000000, in up to six bytes. */
static char *put_utf8(char *to, uint32_t c)
{
	static const unsigned char marks[] = {0, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc};
	unsigned more = c < 0x80 ? 0 : 1;
	while (more && c >> (more * 5 + 6))
		more++;
	*to++ = (char)(marks[more] | c >> more * 6);
	while (more--)
		*to++ = (char)(0x80 | (c >> more * 6 & 0x3f));
	return to;
}

static struct str of_eight_bits(struct arena *arena, struct str bytes)
{
	char *text = arena_alloc(arena, bytes.n * 2), *to = text;
	for (size_t i = 0; i < bytes.n; i++)
		to = put_utf8(to, byte_at(bytes, i));
	return (struct str){text, (size_t)(to - text)};
}

/* The table of POSIX's dd, conv=ascii. */
static const unsigned char of_ebcdic_byte[256] = {
	0x00, 0x01, 0x02, 0x03, 0x9c, 0x09, 0x86, 0x7f, 0x97, 0x8d, 0x8e, 0x0b,
	0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x9d, 0x85, 0x08, 0x87,
	0x18, 0x19, 0x92, 0x8f, 0x1c, 0x1d, 0x1e, 0x1f, 0x80, 0x81, 0x82, 0x83,
	0x84, 0x0a, 0x17, 0x1b, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x05, 0x06, 0x07,
	0x90, 0x91, 0x16, 0x93, 0x94, 0x95, 0x96, 0x04, 0x98, 0x99, 0x9a, 0x9b,
	0x14, 0x15, 0x9e, 0x1a, ' ',  0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6,
	0xa7, 0xa8, 0xd5, '.',  '<',  '(',  '+',  '|',  '&',  0xa9, 0xaa, 0xab,
	0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, '!',  '$',  '*',  ')',  ';',  '~',
	'-',  '/',  0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xcb, ',',
	'%',  '_',  '>',  '?',  0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0xc0, 0xc1,
	0xc2, '`',  ':',  '#',  '@',  '\'', '=',  '"',  0xc3, 'a',  'b',  'c',
	'd',  'e',  'f',  'g',  'h',  'i',  0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9,
	0xca, 'j',  'k',  'l',  'm',  'n',  'o',  'p',  'q',  'r',  '^',  0xcc,
	0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xe5, 's',  't',  'u',  'v',  'w',  'x',
	'y',  'z',  0xd2, 0xd3, 0xd4, '[',  0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb,
	0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xe4, ']',  0xe6, 0xe7,
	'{',  'A',  'B',  'C',  'D',  'E',  'F',  'G',  'H',  'I',  0xe8, 0xe9,
	0xea, 0xeb, 0xec, 0xed, '}',  'J',  'K',  'L',  'M',  'N',  'O',  'P',
	'Q',  'R',  0xee, 0xef, 0xf0, 0xf1, 0xf2, 0xf3, '\\', 0x9f, 'S',  'T',
	'U',  'V',  'W',  'X',  'Y',  'Z',  0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9,
	'0',  '1',  '2',  '3',  '4',  '5',  '6',  '7',  '8',  '9',  0xfa, 0xfb,
	0xfc, 0xfd, 0xfe, 0xff,
};

static struct str of_ebcdic(struct arena *arena, struct str bytes)
{
	char *text = arena_alloc(arena, bytes.n);
	for (size_t i = 0; i < bytes.n; i++)
		text[i] = (char)of_ebcdic_byte[byte_at(bytes, i)];
	return of_eight_bits(arena, (struct str){text, bytes.n});
}

/* The i-th character of `width` bytes; the mark is the first. */
static uint32_t wide_at(struct str bytes, size_t i, size_t width)
{
	bool little = byte_at(bytes, 0) == 0xff;
	uint32_t c = 0;
	for (size_t k = 0; k < width; k++)
		c = c << 8 |
		    byte_at(bytes, i * width + (little ? width - 1 - k : k));
	return c;
}

static bool is_first_half(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdbff;
}

bool magic_has_pairs(struct str bytes)
{
	for (size_t i = 1; i < bytes.n / 2; i++)
		if (is_first_half(wide_at(bytes, i, 2)))
			return true;
	return false;
}

static struct str of_wide(struct arena *arena, struct str bytes, size_t width)
{
	char *text = arena_alloc(arena, bytes.n * 2), *to = text;
	uint32_t half = 0;
	for (size_t i = 1; i < bytes.n / width; i++) {
		uint32_t c = wide_at(bytes, i, width);
		if (half)
			c = 0x10000 + ((half & 0x3ff) << 10 | (c & 0x3ff));
		half = width == 2 && !half && is_first_half(c) ? c : 0;
		if (c >= 0x80000000u)
			return STR_NONE;
		to = put_utf8(to, c);
	}
	return (struct str){text, (size_t)(to - text)};
}

struct str magic_text_of(struct arena *arena, struct str bytes,
			 enum magic_encoding encoding)
{
	switch (encoding) {
	case MAGIC_ASCII:
		return bytes;
	case MAGIC_UTF8:
		return whole_characters(str_starts(bytes, BOM)
						? str_skip(bytes, BOM.n)
						: bytes);
	case MAGIC_EIGHT_BITS:
		return of_eight_bits(arena, bytes);
	case MAGIC_UTF7:
		return STR("");
	case MAGIC_EBCDIC:
		return of_ebcdic(arena, bytes);
	case MAGIC_UTF16:
		return bytes.n < 2 ? STR_NONE : of_wide(arena, bytes, 2);
	case MAGIC_UTF32:
		return bytes.n < 4 ? STR_NONE : of_wide(arena, bytes, 4);
	default:
		return STR_NONE;
	}
}

/* Formats */

#define TAR_HEADER 512u
#define TAR_SUM 148u /* where it is, in octal */
#define TAR_SUM_SIZE 8u

/* Whether the sum in a tar's header is that of its bytes. */
static bool may_be_tar(struct str bytes)
{
	unsigned sum = 0, want = 0;
	int signed_sum = 0;
	struct str digits;
	if (bytes.n < TAR_HEADER)
		return false;
	digits = str_sub(bytes, TAR_SUM, TAR_SUM + TAR_SUM_SIZE);
	while (digits.n && g_ascii_isspace(digits.p[0]))
		digits = str_skip(digits, 1);
	if (digits.n == 0 || digits.p[0] < '0' || digits.p[0] > '7')
		return false;
	for (; digits.n && digits.p[0] >= '0' && digits.p[0] <= '7';
	     digits = str_skip(digits, 1))
		want = want * 8 + (unsigned)(digits.p[0] - '0');
	for (size_t i = 0; i < TAR_HEADER; i++) {
		bool in_sum = i >= TAR_SUM && i < TAR_SUM + TAR_SUM_SIZE;
		unsigned char byte = in_sum ? ' ' : byte_at(bytes, i);
		sum += byte;
		signed_sum += (signed char)byte;
	}
	return want == sum || (int)want == signed_sum;
}

static struct str skip_blanks(struct str s)
{
	while (s.n && (g_ascii_isspace(s.p[0]) || s.p[0] == '\v'))
		s = str_skip(s, 1);
	return s;
}

/* Whether the array or object that begins there ends, too, if it is
 * well-formed: what was cut off is no JSON. */
static bool ends_json(struct str start)
{
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < start.n; i++) {
		char c = start.p[i];
		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			depth++;
		} else if ((c == ']' || c == '}') && --depth == 0) {
			return true;
		}
	}
	return false;
}

/* Whether an array or an object begins; nothing else is taken for JSON, or a
 * word or number by itself by versions to come. */
static bool may_be_json(struct str bytes)
{
	struct str start = skip_blanks(bytes);
	if (start.n == 0)
		return false;
	struct str inside = skip_blanks(str_skip(start, 1));
	switch (start.p[0]) {
	case '{':
		return (inside.n == 0 || strchr("\"}", inside.p[0])) &&
		       ends_json(start);
	case '[':
		return (inside.n == 0 || g_ascii_isdigit(inside.p[0]) ||
			strchr("[]{}\"-.tfn", inside.p[0])) &&
		       ends_json(start);
	case '-':
		return inside.n && g_ascii_isdigit(inside.p[0]);
	case '"':
		return true;
	default:
		return g_ascii_isdigit(start.p[0]) ||
		       str_starts(start, STR("true")) ||
		       str_starts(start, STR("false")) ||
		       str_starts(start, STR("null"));
	}
}

/* Whether every line may have the same number of commas, and one at least; what
 * has no line end is none. A quotation may hide commas and line ends: what of
 * that is so is left to libmagic. */
static bool may_be_csv(struct str bytes)
{
	struct {
		size_t commas, quotes;
	} lines[2] = {{0, 0}, {0, 0}};
	size_t line = 0;
	if (memchr(bytes.p, '\n', bytes.n) == NULL)
		return false;
	for (size_t i = 0; i < bytes.n && line < G_N_ELEMENTS(lines); i++) {
		lines[line].commas += bytes.p[i] == ',';
		lines[line].quotes += bytes.p[i] == '"';
		line += bytes.p[i] == '\n';
	}
	if (line == 0 || lines[0].quotes % 2)
		return true;
	if (lines[0].commas == 0)
		return false;
	return line < 2 || lines[0].quotes || lines[1].quotes ||
	       lines[0].commas == lines[1].commas;
}

unsigned magic_formats_of(struct str bytes)
{
	unsigned formats = 0;
	if (may_be_tar(bytes))
		formats |= MAGIC_FORMAT_TAR;
	if (may_be_json(bytes))
		formats |= MAGIC_FORMAT_JSON;
	if (may_be_csv(bytes))
		formats |= MAGIC_FORMAT_CSV;
	if (str_starts(bytes, STR("\xd0\xcf\x11\xe0")))
		formats |= MAGIC_FORMAT_OLE;
	return formats;
}
