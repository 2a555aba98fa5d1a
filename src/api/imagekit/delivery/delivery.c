/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's delivery: originals at /{account}/{path}. Transformations (`tr:`
 * segments, `tr=`) are refused, not ignored: their pixels would be wrong.
 */
#include "api/imagekit/delivery/delivery.h"
#include "api/imagekit/delivery/named.h"
#include "base/clock.h"
#include "base/encode.h"

#include <glib.h>

#define CACHE_SECONDS 15552000 /* 180 days */
#define CACHE(seconds)                                                         \
	"public, s-maxage=" seconds ", max-age=" seconds ", must-revalidate"

/* What a delivery URL asks for. */
struct wish {
	struct str path;           /* of the file */
	struct str transformation; /* empty: none */
	enum imagekit_signature signature;
};

/* Takes a segment that begins with "tr:" out of the path, wherever it is; the
 * last one is the file's name. */
static struct str take_transformation(struct arena *arena, struct str *path)
{
	struct str found = STR_NONE;
	struct buf rest;
	if (!str_contains(*path, STR("tr:")) &&
	    !str_contains(*path, STR("tr%3")))
		return found;
	buf_init(&rest, arena, path->n);
	for (struct str left = *path; left.p;) {
		struct str raw = str_split(&left, '/');
		struct str segment = percent_decode(arena, raw);
		if (found.p == NULL && left.p &&
		    str_starts(segment, STR("tr:"))) {
			found = str_skip(segment, 3);
			continue;
		}
		if (rest.n)
			buf_add_char(&rest, '/');
		buf_add(&rest, raw);
	}
	*path = buf_str(&rest);
	return found;
}

/* Named transformations were made by the account's owner: each step of it is
 * "n-NAME" and nothing else. */
static bool is_named(struct str transformation)
{
	while (transformation.p) {
		struct str step = str_split(&transformation, ':');
		if (!str_starts(step, STR("n-")) || str_find(step, ',') >= 0)
			return false;
	}
	return true;
}

/* The file as it is. */
static bool is_original(struct str transformation)
{
	return transformation.n == 0 ||
	       str_eq(transformation, STR("orig-true"));
}

static void read_wish(struct request *rq, struct wish *out)
{
	struct arena *arena = request_arena(rq);
	struct str query = rq->x->head.query;
	struct str path = rq->param[1];
	*out = (struct wish){0};
	out->transformation = take_transformation(arena, &path);
	out->path = percent_decode(arena, str_trim_char(path, '/'));
	if (query.n == 0)
		return;
	struct str wanted = request_query(rq, "tr");
	if (out->transformation.p == NULL && wanted.n)
		out->transformation = wanted;
	out->signature = imagekit_url_signature(rq, rq->param[1], now_ms());
	if (out->signature == IMAGEKIT_SIGNED)
		rq->proof = PROOF_SIGNATURE;
}

/* Before it is known whether there is such a file. */
static int check_signature(const struct request *rq, const struct wish *wish,
			   struct err *err)
{
	if (wish->signature == IMAGEKIT_MISSIGNED)
		return err_set(err, ERR_UNAUTHORIZED,
			       "The URL's signature is wrong or has expired");
	if (wish->signature == IMAGEKIT_UNSIGNED &&
	    rq->account->limits.restrict_unsigned)
		return err_set(err, ERR_UNAUTHORIZED,
			       "This account delivers by signed URLs only");
	return 0;
}

int imagekit_delivery_begin(struct request *rq, struct err *err)
{
	rq->account = rq->named;
	if (rq->account == NULL)
		return err_set(err, ERR_NOT_FOUND, "Not Found");
	return 0;
}

/* The version that the query names takes the entry's place; on failure there is
 * none. */
static int choose_version(struct request *rq, struct hot_entry **entry,
			  struct err *err)
{
	struct id version;
	struct str named = rq->x->head.query.n
				   ? request_query(rq, "ik-obj-version")
				   : STR_NONE;
	if (named.p == NULL)
		return 0;
	struct hot_entry *current = *entry;
	bool valid = imagekit_object_version_parse(request_arena(rq), named,
						   &version);
	if (valid && id_eq(&version, &current->file.version_id))
		return 0;
	if (valid && rq->on_loop) {
		hot_unref(current);
		return HANDLE_LATER;
	}
	int found = 0;
	if (valid)
		found = hot_load_version(rq->services->hot, &current->file,
					 &version, entry, err);
	hot_unref(current);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "Not Found");
	return found < 0 ? -1 : 0;
}

static int check_file(struct request *rq, const struct wish *wish,
		      const struct file *file, struct err *err)
{
	bool named = wish->transformation.n && is_named(wish->transformation);
	if (file->draft && wish->signature != IMAGEKIT_SIGNED)
		return err_set(err, ERR_NOT_FOUND, "Not Found");
	if (!request_may_read(rq, file) &&
	    !(named && file->access == ACCESS_PRIVATE))
		return err_set(err, ERR_UNAUTHORIZED,
			       "This file takes a signed URL");
	if (is_original(wish->transformation))
		return 0;
	if (rq->account->limits.restrict_unnamed && !named)
		return err_set(err, ERR_INVALID,
			       "Bad Image Transformation Request");
	if (imagekit_named_check(rq->account, wish->transformation, err) < 0)
		return -1;
	return err_set(err, ERR_UNSUPPORTED,
		       "Image transformations are not available");
}

/* Whether the file may be had in this way at all; gives the reference back when
 * not. */
static int check_access(struct request *rq, const struct wish *wish,
			struct hot_entry *entry, struct err *err)
{
	if (check_file(rq, wish, &entry->file, err) == 0)
		return 0;
	hot_unref(entry);
	return -1;
}

static const char *cache_control(struct request *rq, const struct file *file)
{
	long long seconds = request_cache_seconds(file, CACHE_SECONDS);
	if (request_access(rq, file) != ACCESS_PUBLIC)
		return "private, no-store";
	if (seconds == CACHE_SECONDS)
		return CACHE(G_STRINGIFY(CACHE_SECONDS));
	return arena_printf(request_arena(rq), CACHE("%lld"), seconds, seconds)
		.p;
}

static void send_file(struct request *rq, struct hot_entry *entry)
{
	bool attach = rq->x->head.query.n &&
		      str_eq(request_query(rq, "ik-attachment"), STR("true"));
	struct delivery how = {
		.cache_control = cache_control(rq, &entry->file),
		.disposition =
			attach ? DISPOSITION_ATTACHMENT : DISPOSITION_NONE,
		.name = entry->file.name,
	};
	request_deliver(rq, entry, &how);
}

int imagekit_deliver(struct request *rq, struct err *err)
{
	struct hot_entry *entry;
	struct wish wish;
	read_wish(rq, &wish);
	if (check_signature(rq, &wish, err) < 0)
		return -1;
	int result = request_find_path(rq, wish.path, &entry, err);
	if (result < 0 && err->code == ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND, "Not Found");
	if (result != 0)
		return result;
	/* an old version is no more open than what the file has become */
	if (check_access(rq, &wish, entry, err) != 0)
		return -1;
	result = choose_version(rq, &entry, err);
	if (result != 0)
		return result;
	if (check_access(rq, &wish, entry, err) != 0)
		return -1;
	send_file(rq, entry);
	return 0;
}
