/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cors.h"

#include "http/syntax/bytes.h"

#define ASKED_MAX 2048 /* bytes of a list that is given back */

void cors_answer(struct request *rq)
{
	buf_add(&rq->x->response.fields, str_of(rq->dialect->cors.answer));
}

static bool is_list_of_names(struct str list)
{
	if (list.n == 0 || list.n > ASKED_MAX)
		return false;
	while (list.p)
		if (!http_is_token(str_trim(str_split(&list, ','))))
			return false;
	return true;
}

void cors_preflight(struct request *rq)
{
	const struct cors *cors = &rq->dialect->cors;
	struct str asked = request_header(rq, "Access-Control-Request-Headers");
	struct str allowed = str_of(cors->headers);
	if (is_list_of_names(asked))
		allowed = arena_printf(request_arena(rq), "%s, %.*s",
				       cors->headers, STR_ARG(asked));
	http_set(rq->x, "Access-Control-Allow-Methods", str_of(cors->methods));
	http_set(rq->x, "Access-Control-Allow-Headers", allowed);
	http_set(rq->x, "Access-Control-Max-Age", str_of(cors->max_age));
	http_set(rq->x, "Vary", STR("Access-Control-Request-Headers"));
}
