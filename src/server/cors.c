/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cors.h"

#include "http/syntax/bytes.h"

#define ASKED_MAX 2048 /* bytes of a list that is given back */
#define NAMES_MAX 100  /* in it */

/* A page that asks with credentials does not get to read "any origin". */
static bool name_origin(struct request *rq)
{
	struct str origin = request_header(rq, "Origin");
	if (origin.n == 0)
		return false;
	http_set(rq->x, "Access-Control-Allow-Origin", origin);
	http_set(rq->x, "Access-Control-Allow-Credentials", STR("true"));
	http_set(rq->x, "Vary", STR("Origin"));
	return true;
}

void cors_answer(struct request *rq)
{
	struct str fields = str_of(rq->dialect->cors.answer);
	if (rq->route && rq->route->flags & ROUTE_SIGNED_IN && name_origin(rq))
		fields = str_skip(fields, sizeof(CORS_ANY_ORIGIN) - 1);
	buf_add(&rq->x->response.fields, fields);
}

static bool is_list_of_names(struct str list)
{
	unsigned n = 0;
	if (list.n == 0 || list.n > ASKED_MAX)
		return false;
	while (list.p && n++ < NAMES_MAX)
		if (!http_is_token(str_trim(str_split(&list, ','))))
			return false;
	return list.p == NULL;
}

static bool has_name(struct str list, struct str name)
{
	while (list.p)
		if (str_eq_nocase(str_trim(str_split(&list, ',')), name))
			return true;
	return false;
}

/* Those of the dialect, and what is asked for besides, each once. */
static struct str allowed_headers(struct request *rq, struct str asked)
{
	struct str usual = str_of(rq->dialect->cors.headers);
	struct buf all;
	if (!is_list_of_names(asked))
		return usual;
	buf_init(&all, request_arena(rq), usual.n + 2 * ASKED_MAX);
	buf_add(&all, usual);
	while (asked.p) {
		struct str name = str_trim(str_split(&asked, ','));
		if (has_name(buf_str(&all), name))
			continue;
		buf_add(&all, STR(", "));
		buf_add(&all, name);
	}
	return buf_str(&all);
}

void cors_preflight(struct request *rq)
{
	const struct cors *cors = &rq->dialect->cors;
	struct str asked = request_header(rq, "Access-Control-Request-Headers");
	http_set(rq->x, "Access-Control-Allow-Methods", str_of(cors->methods));
	http_set(rq->x, "Access-Control-Allow-Headers",
		 allowed_headers(rq, asked));
	http_set(rq->x, "Access-Control-Max-Age", str_of(cors->max_age));
	http_set(rq->x, "Vary", STR("Access-Control-Request-Headers"));
}
