/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vOCR: its handlers, and inside it what is asked, the context that answers it,
 * and the answer. Wire facts: docs/dialects/jigsawstack.md.
 */
#ifndef API_JIGSAWSTACK_VOCR_VOCR_H
#define API_JIGSAWSTACK_VOCR_VOCR_H

#include "api/jigsawstack/call.h"
#include "api/made/recognise.h"
#include "prompt/prompt.h"

#define VOCR_PROMPT_MAX (8u * 1024) /* bytes of a prompt that is a text */
#define VOCR_KEY_MAX 1024u          /* of a name in one, of a description */
#define VOCR_ANSWER_MAX (32u * 1024 * 1024) /* bytes */

/* vocr.c: POST /v1/vocr */
int jigsawstack_vocr_begin(struct request *rq, struct err *err);
int jigsawstack_vocr(struct request *rq, struct err *err);

struct vision;

struct vocr_ask {
	struct str prompt;             /* a text; STR_NONE: keys */
	const struct prompt_key *keys; /* in order, each name once */
	size_t n_keys;
	struct recognise_ask pages;
	bool bounds; /* are part of the answer */
};

/* What an endpoint has spent on an answer, in its own count. */
struct vocr_usage {
	uint64_t input, output;
};

/* A request's, until it ends. */
struct vocr {
	struct str options; /* as they came, JSON, for another server */
	struct vocr_ask ask;
	struct call_file file;
	struct hot_entry *entry; /* NULL: what was sent */
	bool is_found, has_room;
	struct recognised_document document;
	struct vision *vision;  /* vision.c's */
	json_t *context;        /* the answer to the prompt; the arena's */
	const char *context_by; /* X-Stowage-Context; static or the arena's */
	struct vocr_usage usage;
};

/* ask.c: -1, ERR_INVALID names the field. The texts are in the arena. */
int vocr_ask_read(struct arena *arena, const json_t *options,
		  struct vocr_ask *out, struct err *err) MUST_CHECK;

/* context.c: fills in context, context_by and usage. Returns what a handler
 * does; with HANDLE_PENDING the handler runs again. On a worker. */
int vocr_context(struct request *rq, struct vocr *vocr,
		 struct err *err) MUST_CHECK;

/* vision.c: the same by a model that sees pictures, which there is. 0 with
 * context NULL: it has none; context_by says why. */
int vocr_vision(struct request *rq, struct vocr *vocr,
		struct err *err) MUST_CHECK;

/* answer.c: how many bytes the answer and what it is made of take, about. */
uint64_t vocr_answer_size(const struct vocr *vocr);
/* The answer as it goes out, in the arena; log_id: the request's.
 * ERR_TOO_LARGE. */
int vocr_answer(struct arena *arena, const struct vocr *vocr,
		const char *log_id, struct str *out,
		struct err *err) MUST_CHECK;

#endif
