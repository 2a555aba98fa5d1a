/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata of an image of the library, by id and by URL.
 */
#include "api/imagekit/media/media.h"
#include "api/imagekit/delivery/picture.h"
#include "api/own_url.h"
#include "base/encode.h"
#include "image/renderers.h"
#include "library/files/version.h"

#include <glib.h>
#include <unistd.h>

static void close_file(void *fd)
{
	close(GPOINTER_TO_INT(fd));
}

static int reply_read(struct request *rq, json_t *metadata, struct err *err)
{
	(void)err;
	if (metadata == NULL)
		return -1;
	imagekit_reply(rq, 200, metadata);
	return 0;
}

static int reply_metadata(struct request *rq, const struct file *file,
			  struct err *err)
{
	struct image_source image = {
		.account = rq->account->id,
		.fd = -1,
		.bytes = file->bytes,
		.arena = request_arena(rq),
	};
	if (!file->is_inline) {
		image.fd = file_open(rq->services->library, file, err);
		if (image.fd < 0)
			return -1;
		arena_defer(image.arena, close_file, GINT_TO_POINTER(image.fd));
	}
	return imagekit_read_metadata(rq, &image, file->size, reply_read, err);
}

static int inaccessible(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "The requested file does not exist or is inaccessible "
		       "at this time.");
}

int imagekit_metadata(struct request *rq, struct err *err)
{
	struct id id;
	struct file file;
	if (imagekit_id_param(request_param(rq, 0), "fileId", &id, err) != 0)
		return -1;
	struct view view = *request_view(rq);
	view.with_bytes = true;
	int found = file_by_id(&view, &id, &file, err);
	if (found < 0)
		return -1;
	if (!found)
		return inaccessible(err);
	return reply_metadata(rq, &file, err);
}

/* The version of the file that the URL's query names, else the current one. */
static int find_version(struct request *rq, struct str path, struct str query,
			struct file *out, struct err *err)
{
	struct view view = *request_view(rq);
	struct version_ref which;
	struct str named = form_get(view.arena, query, STR("ik-obj-version"));
	view.with_bytes = named.p == NULL;
	int found = file_by_path(&view, path, out, err);
	if (found <= 0 || named.p == NULL)
		return found;
	which.file = out->id;
	if (!imagekit_object_version_parse(view.arena, named, &which.version))
		return 0;
	view.with_bytes = true;
	return version_find(&view, &which, out, err);
}

/* The file of the first reading that has one. */
static int find_by_url(struct request *rq, struct imagekit_wish *wish,
		       struct str query, struct file *out, struct err *err)
{
	int found = 0;
	for (unsigned i = 0; i < wish->url.n && found == 0; i++) {
		wish->reading = &wish->url.readings[i];
		found = find_version(rq, wish->reading->path, query, out, err);
	}
	return found;
}

static int reply_made(struct request *rq, const struct content *made,
		      struct err *err)
{
	const struct image_source image = {
		.account = rq->account->id,
		.fd = made->fd,
		.bytes = made->bytes,
		.arena = request_arena(rq),
	};
	return imagekit_read_metadata(rq, &image, made->size, reply_read, err);
}

/* As when it is read: a reason is not for clients. */
static int not_made(struct request *rq, struct err *err)
{
	(void)rq;
	if (err->reason && strcmp(err->reason, IMAGE_UNREADABLE) == 0)
		return imagekit_no_image(err);
	return err_recode(err, err->code, NULL);
}

/* Of what a transformation makes of the file, as whoever opens the URL would
 * find it. */
static int reply_of_picture(struct request *rq, struct imagekit_wish *wish,
			    const struct file *file, struct err *err)
{
	struct hot *hot = rq->services->hot;
	struct hot_entry *entry;
	int found = file->is_old
			    ? hot_load_version(hot, file, &file->version_id,
					       &entry, err)
			    : hot_load_id(hot, &file->id, &entry, err);
	if (found <= 0)
		return found < 0 ? -1 : inaccessible(err);
	wish->use = reply_made;
	wish->failed = not_made;
	return imagekit_send_picture(rq, wish, entry, err);
}

static int by_url(struct request *rq, struct str url, struct err *err)
{
	struct str path;
	struct file file;
	struct own_parts parts;
	/* to the account itself all is open */
	struct imagekit_wish wish = {.signature = IMAGEKIT_SIGNED};
	if (!own_split(url, &parts) || !imagekit_own_url(rq, url, &path))
		return err_set(err, ERR_INVALID,
			       "The url should be accessible using your "
			       "ImageKit.io account.");
	imagekit_url_read(request_arena(rq), path, parts.query, &wish.url);
	int found = find_by_url(rq, &wish, parts.query, &file, err);
	if (found <= 0)
		return found < 0 ? -1 : inaccessible(err);
	if (imagekit_want(rq, &wish, &file, err) < 0)
		return -1;
	return imagekit_wants_original(&wish)
		       ? reply_metadata(rq, &file, err)
		       : reply_of_picture(rq, &wish, &file, err);
}

/* SDKs up to 6.0.0 do not encode the URL: then it is all that follows. */
int imagekit_metadata_by_url(struct request *rq, struct err *err)
{
	struct str query = rq->x->head.query;
	struct str name = STR("url=");
	for (struct str rest = query; rest.p;) {
		struct str from = rest;
		struct str pair = str_split(&rest, '&');
		if (!str_starts(pair, name))
			continue;
		if (str_contains(pair, STR("://")))
			return by_url(rq, str_skip(from, name.n), err);
		return by_url(rq, request_query(rq, "url"), err);
	}
	return err_set(err, ERR_INVALID, "url parameter is missing.");
}

/* The oldest SDK has the URL in the path: /v1/files/https://.../metadata */
int imagekit_metadata_in_path(struct request *rq, struct err *err)
{
	struct str end = STR("/metadata");
	struct str url = rq->param[0];
	struct str query = rq->x->head.query;
	if (query.n)
		url = arena_printf(request_arena(rq), "%.*s?%.*s", STR_ARG(url),
				   STR_ARG(query));
	bool has_url = str_starts_nocase(url, STR("http")) &&
		       str_contains(url, STR(":/")) && str_ends(url, end);
	if (!has_url)
		return err_set(err, ERR_NOT_FOUND,
			       "The requested endpoint does not exist.");
	return by_url(rq, str_sub(url, 0, url.n - end.n), err);
}
