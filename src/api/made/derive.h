/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures made of stored files, as answers: what the deliveries of all
 * dialects share. Which plan a URL means is its dialect's to say, and who may
 * have it was asked before (request_may_read()).
 */
#ifndef API_MADE_DERIVE_H
#define API_MADE_DERIVE_H

#include "api/request.h"

struct content;
struct derive_input;
struct derive_request;

/* What is to be made of a file. Good until the answer: static, or in the
 * request's arena. */
struct derivation {
	struct str plan; /* canonical text (image/plan.h) */
	/* What the plan lays over it; the references are taken over. */
	struct hot_entry *const *layers;
	size_t n_layers;
	/* All that the plan was made of, in any form that is another one for
	 * other input: the URL's words, what headers say, the generation of the
	 * account's names. With it request_recall() needs no plan. Not
	 * for plans with layers, which are looked for each time. STR_NONE:
	 * none. */
	struct str recipe;
	int64_t note;     /* what request_recall() tells of the answer again */
	const char *vary; /* header names; static; NULL: none */
	struct str content_dpr; /* the header; then without recipe */
	/* Of a name, what tells its type becomes that of the picture. */
	struct delivery how;
	/* Answers with the picture in place of sending it; that is good until
	 * the answer. Returns what a handler does. NULL: it is sent. */
	int (*use)(struct request *rq, const struct content *made,
		   struct err *err);
	/* Answers in place of a picture that cannot be made: *err says why.
	 * Returns what a handler does; -1: with *err. NULL:
	 * nothing does. */
	int (*failed)(struct request *rq, struct err *err);
};

/* The name of a picture of that type that is made of a file: "a.png" becomes
 * "a.jpg". In the arena. */
struct str request_made_name(struct arena *arena, struct str name,
			     struct str type);

/*
 * deliver() of what the plan makes of the entry's content, from the cache or by
 * a renderer, or what->use() of it. Takes over the reference to the entry. 0,
 * HANDLE_LATER, or HANDLE_PENDING; -1: ERR_INVALID (cannot be made),
 * ERR_TOO_LARGE, ERR_TIMEOUT, ERR_BUSY, ERR_UNSUPPORTED, ERR_INTERNAL.
 */
int request_derive(struct request *rq, struct hot_entry *entry,
		   const struct derivation *what, struct err *err) MUST_CHECK;

/* What a plan makes of an entry's content and of those that it lays over it. */
struct derive_of {
	const struct hot_entry *entry;
	struct hot_entry *const *layers;
	size_t n_layers;
	struct str plan;
	struct arena *arena; /* the job's, until that is done */
};

/* A request for that, but for its waiter's `done` and `user`: all that it
 * points to is in the arena, or the entries'. The key is good at once. */
void request_derivation(const struct request *rq, const struct derive_of *of,
			struct derive_request *out);
/* Whoever makes it looks into what it is given, which of a file may take the
 * disk: it is to be asked for on a worker. */
bool request_derives_file(const struct derive_request *request);

/* The file that came with the request, to be held longer than that: bytes in
 * the arena, or a descriptor, which is the caller's. ERR_INTERNAL. */
int request_hold_sent(const struct request *rq, struct arena *arena,
		      struct derive_input *out, struct err *err) MUST_CHECK;

/* A picture that is in memory, and what was said of it. */
struct derive_again {
	struct derivative *made;
	const char *vary;
	int64_t note;
};

/* What was derived of the entry's content by a recipe before, if it is in
 * memory. True: it is to be sent, or dropped. */
bool request_recall(struct request *rq, const struct hot_entry *entry,
		    struct str recipe, struct derive_again *out);
/* deliver() of it. Takes over the reference to the entry. */
void request_send_again(struct request *rq, struct hot_entry *entry,
			const struct derive_again *again,
			const struct delivery *how);
void request_drop_again(const struct derive_again *again);

/* Makes, besides, what will be asked for of the file that the request has
 * stored: its bytes are those of rq->intake->file. Nobody hears of it, and it
 * is left when too much is being made. Does not block. */
void request_derive_ahead(const struct request *rq, const struct file *file,
			  struct str plan);

/* Forgets all that was made of a file's content. Blocks. */
void request_purge_derived(const struct request *rq, const struct file *file);

#endif
