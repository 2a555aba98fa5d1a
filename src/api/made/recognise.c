/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request waits for several answers at once: first for what the file is, then
 * for its pages. Each goes through what is kept (derive/derive.h), but for a
 * file that is kept nowhere. Whoever brings an answer wakes the request if it
 * sleeps; awake it looks at all of them. What is made has all that it needs of
 * its own, so that a request may end before it.
 */
#include "api/made/recognise.h"
#include "api/made/derive.h"
#include "base/fd.h"
#include "derive/derive.h"
#include "recognition/recogniser.h"
#include "recognition/plan.h"

#include <unistd.h>

/* Of a request, at once: others come to their turn between them anyhow. */
#define AT_ONCE_MAX 4u
/* Bytes of JSON of all pages, which become as many in memory and in an answer
 * a few times as many. */
#define TEXT_MAX (4u * 1024 * 1024)
/* On a loop: what takes half of a millisecond. */
#define LOOP_MAX (64u * 1024)

enum slot_state {
	SLOT_NEW,
	SLOT_RUNNING,
	SLOT_DONE, /* there it is, or err says why not */
};

/* One answer. */
struct slot {
	struct recognising *of;
	enum slot_state state;
	struct arena arena;
	struct derive_request request; /* of what is kept nowhere: its job */
	struct derivative *made;
	struct derive_output output; /* of what is kept nowhere */
	struct err err;
};

struct recognising {
	struct request *rq;
	gint refs; /* atomic: the request's, and one of each slot that runs */
	struct hot_entry *entry; /* NULL: the file that came */
	struct derive_input sent;
	struct arena arena; /* of that */
	struct recognise_ask ask;
	struct recognised_document document; /* once is_whole */
	bool is_whole;
	struct slot info;
	struct slot pages[RECOGNISE_PAGES_MAX];

	GMutex mutex; /* of what follows, and of what slots are given */
	unsigned running;
	bool has_news; /* since the request looked */
	bool sleeps;
};

static void release_slot(struct slot *slot)
{
	derivative_unref(slot->made);
	if (slot->output.fd >= 0)
		close(slot->output.fd);
	arena_release(&slot->arena);
}

static void recognising_unref(void *user)
{
	struct recognising *r = user;
	if (!g_atomic_int_dec_and_test(&r->refs))
		return;
	release_slot(&r->info);
	for (unsigned i = 0; i < RECOGNISE_PAGES_MAX; i++)
		release_slot(&r->pages[i]);
	hot_unref(r->entry);
	if (r->sent.fd >= 0)
		close(r->sent.fd);
	arena_release(&r->arena);
	g_mutex_clear(&r->mutex);
	g_free(r);
}

/* A thread that makes it: leave at once. The mutex is held, and let go. */
static void end_run(struct slot *slot)
{
	struct recognising *r = slot->of;
	bool sleeps = r->sleeps;
	slot->state = SLOT_DONE;
	r->running--;
	r->has_news = true;
	r->sleeps = false;
	g_mutex_unlock(&r->mutex);
	if (sleeps) /* so the request is there */
		request_resume(r->rq);
	recognising_unref(r);
}

static void on_made(void *user, void *made, const struct err *err)
{
	struct slot *slot = user;
	g_mutex_lock(&slot->of->mutex);
	if (made)
		slot->made = derivative_ref(made);
	else
		slot->err = *err;
	end_run(slot);
}

static void on_read(void *user, struct derive_output *out,
		    const struct err *err)
{
	struct slot *slot = user;
	g_mutex_lock(&slot->of->mutex);
	if (out) {
		slot->output = *out;
		out->fd = -1;
	} else {
		slot->err = *err;
	}
	end_run(slot);
}

static void init_slot(struct recognising *r, struct slot *slot)
{
	*slot = (struct slot){.of = r, .output.fd = -1};
	arena_init(&slot->arena);
}

static struct recognising *recognising_new(struct request *rq,
					   struct hot_entry *entry,
					   const struct recognise_ask *ask)
{
	struct recognising *r = g_new0(struct recognising, 1);
	r->rq = rq;
	r->refs = 1;
	r->entry = entry ? hot_entry_ref(entry) : NULL;
	r->sent.fd = -1;
	r->ask = *ask;
	arena_init(&r->arena);
	init_slot(r, &r->info);
	for (unsigned i = 0; i < RECOGNISE_PAGES_MAX; i++)
		init_slot(r, &r->pages[i]);
	g_mutex_init(&r->mutex);
	arena_defer(request_arena(rq), recognising_unref, r);
	return r;
}

/* Asking for one. */

static void run(struct recognising *r, struct slot *slot)
{
	g_mutex_lock(&r->mutex);
	slot->state = SLOT_RUNNING;
	r->running++;
	g_mutex_unlock(&r->mutex);
	g_atomic_int_inc(&r->refs);
}

/* It was refused at once: `err` is filled. */
static void settle(struct recognising *r, struct slot *slot)
{
	g_mutex_lock(&r->mutex);
	slot->state = SLOT_DONE;
	r->running--;
	g_mutex_unlock(&r->mutex);
	recognising_unref(r);
}

static int begin_kept(struct recognising *r, struct slot *slot, struct str plan)
{
	struct request *rq = r->rq;
	struct derive *derive = rq->services->derive;
	struct derive_request *request = &slot->request;
	const struct derive_of of = {
		.entry = r->entry, .plan = plan, .arena = &slot->arena};
	request_derivation(rq, &of, request);
	request->waiter.done = on_made;
	request->waiter.user = slot;
	enum derive_place place =
		derive_find(derive, &request->key, &slot->made);
	if (rq->on_loop && slot->made == NULL &&
	    (place == DERIVE_ON_DISK || request_derives_file(request)))
		return HANDLE_LATER;
	if (place == DERIVE_ON_DISK)
		slot->made =
			derive_read(derive, &request->key, request->modified_s);
	if (slot->made) {
		slot->state = SLOT_DONE;
		return 0;
	}
	run(r, slot);
	if (derive_make(derive, request, &slot->err) < 0)
		settle(r, slot);
	return 0;
}

static int begin_sent(struct recognising *r, struct slot *slot, struct str plan)
{
	struct request *rq = r->rq;
	struct derive_job *job = &slot->request.job;
	if (rq->on_loop && r->sent.fd >= 0)
		return HANDLE_LATER;
	*job = (struct derive_job){
		.owner = rq->account->id,
		.guest = request_guest(rq, rq->account->id),
		.plan = plan,
		.inputs = &r->sent,
		.n_inputs = 1,
		.arena = &slot->arena,
		.done = on_read,
		.user = slot,
	};
	run(r, slot);
	if (recogniser_read(rq->services->recogniser, job, &slot->err) < 0)
		settle(r, slot);
	return 0;
}

/* page: 0 for what the file is. 0, or HANDLE_LATER. */
static int begin(struct recognising *r, struct slot *slot, unsigned page)
{
	struct str plan = recogniser_plan(r->rq->services->recogniser,
					  &slot->arena, page, r->ask.fine);
	return r->entry ? begin_kept(r, slot, plan) : begin_sent(r, slot, plan);
}

/* Answers. */

static uint64_t size_of(const struct slot *slot)
{
	return slot->made ? slot->made->content.size : slot->output.size;
}

/* What has to be read first, from a file. */
static bool is_in_file(const struct slot *slot)
{
	return slot->made == NULL || slot->made->content.fd >= 0;
}

static int text_of(const struct slot *slot, struct arena *arena,
		   struct str *out, struct err *err)
{
	size_t n = (size_t)size_of(slot);
	if (!is_in_file(slot)) {
		*out = slot->made->content.bytes;
		return 0;
	}
	int fd = slot->made ? slot->made->content.fd : slot->output.fd;
	char *text = arena_alloc(arena, MAX(n, 1));
	if (fd_read(fd, text, n, 0) != (ssize_t)n)
		return err_set(err, ERR_INTERNAL,
			       "A text that was read cannot be read again.");
	*out = (struct str){text, n};
	return 0;
}

static enum slot_state state_of(struct recognising *r, const struct slot *slot)
{
	g_mutex_lock(&r->mutex);
	enum slot_state state = slot->state;
	g_mutex_unlock(&r->mutex);
	return state;
}

static unsigned running_of(struct recognising *r)
{
	g_mutex_lock(&r->mutex);
	unsigned running = r->running;
	g_mutex_unlock(&r->mutex);
	return running;
}

/* Which pages: of those that are asked for as many as there are. */
static int choose_pages(struct recognising *r,
			const struct recognition_info *info, struct err *err)
{
	struct recognised_document *out = &r->document;
	unsigned first = MAX(r->ask.first, 1);
	if (first > info->pages)
		return err_set(err, ERR_INVALID,
			       "There is no page %u: the %s has %u.", first,
			       info->is_document ? "document" : "picture",
			       info->pages);
	unsigned left = info->pages - first + 1;
	unsigned wanted =
		r->ask.last ? r->ask.last - first + 1 : RECOGNISE_PAGES_MAX;
	out->is_document = info->is_document;
	out->total_pages = info->pages;
	out->first = first;
	out->n_pages = MIN(left, wanted);
	out->last = first + (unsigned)out->n_pages - 1;
	return 0;
}

static int read_info(struct recognising *r, struct err *err)
{
	struct recognition_info info;
	struct str json;
	struct arena *arena = request_arena(r->rq);
	if (r->info.err.code != ERR_NONE) {
		*err = r->info.err;
		return -1;
	}
	if (text_of(&r->info, arena, &json, err) < 0 ||
	    recognition_info_read(arena, json, &info, err) < 0)
		return -1;
	return choose_pages(r, &info, err);
}

/* 0: they are known; HANDLE_PENDING: what the file is, is not yet. */
static int find_pages(struct recognising *r, struct err *err)
{
	if (r->document.n_pages)
		return 0;
	if (state_of(r, &r->info) == SLOT_NEW && begin(r, &r->info, 0) != 0)
		return HANDLE_LATER;
	return state_of(r, &r->info) == SLOT_DONE ? read_info(r, err)
						  : HANDLE_PENDING;
}

/* The first that could not be read; NULL: none so far. */
static const struct err *find_failure(struct recognising *r)
{
	for (size_t i = 0; i < r->document.n_pages; i++) {
		const struct slot *slot = &r->pages[i];
		if (state_of(r, slot) == SLOT_DONE &&
		    slot->err.code != ERR_NONE)
			return &slot->err;
	}
	return NULL;
}

static int begin_more(struct recognising *r)
{
	const struct recogniser *recogniser = r->rq->services->recogniser;
	unsigned most = MIN(recogniser_helpers(recogniser), AT_ONCE_MAX);
	for (size_t i = 0; i < r->document.n_pages; i++) {
		struct slot *slot = &r->pages[i];
		if (state_of(r, slot) != SLOT_NEW)
			continue;
		if (running_of(r) >= most || request_is_left(r->rq) ||
		    find_failure(r))
			return 0;
		if (begin(r, slot, r->document.first + (unsigned)i) != 0)
			return HANDLE_LATER;
	}
	return 0;
}

/* What runs is waited for in any case: no more is begun for a request at once
 * than it may have. */
static int read_pages(struct recognising *r, struct err *err)
{
	if (begin_more(r) != 0)
		return HANDLE_LATER;
	if (running_of(r))
		return HANDLE_PENDING;
	const struct err *failure = find_failure(r);
	if (failure) {
		*err = *failure;
		return -1;
	}
	for (size_t i = 0; i < r->document.n_pages; i++)
		if (r->pages[i].state == SLOT_NEW)
			return err_set(err, ERR_BUSY,
				       "Nobody waits for the text any more.");
	return 0;
}

/* True: it is woken. False: there is something to look at already. */
static bool sleeps_now(struct recognising *r)
{
	struct request *rq = r->rq;
	if (rq->resume == NULL)
		rq->resume = rq->route->handle;
	g_mutex_lock(&r->mutex);
	bool sleeps = !r->has_news;
	r->sleeps = sleeps;
	r->has_news = false;
	g_mutex_unlock(&r->mutex);
	return sleeps;
}

static int finish(struct recognising *r, struct err *err)
{
	struct arena *arena = request_arena(r->rq);
	size_t n = r->document.n_pages;
	struct recognised_page *pages = arena_alloc(arena, n * sizeof(*pages));
	bool is_in_files = false;
	uint64_t size = 0;
	for (size_t i = 0; i < n; i++) {
		is_in_files |= is_in_file(&r->pages[i]);
		size += size_of(&r->pages[i]);
	}
	if (size > TEXT_MAX)
		return err_set(err, ERR_TOO_LARGE,
			       "There is too much text in these pages. Ask for "
			       "fewer.");
	if (r->rq->on_loop && (is_in_files || size > LOOP_MAX))
		return HANDLE_LATER;
	for (size_t i = 0; i < n; i++) {
		struct str json;
		if (text_of(&r->pages[i], arena, &json, err) < 0 ||
		    recognised_page_read(arena, json, &pages[i], err) < 0)
			return -1;
	}
	r->document.pages = pages;
	r->document.width = pages[0].width;
	r->document.height = pages[0].height;
	r->is_whole = true;
	return 0;
}

static int go_on(struct recognising *r, struct err *err)
{
	for (;;) {
		int result = find_pages(r, err);
		if (result == 0)
			result = read_pages(r, err);
		if (result == 0)
			return finish(r, err);
		if (result != HANDLE_PENDING || sleeps_now(r))
			return result;
	}
}

static int check(const struct request *rq, const struct hot_entry *entry,
		 const struct recognise_ask *ask, struct err *err)
{
	if (rq->services->recogniser == NULL)
		return err_set(err, ERR_UNSUPPORTED, "%s",
			       rq->services->no_recogniser);
	if (ask->last &&
	    (ask->last < ask->first ||
	     ask->last - MAX(ask->first, 1) >= RECOGNISE_PAGES_MAX))
		return err_set(err, ERR_LIMIT,
			       "At most %u pages are read at once, the first "
			       "one first.",
			       RECOGNISE_PAGES_MAX);
	if (entry && entry->lost) {
		*err = *entry->lost;
		return -1;
	}
	return 0;
}

int request_recognise(struct request *rq, struct hot_entry *entry,
		      const struct recognise_ask *ask,
		      struct recognised_document *out, struct err *err)
{
	if (rq->recognised == NULL) {
		if (check(rq, entry, ask, err) < 0)
			return -1;
		rq->recognised = recognising_new(rq, entry, ask);
		if (entry == NULL &&
		    request_hold_sent(rq, &rq->recognised->arena,
				      &rq->recognised->sent, err) < 0)
			return -1;
	}
	struct recognising *r = rq->recognised;
	int result = r->is_whole ? 0 : go_on(r, err);
	if (result == 0)
		*out = r->document;
	return result;
}
