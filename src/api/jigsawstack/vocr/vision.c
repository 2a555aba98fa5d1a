/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A context by a model of the operator's that sees pictures (--vision-url): the
 * pages become JPEG, one after the other, which a sink takes as base64 with all
 * else that is sent, so that what waits for the model holds no memory. Whatever
 * fails is told by X-Stowage-Context and the log, and rules answer instead.
 */
#include "api/jigsawstack/ask.h"
#include "api/jigsawstack/vocr/model.h"
#include "api/sources/remote.h"
#include "base/encode.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "base/metrics.h"
#include "image/renderers.h"
#include "store/store.h"

#include <unistd.h>

#define PICTURES_MAX 4
#define BODY_MAX (8u * 1024 * 1024)
#define ANSWER_MAX (1024u * 1024)
#define CHUNK (48u * 1024) /* of a picture; whole triples */
/* Pixels that models make use of. Of a PDF as many dots an inch as an A4 page
 * then has. */
#define PLAN                                                                   \
	"resize(width=2048,height=2048,fit=inside,no-enlarge=true)|"           \
	"background(color=#ffffffff)|encode(format=jpg,quality=80)"
#define DENSITY 170

struct vision {
	struct request *rq;
	struct vocr *vocr;
	size_t next; /* page */
	unsigned pictures;
	struct store_sink *body;
	struct image_content content;
	struct image_render render;
	int picture_fd; /* -1: there is none */
	uint64_t picture_size;
	struct endpoint_part part;
	struct buf answer;
	struct upstream_ask ask;
	bool is_done;
};

static int make_next(struct request *rq, struct vision *v);

/* Steps return 0 when there is an outcome: a context, or why there is none. */
static int fail(struct vision *v, const char *why)
{
	v->vocr->context_by =
		arena_printf(request_arena(v->rq), "rules; vision=%s", why).p;
	v->is_done = true;
	if (request_is_left(v->rq))
		return 0;
	log_warn("a prompt is answered by rules: --vision-url %s", why);
	metric_add(METRIC_VISION_FAILED, 1);
	return 0;
}

/* The handler runs again, from its start. */
static int go_on(struct request *rq, int result, struct err *err)
{
	if (result != 0)
		return result;
	rq->resume = rq->route->handle;
	return rq->route->handle(rq, err);
}

static int read_answer(struct vision *v)
{
	const struct upstream_ask *ask = &v->ask;
	struct arena *arena = request_arena(v->rq);
	struct vocr *vocr = v->vocr;
	if (ask->result < 0 && ask->err.code == ERR_TIMEOUT)
		return fail(v, "timeout");
	if (ask->result < 0 && ask->err.code != ERR_TOO_LARGE)
		return fail(v, "refused");
	if (ask->result == 0 && ask->answer.status != 200)
		return fail(
			v,
			arena_printf(arena, "status-%u", ask->answer.status).p);
	if (ask->result == 0)
		vocr->context = model_read(arena, &vocr->ask,
					   buf_str(&v->answer), &vocr->usage);
	if (vocr->context == NULL)
		return fail(v, "unreadable");
	vocr->context_by = "vision";
	v->is_done = true;
	return 0;
}

static int after_asking(struct request *rq, struct err *err)
{
	if (rq->on_loop)
		return HANDLE_LATER;
	return go_on(rq, read_answer(rq->pending), err);
}

static int ask_model(struct request *rq, struct vision *v)
{
	struct err why;
	if (v->pictures == 0 ||
	    store_sink_write(v->body, MODEL_END, strlen(MODEL_END), &why) < 0)
		return fail(v, "unreadable");
	v->part = (struct endpoint_part){
		.bytes = store_sink_bytes(v->body),
		.fd = store_sink_fd(v->body),
		.size = store_sink_size(v->body),
	};
	v->ask.call = (struct endpoint_call){
		.path = STR("/chat/completions"),
		.json = &v->part,
		.loop = request_loop(rq),
		.text = &v->answer,
		.wanted = 200,
	};
	int result = jigsawstack_ask(rq, rq->services->vision, &v->ask,
				     after_asking, &why);
	return result < 0 ? fail(v, "refused") : result;
}

static int write_base64(struct vision *v, struct err *err)
{
	g_autofree char *bytes = g_malloc(CHUNK);
	g_autofree char *text = g_malloc(BASE64_LEN(CHUNK));
	for (uint64_t at = 0; at < v->picture_size; at += CHUNK) {
		ssize_t n = fd_read(v->picture_fd, bytes, CHUNK, (off_t)at);
		if (n <= 0)
			return err_set(err, ERR_INTERNAL,
				       "A picture cannot be read back.");
		size_t length = base64_write(text, bytes, (size_t)n);
		if (store_sink_write(v->body, text, length, err) < 0)
			return -1;
	}
	return 0;
}

/* What does not fit any more is left out; the first always does. */
static int add_picture(struct vision *v, struct err *err)
{
	uint64_t length = BASE64_LEN(v->picture_size);
	uint64_t room = store_sink_limit(v->body) - store_sink_size(v->body);
	if (length + strlen(MODEL_PICTURE MODEL_PICTURE_END MODEL_END) > room)
		return 0;
	if (store_sink_write(v->body, MODEL_PICTURE, strlen(MODEL_PICTURE),
			     err) < 0 ||
	    write_base64(v, err) < 0 ||
	    store_sink_write(v->body, MODEL_PICTURE_END,
			     strlen(MODEL_PICTURE_END), err) < 0)
		return -1;
	v->pictures++;
	return 0;
}

static void drop_picture(struct vision *v)
{
	if (v->picture_fd >= 0)
		close(v->picture_fd);
	v->picture_fd = -1;
}

static int after_making(struct request *rq, struct err *err)
{
	struct vision *v = rq->pending;
	struct err why;
	if (rq->on_loop)
		return HANDLE_LATER;
	int added = v->picture_fd < 0 ? 0 : add_picture(v, &why);
	drop_picture(v);
	return go_on(rq, added < 0 ? fail(v, "unreadable") : make_next(rq, v),
		     err);
}

/* The renderers' thread: leave at once. */
static void made(void *user, struct image_picture *picture,
		 const struct err *err)
{
	struct vision *v = user;
	(void)err;
	if (picture) {
		v->picture_fd = picture->fd;
		v->picture_size = picture->size;
		picture->fd = -1;
	}
	request_resume(v->rq);
}

static struct str plan_of(const struct vision *v)
{
	const struct recognised_document *document = &v->vocr->document;
	struct arena *arena = request_arena(v->rq);
	if (!document->is_document)
		return STR(PLAN);
	return arena_printf(arena, "image(page=%zu,density=%d)|" PLAN,
			    document->first + v->next, DENSITY);
}

static int make_next(struct request *rq, struct vision *v)
{
	const struct recognised_document *document = &v->vocr->document;
	struct err why;
	while (v->next < MIN(document->n_pages, PICTURES_MAX) &&
	       !request_is_left(rq)) {
		v->render.plan = plan_of(v);
		v->next++;
		rq->pending = v;
		rq->resume = after_making;
		if (renderers_render(rq->services->renderers, &v->render, made,
				     v, &why) == 0)
			return HANDLE_PENDING;
	}
	return ask_model(rq, v);
}

static void release(void *user)
{
	struct vision *v = user;
	drop_picture(v);
	store_sink_free(v->body);
}

static struct vision *begin(struct request *rq, struct vocr *vocr)
{
	struct arena *arena = request_arena(rq);
	struct vision *v = arena_zalloc(arena, sizeof(*v));
	struct store_sink *sent = rq->intake->file;
	*v = (struct vision){.rq = rq, .vocr = vocr, .picture_fd = -1};
	v->body =
		store_sink_new(library_store(rq->services->library), BODY_MAX);
	buf_init(&v->answer, arena, ANSWER_MAX);
	if (vocr->entry)
		v->content = (struct image_content){vocr->entry->content.fd,
						    vocr->entry->content.bytes};
	else
		v->content = (struct image_content){store_sink_fd(sent),
						    store_sink_bytes(sent)};
	v->render = (struct image_render){
		.account = rq->account->id,
		.guest = request_guest(rq, rq->account->id),
		.contents = &v->content,
		.n_contents = 1,
		.arena = arena,
	};
	arena_defer(arena, release, v);
	return v;
}

/* All that is said before the pictures. */
static int write_text(struct request *rq, struct vision *v, struct err *err)
{
	struct arena *arena = request_arena(rq);
	const struct recognised_document *document = &v->vocr->document;
	const struct model_ask ask = {
		.model = rq->services->vision_model,
		.vocr = &v->vocr->ask,
		.help = prompt_whole(arena, prompt_read(arena, document->pages,
							document->n_pages)),
	};
	g_autoptr(GString) text = g_string_new(NULL);
	model_begin(text, arena, &ask);
	return store_sink_write(v->body, text->str, text->len, err);
}

int vocr_vision(struct request *rq, struct vocr *vocr, struct err *err)
{
	if (vocr->vision == NULL)
		vocr->vision = begin(rq, vocr);
	struct vision *v = vocr->vision;
	if (v->is_done)
		return 0;
	return write_text(rq, v, err) < 0 ? fail(v, "unreadable")
					  : make_next(rq, v);
}
