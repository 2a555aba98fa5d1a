/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's delivery, /{account}/{path}: which file a URL is about and whether
 * it goes out as it is. What is made of files is in picture.c.
 */
#include "api/imagekit/delivery/picture.h"
#include "base/clock.h"

static void read_wish(struct request *rq, struct imagekit_wish *out)
{
	struct str query = rq->x->head.query;
	*out = (struct imagekit_wish){0};
	imagekit_url_read(request_arena(rq), rq->param[1], query, &out->url);
	if (query.n == 0)
		return;
	out->signature = imagekit_url_signature(rq, rq->param[1], now_ms());
	if (out->signature == IMAGEKIT_SIGNED)
		rq->proof = PROOF_SIGNATURE;
}

/* Before it is known whether there is such a file. */
static int check_signature(struct request *rq, const struct imagekit_wish *wish,
			   struct err *err)
{
	const struct policy *policy;
	struct err ignored;
	if (wish->signature == IMAGEKIT_MISSIGNED)
		return err_set(err, ERR_UNAUTHORIZED,
			       "The URL's signature is wrong or has expired");
	if (wish->signature == IMAGEKIT_UNSIGNED &&
	    rq->account->limits.restrict_unsigned &&
	    request_policy(rq, rq->account->id, &policy, &ignored) < 0)
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

static bool names_version(struct request *rq)
{
	return rq->x->head.query.n && request_query(rq, "ik-obj-version").p;
}

/* The version that the query names takes the entry's place; on failure there is
 * none. */
static int choose_version(struct request *rq, struct hot_entry **entry,
			  struct err *err)
{
	struct id version;
	struct str named = request_query(rq, "ik-obj-version");
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

/* Whether the client may see what it wants of the file. */
static int check_wish(struct request *rq, struct imagekit_wish *wish,
		      const struct file *file, struct err *err)
{
	struct err why;
	int result = imagekit_want(rq, wish, file, &why);
	if (imagekit_check_viewer(rq, wish, file, err) < 0)
		return -1;
	if (result < 0)
		*err = why;
	return result;
}

static void send_file(struct request *rq, const struct imagekit_wish *wish,
		      struct hot_entry *entry)
{
	const struct file *file = &entry->file;
	const struct delivery how = imagekit_delivery(
		rq, file, imagekit_cache_control(rq, wish, file, NULL));
	/* w-auto of a client that gives no hint, say */
	if (imagekit_vary(wish))
		http_set(rq->x, "Vary", str_of(imagekit_vary(wish)));
	request_deliver(rq, entry, &how);
}

/* Takes over the reference. */
static int send_wish(struct request *rq, struct imagekit_wish *wish,
		     struct hot_entry *entry, struct err *err)
{
	const struct file *file = &entry->file;
	rq->calls = POLICY_CONVERT; /* of what was made before */
	bool may_read = imagekit_check_reader(rq, wish, file, err) == 0;
	if (may_read && imagekit_send_again(rq, wish, entry))
		return 0;
	int result = check_wish(rq, wish, file, err);
	if (result == 0 && !imagekit_wants_original(wish))
		return imagekit_send_picture(rq, wish, entry, err);
	/* nobody sees all of a file by a name */
	if (result == 0)
		result = imagekit_check_reader(rq, wish, file, err);
	if (result == 0)
		send_file(rq, wish, entry);
	else
		hot_unref(entry);
	return result;
}

/* An old version is no more open than what the file has become. */
static int find_version(struct request *rq, struct imagekit_wish *wish,
			struct hot_entry **entry, struct err *err)
{
	if (check_wish(rq, wish, &(*entry)->file, err) < 0) {
		hot_unref(*entry);
		return -1;
	}
	return choose_version(rq, entry, err);
}

/* The first reading of the URL whose file is there. */
static int find_file(struct request *rq, struct imagekit_wish *wish,
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

/* What a transformation names for the case that the file is missing. */
static int find_instead(struct request *rq, struct imagekit_wish *wish,
			struct hot_entry **entry, struct err *err)
{
	wish->stands_in = true;
	for (unsigned i = 0; i < wish->url.n; i++) {
		struct err why;
		wish->reading = &wish->url.readings[i];
		if (imagekit_want(rq, wish, NULL, &why) < 0 ||
		    wish->wanted.instead.n == 0)
			continue;
		int result =
			request_find_path(rq, wish->wanted.instead, entry, err);
		if (result >= 0 || err->code != ERR_NOT_FOUND)
			return result;
	}
	return err_set(err, ERR_NOT_FOUND, "Not Found");
}

int imagekit_deliver(struct request *rq, struct err *err)
{
	struct hot_entry *entry;
	struct imagekit_wish wish;
	read_wish(rq, &wish);
	if (check_signature(rq, &wish, err) < 0)
		return -1;
	int result = find_file(rq, &wish, &entry, err);
	if (result < 0 && err->code == ERR_NOT_FOUND)
		result = find_instead(rq, &wish, &entry, err);
	else if (result == 0 && names_version(rq))
		result = find_version(rq, &wish, &entry, err);
	return result == 0 ? send_wish(rq, &wish, entry, err) : result;
}
