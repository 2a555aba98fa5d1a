/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorting the parts of a body. One part is open at a time, so one decoder, one
 * scratch text and one state are enough for all of them.
 */
#include "ingest/intake.h"
#include "ingest/coding.h"

#include <glib.h>

#include "base/buf.h"
#include "base/encode.h"
#include "http/syntax/head.h"
#include "ingest/fetch.h"
#include "ingest/object.h"
#include "ingest/pairs.h"
#include "store/stage.h"

#define FRAMING_MAX (1024u * 1024) /* boundaries, part heads, fields */
#define DATA_HEAD_MAX 1024u        /* of a data: URI, up to the comma */
#define FIELDS_FIRST 16u
#define DECODE_STEP 4096u
/* A file of more than that is on its way to the disk: what comes of it in
 * little pieces, an escape, a chunk, gathers before. */
#define GATHER_FROM 4096u
#define GATHER_BYTES (16u * 1024)
#define LITTLE_BYTES 1024u
#define NAME_SHOWN_MAX 64u /* bytes of a field's name in an error */

/* What becomes of the bytes of the open part. */
enum take {
	TAKE_NOTHING,
	TAKE_FIELD,
	TAKE_BYTES,
	TAKE_BASE64,
	TAKE_TEXT, /* PART_FILE_TEXT, not enough seen to tell what it is */
	TAKE_URL,
	TAKE_DATA, /* a data: URI, before its comma */
};

static const struct {
	struct str text;
	enum take take;
} text_starts[] = {
	{{"http://", 7}, TAKE_URL},
	{{"https://", 8}, TAKE_URL},
	{{"data:", 5}, TAKE_DATA},
};
#define TEXT_START_MAX 8

struct intake_private {
	struct arena *arena;
	struct store *store;
	const struct intake_plan *plan;
	struct multipart *multipart; /* one of the three, or none */
	struct object_parts *object;
	struct pair_parts *pairs;
	bool pairs_begun; /* they are pairs */
	enum take take;
	struct base64_decoder decoder; /* of a file in base64 */
	struct str part_name;
	bool is_coded; /* the open part; its bytes are decoded first */
	struct base64_decoder coding;
	struct buf scratch; /* the open part's text; its room is used again */
	char *gathered;     /* of the file, GATHER_BYTES; NULL: nothing ever */
	size_t n_gathered;
	size_t fields_room;
	size_t fields_bytes;
	uint64_t room;  /* bytes that may still be fed */
	bool have_file; /* also a URL */
};

struct whole_intake {
	struct intake intake;
	struct intake_private private;
};

static int too_large(const struct intake_plan *plan, struct err *err)
{
	if (plan->too_large)
		return err_set(err, ERR_TOO_LARGE, "%s", plan->too_large);
	return err_set(err, ERR_TOO_LARGE,
		       "The file exceeds the limit of %llu bytes.",
		       (unsigned long long)plan->max_file);
}

static int bad_base64(const struct intake_plan *plan, struct err *err)
{
	return err_set(err, ERR_INVALID, "%s",
		       plan->bad_base64 ? plan->bad_base64
					: "The file is not valid base64.");
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int file_pass_on(struct intake *intake, const void *p, size_t n,
			struct err *err)
{
	if (intake->part == NULL)
		return store_sink_write(intake->file, p, n, err);
	return store_part_write(intake->part, p, n, err);
}

static int file_flush(struct intake *intake, struct err *err)
{
	struct intake_private *in = intake->private;
	size_t n = in->n_gathered;
	in->n_gathered = 0;
	return n ? file_pass_on(intake, in->gathered, n, err) : 0;
}

static void file_gather(struct intake_private *in, const void *p, size_t n)
{
	if (in->gathered == NULL)
		in->gathered = arena_alloc(in->arena, GATHER_BYTES);
	memcpy(in->gathered + in->n_gathered, p, n);
	in->n_gathered += n;
}

static int file_write(struct intake *intake, const void *p, size_t n,
		      struct err *err)
{
	struct intake_private *in = intake->private;
	uint64_t size = intake->part ? store_part_size(intake->part)
				     : store_sink_size(intake->file);
	size += in->n_gathered;
	if (n > in->plan->max_file - size)
		return too_large(in->plan, err);
	bool gathers = n < LITTLE_BYTES && size >= GATHER_FROM;
	if ((!gathers || in->n_gathered + n > GATHER_BYTES) &&
	    file_flush(intake, err) < 0)
		return -1;
	if (!gathers)
		return file_pass_on(intake, p, n, err);
	file_gather(in, p, n);
	return 0;
}

typedef int taker(struct intake *intake, const void *p, size_t n,
		  struct err *err);

static int not_base64(const struct intake_private *in, struct err *err)
{
	if (in->take != TAKE_FIELD)
		return bad_base64(in->plan, err);
	return err_set(err, ERR_INVALID,
		       "The field \"%.*s\" is not valid base64.",
		       STR_ARG(str_cut(in->part_name, NAME_SHOWN_MAX)));
}

static int decode(struct intake *intake, struct base64_decoder *decoder,
		  struct str text, taker *take, struct err *err)
{
	uint8_t bytes[DECODE_STEP / 4 * 3 + 3];
	while (text.n) {
		size_t step = MIN(text.n, DECODE_STEP);
		ptrdiff_t got =
			base64_decode_step(decoder, text.p, step, bytes);
		if (got < 0)
			return not_base64(intake->private, err);
		if (got && take(intake, bytes, (size_t)got, err) < 0)
			return -1;
		text = str_skip(text, step);
	}
	return 0;
}

static int file_write_base64(struct intake *intake, const char *p, size_t n,
			     struct err *err)
{
	return decode(intake, &intake->private->decoder, (struct str){p, n},
		      file_write, err);
}

static void file_open_sink(struct intake *intake, bool base64)
{
	struct intake_private *in = intake->private;
	if (intake->part == NULL) {
		intake->file = store_sink_new(in->store, in->plan->max_file);
		store_sink_write_behind(intake->file);
	}
	in->take = base64 ? TAKE_BASE64 : TAKE_BYTES;
	base64_decode_init(&in->decoder);
}

/* Adds to the text of the open part; false when that would pass max bytes. */
static bool text_add(struct intake_private *in, const char *p, size_t n,
		     size_t max)
{
	in->scratch.max = max;
	in->scratch.overflow = in->scratch.n > max;
	if (!in->scratch.overflow)
		buf_add(&in->scratch, (struct str){p, n});
	return !in->scratch.overflow;
}

static void text_clear(struct intake_private *in)
{
	in->scratch.n = 0;
	in->scratch.overflow = false;
}

static size_t field_max(const struct intake_plan *plan)
{
	return plan->max_field ? plan->max_field : INTAKE_FIELD_MAX;
}

static int field_add(struct intake_private *in, struct str name, const char *p,
		     size_t n, struct err *err)
{
	if (!text_add(in, p, n, field_max(in->plan)))
		return err_set(err, ERR_INVALID,
			       "The field \"%.*s\" exceeds the limit of %zu "
			       "bytes.",
			       STR_ARG(str_cut(name, NAME_SHOWN_MAX)),
			       field_max(in->plan));
	return 0;
}

static void fields_grow(struct intake *intake)
{
	struct intake_private *in = intake->private;
	if (intake->n_fields < in->fields_room)
		return;
	in->fields_room = MAX(in->fields_room * 2, FIELDS_FIRST);
	struct intake_field *grown = arena_alloc(
		in->arena, in->fields_room * sizeof(struct intake_field));
	if (intake->n_fields)
		memcpy(grown, intake->fields,
		       intake->n_fields * sizeof(*grown));
	intake->fields = grown;
}

static int field_end(struct intake *intake, struct str name, struct err *err)
{
	struct intake_private *in = intake->private;
	struct str value = buf_str(&in->scratch);
	if (!str_is_utf8(value))
		return err_set(err, ERR_INVALID,
			       "The field \"%.*s\" is not valid UTF-8 text.",
			       STR_ARG(str_cut(name, NAME_SHOWN_MAX)));
	in->fields_bytes += name.n + value.n;
	size_t most = MAX(INTAKE_FIELDS_BYTES, field_max(in->plan));
	if (in->fields_bytes > most)
		return err_set(err, ERR_INVALID,
			       "The form fields exceed the limit of %zu bytes.",
			       most);
	fields_grow(intake);
	intake->fields[intake->n_fields++] = (struct intake_field){
		.name = arena_str(in->arena, name),
		.value = arena_str(in->arena, value),
	};
	return 0;
}

/* What a text begins with; TAKE_TEXT while more than one thing is possible. */
static enum take text_kind(struct str text)
{
	for (size_t i = 0; i < G_N_ELEMENTS(text_starts); i++) {
		struct str start = text_starts[i].text;
		if (str_starts_nocase(text, start))
			return text_starts[i].take;
		if (str_starts_nocase(start, text))
			return TAKE_TEXT;
	}
	return TAKE_BASE64;
}

/* The text turned out to be the file, in base64, or decoded from that already:
 * the bytes kept so far are part of it. */
static int text_is_file(struct intake *intake, struct err *err)
{
	struct str start = buf_str(&intake->private->scratch);
	bool is_coded = intake->private->is_coded;
	file_open_sink(intake, !is_coded);
	return is_coded ? file_write(intake, start.p, start.n, err)
			: file_write_base64(intake, start.p, start.n, err);
}

/* Takes bytes until it is clear what they are. Returns how many, or -1. */
static ptrdiff_t text_start(struct intake *intake, const char *p, size_t n,
			    struct err *err)
{
	struct intake_private *in = intake->private;
	size_t i = 0;
	while (i < n && in->take == TAKE_TEXT) {
		char c = p[i++];
		if (in->scratch.n == 0 && !in->is_coded && is_blank(c))
			continue;
		text_add(in, &c, 1, TEXT_START_MAX);
		in->take = text_kind(buf_str(&in->scratch));
	}
	if (in->scratch.n)
		in->have_file = true;
	if (in->take == TAKE_BASE64 && text_is_file(intake, err) < 0)
		return -1;
	return (ptrdiff_t)i;
}

static int url_add(struct intake_private *in, const char *p, size_t n,
		   struct err *err)
{
	if (!text_add(in, p, n, FETCH_URL_MAX))
		return err_set(err, ERR_INVALID,
			       "The URL exceeds the limit of %u bytes.",
			       FETCH_URL_MAX);
	return 0;
}

static int url_end(struct intake *intake, struct err *err)
{
	struct str url = buf_str(&intake->private->scratch);
	while (url.n && is_blank(url.p[url.n - 1]))
		url.n--;
	if (!str_is_utf8(url) || str_has_control(url))
		return err_set(err, ERR_INVALID, "The URL is not valid.");
	intake->url = arena_str(intake->private->arena, url);
	return 0;
}

/* "data:" [media type] *(";" parameter) ";base64", the comma taken off. */
static int data_head(struct intake *intake, struct err *err)
{
	struct intake_private *in = intake->private;
	struct str rest = str_skip(buf_str(&in->scratch), 5);
	struct str mark = STR(";base64");
	if (rest.n < mark.n ||
	    !str_eq_nocase(str_skip(rest, rest.n - mark.n), mark) ||
	    !str_is_utf8(rest))
		return bad_base64(in->plan, err);
	struct str type = str_trim(str_split(&rest, ';'));
	intake->file_type = type.n ? arena_str(in->arena, type) : STR_NONE;
	file_open_sink(intake, true);
	return 0;
}

/* Takes bytes up to and with the comma. Returns how many, or -1. */
static ptrdiff_t data_add(struct intake *intake, const char *p, size_t n,
			  struct err *err)
{
	struct intake_private *in = intake->private;
	const char *comma = memchr(p, ',', n);
	size_t head = comma ? (size_t)(comma - p) : n;
	if (!text_add(in, p, head, DATA_HEAD_MAX))
		return bad_base64(in->plan, err);
	if (comma && data_head(intake, err) < 0)
		return -1;
	return (ptrdiff_t)(comma ? head + 1 : head);
}

/* A run of bytes of the open part, or of the whole body (name is absent). */
static int take_bytes(struct intake *intake, struct str name, const char *p,
		      size_t n, struct err *err)
{
	struct intake_private *in = intake->private;
	while (n && (in->take == TAKE_TEXT || in->take == TAKE_DATA)) {
		ptrdiff_t used = in->take == TAKE_TEXT
					 ? text_start(intake, p, n, err)
					 : data_add(intake, p, n, err);
		if (used < 0)
			return -1;
		p += used;
		n -= (size_t)used;
	}
	switch (in->take) {
	case TAKE_FIELD:
		return field_add(in, name, p, n, err);
	case TAKE_BYTES:
		return file_write(intake, p, n, err);
	case TAKE_BASE64:
		return file_write_base64(intake, p, n, err);
	case TAKE_URL:
		return url_add(in, p, n, err);
	case TAKE_NOTHING:
	case TAKE_TEXT:
	case TAKE_DATA:
		break;
	}
	return 0;
}

/* The same at the end of the part or body. */
static int take_end(struct intake *intake, struct str name, struct err *err)
{
	struct intake_private *in = intake->private;
	if (file_flush(intake, err) < 0)
		return -1;
	/* short base64 can look like the beginning of a URL: "http" */
	if (in->take == TAKE_TEXT && in->scratch.n &&
	    text_is_file(intake, err) < 0)
		return -1;
	switch (in->take) {
	case TAKE_FIELD:
		return field_end(intake, name, err);
	case TAKE_BASE64:
		if (!base64_decode_end(&in->decoder))
			return bad_base64(in->plan, err);
		return 0;
	case TAKE_URL:
		return url_end(intake, err);
	case TAKE_DATA:
		return bad_base64(in->plan, err);
	case TAKE_NOTHING:
	case TAKE_BYTES:
	case TAKE_TEXT:
		break;
	}
	return 0;
}

static int begin_file(struct intake *intake, const struct multipart_part *part,
		      bool text, struct err *err)
{
	struct intake_private *in = intake->private;
	if (in->have_file)
		return err_set(err, ERR_INVALID,
			       "The request has more than one file.");
	intake->file_name = arena_str(in->arena, part->filename);
	intake->file_type =
		STR_NONE; /* of a text it says nothing of the file */
	if (text) {
		in->take = TAKE_TEXT;
		if (in->pairs)
			pair_parts_keep_plus(in->pairs);
		return 0;
	}
	intake->file_type = arena_str(in->arena, part->content_type);
	in->have_file = true;
	file_open_sink(intake, in->plan->base64 && !in->is_coded);
	return 0;
}

static int on_part_begin(void *user, const struct multipart_part *part,
			 struct err *err)
{
	struct intake *intake = user;
	struct intake_private *in = intake->private;
	in->take = TAKE_NOTHING;
	in->part_name = part->name;
	in->is_coded = part->is_base64;
	base64_decode_init(&in->coding);
	text_clear(in);
	switch (in->plan->classify(part, in->have_file)) {
	case PART_FIELD:
		if (intake->n_fields == INTAKE_FIELDS_MAX)
			return err_set(err, ERR_INVALID,
				       "The form exceeds the limit of %u "
				       "fields.",
				       (unsigned)INTAKE_FIELDS_MAX);
		in->take = TAKE_FIELD;
		return 0;
	case PART_FILE:
		return begin_file(intake, part, false, err);
	case PART_FILE_TEXT:
		return begin_file(intake, part, true, err);
	case PART_SKIP:
		break;
	}
	return 0;
}

static int take_part(struct intake *intake, const void *p, size_t n,
		     struct err *err)
{
	return take_bytes(intake, intake->private->part_name, p, n, err);
}

static int on_part_data(void *user, const struct multipart_part *part,
			const char *p, size_t n, struct err *err)
{
	struct intake *intake = user;
	struct intake_private *in = intake->private;
	(void)part;
	if (!in->is_coded || in->take == TAKE_NOTHING)
		return take_part(intake, p, n, err);
	return decode(intake, &in->coding, (struct str){p, n}, take_part, err);
}

/* What a browser sends for a file input in which none was chosen (HTML
 * standard, "constructing the entry list"). */
static bool is_no_file(const struct intake *intake,
		       const struct multipart_part *part)
{
	enum take take = intake->private->take;
	return (take == TAKE_BYTES || take == TAKE_BASE64) &&
	       part->filename.p && part->filename.n == 0 &&
	       store_sink_size(intake->file) == 0 &&
	       !intake->private->plan->empty_is_file;
}

static int on_part_end(void *user, const struct multipart_part *part,
		       struct err *err)
{
	struct intake *intake = user;
	struct intake_private *in = intake->private;
	if (in->is_coded && in->take != TAKE_NOTHING &&
	    !base64_decode_end(&in->coding))
		return not_base64(in, err);
	if (take_end(intake, part->name, err) < 0)
		return -1;
	if (is_no_file(intake, part)) {
		store_sink_free(intake->file);
		intake->file = NULL;
		intake->file_name = intake->file_type = STR_NONE;
		intake->private->have_file = false;
	}
	return 0;
}

/* The largest body that may hold a file within the limit: also where skipped
 * parts and blanks in base64 end. */
static uint64_t body_max(const struct intake_plan *plan, bool form)
{
	uint64_t max = MIN(plan->max_file, INT64_MAX / 2);
	if (plan->base64 || (form && plan->takes_text))
		max += max / 2 + 4;
	return form ? max + FRAMING_MAX : max;
}

enum body_kind {
	BODY_FILE,
	BODY_MULTIPART,
	BODY_OBJECT,
	BODY_PAIRS /* or an object: curl -d names no other type */
};

static enum body_kind body_kind(const struct intake_body *body)
{
	const struct intake_plan *plan = body->plan;
	struct str type = http_media_type(body->content_type);
	if (plan->classify && str_eq_nocase(type, STR("multipart/form-data")))
		return BODY_MULTIPART;
	if (plan->classify == NULL || !plan->takes_json)
		return BODY_FILE;
	if (str_eq_nocase(type, STR("application/json")))
		return BODY_OBJECT;
	if (str_eq_nocase(type, STR("application/x-www-form-urlencoded")))
		return BODY_PAIRS;
	return BODY_FILE;
}

static struct multipart_events events_of(struct intake *intake)
{
	return (struct multipart_events){
		.user = intake,
		.part_begin = on_part_begin,
		.part_data = on_part_data,
		.part_end = on_part_end,
	};
}

/* The parser of what the body is, or the sink that takes it. */
static int open_body(struct intake *intake, const struct intake_body *body,
		     struct err *err)
{
	struct intake_private *in = intake->private;
	const struct multipart_events events = events_of(intake);
	switch (body_kind(body)) {
	case BODY_MULTIPART:
		in->multipart = multipart_new(in->arena, body->content_type,
					      &events, err);
		return in->multipart ? 0 : -1;
	case BODY_OBJECT:
		in->object = object_parts_new(in->arena, &events);
		return 0;
	case BODY_PAIRS:
		in->pairs = pair_parts_new(in->arena, &events);
		return 0;
	case BODY_FILE:
		break;
	}
	intake->file_type = arena_str(in->arena, body->content_type);
	in->have_file = true;
	file_open_sink(intake, in->plan->base64);
	return 0;
}

static int check_body(const struct intake_body *body, bool form,
		      struct err *err)
{
	const struct intake_plan *plan = body->plan;
	/* else the coded bytes would be taken for the file */
	if (coding_add(CODING_IDENTITY, body->content_encoding) !=
		    CODING_IDENTITY ||
	    coding_is_framed(body->content_encoding))
		return err_set(err, ERR_INVALID,
			       "The body must come without a "
			       "Content-Encoding.");
	if (!form && plan->form_only)
		return err_set(err, ERR_INVALID, "%s",
			       plan->not_multipart ? plan->not_multipart
						   : "The request body must be "
						     "multipart/form-data.");
	if (body->length > 0 && (uint64_t)body->length > body_max(plan, form))
		return too_large(plan, err);
	return 0;
}

int intake_new(struct intake **out, const struct intake_body *body,
	       struct err *err)
{
	const struct intake_plan *plan = body->plan;
	bool form = body_kind(body) != BODY_FILE;
	g_assert(body->part == NULL || plan->classify == NULL);
	if (check_body(body, form, err) != 0) {
		store_part_drop(body->part);
		return -1;
	}
	struct whole_intake *whole = arena_zalloc(body->arena, sizeof(*whole));
	struct intake *intake = &whole->intake;
	struct intake_private *in = &whole->private;
	intake->private = in;
	intake->form = form;
	in->arena = body->arena;
	in->store = body->store;
	in->plan = plan;
	in->room = body_max(plan, form);
	intake->part = body->part;
	buf_init(&in->scratch, body->arena, 0);
	if (open_body(intake, body, err) != 0)
		return -1;
	*out = intake;
	return 0;
}

/* No name of a pair begins like an object. */
static void tell_pairs(struct intake *intake, char first)
{
	struct intake_private *in = intake->private;
	const struct multipart_events events = events_of(intake);
	in->pairs_begun = true;
	if (first != '{' && !is_blank(first))
		return;
	in->pairs = NULL;
	in->object = object_parts_new(in->arena, &events);
}

static int feed_body(struct intake *intake, const char *p, size_t n,
		     struct err *err)
{
	struct intake_private *in = intake->private;
	if (n > in->room)
		return too_large(in->plan, err);
	in->room -= n;
	if (in->pairs && n && !in->pairs_begun)
		tell_pairs(intake, *p);
	if (in->multipart)
		return multipart_feed(in->multipart, p, n, err);
	if (in->object)
		return object_parts_feed(in->object, p, n, err);
	if (in->pairs)
		return pair_parts_feed(in->pairs, p, n, err);
	return take_bytes(intake, STR_NONE, p, n, err);
}

/* Nothing that has failed stays in the way of who sends it again. */
static int fail(struct intake *intake)
{
	store_part_drop(intake->part);
	intake->part = NULL;
	return -1;
}

char *intake_room(struct intake *intake, size_t *n)
{
	const struct intake_private *in = intake->private;
	*n = 0;
	/* what has gathered goes before */
	if (intake->form || in->take != TAKE_BYTES || in->n_gathered)
		return NULL;
	return intake->part ? store_part_room(intake->part, n)
			    : store_sink_room(intake->file, n);
}

int intake_feed(struct intake *intake, const char *p, size_t n, struct err *err)
{
	return feed_body(intake, p, n, err) == 0 ? 0 : fail(intake);
}

static int end_body(struct intake *intake, struct err *err)
{
	struct intake_private *in = intake->private;
	if (in->multipart)
		return multipart_end(in->multipart, err);
	if (in->object)
		return object_parts_end(in->object, err);
	if (in->pairs)
		return pair_parts_end(in->pairs, err);
	return take_end(intake, STR_NONE, err);
}

int intake_end(struct intake *intake, struct err *err)
{
	return end_body(intake, err) == 0 ? 0 : fail(intake);
}

bool intake_is_behind(const struct intake *intake)
{
	return intake->file && store_sink_is_behind(intake->file);
}

int intake_settle(struct intake *intake, struct err *err)
{
	return intake->file ? store_sink_settle(intake->file, err) : 0;
}

void intake_release(struct intake *intake)
{
	if (intake == NULL)
		return;
	store_sink_drop(intake->file);
	intake->file = NULL;
	(void)fail(intake);
}

struct str intake_get(const struct intake *intake, struct str name)
{
	for (size_t i = intake->n_fields; i-- > 0;)
		if (str_eq(intake->fields[i].name, name))
			return intake->fields[i].value;
	return STR_NONE;
}

static bool is_among(struct str text, const char *const spellings[4])
{
	for (size_t i = 0; i < 4; i++)
		if (str_eq(text, str_of(spellings[i])))
			return true;
	return false;
}

bool text_is_true(struct str text)
{
	static const char *const spellings[] = {"true", "True", "TRUE", "1"};
	return is_among(text, spellings);
}

bool text_is_false(struct str text)
{
	static const char *const spellings[] = {"false", "False", "FALSE", "0"};
	return is_among(text, spellings);
}
