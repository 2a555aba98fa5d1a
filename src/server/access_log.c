/* SPDX-License-Identifier: Apache-2.0 */
#include "server/access_log.h"
#include "base/encode.h"

#include <glib.h>
#include <inttypes.h>

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

/* A key in a URL, in whatever spelling, wherever it strayed to. */
static bool is_key(const struct keyring *keyring, struct str segment)
{
	struct arena arena;
	if (keyring == NULL)
		return false;
	arena_init(&arena);
	struct str text = str_find(segment, '%') < 0
				  ? segment
				  : percent_decode(&arena, segment);
	bool found = keyring_find(keyring, text) != NULL;
	arena_release(&arena);
	return found;
}

void access_log_path(const struct keyring *keyring, struct str path,
		     char out[ACCESS_PATH_MAX + 1])
{
	struct path_writer w = {out, 0};
	struct str before = STR_NONE;
	struct str rest = path;
	for (int i = 0; rest.p; i++) {
		struct str segment = str_split(&rest, '/');
		bool secret = str_contains(segment, STR("security")) ||
			      str_eq(before, STR("b64")) ||
			      is_key(keyring, segment);
		if (i > 0)
			put(&w, STR("/"));
		put(&w, secret ? STR("***") : segment);
		before = segment;
	}
	if (w.n == 0)
		put(&w, STR("-"));
	out[w.n] = '\0';
}

void access_log(enum log_level level, const struct request *rq, uint64_t sent,
		int64_t microseconds)
{
	const struct http_exchange *x = rq->x;
	struct str method = x->head.method_text;
	char path[ACCESS_PATH_MAX + 1];
	access_log_path(rq->keyring, x->head.path, path);
	log_line(level, "%.*s %s %d %" PRIu64 "B %" PRId64 "us %s %s %s",
		 (int)(method.n ? MIN(method.n, 16) : 1),
		 method.n ? method.p : "-", path, x->response.status, sent,
		 microseconds, rq->dialect ? rq->dialect->name : "-", rq->id,
		 x->peer[0] ? x->peer : "-");
}
