/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmagic, the last resort, made cheap. First what costs next to nothing: is
 * it text, JSON, CSV, a tar or an OLE file? Then only those tests of its table
 * that can match, for which it is loaded anew each time, with a few kilobytes.
 * So there is one table for all threads, and no handle is kept by any.
 */
#include "ingest/magic/magic_index.h"
#include "ingest/sniff.h"

#include <glib.h>
#include <magic.h>

#define HEAD_MAX 4096
#define UNKNOWN "application/octet-stream"
#define PLAIN_TEXT "text/plain"
#define BOM STR("\xef\xbb\xbf")

/* No unpacking, no running through device nodes: bytes as they are. */
#define AS_THEY_ARE (MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF)
/* What the first look has settled. */
#define SETTLED                                                                \
	(MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_JSON | MAGIC_NO_CHECK_CSV |       \
	 MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_TOKENS)

static struct {
	struct magic_table table;
	struct magic_index *index; /* NULL: every test, every time */
} shared;

int sniff_init(struct err *err)
{
	if (magic_table_open(&shared.table, err) < 0)
		return -1;
	shared.index = magic_index_new(&shared.table);
	return 0;
}

void sniff_release(void)
{
	magic_index_free(shared.index);
	magic_table_close(&shared.table);
	shared.index = NULL;
}

/* libmagic's word on bytes with this image of a table; STR_NONE when it has
 * none. */
static struct str ask(struct arena *arena, struct str bytes, struct str image,
		      int flags)
{
	magic_t handle = magic_open(flags | AS_THEY_ARE);
	void *images[] = {(void *)(uintptr_t)image.p};
	const char *type = NULL;
	if (handle && magic_load_buffers(handle, images, &image.n, 1) == 0)
		type = magic_buffer(handle, bytes.p, bytes.n);
	struct str copy = arena_str(arena, str_of(type));
	if (handle)
		magic_close(handle);
	return copy;
}

/* What the checks for text of libmagic take for ASCII. To the end, so that the
 * compiler looks at many bytes at a time. */
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

#define TAR_CHECKSUM 148 /* where it is, in octal */
#define TAR_CHECKSUM_LEN 8
#define PROSE_MIN 16u /* what is shorter is looked at more closely */

/* Text of which it is clear at once that it is no JSON, CSV or tar, which
 * libmagic would find out at some length. */
static bool is_prose(struct str bytes)
{
	struct str rest = bytes;
	struct str line = str_split(&rest, '\n');
	if (bytes.n < PROSE_MIN || !is_ascii(bytes) ||
	    str_find(line, ',') >= 0 || str_find(line, '"') >= 0)
		return false;
	size_t blanks = 0;
	while (blanks < bytes.n && g_ascii_isspace(bytes.p[blanks]))
		blanks++;
	struct str start = str_skip(bytes, blanks);
	if (start.n == 0 || strchr("{[\"-0123456789", start.p[0]) ||
	    str_starts(start, STR("true")) || str_starts(start, STR("false")) ||
	    str_starts(start, STR("null")))
		return false;
	for (size_t i = 0; i < TAR_CHECKSUM_LEN; i++)
		if (TAR_CHECKSUM + i < bytes.n &&
		    g_ascii_isdigit(bytes.p[TAR_CHECKSUM + i]))
			return false;
	return true;
}

/* What can be told without a table; *charset is "binary" for what is no text.
 */
static struct str first_look(struct arena *arena, struct str bytes,
			     struct str *charset)
{
	struct magic_record empty;
	if (is_prose(bytes)) {
		*charset = STR("us-ascii");
		return STR(PLAIN_TEXT);
	}
	magic_image_begin(&empty, 0, 0);
	struct str said = ask(arena, bytes,
			      (struct str){(const char *)&empty, sizeof(empty)},
			      MAGIC_MIME | MAGIC_NO_CHECK_SOFT);
	struct str type = str_trim(str_split(&said, ';'));
	*charset = str_after_last(said, '=');
	return type;
}

static bool is_open(struct str type)
{
	return type.n == 0 || str_eq(type, STR(UNKNOWN)) ||
	       str_eq(type, STR(PLAIN_TEXT));
}

static struct magic_pick pick_tests(struct arena *arena, struct str bytes,
				    struct str charset)
{
	bool utf8 = str_eq(charset, STR("us-ascii")) ||
		    str_eq(charset, STR("utf-8"));
	bool other = !utf8 && !str_eq(charset, STR("binary"));
	struct str text = utf8 ? bytes : STR_NONE;
	if (utf8 && str_starts(text, BOM))
		text = str_skip(text, BOM.n);
	return magic_index_pick(shared.index, arena, bytes, text, other);
}

/* What there is to do about some bytes, before any test has run. */
struct sniff_begun {
	struct str bytes; /* a copy: they may be others by then */
	struct str type;  /* by the first look */
	struct magic_pick pick;
};

static struct sniff_begun begin(struct arena *arena, struct str bytes)
{
	struct sniff_begun begun = {
		.bytes = bytes,
		.type = STR_NONE,
		.pick = {{shared.table.map, shared.table.size}, true},
	};
	struct str charset = STR_NONE;
	if (shared.index == NULL)
		return begun;
	begun.type = first_look(arena, bytes, &charset);
	begun.pick = is_open(begun.type) ? pick_tests(arena, bytes, charset)
					 : (struct magic_pick){0};
	return begun;
}

static const struct sniff_begun *keep(struct arena *arena,
				      const struct sniff_begun *begun)
{
	struct sniff_begun *kept = arena_alloc(arena, sizeof(*kept));
	*kept = *begun;
	kept->bytes = arena_str(arena, begun->bytes);
	return kept;
}

bool sniff_magic(struct arena *arena, struct str head, struct sniff_look *look,
		 struct str *out)
{
	int flags = MAGIC_MIME_TYPE | (shared.index ? SETTLED : 0);
	head.n = MIN(head.n, HEAD_MAX);
	*out = STR(UNKNOWN);
	if (head.n == 0)
		return true;
	struct sniff_begun begun =
		look->begun && str_eq(look->begun->bytes, head)
			? *look->begun
			: begin(arena, head);
	struct str image = begun.pick.image, type = begun.type;
	if (image.n && begun.pick.slow && !look->patient) {
		look->begun = keep(arena, &begun);
		return false;
	}
	if (image.n)
		type = ask(arena, head, image, flags);
	/* "cannot open ..." and the like are no types either */
	if (sniff_declared(type))
		*out = type;
	return true;
}

int sniff_library_version(void)
{
	return magic_version();
}
