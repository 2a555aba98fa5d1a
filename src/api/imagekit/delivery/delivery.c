/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's delivery: originals at /{account}/{path}. Transformations (`tr:`
 * segments, `tr=`) are refused, not ignored: their pixels would be wrong.
 */
#include "api/imagekit/delivery/delivery.h"
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/grammar/url.h"
#include "api/imagekit/delivery/named.h"
#include "base/clock.h"

#include <glib.h>

#define CACHE_SECONDS 15552000 /* 180 days */
#define CACHE(seconds)                                                         \
	"public, s-maxage=" seconds ", max-age=" seconds ", must-revalidate"

/* What a delivery URL asks for. */
struct wish {
	struct imagekit_url url;
	const struct imagekit_reading *reading; /* whose file is there */
	enum imagekit_signature signature;
};

static void read_wish(struct request *rq, struct wish *out)
{
	struct str query = rq->x->head.query;
	*out = (struct wish){0};
	imagekit_url_read(request_arena(rq), rq->param[1], query, &out->url);
	if (query.n == 0)
		return;
	out->signature = imagekit_url_signature(rq, rq->param[1], now_ms());
	if (out->signature == IMAGEKIT_SIGNED)
		rq->proof = PROOF_SIGNATURE;
}

static struct str resolve_name(const void *user, struct str name)
{
	return imagekit_named(user, name);
}

static struct imagekit_transformation
transformation_of(const struct request *rq, const struct wish *wish)
{
	return (struct imagekit_transformation){
		.path = wish->reading->steps,
		.query = wish->url.query,
		.resolve = resolve_name,
		.user = rq->account,
		.is_thumbnail =
			wish->reading->suffix == IMAGEKIT_SUFFIX_THUMBNAIL,
	};
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

/* What the URL wants to see of the file, or nothing: *is_original. */
static int check_transformation(struct request *rq, const struct wish *wish,
				const struct file *file, bool *is_original,
				struct err *err)
{
	struct imagekit_wanted wanted = {0};
	struct imagekit_transformation from = transformation_of(rq, wish);
	from.custom_coordinates = file->custom_coordinates;
	int result = imagekit_grammar(&from, request_arena(rq), &wanted, err);
	*is_original = result == 0 && wanted.is_original &&
		       wish->reading->suffix != IMAGEKIT_SUFFIX_VIDEO;
	if (*is_original)
		return 0;
	if (rq->account->limits.restrict_unnamed &&
	    !imagekit_grammar_is_named(&from, request_arena(rq)))
		return err_set(err, ERR_INVALID,
			       "Bad Image Transformation Request");
	if (result < 0)
		return -1;
	return err_set(err, ERR_UNSUPPORTED,
		       "Image transformations are not available");
}

static bool is_plain(const struct wish *wish)
{
	return wish->reading->steps.n == 0 && wish->url.query.n == 0 &&
	       wish->reading->suffix == IMAGEKIT_SUFFIX_NONE;
}

/* Named transformations were made by the account's owner: they show of a
 * private file what they were made to show, and never the file itself. */
static int check_file(struct request *rq, const struct wish *wish,
		      const struct file *file, struct err *err)
{
	struct imagekit_transformation from = transformation_of(rq, wish);
	bool is_original = true;
	bool may_read = request_may_read(rq, file);
	if (file->draft && wish->signature != IMAGEKIT_SIGNED)
		return err_set(err, ERR_NOT_FOUND, "Not Found");
	bool may_see = may_read ||
		       (file->access == ACCESS_PRIVATE &&
			imagekit_grammar_is_named(&from, request_arena(rq)));
	if (may_see && !is_plain(wish) &&
	    check_transformation(rq, wish, file, &is_original, err) < 0)
		return -1;
	if (!may_read && is_original)
		return err_set(err, ERR_UNAUTHORIZED,
			       "This file takes a signed URL");
	return 0;
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

/* The first reading of the URL whose file is there. */
static int find_file(struct request *rq, struct wish *wish,
		     struct hot_entry **entry, struct err *err)
{
	for (unsigned i = 0; i < wish->url.n; i++) {
		wish->reading = &wish->url.readings[i];
		int result =
			request_find_path(rq, wish->reading->path, entry, err);
		if (result >= 0 || err->code != ERR_NOT_FOUND)
			return result;
	}
	return err_set(err, ERR_NOT_FOUND, "Not Found");
}

int imagekit_deliver(struct request *rq, struct err *err)
{
	struct hot_entry *entry;
	struct wish wish;
	read_wish(rq, &wish);
	if (check_signature(rq, &wish, err) < 0)
		return -1;
	int result = find_file(rq, &wish, &entry, err);
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
