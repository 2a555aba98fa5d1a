/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What JigsawStack's answers look like: the envelope, errors, headers.
 * SDKs parse every error as JSON, whatever layer it comes from.
 */
#include "api/jigsawstack/jigsawstack.h"
#include "base/clock.h"

/* The largest number that every client can hold. */
#define RATE_UNLIMITED INT32_MAX

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
	[ERR_LIMIT]          = {413, "storage_limit_exceeded"},
	[ERR_SUSPENDED]      = {403, "account_suspended"},
	[ERR_RATE]           = {429, "rate_limit_exceeded"},
	[ERR_TIMEOUT]        = {408, "request_timeout"},
	[ERR_FETCH]          = {400, "url_unreachable"},
	[ERR_UNSUPPORTED]    = {501, "not_supported"},
	[ERR_LOCKED]         = {423, "busy"},
	[ERR_BUSY]           = {503, "busy"},
	[ERR_NO_SPACE]       = {507, "insufficient_storage"},
	[ERR_CORRUPT]        = {500, "internal_error"},
	[ERR_UNCERTAIN]      = {500, "internal_error"},
	[ERR_INTERNAL]       = {500, "internal_error"},
};
/* clang-format on */

void jigsawstack_refusal(struct request *rq, int status, const char *error,
			 const char *message)
{
	json_t *body =
		json_pack("{s:b, s:s, s:s, s:s}", "success", 0, "message",
			  message, "error", error, "log_id", rq->id);
	reply_json(rq, status, "application/json", body);
}

void jigsawstack_error(struct request *rq, const struct err *err)
{
	jigsawstack_refusal(rq, answers[err->code].status,
			    answers[err->code].error, err->text);
}

json_t *jigsawstack_success(struct request *rq)
{
	return json_pack("{s:b, s:s}", "success", 1, "log_id", rq->id);
}

/* Without a limit the numbers never make a client wait. */
static void set_rate(struct request *rq)
{
	struct rate_verdict rate = rq->rate;
	if (rate.limit == 0)
		rate = (struct rate_verdict){.limit = RATE_UNLIMITED,
					     .remaining = RATE_UNLIMITED,
					     .reset_ms = now_ms() + 1000};
	http_set_u64(rq->x, "x-jigsaw-rate-limit-limit", rate.limit);
	http_set_u64(rq->x, "x-jigsaw-rate-limit-remaining", rate.remaining);
	http_set_u64(rq->x, "x-jigsaw-rate-limit-reset",
		     (uint64_t)rate.reset_ms);
}

void jigsawstack_finish(struct request *rq)
{
	http_set(rq->x, "x-jigsaw-log-id", str_of(rq->id));
	set_rate(rq);
}
