/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of other hosts, or made by other programs, as entries (deliver/hot.h)
 * that everything takes which takes files of the library: had once for all who
 * ask at the same time, kept for as long as their origin says, asked for again
 * by their validators, and used a while longer when the origin fails. An
 * account's copies are its own. docs/decisions/0035 says why.
 */
#ifndef REMOTE_REMOTE_H
#define REMOTE_REMOTE_H

#include "remote/copies.h"
#include "remote/pins.h"

struct remote;
struct store;

/* What is asked for. */
struct remote_item {
	int64_t account;
	/* Says all that it depends on, in one spelling: of a file of another
	 * host its URL (fetch_url_text()). */
	struct str text;
	struct hot_entry *source; /* what it is made of; NULL: nothing */
	/* What a client has its origin told (ingest/fetch_fields.h): the answer
	 * is for that request alone, no copy is used or kept. STR_NONE:
	 * nothing.
	 */
	struct str fields;
};

/* Where they come from, and what time it is (Unix milliseconds). */
struct remote_origin {
	/* As fetch_url(); blocks. */
	int (*get)(void *user, const struct remote_item *item,
		   const struct fetch_target *target, struct fetch_result *out,
		   struct err *err);
	int64_t (*now)(void *user);
	void *user;
};

/* The network. */
struct remote_origin remote_origin_of(struct fetcher *fetcher);
/* The clock, for other origins. */
int64_t remote_now(void *user);

struct remote_options {
	struct remote_origin origin;
	struct store *store; /* what comes in goes through its sinks */
	struct copies_options copies;
	/* Bytes of the disk that copies leave free. Those who have asked are
	 * given what there is no room to keep. */
	uint64_t reserve;
	unsigned fetches; /* at once; one account has three quarters of them */
	unsigned wait_ms; /* for that to begin */
	struct flights_options flights;
	struct pins_options pins; /* what requests hold of copies */
};

struct remote *remote_new(const struct remote_options *options);
/* Waits for fetches that are going on: the fetcher was stopped. NULL is fine.
 */
void remote_free(struct remote *remote);

/* A fresh copy; a reference, or NULL. Never blocks. */
struct hot_entry *remote_find(struct remote *remote,
			      const struct remote_item *item);

/*
 * One request for a copy. Stays, with what it points to, until waiter.done was
 * called: with an entry, which is borrowed, or with ERR_TOO_LARGE, ERR_BUSY,
 * ERR_NO_SPACE, ERR_INTERNAL, or what the origin says.
 */
struct remote_request {
	struct remote_item item;
	uint64_t limit;              /* bytes; the same for all of an account */
	struct flight_waiter waiter; /* but for key and owner */
};

/* Fetches, or waits for who does. Does not block. 0: waiter.done is called
 * once, perhaps before this returns. -1: it is not; as flight_join(). */
int remote_fetch(struct remote *remote, struct remote_request *request,
		 struct err *err) MUST_CHECK;

/* Before an entry is held for as long as a request lasts: pins_take() and
 * pins_drop(). */
bool remote_pin(struct remote *remote, const struct hot_entry *entry,
		struct turns_place *out);
void remote_unpin(struct remote *remote, const struct hot_entry *entry,
		  struct turns_place place);

#endif
