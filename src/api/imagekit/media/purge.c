/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purging: the server's caches follow every change by themselves, so that a
 * request is done as soon as it is noted. What was derived of one file is made
 * again, for those who purge because they do not like it.
 */
#include "library/background/purge.h"
#include "api/made/derive.h"
#include "api/imagekit/delivery/grammar/url.h"
#include "api/imagekit/media/media.h"

#define WILDCARD_MIN 15 /* characters of a path with one level */

/* Of what stands before a '*'. */
static bool is_enough(struct str before, bool is_file)
{
	return is_file || str_find(before, '/') >= 0 ||
	       before.n >= WILDCARD_MIN;
}

/* The file that the URL shows, whatever it makes of it. Returns > 0: found. */
static int find_shown(struct request *rq, struct str path, struct file *file,
		      struct err *err)
{
	struct imagekit_url url;
	int found = 0;
	imagekit_url_read(request_arena(rq), path, STR_NONE, &url);
	for (unsigned i = 0; i < url.n && found == 0; i++)
		found = file_by_path(request_view(rq), url.readings[i].path,
				     file, err);
	return found;
}

/* Returns > 0: the path is one that may be purged. */
static int purge_path(struct request *rq, struct str path, struct err *err)
{
	struct file file;
	bool is_wild = path.p[path.n - 1] == '*';
	struct str before = str_sub(path, 0, path.n - is_wild);
	if (str_find(before, '*') >= 0)
		return 0;
	int found = find_shown(rq, before, &file, err);
	if (found > 0)
		request_purge_derived(rq, &file);
	return found < 0 ? -1 : !is_wild || is_enough(before, found > 0);
}

int imagekit_purge(struct request *rq, struct err *err)
{
	json_t *body;
	struct str path;
	struct id id;
	if (imagekit_body(rq, &body, err) != 0)
		return -1;
	struct str url = json_text(json_object_get(body, "url"));
	int is_valid =
		url.n <= PURGE_URL_MAX && imagekit_own_url(rq, url, &path);
	if (is_valid)
		is_valid = purge_path(rq, path, err);
	if (is_valid == 0)
		return err_set(err, ERR_INVALID,
			       "The URL is not valid for cache purging.");
	if (is_valid < 0 || purge_create(request_view(rq), url, &id, err) < 0)
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
