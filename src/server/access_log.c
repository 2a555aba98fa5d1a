/* SPDX-License-Identifier: Apache-2.0 */
#include "server/access_log.h"
#include "base/buf.h"
#include "base/encode.h"

#include <glib.h>

#define METHOD_MAX 16

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

struct path_writer {
	char *out;
	size_t n;
};

static void put(struct path_writer *w, struct str s)
{
	size_t n = MIN(s.n, ACCESS_PATH_MAX - w->n);
	if (n)
		memcpy(w->out + w->n, s.p, n);
	w->n += n;
}

/* A credential in a URL, in whatever spelling, wherever it strayed to. */
static bool is_secret(const struct keyring *keyring, struct str before,
		      struct str segment)
{
	return str_contains(segment, STR("security")) ||
	       str_eq(before, STR("b64")) ||
	       (keyring && keyring_find(keyring, segment));
}

static struct str decoded(struct arena *arena, struct str segment)
{
	return str_find(segment, '%') < 0 ? segment
					  : percent_decode(arena, segment);
}

void access_log_path(const struct keyring *keyring, struct str path,
		     char out[ACCESS_PATH_MAX + 1])
{
	struct path_writer w = {out, 0};
	struct str before = STR_NONE;
	struct str rest = path;
	struct arena arena;
	arena_init(&arena);
	for (int i = 0; rest.p; i++) {
		struct str segment = str_split(&rest, '/');
		struct str plain = decoded(&arena, segment);
		bool secret = is_secret(keyring, before, plain);
		if (i > 0)
			put(&w, STR("/"));
		put(&w, secret ? STR("***") : segment);
		before = plain;
	}
	if (w.n == 0)
		put(&w, STR("-"));
	out[w.n] = '\0';
	arena_release(&arena);
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
	access_log_path(rq->keyring, x->head.path, path);
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
