/* SPDX-License-Identifier: Apache-2.0 */
#include "server/access_log.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/id.h"
#include "library/uploads/upload.h"

#include <glib.h>

#define METHOD_MAX 16
#define DECODED_MAX 3 /* how often a path is encoded */

enum access_field {
	FIELD_METHOD,
	FIELD_PATH,
	FIELD_STATUS,
	FIELD_BYTES,
	FIELD_DURATION,
	FIELD_DIALECT,
	FIELD_ACCOUNT,
	FIELD_ID,
	FIELD_PEER,
	FIELD_HOST,
};

/* What of a path has been written, and what must not be. */
struct path_writer {
	const struct keyring *keyring; /* NULL: none */
	struct arena *arena;
	char *out;
	size_t n;
	struct str before; /* the segment before this one, decoded, in small */
	bool hides_text;   /* it is of tasks in base64 */
	bool hides_rest;   /* all that follows, but for a handle */
	bool has_token;    /* a token of an upload in parts may follow */
};

static void put(struct path_writer *w, struct str s)
{
	size_t n = MIN(s.n, ACCESS_PATH_MAX - w->n);
	if (n)
		memcpy(w->out + w->n, s.p, n);
	w->n += n;
}

static bool is_key(const struct keyring *keyring, struct str text)
{
	return keyring && keyring_find(keyring, text);
}

/* Of each character of each path that is logged. */
static inline bool is_of_word(char c)
{
	char small = (char)(c | 0x20);
	return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool is_visible(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!g_ascii_isgraph(text.p[i]))
			return false;
	return text.n > 0;
}

/* What Basic credentials have: a key, perhaps before a colon and a password, or
 * behind "app:" and the like, in base64. Hardly anything else begins with
 * visible characters there. */
static bool is_coded_key(const struct path_writer *w, struct str word)
{
	if (word.n < BASE64_LEN(KEY_TEXT_MIN) - 1 ||
	    !is_visible(base64_decode(w->arena, str_sub(word, 0, 4))))
		return false;
	struct str pair = base64_decode(w->arena, word);
	struct str name = str_split(&pair, ':');
	return is_key(w->keyring, name) || is_key(w->keyring, pair);
}

/* A key, or what may be the token of an upload, by itself or as one of the
 * words: of a list, an encoded path, a value. */
static bool has_key(const struct path_writer *w, struct str text)
{
	if (is_key(w->keyring, text))
		return true;
	for (size_t from = 0, at = 0; at <= text.n; at++) {
		if (at < text.n && is_of_word(text.p[at]))
			continue;
		struct str word = str_sub(text, from, at);
		if ((w->has_token && word.n == UPLOAD_TOKEN_LEN) ||
		    (word.n >= KEY_TEXT_MIN && word.n < text.n &&
		     is_key(w->keyring, word)) ||
		    is_coded_key(w, word))
			return true;
		from = at + 1;
	}
	return false;
}

/* "name:password@host" */
static bool has_password(struct str text)
{
	ptrdiff_t colon = str_find(text, ':');
	return colon >= 0 && str_find(str_skip(text, (size_t)colon), '@') >= 0;
}

/* Base64 can have slashes: its text goes on until it is filled up, or something
 * comes that cannot be of it. */
static bool goes_on(const struct path_writer *w, struct str segment)
{
	if (str_ends(w->before, STR("=")))
		return false;
	for (size_t i = 0; i < segment.n; i++)
		if (!is_of_word(segment.p[i]) && !strchr("+=", segment.p[i]))
			return false;
	return true;
}

static bool is_handle(struct str segment)
{
	struct id id;
	return id_from_handle(segment, &id);
}

/* What names a policy or its signature, by itself in a segment when there is a
 * slash in the value before. In small. */
static bool has_proof(struct str segment)
{
	static const char *const words[] = {
		"policy:", "policy=", "signature:", "signature="};
	if (str_contains(segment, STR("security")))
		return true;
	if (str_find(segment, ':') < 0 && str_find(segment, '=') < 0)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (str_contains(segment, str_of(words[i])))
			return true;
	return false;
}

/* Whether nothing of a decoded segment may be seen: a credential, in whatever
 * spelling, wherever it strayed to. small: the same in small letters, as words
 * of Filestack's are taken in any case. */
static bool is_secret(struct path_writer *w, struct str segment,
		      struct str small, bool is_last)
{
	w->hides_text = str_eq(w->before, STR("b64")) ||
			(w->hides_text && !is_last && goes_on(w, segment));
	if (w->hides_text)
		return true;
	if (w->hides_rest)
		return segment.n > 0 && !(is_last && is_handle(segment));
	w->hides_rest =
		str_find(small, ':') >= 0 && str_contains(small, STR("b64:"));
	w->has_token |= str_contains(small, STR("multipart"));
	return (w->hides_rest && !str_eq(small, STR("b64:"))) ||
	       has_proof(small) || has_password(segment) || has_key(w, segment);
}

/* Up to the query of a URL that is a part of the path, whose signatures and
 * tokens open files elsewhere: "%3F", also encoded again. */
static struct str without_query(struct str segment)
{
	for (size_t i = 0; i < segment.n; i++) {
		if (segment.p[i] != '%')
			continue;
		struct str code = str_skip(segment, i + 1);
		while (str_starts(code, STR("25")))
			code = str_skip(code, 2);
		if (str_starts_nocase(code, STR("3f")))
			return str_sub(segment, 0, i);
	}
	return segment;
}

/* Whatever is encoded, also more than once. */
static struct str decoded(struct arena *arena, struct str segment)
{
	for (int i = 0; i < DECODED_MAX && str_find(segment, '%') >= 0; i++)
		segment = percent_decode(arena, segment);
	return segment;
}

/* Itself, where nothing is large. */
static struct str in_small(struct arena *arena, struct str text)
{
	unsigned char large = 0;
	for (size_t i = 0; i < text.n; i++)
		large |= text.p[i] >= 'A' && text.p[i] <= 'Z';
	if (!large)
		return text;
	char *small = arena_alloc(arena, text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		small[i] = g_ascii_tolower(text.p[i]);
	return (struct str){small, text.n};
}

static void put_segment(struct path_writer *w, struct str segment, bool is_last)
{
	struct str plain = decoded(w->arena, segment);
	struct str small = in_small(w->arena, plain);
	bool secret = is_secret(w, plain, small, is_last);
	struct str shown = secret ? STR_NONE : without_query(segment);
	put(w, shown);
	w->before = small;
	if (secret || shown.n < segment.n)
		put(w, STR("***"));
	if (!secret && shown.n < segment.n)
		w->hides_rest = true;
}

void access_log_path(const struct keyring *keyring, struct arena *arena,
		     struct str path, char out[ACCESS_PATH_MAX + 1])
{
	struct path_writer w = {.keyring = keyring, .arena = arena, .out = out};
	struct str rest = path;
	for (int i = 0; rest.p; i++) {
		struct str segment = str_split(&rest, '/');
		if (i > 0)
			put(&w, STR("/"));
		put_segment(&w, segment, rest.p == NULL);
	}
	if (w.n == 0)
		put(&w, STR("-"));
	out[w.n] = '\0';
}

static struct str or_dash(struct str s)
{
	return s.n ? s : STR("-");
}

/* A line of text has what it always had, in the order that people's own
 * programs know. */
static struct str line_of(const struct log_field *fields, struct arena *arena)
{
	struct buf line;
	buf_init(&line, arena, 4 * ACCESS_PATH_MAX);
	buf_add(&line, fields[FIELD_METHOD].text);
	buf_add_char(&line, ' ');
	buf_add(&line, fields[FIELD_PATH].text);
	buf_add_char(&line, ' ');
	buf_add_u64(&line, (uint64_t)fields[FIELD_STATUS].number);
	buf_add_char(&line, ' ');
	buf_add_u64(&line, (uint64_t)fields[FIELD_BYTES].number);
	buf_add(&line, STR("B "));
	buf_add_u64(&line, (uint64_t)fields[FIELD_DURATION].number);
	buf_add(&line, STR("us "));
	buf_add(&line, fields[FIELD_DIALECT].text);
	buf_add_char(&line, ' ');
	buf_add(&line, fields[FIELD_ID].text);
	buf_add_char(&line, ' ');
	buf_add(&line, fields[FIELD_PEER].text);
	return buf_str(&line);
}

void access_log(enum log_level level, struct request *rq, uint64_t sent,
		int64_t microseconds)
{
	const struct http_exchange *x = rq->x;
	struct str method = x->head.method_text;
	char path[ACCESS_PATH_MAX + 1];
	access_log_path(rq->keyring, request_arena(rq), x->head.path, path);
	method.n = MIN(method.n, METHOD_MAX);
	const struct log_field fields[] = {
		[FIELD_METHOD] = {"method", or_dash(method), 0},
		[FIELD_PATH] = {"path", str_of(path), 0},
		[FIELD_STATUS] = {"status", STR_NONE, x->response.status},
		[FIELD_BYTES] = {"bytes", STR_NONE, (int64_t)sent},
		[FIELD_DURATION] = {"duration_us", STR_NONE, microseconds},
		[FIELD_DIALECT] = {"dialect",
				   rq->dialect ? str_of(rq->dialect->name)
					       : STR("-"),
				   0},
		[FIELD_ACCOUNT] = {"account",
				   rq->account ? str_of(rq->account->name)
					       : STR("-"),
				   0},
		[FIELD_ID] = {"request_id", str_of(rq->id), 0},
		[FIELD_PEER] = {"peer", or_dash(str_of(x->peer)), 0},
		[FIELD_HOST] = {"host", or_dash(x->head.authority), 0},
	};
	log_event(level, line_of(fields, request_arena(rq)), fields,
		  G_N_ELEMENTS(fields));
}
