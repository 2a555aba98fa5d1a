/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Filestack's answers look like: the stored file, errors, headers.
 */
#include "api/filestack/filestack.h"

/* clang-format off */
static const int statuses[ERR_COUNT] = {
	[ERR_INVALID]        = 400,
	[ERR_UNAUTHORIZED]   = 403,
	[ERR_FORBIDDEN]      = 403,
	[ERR_NOT_FOUND]      = 404,
	[ERR_METHOD]         = 405,
	[ERR_EXISTS]         = 409,
	[ERR_TOO_LARGE]      = 413,
	[ERR_HEAD_TOO_LARGE] = 431,
	[ERR_QUOTA]          = 413,
	[ERR_LIMIT]          = 413,
	[ERR_SUSPENDED]      = 403,
	[ERR_RATE]           = 429,
	[ERR_TIMEOUT]        = 408,
	[ERR_FETCH]          = 400,
	[ERR_UNSUPPORTED]    = 501,
	[ERR_LOCKED]         = 423,
	[ERR_BUSY]           = 503,
	[ERR_NO_SPACE]       = 507,
	[ERR_CORRUPT]        = 500,
	[ERR_UNCERTAIN]      = 500,
	[ERR_INTERNAL]       = 500,
};
/* clang-format on */

int filestack_status(enum err_code code)
{
	return statuses[code];
}

/* A file of the API is shown as of the CDN, but what calls it reads JSON. */
static bool is_for_browsers(const struct request *rq)
{
	return rq->route && (rq->route->flags & ROUTE_DELIVERY) &&
	       !str_starts(str_of(rq->route->pattern), STR("/api/"));
}

void filestack_error(struct request *rq, const struct err *err)
{
	if (is_for_browsers(rq)) {
		http_set(rq->x, "Cache-Control", STR("no-store"));
		/* it repeats words of the URL */
		http_set(rq->x, "X-Content-Type-Options", STR("nosniff"));
		http_reply(rq->x, statuses[err->code],
			   "text/plain; charset=utf-8",
			   arena_str(request_arena(rq), str_of(err->text)));
		return;
	}
	if (rq->route && (rq->route->flags & ROUTE_DELIVERY))
		http_set(rq->x, "Cache-Control", STR("no-store"));
	reply_json(rq, statuses[err->code], "application/json",
		   json_pack("{s:s}", "error", err->text));
}

void filestack_finish(struct request *rq)
{
	http_set(rq->x, "X-Request-Id", str_of(rq->id));
}

int filestack_take_tags(json_t *value, json_t **out, struct err *err)
{
	*out = NULL;
	if (!json_is_object(value))
		return value == NULL || json_is_null(value) ||
				       json_is_array(value)
			       ? 0
			       : err_set(err, ERR_INVALID,
					 "upload_tags must be an object");
	if (json_dumpb(value, NULL, 0, JSON_COMPACT) > FILESTACK_TAGS_MAX)
		return err_set(err, ERR_INVALID,
			       "upload_tags may have at most %u bytes",
			       FILESTACK_TAGS_MAX);
	*out = value;
	return 0;
}

GString *filestack_stored_shape(struct request *rq, const struct file *file)
{
	struct arena *arena = request_arena(rq);
	char handle[ID_HANDLE_LEN + 1];
	id_to_handle(&file->id, handle);
	/* Clients take the handle off the URL's end: no path before it. */
	struct str base = request_base_url(rq, "cdn.filestackcontent.com");
	struct str id = {handle, ID_HANDLE_LEN};
	struct str url =
		arena_join(arena, arena_join(arena, base, STR("/")), id);
	GString *body = json_open();
	if (file->container.n)
		json_add_text(body, "container", file->container);
	json_add_text(body, "url", url);
	json_add_integer(body, "size", (json_int_t)file->size);
	json_add_text(body, "type", file->type);
	json_add_text(body, "filename", file->name);
	json_add_text(body, "key", file->path);
	json_add_text(body, "handle", id);
	json_add_text(body, "mimetype", file->type);
	if (file->width) {
		json_add_integer(body, "width", file->width);
		json_add_integer(body, "height", file->height);
	}
	return body;
}

void filestack_reply_stored(struct request *rq, GString *shape)
{
	http_reply(rq->x, 200, "application/json",
		   json_close(request_arena(rq), shape));
}
