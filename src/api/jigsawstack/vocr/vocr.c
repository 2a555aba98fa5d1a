/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vOCR: what an image or a document says, and where. The handler runs again
 * after each wait, so what it has found out is kept.
 */
#include "api/jigsawstack/vocr/vocr.h"
#include "api/jigsawstack/forward.h"
#include "api/jigsawstack/jigsawstack.h"
#include "api/room.h"

static const struct call_kind kind = {
	.api = "vocr",
	.key = "file_store_key",
	.max_text = 256u * 1024,
	.needs_file = true,
};

int jigsawstack_vocr_begin(struct request *rq, struct err *err)
{
	return jigsawstack_call_begin(rq, &kind, err);
}

static int read_ask(struct request *rq, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct vocr *vocr = arena_zalloc(arena, sizeof(*vocr));
	json_auto_t *options = NULL;
	int result =
		jigsawstack_call_read(rq, &kind, &options, &vocr->file, err);
	/* as values they can be megabytes, and the wait can be long */
	if (rq->services->jigsawstack)
		vocr->options = json_write(arena, options);
	if (result == 0)
		result = vocr_ask_read(arena, options, &vocr->ask, err);
	if (result == 0)
		rq->dialect_data = vocr;
	return result;
}

/* Once: what happens to the file from then on changes nothing. */
static int find_file(struct request *rq, struct vocr *vocr, struct err *err)
{
	if (vocr->is_found)
		return 0;
	int result = jigsawstack_call_find(rq, &vocr->file, &vocr->entry, err);
	if (result != 0)
		return result; /* of what is pending nothing is ours any more */
	if (vocr->entry)
		request_keep(rq, vocr->entry);
	vocr->is_found = true;
	return 0;
}

/* What reads no text here has another server do it, if there is one. */
static int ask_another(struct request *rq, const struct vocr *vocr,
		       struct err *err)
{
	if (rq->services->jigsawstack == NULL)
		return -1;
	json_auto_t *options = json_parse(vocr->options, 0);
	const struct forward what = {
		.path = STR("/v1/vocr"),
		.key = kind.key,
		.options = options,
		.file = vocr->file,
		.entry = vocr->entry,
	};
	if (options == NULL) /* from several places, together */
		return err_set(err, ERR_INVALID, "There are too many options");
	return jigsawstack_forward(rq, &what, err);
}

/* The vendor's word for what takes too long, or is too much, is 400: neither is
 * better if it is sent again. */
static int recognise(struct request *rq, struct vocr *vocr, struct err *err)
{
	int result = request_recognise(rq, vocr->entry, &vocr->ask.pages,
				       &vocr->document, err);
	if (result < 0 && err->code == ERR_UNSUPPORTED)
		return ask_another(rq, vocr, err);
	if (result < 0 && (err->code == ERR_TIMEOUT || err->code == ERR_LIMIT))
		return err_recode(err, ERR_INVALID, NULL);
	/* what follows takes as long as there are words */
	return result == 0 && rq->on_loop ? HANDLE_LATER : result;
}

/* Once, and before a wait for a model: what is told of the pages stays
 * meanwhile, too. */
static int take_room(struct request *rq, struct vocr *vocr, struct err *err)
{
	if (!vocr->has_room &&
	    request_take_room(rq, rq->account->id, vocr_answer_size(vocr),
			      err) < 0)
		return -1;
	vocr->has_room = true;
	return 0;
}

static int reply(struct request *rq, const struct vocr *vocr, struct err *err)
{
	struct str text;
	if (vocr_answer(request_arena(rq), vocr, rq->id, &text, err) < 0)
		return -1;
	http_set(rq->x, "X-Stowage-Context", str_of(vocr->context_by));
	http_reply(rq->x, 200, "application/json", text);
	return 0;
}

int jigsawstack_vocr(struct request *rq, struct err *err)
{
	/* again after a wait, if it still may */
	int result = rq->dialect_data ? request_recheck_key(rq, err)
				      : read_ask(rq, err);
	struct vocr *vocr = rq->dialect_data;
	if (result == 0)
		result = find_file(rq, vocr, err);
	if (result == 0)
		result = recognise(rq, vocr, err);
	if (result == 0)
		result = take_room(rq, vocr, err);
	if (result == 0)
		result = vocr_context(rq, vocr, err);
	return result == 0 ? reply(rq, vocr, err) : result;
}
