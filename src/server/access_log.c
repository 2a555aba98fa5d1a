/* SPDX-License-Identifier: Apache-2.0 */
#include "server/access_log.h"

#include <glib.h>
#include <inttypes.h>

/* Segments that may be a key: behind the host, behind a dialect's prefix. */
#define KEY_SEGMENTS 2

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
			      (keyring && i > 0 && i <= KEY_SEGMENTS &&
			       keyring_find(keyring, segment) != NULL);
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
