/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source's header says: how large the picture is that a chain makes,
 * without making it (`imagesize`), and how many pages a document has
 * (`docinfo`).
 */
#include "api/filestack/cdn/cdn.h"
#include "image/geometry.h"
#include "image/renderers.h"

/* EXIF: from here on a picture lies on its side. */
#define ORIENTATION_TURNED 5

/* A wait for what the source's header says. */
struct sizing {
	struct request *rq;
	struct hot_entry *entry;
	bool is_read;
	struct image_info info;
	struct err err;
};

static void send_docinfo(struct request *rq, const struct sizing *s)
{
	cdn_send_json(rq, s->entry,
		      json_pack("{s:i,s:{s:i,s:i}}", "numpages",
				(int)s->info.pages, "dimensions", "width",
				(int)s->info.width, "height",
				(int)s->info.height));
}

static int send_imagesize(struct request *rq, const struct sizing *s,
			  struct err *err)
{
	struct image_extent extent;
	bool is_turned = s->info.orientation >= ORIENTATION_TURNED;
	unsigned width = is_turned ? s->info.height : s->info.width;
	unsigned height = is_turned ? s->info.width : s->info.height;
	if (image_plan_extent(&cdn_wish_of(rq)->wanted.plan, width, height,
			      &extent, err) < 0) {
		hot_unref(s->entry);
		return -1;
	}
	/* the vendor's order */
	cdn_send_json(rq, s->entry,
		      json_pack("{s:i,s:i}", "height", (int)extent.height,
				"width", (int)extent.width));
	return 0;
}

static int after_sizing(struct request *rq, struct err *err)
{
	const struct sizing *s = rq->pending;
	bool is_docinfo = cdn_wish_of(rq)->wanted.answer == CDN_DOCINFO;
	if (s->is_read && !is_docinfo)
		return send_imagesize(rq, s, err);
	if (s->is_read) {
		send_docinfo(rq, s);
		return 0;
	}
	hot_unref(s->entry);
	*err = s->err;
	return -1;
}

/* The renderers' thread: leave at once. */
static void sized(void *user, const struct image_info *info,
		  const struct err *err)
{
	struct sizing *s = user;
	s->is_read = info != NULL;
	if (info)
		s->info = *info;
	else
		s->err = *err;
	request_resume(s->rq);
}

int cdn_send_size(struct request *rq, struct hot_entry *entry, struct err *err)
{
	struct renderers *renderers = rq->services->renderers;
	struct sizing *s = arena_zalloc(request_arena(rq), sizeof(*s));
	int64_t account = entry->file.account_id;
	const struct image_source source = {
		.account = account,
		.guest = request_guest(rq, account),
		.fd = entry->content.fd,
		.bytes = entry->content.bytes,
		.arena = request_arena(rq),
		.document = true,
	};
	int result = cdn_check_source(&entry->file, err);
	if (result == 0 && renderers == NULL)
		result = err_set(err, ERR_UNSUPPORTED,
				 "Images cannot be looked into here");
	/* a renderer's look at a file may take the disk */
	if (result == 0 && rq->on_loop && source.fd >= 0)
		result = HANDLE_LATER;
	*s = (struct sizing){.rq = rq, .entry = entry};
	rq->pending = s;
	rq->resume = after_sizing;
	if (result == 0 &&
	    renderers_inspect(renderers, &source, sized, s, err) == 0)
		return HANDLE_PENDING;
	hot_unref(entry);
	return result ? result : -1;
}
