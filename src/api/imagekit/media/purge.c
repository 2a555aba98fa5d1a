/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purging: the server's caches follow every change by themselves, so that a
 * request is done as soon as it is noted. What was derived of one file is made
 * again, for those who purge because they do not like it.
 */
#include "library/background/purge.h"
#include "api/derive.h"
#include "api/imagekit/media/media.h"
#include "base/encode.h"

#define WILDCARD_MIN 15 /* characters of a path with one level */

/* One '*', at the end, behind a path that says enough. */
static bool wildcard_allowed(struct str path)
{
	ptrdiff_t star = str_find(path, '*');
	if (star < 0)
		return true;
	struct str before = str_sub(path, 0, (size_t)star);
	return (size_t)star == path.n - 1 &&
	       (str_find(before, '/') >= 0 || before.n >= WILDCARD_MIN);
}

static int purge_derived(struct request *rq, struct str path, struct err *err)
{
	struct file file;
	path = percent_decode(request_arena(rq), path);
	int found = file_by_path(request_view(rq), path, &file, err);
	if (found > 0)
		request_purge_derived(rq, &file);
	return found < 0 ? -1 : 0;
}

int imagekit_purge(struct request *rq, struct err *err)
{
	json_t *body;
	struct str path;
	struct id id;
	if (imagekit_body(rq, &body, err) != 0)
		return -1;
	struct str url = json_text(json_object_get(body, "url"));
	if (url.n > PURGE_URL_MAX || !imagekit_own_url(rq, url, &path) ||
	    !wildcard_allowed(path))
		return err_set(err, ERR_INVALID,
			       "The URL is not valid for cache purging.");
	if (purge_derived(rq, path, err) < 0 ||
	    purge_create(request_view(rq), url, &id, err) < 0)
		return -1;
	json_t *answer = json_object();
	json_object_set_new(answer, "requestId", json_id(&id));
	imagekit_reply(rq, 201, answer);
	return 0;
}

int imagekit_purge_status(struct request *rq, struct err *err)
{
	struct id id;
	int found = 0;
	if (id_from_hex(request_param(rq, 0), &id))
		found = purge_find(request_view(rq), &id, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, ERR_INVALID,
			       "No request found for this requestId.");
	imagekit_reply(rq, 200, json_pack("{s:s}", "status", "Completed"));
	return 0;
}
