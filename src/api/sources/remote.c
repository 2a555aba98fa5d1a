/* SPDX-License-Identifier: Apache-2.0 */
#include "api/sources/remote.h"
#include "api/uploads/upload.h"
#include "ingest/fetch.h"
#include "outbound/loop.h"
#include "remote/remote.h"

#define LOOP "CDN-Loop"

/* What a request has been given for a URL, or waits for; in its arena. */
struct remote_hold {
	struct remote_hold *next;
	struct request *rq;
	struct remote *from;
	struct str text, fields; /* the item's */
	struct hot_entry *entry; /* NULL: there is *err */
	struct turns_place pin;  /* of the entry */
	struct err err;
	struct remote_request ask;
};

static struct remote_hold *
find_hold(const struct request *rq, const struct remote_item *item, unsigned *n)
{
	*n = 0;
	for (struct remote_hold *hold = rq->remote; hold; hold = hold->next) {
		if (str_eq(hold->text, item->text) &&
		    str_eq(hold->fields, item->fields))
			return hold;
		(*n)++;
	}
	return NULL;
}

static int give(const struct remote_hold *hold, struct hot_entry **out,
		struct err *err)
{
	if (hold->entry == NULL) {
		*err = hold->err;
		return -1;
	}
	*out = hot_entry_ref(hold->entry);
	return 0;
}

/* Holds it until the request ends, if there is room. */
static void take(struct remote_hold *hold, struct hot_entry *entry)
{
	if (remote_pin(hold->from, entry, &hold->pin))
		hold->entry = hot_entry_ref(entry);
	else
		err_set(&hold->err, ERR_BUSY,
			"Too many files of other hosts are being read. Try "
			"again later.");
}

/* A thread that fetches: leave at once. */
static void on_fetched(void *user, void *made, const struct err *err)
{
	struct remote_hold *hold = user;
	if (made)
		take(hold, made);
	else
		hold->err = *err;
	request_resume(hold->rq);
}

static void release_hold(void *user)
{
	struct remote_hold *hold = user;
	if (hold->entry == NULL)
		return;
	remote_unpin(hold->from, hold->entry, hold->pin);
	hot_unref(hold->entry);
}

static struct remote_hold *hold_new(struct request *rq, struct remote *from,
				    const struct remote_item *item)
{
	struct arena *arena = request_arena(rq);
	struct remote_hold *hold = arena_zalloc(arena, sizeof(*hold));
	hold->rq = rq;
	hold->from = from;
	hold->text = item->text;
	hold->fields = item->fields;
	hold->next = rq->remote;
	rq->remote = hold;
	arena_defer(arena, release_hold, hold);
	return hold;
}

bool request_is_own(const struct request *rq)
{
	const struct http_head *head = &rq->x->head;
	for (size_t i = 0; i < head->n_headers; i++)
		if (str_eq_nocase(head->headers[i].name, STR(LOOP)) &&
		    loop_is_own(head->headers[i].value))
			return true;
	return false;
}

struct str request_loop(struct request *rq)
{
	struct str all = request_header_list(rq, LOOP);
	return all.n <= LOOP_TOLD_MAX ? all : STR_NONE;
}

int request_check_loop(const struct request *rq, struct err *err)
{
	return request_is_own(rq)
		       ? err_set(err, ERR_FETCH,
				 "The URL could not be read: it leads back to "
				 "this server.")
		       : 0;
}

/* What had to wait, if it still may. */
static int run_again(struct request *rq, struct err *err)
{
	if (request_recheck_key(rq, err) < 0)
		return -1;
	rq->resume = rq->fetched;
	return rq->fetched(rq, err);
}

static int wait_for(struct request *rq, struct remote_hold *hold,
		    const struct remote_item *item, struct err *err)
{
	hold->ask = (struct remote_request){
		.item = *item,
		.limit = MIN(upload_limit(rq), REQUEST_REMOTE_MAX),
		.waiter =
			{
				.guest = request_guest(rq, item->account),
				.left_us = &rq->x->left_us,
				.done = on_fetched,
				.user = hold,
			},
	};
	if (rq->resume != run_again)
		rq->fetched = rq->resume ? rq->resume : rq->route->handle;
	rq->resume = run_again;
	if (request_check_loop(rq, err) == 0 &&
	    remote_fetch(hold->from, &hold->ask, err) == 0)
		return HANDLE_PENDING;
	hold->err = *err;
	return -1;
}

int request_find_item(struct request *rq, struct remote *from,
		      const struct remote_item *item, struct hot_entry **out,
		      struct err *err)
{
	unsigned n;
	struct remote_hold *hold = find_hold(rq, item, &n);
	if (hold)
		return give(hold, out, err);
	if (n >= REQUEST_REMOTE_URLS)
		return err_set(err, ERR_LIMIT,
			       "A request may be about at most %d URLs.",
			       REQUEST_REMOTE_URLS);
	hold = hold_new(rq, from, item);
	struct hot_entry *entry = remote_find(from, item);
	if (entry == NULL)
		return wait_for(rq, hold, item, err);
	take(hold, entry);
	hot_unref(entry);
	return give(hold, out, err);
}

int request_find_remote(struct request *rq, const struct fetch_source *source,
			struct hot_entry **out, struct err *err)
{
	struct str text;
	if (fetch_url_text(request_arena(rq), source->url, &text, err) < 0)
		return -1;
	const struct remote_item item = {.account = rq->account->id,
					 .text = text,
					 .fields = source->fields};
	return request_find_item(rq, rq->services->remote, &item, out, err);
}
