/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmagic, the last resort, made cheap. What it finds out before its tests is
 * mostly clear at once; its tests are run here (ingest/magic), as far as these
 * are understood. What is left, a few kilobytes of its table, it is loaded with
 * anew each time. So there is one table for all threads, and no handle is kept
 * by any.
 */
#include "ingest/magic/magic_encoding.h"
#include "ingest/magic/magic_index.h"
#include "ingest/sniff.h"

#include <glib.h>
#include <magic.h>

#define HEAD_MAX 4096
#define UNKNOWN "application/octet-stream"
#define PLAIN_TEXT "text/plain"

/* No unpacking, no running through device nodes: bytes as they are. */
#define AS_THEY_ARE (MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF)
/* What the first look has settled. */
#define SETTLED                                                                \
	(MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_JSON | MAGIC_NO_CHECK_CSV |       \
	 MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_TOKENS)

static struct {
	struct magic_table table;
	struct magic_index *index; /* NULL: every test, every time */
	/* What versions do differently: */
	bool writes_pairs; /* of UTF-16 as magic_text_of() does */
	bool keeps_even;   /* of an even number of bytes zeros are cut so that
			    * it stays even */
} shared;

/* libmagic's word on bytes with what was picked; STR_NONE when it has none. */
static struct str ask(struct arena *arena, struct str bytes,
		      const struct magic_pick *pick, int flags)
{
	magic_t handle = magic_open(flags | AS_THEY_ARE);
	void *images[2];
	size_t sizes[2], n = 0;
	const struct str parts[] = {pick->image, pick->table};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		images[n] = (void *)(uintptr_t)parts[i].p;
		sizes[n] = parts[i].n;
		n += parts[i].n > 0;
	}
	const char *type = NULL;
	if (handle && magic_load_buffers(handle, images, sizes, n) == 0)
		type = magic_buffer(handle, bytes.p, bytes.n);
	struct str copy = arena_str(arena, str_of(type));
	if (handle)
		magic_close(handle);
	return copy;
}

/* What can be told without a table. */
struct first_look {
	struct str type;
	enum magic_encoding encoding;
};

static bool is_open(struct str type)
{
	return type.n == 0 || str_eq(type, STR(UNKNOWN)) ||
	       str_eq(type, STR(PLAIN_TEXT));
}

/* libmagic's word on bytes without a test, STR_NONE when it has none. */
static struct str ask_first(struct arena *arena, struct str bytes, int flags)
{
	struct magic_record empty;
	const struct magic_pick none = {
		.image = {(const char *)&empty, sizeof(empty)}};
	magic_image_begin(&empty, 0, 0);
	return ask(arena, bytes, &none, flags | MAGIC_NO_CHECK_SOFT);
}

#define PAIR_FOUND "text/x-pair"

/* Whether libmagic finds a pair of UTF-16 where it is looked for. */
static bool writes_pairs(void)
{
	static const char text[] = "\xff\xfe\x3d\xd8\0\xde"
				   "a\0\n";
	static const char found[] = "\xed\xa0\xbd\xf0\x9f\x98\x80"
				    "a";
	struct magic_record image[2] = {[1] = {
						.flags = MAGIC_TEXT_TEST,
						.relation = '=',
						.type = MAGIC_STRING,
						.length = sizeof(found) - 1,
						.text.flags = MAGIC_FOR_TEXTS,
						.mime = PAIR_FOUND,
					}};
	struct arena arena;
	arena_init(&arena);
	memcpy(image[1].value.text, found, sizeof(found));
	magic_image_begin(image, 1, 0);
	const struct magic_pick pick = {
		.image = {(const char *)image, sizeof(image)}};
	struct str type = ask(&arena, (struct str){text, sizeof(text)}, &pick,
			      MAGIC_MIME_TYPE);
	bool is_found = str_eq(type, STR(PAIR_FOUND));
	arena_release(&arena);
	return is_found;
}

static bool keeps_even(void)
{
	struct arena arena;
	arena_init(&arena);
	struct str type = ask_first(&arena, STR("abc\0"), MAGIC_MIME_TYPE);
	bool is_cut = str_eq(type, STR(PLAIN_TEXT));
	arena_release(&arena);
	return !is_cut;
}

int sniff_init(struct err *err)
{
	if (magic_table_open(&shared.table, err) < 0)
		return -1;
	shared.index = magic_index_new(&shared.table);
	shared.writes_pairs = shared.index && writes_pairs();
	shared.keeps_even = shared.index && keeps_even();
	return 0;
}

void sniff_release(void)
{
	magic_index_free(shared.index);
	magic_table_close(&shared.table);
	shared.index = NULL;
}

/* Of which of the formats some bytes are. */
static struct str ask_for_formats(struct arena *arena, struct str bytes,
				  unsigned formats)
{
	static const struct {
		unsigned format;
		int no_check;
	} checks[] = {
		{MAGIC_FORMAT_TAR, MAGIC_NO_CHECK_TAR},
		{MAGIC_FORMAT_JSON, MAGIC_NO_CHECK_JSON},
		{MAGIC_FORMAT_CSV, MAGIC_NO_CHECK_CSV},
		{MAGIC_FORMAT_CSV, MAGIC_NO_CHECK_ENCODING},
		{MAGIC_FORMAT_OLE, MAGIC_NO_CHECK_CDF},
	};
	int flags = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_TEXT;
	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++)
		if (!(formats & checks[i].format))
			flags |= checks[i].no_check;
	return ask_first(arena, bytes, flags);
}

static struct first_look look_first(struct arena *arena, struct str bytes)
{
	struct first_look first = {STR(PLAIN_TEXT), magic_encoding_of(bytes)};
	unsigned formats = magic_formats_of(bytes);
	struct str said = STR_NONE;
	if (first.encoding == MAGIC_UNCLEAR) {
		said = ask_first(arena, bytes, MAGIC_MIME);
		first.type = str_trim(str_split(&said, ';'));
		first.encoding =
			magic_encoding_named(str_after_last(said, '='));
		return first;
	}
	if (first.encoding == MAGIC_BINARY) {
		first.type = STR(UNKNOWN);
		formats &= ~(unsigned)MAGIC_FORMAT_CSV;
	}
	if (formats)
		said = ask_for_formats(arena, bytes, formats);
	if (!is_open(said))
		first.type = said;
	return first;
}

/* What there is to do about some bytes, before libmagic has run a test. */
struct sniff_begun {
	struct str bytes; /* a copy: they may be others by then */
	struct str type;  /* unless libmagic says another one */
	struct magic_pick pick;
};

static struct str without_zeros(struct str bytes)
{
	struct str text = bytes;
	while (text.n > 1 && text.p[text.n - 1] == '\0')
		text.n--;
	if (shared.keeps_even && text.n % 2 && bytes.n % 2 == 0)
		text.n++;
	return text;
}

/* What the tests are for. Zeros behind a text are no part of it, but for
 * libmagic's first glance it is none then. */
static struct magic_content content_of(struct arena *arena, struct str bytes,
				       const struct first_look *first)
{
	struct magic_content content = {
		.bytes = bytes,
		.is_text = first->encoding != MAGIC_BINARY,
	};
	struct str text = without_zeros(bytes);
	enum magic_encoding encoding = first->encoding;
	if (encoding == MAGIC_BINARY) {
		if (!str_eq(first->type, STR(PLAIN_TEXT)))
			return content;
		struct first_look second = look_first(arena, text);
		encoding = second.encoding;
	}
	if (encoding != MAGIC_UTF16 || shared.writes_pairs ||
	    !magic_has_pairs(text))
		content.text = magic_text_of(arena, text, encoding);
	content.all_text = content.text.p == NULL;
	return content;
}

static struct sniff_begun begin(struct arena *arena, struct str bytes,
				bool patient)
{
	struct sniff_begun begun = {
		.bytes = bytes,
		.type = STR_NONE,
		.pick = {.table = {shared.table.map, shared.table.size},
			 .slow = true},
	};
	if (shared.index == NULL)
		return begun;
	struct first_look first = look_first(arena, bytes);
	begun.type = first.type;
	begun.pick = (struct magic_pick){0};
	if (!is_open(first.type))
		return begun;
	struct magic_content content = content_of(arena, bytes, &first);
	content.patient = patient;
	begun.pick = magic_index_pick(shared.index, arena, &content);
	if (begun.pick.type.p)
		begun.type = begun.pick.type;
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
			: begin(arena, head, look->patient);
	struct str type = begun.type;
	bool asks = begun.pick.image.n || begun.pick.table.n;
	if (begun.pick.undone)
		return false;
	if (asks && begun.pick.slow && !look->patient) {
		look->begun = keep(arena, &begun);
		return false;
	}
	if (asks)
		type = ask(arena, head, &begun.pick, flags);
	/* "cannot open ..." and the like are no types either */
	if (sniff_declared(type))
		*out = type;
	return true;
}

int sniff_library_version(void)
{
	return magic_version();
}
