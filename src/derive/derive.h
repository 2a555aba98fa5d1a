/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures made of stored ones: from the cache, or made by a renderer and kept.
 * Whoever asks decides which plan it is and who may have it; nothing here knows
 * a URL, a file or an account's rules.
 */
#ifndef DERIVE_DERIVE_H
#define DERIVE_DERIVE_H

#include "base/threads/flight.h"
#include "derive/cache.h"
#include "derive/shortcut.h"

struct derive;

/* One content that a picture is made of. */
struct derive_input {
	struct derive_content content;
	int fd; /* of all of it, positioned reads only; -1: in bytes */
	struct str bytes;
};

struct derive_output {
	int fd; /* a sealed memory file; whoever takes it leaves -1 */
	uint64_t size;
	struct str type; /* media type */
};

/* What a renderer is asked. All of it stays until `done` was called. */
struct derive_job {
	int64_t owner, guest;              /* as the waiter's */
	struct str plan;                   /* canonical text (image/plan.h) */
	const struct derive_input *inputs; /* the source, then what the plan
					      lays over it */
	size_t n_inputs;
	struct arena *arena; /* the renderer's until then */
	/* Any thread: leaves at once. out is NULL when *err is filled. */
	void (*done)(void *user, struct derive_output *out,
		     const struct err *err);
	void *user;
};

struct derive_renderer {
	/* Does not block. -1: `done` is not called. NULL: there is none. */
	int (*render)(void *user, struct derive_job *job, struct err *err);
	/* Another guest waits for it, too. Leaves at once; NULL: does not
	 * matter. */
	void (*share)(void *user, const struct derive_job *job, int64_t guest);
	void *user;
};

struct derive_options {
	struct derive_cache_options cache;
	struct derive_renderer renderer;
	struct flights_options flights;
};

int derive_new(struct derive **out, const struct derive_options *options,
	       struct err *err) MUST_CHECK;
/* The renderer has called `done` of every job. NULL is fine. */
void derive_free(struct derive *derive);

/* Of the cache, as there. */
enum derive_place derive_find(struct derive *derive,
			      const struct derive_key *key,
			      struct derivative **out);
struct derivative *derive_read(struct derive *derive,
			       const struct derive_key *key,
			       int64_t modified_s);
void derive_purge(struct derive *derive, const struct derive_content *source);

/* One request for a picture. Filled in by the caller, and stays, with all it
 * points to, until waiter.done was called, which is given a derivative. */
struct derive_request {
	struct derive_key key;
	struct flight_waiter waiter; /* but for the key */
	struct derive_job job;       /* but for done and user */
	int64_t modified_s;          /* of what was changed last */
	struct derive *derive;       /* the module's own, as what follows */
	unsigned purges;             /* of the source when it was begun */
};

/* Makes it, or waits for who does. Does not block. 0: waiter.done is called
 * once, perhaps before this returns. -1: it is not; as flight_join(), or
 * ERR_UNSUPPORTED: there is no renderer. */
int derive_make(struct derive *derive, struct derive_request *request,
		struct err *err) MUST_CHECK;

/* Of URLs that are asked for again, as there. */
bool derive_recall(struct derive *derive, struct shortcut *out);
void derive_recall_later(struct derive *derive,
			 const struct shortcut *shortcut);

#endif
