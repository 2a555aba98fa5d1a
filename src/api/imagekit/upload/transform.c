/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `transformation` of an upload: what is made of an image before it is
 * stored, and what is made of it in advance.
 */
#include "api/made/derive.h"
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/named.h"
#include "api/imagekit/upload/upload.h"
#include "api/uploads/upload_made.h"
#include "image/plan.h"
#include "ingest/sniff.h"

/* An upload whose bytes are being made. */
struct transforming {
	struct request *rq;
	struct imagekit_upload_options *options;
	upload_step *next;
	struct image_content contents[1 + IMAGE_PLAN_INPUTS_MAX];
	struct upload_making making;
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

/* What was known of the bytes that came is not true of those that were made. */
static int after_making(struct request *rq, void *user, struct err *err)
{
	struct transforming *t = user;
	struct file_put *put = &t->options->put;
	put->sink = rq->intake->file;
	put->type = t->making.type;
	put->width = put->height = 0;
	put->alpha = ALPHA_UNKNOWN;
	put->embedded_metadata = STR_NONE;
	return t->next(rq, NULL, err);
}

/* A token lets its holder upload, who may be anybody, and says nothing about
 * reading. */
static bool may_read(struct request *rq, const struct file *file)
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
	t->contents[t->making.n_contents++] =
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
	t->contents[t->making.n_contents++] =
		(struct image_content){image.fd, image.bytes};
	for (unsigned i = 0; i < n; i++) {
		int result = add_layer(t, paths[i], err);
		if (result != 0)
			return result;
	}
	return 0;
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
	struct transforming *t = arena_zalloc(request_arena(rq), sizeof(*t));
	*t = (struct transforming){
		.rq = rq,
		.options = options,
		.next = next,
		.making = {.contents = t->contents,
			   .next = after_making,
			   .user = t},
	};
	int result = image_plan_text(&wanted.plan, request_arena(rq),
				     &t->making.plan, err);
	if (result == 0)
		result = add_contents(t, &wanted.plan, err);
	return result ? result : upload_make(rq, &t->making, err);
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
