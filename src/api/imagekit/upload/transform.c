/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `transformation` of an upload: what is made of an image before it is
 * stored, and what is made of it in advance.
 */
#include "api/derive.h"
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/named.h"
#include "api/imagekit/upload/upload.h"
#include "base/fd.h"
#include "image/plan.h"
#include "image/renderers.h"
#include "ingest/sniff.h"
#include "store/store.h"

#include <unistd.h>

#define COPY_BYTES (64 * 1024)

/* An upload whose bytes are being made. */
struct transforming {
	struct request *rq;
	struct imagekit_upload_options *options;
	upload_step *next;
	struct image_content contents[1 + IMAGE_PLAN_INPUTS_MAX];
	unsigned n;
	struct image_picture picture; /* fd -1: none */
	struct err err;
};

static int read_plan(struct request *rq, struct str text, bool is_thumbnail,
		     struct imagekit_wanted *out, struct err *err)
{
	const struct imagekit_transformation from = {
		.path = text,
		.resolve = imagekit_named_resolve,
		.user = rq->account,
		.is_thumbnail = is_thumbnail,
	};
	return imagekit_grammar(&from, request_arena(rq), out, err);
}

static void close_picture(void *arg)
{
	const struct transforming *t = arg;
	if (t->picture.fd >= 0)
		close(t->picture.fd);
}

static int copy(int fd, uint64_t size, struct store_sink *sink, struct err *err)
{
	char piece[COPY_BYTES];
	for (uint64_t at = 0; at < size;) {
		ssize_t n = fd_read(fd, piece, sizeof(piece), (off_t)at);
		if (n <= 0)
			return err_set(err, ERR_INTERNAL,
				       "A picture cannot be read back");
		if (store_sink_write(sink, piece, (size_t)n, err) < 0)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

/* What was known of the bytes that came is not true of these. */
static void replace(struct transforming *t, struct store_sink *sink)
{
	struct file_put *put = &t->options->put;
	store_sink_free(t->rq->intake->file);
	t->rq->intake->file = sink;
	put->sink = sink;
	put->type = str_of(t->picture.type);
	put->width = put->height = 0;
	put->alpha = ALPHA_UNKNOWN;
	put->embedded_metadata = STR_NONE;
}

static int after_making(struct request *rq, struct err *err)
{
	struct transforming *t = rq->pending;
	if (t->picture.fd < 0) {
		*err = t->err;
		return -1;
	}
	if (rq->on_loop)
		return HANDLE_LATER;
	struct store *store = library_store(rq->services->library);
	struct store_sink *sink = store_sink_new(store, upload_limit(rq));
	if (copy(t->picture.fd, t->picture.size, sink, err) < 0) {
		store_sink_free(sink);
		return -1;
	}
	replace(t, sink);
	return t->next(rq, NULL, err);
}

/* The renderers' thread: leave at once. */
static void made(void *user, struct image_picture *picture,
		 const struct err *err)
{
	struct transforming *t = user;
	if (picture) {
		t->picture = *picture;
		picture->fd = -1;
	} else {
		t->err = *err;
	}
	request_resume(t->rq);
}

/* A token lets its holder upload, who may be anybody, and says nothing about
 * reading. */
static bool may_read(const struct request *rq, const struct file *file)
{
	return request_may_read(rq, file) &&
	       (rq->proof == PROOF_SECRET_KEY ||
		request_access(rq, file) == ACCESS_PUBLIC);
}

/* An image that is laid over. */
static int add_layer(struct transforming *t, struct str path, struct err *err)
{
	struct request *rq = t->rq;
	struct hot_entry *entry;
	int result = request_find_path(rq, path, &entry, err);
	if (result != 0)
		return result;
	request_keep(rq, entry);
	if (!may_read(rq, &entry->file))
		return err_set(err, ERR_FORBIDDEN,
			       "An image that the transformation lays over "
			       "is private");
	t->contents[t->n++] =
		(struct image_content){entry->content.fd, entry->content.bytes};
	return 0;
}

static int add_contents(struct transforming *t, const struct image_plan *plan,
			struct err *err)
{
	struct str paths[IMAGE_PLAN_INPUTS_MAX];
	unsigned n = image_plan_inputs(plan, paths);
	const struct image_source image =
		upload_image(t->rq, t->rq->intake->file);
	t->contents[t->n++] = (struct image_content){image.fd, image.bytes};
	for (unsigned i = 0; i < n; i++) {
		int result = add_layer(t, paths[i], err);
		if (result != 0)
			return result;
	}
	return 0;
}

static int make(struct transforming *t, const struct image_plan *plan,
		struct err *err)
{
	struct request *rq = t->rq;
	struct arena *arena = request_arena(rq);
	int64_t account = rq->account->id;
	struct image_render render = {.account = account,
				      .guest = request_guest(rq, account),
				      .contents = t->contents,
				      .arena = arena};
	int result = image_plan_text(plan, arena, &render.plan, err);
	if (result == 0)
		result = add_contents(t, plan, err);
	if (result != 0)
		return result;
	render.n_contents = t->n;
	arena_defer(arena, close_picture, t);
	rq->pending = t;
	rq->resume = after_making;
	if (renderers_render(rq->services->renderers, &render, made, t, err) <
	    0)
		return -1;
	return HANDLE_PENDING;
}

int imagekit_pre_transform(struct request *rq,
			   struct imagekit_upload_options *options,
			   upload_step *next, struct err *err)
{
	struct imagekit_wanted wanted;
	if (options->pre.n == 0)
		return next(rq, NULL, err);
	if (read_plan(rq, options->pre, false, &wanted, err) < 0)
		return -1;
	if (wanted.is_original)
		return next(rq, NULL, err);
	if (rq->services->renderers == NULL)
		return err_set(err, ERR_UNSUPPORTED,
			       "Images cannot be transformed here");
	struct transforming *t = arena_zalloc(request_arena(rq), sizeof(*t));
	t->rq = rq;
	t->options = options;
	t->next = next;
	t->picture.fd = -1;
	return make(t, &wanted.plan, err);
}

static void post(struct request *rq, const struct file *file,
		 const struct imagekit_post *post)
{
	struct imagekit_wanted wanted;
	struct str plan, paths[IMAGE_PLAN_INPUTS_MAX];
	struct err err;
	bool is_thumbnail = post->type == IMAGEKIT_POST_THUMBNAIL;
	if (read_plan(rq, post->value, is_thumbnail, &wanted, &err) == 0 &&
	    !wanted.is_original &&
	    image_plan_inputs(&wanted.plan, paths) == 0 &&
	    image_plan_text(&wanted.plan, request_arena(rq), &plan, &err) == 0)
		request_derive_ahead(rq, file, plan);
}

void imagekit_post_transform(struct request *rq, const struct file *file,
			     const struct imagekit_upload_options *options)
{
	for (unsigned i = 0; i < options->n_posts; i++)
		if (sniff_is_image(file->type) &&
		    options->posts[i].type <= IMAGEKIT_POST_THUMBNAIL)
			post(rq, file, &options->posts[i]);
}
