/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures as jobs of the two pools. A job that the one program leaves to the
 * other goes there, and one that takes much memory waits until it is the only
 * such one; whoever asked sees one answer.
 */
#include "image/geometry.h"
#include "image/pgm.h"
#include "image/protocol.h"
#include "image/renderers_own.h"

#include <glib.h>
#include <string.h>

/* A source from which on it is known to take long. */
#define HEAVY_BYTES (2u * 1024 * 1024)

_Static_assert(RENDER_INPUTS_MAX == IMAGE_PLAN_INPUTS_MAX + 1 &&
		       RENDER_INPUTS_MAX <= HELPER_FDS_MAX,
	       "a plan's images are one message");
_Static_assert(sizeof(struct render_request) + IMAGE_PLAN_TEXT_MAX <=
		       HELPER_TEXT_MAX,
	       "a plan is one message");

/* One picture on its way; in the arena, as all it points to. */
struct picture {
	struct renderers *renderers;
	struct pool *pool; /* that is asked now */
	struct pool_input inputs[RENDER_INPUTS_MAX];
	unsigned n_inputs;
	int64_t account, guest;
	struct render_request request;
	char *text; /* room for the request, and behind it the plan */
	size_t n;
	bool tells_late;
	image_picture_done *done;
	void *user;
};

static const char *const types[] = {
	[RENDER_JPG] = "image/jpeg",      [RENDER_PNG] = "image/png",
	[RENDER_WEBP] = "image/webp",     [RENDER_GIF] = "image/gif",
	[RENDER_AVIF] = "image/avif",     [RENDER_JXL] = "image/jxl",
	[RENDER_PDF] = "application/pdf", [RENDER_HTML] = "text/html",
	[RENDER_PGM] = IMAGE_PGM_TYPE,
};

static int submit(struct picture *picture, struct err *err);

static void fail(const struct picture *picture, const struct err *err)
{
	picture->done(picture->user, NULL, err);
}

static int nonsense(struct err *err)
{
	return err_set(err, ERR_INTERNAL,
		       "The image process answers nonsense.");
}

/* In words, what a renderer found. */
static int refuse(uint32_t status, struct err *err)
{
	switch (status) {
	case RENDER_UNREADABLE:
		return err_set_reason(err, ERR_INVALID, IMAGE_UNREADABLE,
				      "The image cannot be read.");
	case RENDER_TOO_LARGE:
	case RENDER_CROWDED:
		return err_set(err, ERR_TOO_LARGE,
			       "The image is too large, or would become so.");
	case RENDER_IMPOSSIBLE:
		return err_set(err, ERR_INVALID,
			       "The image has no such part or page.");
	case RENDER_ELSEWHERE:
	case RENDER_UNSUPPORTED:
		return err_set(err, ERR_UNSUPPORTED,
			       "This server cannot make such an image.");
	default:
		return nonsense(err);
	}
}

static int describe(const struct render_picture *said,
		    const struct pool_answer *answer, struct image_picture *out,
		    struct err *err)
{
	if (said->format >= G_N_ELEMENTS(types) ||
	    types[said->format] == NULL || said->width == 0 ||
	    said->width > IMAGE_SIDE_MAX || said->height == 0 ||
	    said->height > IMAGE_SIDE_MAX || said->pages == 0 ||
	    answer->output < 0 || answer->output_size == 0)
		return nonsense(err);
	*out = (struct image_picture){
		.type = types[said->format],
		.width = said->width,
		.height = said->height,
		.pages = said->pages,
		.fd = answer->output,
		.size = answer->output_size,
	};
	return 0;
}

/* Whether another place is to be asked instead; it is chosen then. */
static bool goes_on(struct picture *picture, uint32_t status)
{
	struct renderers *renderers = picture->renderers;
	if (status == RENDER_ELSEWHERE && picture->pool != renderers->pool) {
		picture->pool = renderers->pool;
		picture->request.flags = 0;
		return true;
	}
	if (status == RENDER_CROWDED && picture->request.flags == 0) {
		picture->request.flags = RENDER_ALONE;
		return true;
	}
	return false;
}

/* What helpers die of is our fault, or that of whoever killed them, and what
 * they take too long for is too much of it. */
static void word(const struct picture *picture, const struct err *why,
		 struct err *err)
{
	renderers_word(why, err);
	if (err->code == ERR_INVALID)
		err_set_reason(err, ERR_INTERNAL, IMAGE_DEADLY,
			       "The programs that make images have failed.");
	else if (err->code == ERR_TIMEOUT && !picture->tells_late)
		err_set(err, ERR_TOO_LARGE,
			"The image takes too long to make.");
}

static void tell(void *user, struct pool_answer *answer, const struct err *why)
{
	struct picture *picture = user;
	struct render_reply reply;
	struct image_picture out;
	struct err err;
	if (answer == NULL && why->code == ERR_INVALID &&
	    goes_on(picture, RENDER_ELSEWHERE)) {
		/* what the one dies of the other one may survive */
		if (submit(picture, &err) < 0)
			fail(picture, &err);
		return;
	}
	if (answer == NULL) {
		word(picture, why, &err);
		fail(picture, &err);
		return;
	}
	if (answer->text.n != sizeof(reply)) {
		nonsense(&err);
		fail(picture, &err);
		return;
	}
	memcpy(&reply, answer->text.p, sizeof(reply));
	if (goes_on(picture, reply.status)) {
		picture->guest = answer->guest;
		if (submit(picture, &err) < 0)
			fail(picture, &err);
		return;
	}
	int result = reply.status == RENDER_OK
			     ? describe(&reply.picture, answer, &out, &err)
			     : refuse(reply.status, &err);
	if (result < 0) {
		fail(picture, &err);
		return;
	}
	picture->done(picture->user, &out, NULL);
	answer->output = out.fd;
}

/* Large ones wait for each other; of the others those of large sources leave
 * helpers to the rest, and all of what only the full program can do leave it to
 * images that are uploaded. */
static enum pool_sort sort_of(const struct picture *picture)
{
	if (picture->request.flags & RENDER_ALONE)
		return POOL_LARGE;
	return picture->pool == picture->renderers->pool ||
			       picture->request.sizes[0] > HEAVY_BYTES
		       ? POOL_HEAVY
		       : POOL_LIGHT;
}

static int submit(struct picture *picture, struct err *err)
{
	struct err why;
	memcpy(picture->text, &picture->request, sizeof(picture->request));
	const struct pool_job job = {
		.owner = picture->account,
		.guest = picture->guest,
		.name = picture->user,
		.sort = sort_of(picture),
		.text = {picture->text, picture->n},
		.inputs = picture->inputs,
		.n_inputs = picture->n_inputs,
		.output_max = RENDER_OUTPUT_MAX,
		.done = tell,
		.user = picture,
	};
	if (pool_submit(picture->pool, &job, &why) < 0)
		return renderers_word(&why, err);
	return 0;
}

/* By its first bytes: one that the scaler reads. */
static bool is_plain_source(const struct pool_input *input)
{
	char buffer[RENDERERS_HEAD];
	struct str head = renderers_head(input->fd, input->bytes, buffer);
	return str_starts(head, STR("\xff\xd8\xff")) ||
	       str_starts(head, STR("\x89PNG\r\n\x1a\n")) ||
	       (str_starts(head, STR("RIFF")) &&
		str_starts(str_skip(head, MIN(head.n, 8)), STR("WEBP")));
}

static int take_contents(const struct image_render *what,
			 struct picture *picture, struct err *err)
{
	if (what->n_contents == 0 || what->n_contents > RENDER_INPUTS_MAX)
		return err_set(err, ERR_LIMIT, "Too many images are laid over");
	for (unsigned i = 0; i < what->n_contents; i++) {
		const struct image_content *content = &what->contents[i];
		picture->inputs[i] =
			(struct pool_input){content->fd, content->bytes};
		if (renderers_measure(content->fd, content->bytes,
				      &picture->request.sizes[i], err) < 0)
			return err->code == ERR_INVALID
				       ? err_recode(err, ERR_INVALID,
						    IMAGE_UNREADABLE)
				       : -1;
	}
	picture->n_inputs = what->n_contents;
	return 0;
}

int renderers_render(struct renderers *renderers,
		     const struct image_render *what, image_picture_done *done,
		     void *user, struct err *err)
{
	struct arena *arena = what->arena;
	struct image_plan plan;
	struct str paths[IMAGE_PLAN_INPUTS_MAX];
	struct picture *picture = arena_zalloc(arena, sizeof(*picture));
	picture->renderers = renderers;
	picture->account = what->account;
	picture->guest = what->guest;
	picture->request.kind = RENDER_PICTURE;
	picture->tells_late = what->tells_late;
	picture->done = done;
	picture->user = user;
	if (image_plan_parse(what->plan, arena, &plan, err) < 0 ||
	    take_contents(what, picture, err) < 0)
		return -1;
	if (image_plan_inputs(&plan, paths) + 1 != what->n_contents)
		return err_set(err, ERR_INVALID,
			       "The plan is of other images.");
	bool plain = renderers->scalers && image_plan_is_plain(&plan) &&
		     is_plain_source(&picture->inputs[0]);
	picture->pool = plain ? renderers->scalers : renderers->pool;
	picture->n = sizeof(picture->request) + what->plan.n;
	picture->text = arena_alloc(arena, picture->n);
	memcpy(picture->text + sizeof(picture->request), what->plan.p,
	       what->plan.n);
	return submit(picture, err);
}

void renderers_share(struct renderers *renderers, const void *user,
		     int64_t guest)
{
	pool_share(renderers->pool, user, guest);
	if (renderers->scalers)
		pool_share(renderers->scalers, user, guest);
}
