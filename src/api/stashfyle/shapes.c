/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What StashFyle's answers look like: the file object, errors, headers.
 */
#include "api/stashfyle/stashfyle.h"
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
	[ERR_SUSPENDED]      = {403, "grace_period"},
	[ERR_RATE]           = {429, "rate_limit_exceeded"},
	[ERR_TIMEOUT]        = {408, "bad_request"},
	[ERR_FETCH]          = {400, "bad_request"},
	[ERR_UNSUPPORTED]    = {501, "not_implemented"},
	[ERR_BUSY]           = {503, "internal_error"},
	[ERR_NO_SPACE]       = {507, "internal_error"},
	[ERR_CORRUPT]        = {500, "internal_error"},
	[ERR_INTERNAL]       = {500, "internal_error"},
};
/* clang-format on */

void stashfyle_error(struct request *rq, const struct err *err)
{
	if (err->code == ERR_RATE || err->code == ERR_BUSY)
		http_set(rq->x, "Retry-After", STR("1"));
	reply_json(rq, answers[err->code].status, "application/json",
		   json_pack("{s:{s:s, s:s}}", "error", "code",
			     answers[err->code].code, "message", err->text));
}

void stashfyle_finish(struct request *rq)
{
	http_set(rq->x, "X-Request-Id", str_of(rq->id));
	http_set(rq->x, "Access-Control-Allow-Origin", STR("*"));
	http_set(rq->x, "Access-Control-Expose-Headers",
		 STR("X-Request-Id, Retry-After"));
}

void stashfyle_preflight(struct request *rq)
{
	http_set(rq->x, "Access-Control-Allow-Methods",
		 STR("GET, HEAD, POST, DELETE, OPTIONS"));
	http_set(rq->x, "Access-Control-Allow-Headers",
		 STR("Authorization, Content-Type, Range"));
	http_set(rq->x, "Access-Control-Max-Age", STR("86400"));
	http_reply_empty(rq->x, 204);
}

static json_t *public_url(struct request *rq, const struct file *file,
			  const char *id)
{
	struct arena *arena = request_arena(rq);
	if (file->access != ACCESS_PUBLIC)
		return json_null();
	struct str base = request_base_url(rq, "cdn.stashfyle.com");
	struct str name = percent_encode(arena, file->name, false);
	return json_str(arena_printf(arena, "%.*s/live/%s/%s/%.*s",
				     STR_ARG(base), rq->account->name, id,
				     STR_ARG(name)));
}

static json_t *date(struct request *rq, int64_t ms)
{
	return ms ? json_str(iso_date(request_arena(rq), ms, false))
		  : json_null();
}

json_t *stashfyle_file_shape(struct request *rq, const struct file *file)
{
	char id[2 + ID_BASE36_LEN + 1] = "f_";
	id_to_base36(&file->id, id + 2);
	json_t *object = json_object();
	json_object_set_new(object, "id", json_string(id));
	json_object_set_new(object, "url", public_url(rq, file, id));
	json_object_set_new(object, "name", json_str(file->name));
	json_object_set_new(object, "folder",
			    file->folder.n ? json_str(file->folder)
					   : json_null());
	json_object_set_new(object, "size",
			    json_integer((json_int_t)file->size));
	json_object_set_new(object, "type", json_str(file->type));
	json_object_set_new(object, "private",
			    json_boolean(file->access == ACCESS_PRIVATE));
	json_object_set_new(object, "expires_at", date(rq, file->expires_ms));
	json_object_set_new(object, "created_at", date(rq, file->created_ms));
	return object;
}
