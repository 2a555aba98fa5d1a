/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ImageKit's answers look like: errors, headers.
 */
#include "api/imagekit/imagekit.h"
#include "image/renderers.h"

#include <glib.h>
#include <string.h>

#define JSON_TYPE "application/json; charset=utf-8"
/* With the blank before the last period, as the live service prints it. */
#define HELP "For support kindly contact us at support@imagekit.io ."

/* clang-format off */
static const struct {
	int status;
	const char *ik_error; /* of delivery answers */
} answers[ERR_COUNT] = {
	[ERR_INVALID]        = {400, "EINVAL"},
	[ERR_UNAUTHORIZED]   = {401, "EACCES"},
	[ERR_FORBIDDEN]      = {403, "EACCES"},
	[ERR_NOT_FOUND]      = {404, "ENOENT"},
	[ERR_METHOD]         = {405, "EINVAL"},
	[ERR_EXISTS]         = {409, "EEXIST"},
	[ERR_TOO_LARGE]      = {400, "ELIMIT"},
	[ERR_HEAD_TOO_LARGE] = {431, "ELIMIT"},
	[ERR_QUOTA]          = {403, "ELIMIT"},
	[ERR_LIMIT]          = {400, "ELIMIT"},
	[ERR_SUSPENDED]      = {403, "EACCES"},
	[ERR_RATE]           = {429, "ELIMIT"},
	[ERR_TIMEOUT]        = {408, "ETIMEDOUT"},
	[ERR_FETCH]          = {400, "ECONNREFUSED"},
	[ERR_UNSUPPORTED]    = {501, "ENOTSUP"},
	[ERR_LOCKED]         = {423, "EBUSY"},
	[ERR_BUSY]           = {503, "EBUSY"},
	[ERR_NO_SPACE]       = {507, "ENOSPC"},
	[ERR_CORRUPT]        = {500, "EIO"},
	[ERR_UNCERTAIN]      = {500, "EIO"},
	[ERR_INTERNAL]       = {500, "EIO"},
};
/* clang-format on */

void imagekit_reply(struct request *rq, int status, json_t *body)
{
	reply_json(rq, status, JSON_TYPE, body);
}

void imagekit_reply_list(struct request *rq, imagekit_item *item,
			 const void *items, size_t n)
{
	GString *text = g_string_new("[");
	arena_keep_string(request_arena(rq), text);
	for (size_t i = 0; i < n; i++) {
		json_t *value = item(rq, items, i);
		if (value == NULL)
			continue;
		if (text->len > 1)
			g_string_append_c(text, ',');
		json_append(text, value);
		json_decref(value);
	}
	g_string_append_c(text, ']');
	http_reply(rq->x, 200, JSON_TYPE, (struct str){text->str, text->len});
}

/* Delivery URLs are opened by browsers: a line of text, and the reason in a
 * header. */
static void delivery_error(struct request *rq, const struct err *err)
{
	struct arena *arena = request_arena(rq);
	bool unreadable =
		err->reason && strcmp(err->reason, IMAGE_UNREADABLE) == 0;
	http_set(rq->x, "ik-error",
		 arena_printf(arena, "%s - %s",
			      unreadable ? "UNIDENTIFIED"
					 : answers[err->code].ik_error,
			      err->text));
	http_set(rq->x, "Cache-Control", STR("no-store"));
	/* it repeats words of the URL */
	http_set(rq->x, "X-Content-Type-Options", STR("nosniff"));
	http_reply(rq->x, unreadable ? 415 : answers[err->code].status,
		   "text/plain; charset=utf-8",
		   arena_str(arena, str_of(err->text)));
}

void imagekit_error(struct request *rq, const struct err *err)
{
	if (rq->route && (rq->route->flags & ROUTE_DELIVERY)) {
		delivery_error(rq, err);
		return;
	}
	json_t *body =
		json_pack("{s:s, s:s}", "message", err->text, "help", HELP);
	if (err->reason)
		json_object_set_new(body, "reason", json_string(err->reason));
	json_object_update(body, err->more);
	/* SDK 7 asks again otherwise, after a conflict and from 500 on */
	if (err->code == ERR_UNSUPPORTED || err->code == ERR_EXISTS)
		http_set(rq->x, "x-should-retry", STR("false"));
	imagekit_reply(rq, answers[err->code].status, body);
}

int imagekit_err_more(struct request *rq, struct err *err, const char *name,
		      json_t *value)
{
	err->more =
		json_keep(request_arena(rq), json_pack("{s:o}", name, value));
	return -1;
}

void imagekit_finish(struct request *rq)
{
	struct str id = str_of(rq->id);
	http_set(rq->x, "x-ik-requestid", id);
	http_set(rq->x, "x-request-id", id);
}
