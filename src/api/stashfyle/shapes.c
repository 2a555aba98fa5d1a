/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What StashFyle's answers look like: the file object, errors, headers.
 */
#include "api/stashfyle/stashfyle.h"
#include "base/date.h"
#include "base/encode.h"

/* clang-format off */
static const struct {
	int status;
	const char *code;
} answers[ERR_COUNT] = {
	[ERR_INVALID]        = {400, "bad_request"},
	[ERR_UNAUTHORIZED]   = {401, "unauthorized"},
	[ERR_FORBIDDEN]      = {403, "forbidden"},
	[ERR_NOT_FOUND]      = {404, "not_found"},
	[ERR_METHOD]         = {405, "method_not_allowed"},
	[ERR_EXISTS]         = {409, "conflict"},
	[ERR_TOO_LARGE]      = {413, "file_too_large"},
	[ERR_HEAD_TOO_LARGE] = {431, "bad_request"},
	[ERR_QUOTA]          = {413, "storage_limit_exceeded"},
	[ERR_LIMIT]          = {413, "storage_limit_exceeded"},
	[ERR_SUSPENDED]      = {403, "grace_period"},
	[ERR_RATE]           = {429, "rate_limit_exceeded"},
	[ERR_TIMEOUT]        = {408, "bad_request"},
	[ERR_FETCH]          = {400, "bad_request"},
	[ERR_UNSUPPORTED]    = {501, "not_implemented"},
	[ERR_LOCKED]         = {423, "conflict"},
	[ERR_BUSY]           = {503, "internal_error"},
	[ERR_NO_SPACE]       = {507, "internal_error"},
	[ERR_CORRUPT]        = {500, "internal_error"},
	[ERR_UNCERTAIN]      = {500, "internal_error"},
	[ERR_INTERNAL]       = {500, "internal_error"},
};
/* clang-format on */

void stashfyle_refusal(struct request *rq, int status, const char *code,
		       const char *message)
{
	reply_json(rq, status, "application/json",
		   json_pack("{s:{s:s, s:s}}", "error", "code", code, "message",
			     message));
}

void stashfyle_error(struct request *rq, const struct err *err)
{
	stashfyle_refusal(rq, answers[err->code].status,
			  answers[err->code].code, err->text);
}

static void rate_headers(struct request *rq)
{
	const struct rate_verdict *rate = &rq->rate;
	http_set_u64(rq->x, "X-RateLimit-Limit", rate->limit);
	http_set_u64(rq->x, "X-RateLimit-Remaining", rate->remaining);
	http_set_u64(rq->x, "X-RateLimit-Reset",
		     (uint64_t)(rate->reset_ms + 999) / 1000);
}

void stashfyle_finish(struct request *rq)
{
	http_set(rq->x, "X-Request-Id", str_of(rq->id));
	if (rq->rate.limit)
		rate_headers(rq);
}

struct str stashfyle_id(struct request *rq, const struct file *file)
{
	char id[ID_BASE36_LEN + 1];
	id_to_base36(&file->id, id);
	return arena_join(request_arena(rq), STR("f_"), str_of(id));
}

/* The account in a URL is the file's, which is the caller's own. */
struct str stashfyle_cdn_url(struct request *rq, const struct file *file)
{
	struct arena *arena = request_arena(rq);
	struct str base = request_base_url(rq, "cdn.stashfyle.com");
	struct str id = stashfyle_id(rq, file);
	struct str name = percent_encode(arena, file->name, false);
	return arena_printf(arena, "%.*s/live/%s/%.*s/%.*s", STR_ARG(base),
			    rq->account->name, STR_ARG(id), STR_ARG(name));
}

static json_t *date(struct request *rq, int64_t ms)
{
	return ms ? json_str(iso_date(request_arena(rq), ms, false))
		  : json_null();
}

/* To this API a file is public or private; what takes a key, or is guarded
 * where it came in, is not public. */
json_t *stashfyle_file_shape(struct request *rq, const struct file *file)
{
	bool public = request_access(rq, file) == ACCESS_PUBLIC;
	json_t *object = json_object();
	json_object_set_new(object, "id", json_str(stashfyle_id(rq, file)));
	json_object_set_new(object, "url",
			    public ? json_str(stashfyle_cdn_url(rq, file))
				   : json_null());
	json_object_set_new(object, "name", json_str(file->name));
	json_object_set_new(object, "folder",
			    file->folder.n ? json_str(file->folder)
					   : json_null());
	json_object_set_new(object, "size",
			    json_integer((json_int_t)file->size));
	json_object_set_new(object, "type", json_str(file->type));
	json_object_set_new(object, "private", json_boolean(!public));
	json_object_set_new(object, "expires_at", date(rq, file->expires_ms));
	json_object_set_new(object, "created_at", date(rq, file->created_ms));
	return object;
}
