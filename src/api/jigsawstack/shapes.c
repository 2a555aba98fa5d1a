/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What JigsawStack's answers look like: the envelope, errors, headers.
 * SDKs parse every error as JSON, whatever layer it comes from.
 */
#include "api/jigsawstack/jigsawstack.h"

/* clang-format off */
static const struct {
	int status;
	const char *error;
} answers[ERR_COUNT] = {
	[ERR_INVALID]        = {400, "bad_request"},
	[ERR_UNAUTHORIZED]   = {401, "unauthorized"},
	[ERR_FORBIDDEN]      = {403, "forbidden"},
	[ERR_NOT_FOUND]      = {404, "not_found"},
	[ERR_METHOD]         = {405, "method_not_allowed"},
	[ERR_EXISTS]         = {400, "file_already_exists"},
	[ERR_TOO_LARGE]      = {413, "file_too_large"},
	[ERR_HEAD_TOO_LARGE] = {431, "request_head_too_large"},
	[ERR_QUOTA]          = {413, "storage_limit_exceeded"},
	[ERR_SUSPENDED]      = {403, "account_suspended"},
	[ERR_RATE]           = {429, "rate_limit_exceeded"},
	[ERR_TIMEOUT]        = {408, "request_timeout"},
	[ERR_FETCH]          = {400, "url_unreachable"},
	[ERR_UNSUPPORTED]    = {501, "not_supported"},
	[ERR_BUSY]           = {503, "busy"},
	[ERR_NO_SPACE]       = {507, "insufficient_storage"},
	[ERR_CORRUPT]        = {500, "internal_error"},
	[ERR_INTERNAL]       = {500, "internal_error"},
};
/* clang-format on */

void jigsawstack_error(struct request *rq, const struct err *err)
{
	json_t *body = json_pack("{s:b, s:s, s:s, s:s}", "success", 0,
				 "message", err->text, "error",
				 answers[err->code].error, "log_id", rq->id);
	if (err->code == ERR_RATE || err->code == ERR_BUSY)
		http_set(rq->x, "Retry-After", STR("1"));
	reply_json(rq, answers[err->code].status, "application/json", body);
}

json_t *jigsawstack_success(struct request *rq)
{
	return json_pack("{s:b, s:s}", "success", 1, "log_id", rq->id);
}

void jigsawstack_finish(struct request *rq)
{
	http_set(rq->x, "x-jigsaw-log-id", str_of(rq->id));
	http_set(rq->x, "Access-Control-Allow-Origin", STR("*"));
	http_set(rq->x, "Access-Control-Expose-Headers",
		 STR("x-jigsaw-log-id"));
}

void jigsawstack_preflight(struct request *rq)
{
	http_set(rq->x, "Access-Control-Allow-Methods",
		 STR("GET, HEAD, POST, DELETE, OPTIONS"));
	http_set(rq->x, "Access-Control-Allow-Headers",
		 STR("x-api-key, content-type, range, x-jigsaw-skip-cache, "
		     "x-jigsaw-no-request-log"));
	http_set(rq->x, "Access-Control-Max-Age", STR("86400"));
	http_reply_empty(rq->x, 204);
}
