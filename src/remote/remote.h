/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of other hosts, as entries (deliver/hot.h) that everything takes which
 * takes files of the library: fetched once for all who ask at the same time,
 * kept for as long as their origin says, asked for again by their validators,
 * and used a while longer when the origin fails. An account's copies are its
 * own. docs/decisions/0035 says why.
 */
#ifndef REMOTE_REMOTE_H
#define REMOTE_REMOTE_H

#include "remote/copies.h"

struct remote;
struct store;

/* Where they come from, and what time it is (Unix milliseconds). */
struct remote_origin {
	/* As fetch_url(); blocks. */
	int (*get)(void *user, struct str url,
		   const struct fetch_target *target, struct fetch_result *out,
		   struct err *err);
	int64_t (*now)(void *user);
	void *user;
};

/* The network. */
struct remote_origin remote_origin_of(struct fetcher *fetcher);

struct remote_options {
	struct remote_origin origin;
	struct store *store; /* what comes in goes through its sinks */
	struct copies_options copies;
	unsigned fetches; /* at once; one account has three quarters of them */
	unsigned wait_ms; /* for that to begin */
	struct flights_options flights;
	unsigned pins; /* open files that requests hold at once */
};

struct remote *remote_new(const struct remote_options *options);
/* Waits for fetches that are going on: the fetcher was stopped. NULL is fine.
 */
void remote_free(struct remote *remote);

/* A URL in its one spelling (fetch_url_text()), for an account. */
struct remote_url {
	int64_t account;
	struct str text;
};

/* A fresh copy; a reference, or NULL. Never blocks. */
struct hot_entry *remote_find(struct remote *remote,
			      const struct remote_url *url);

/*
 * One request for a copy. Stays, with what it points to, until waiter.done was
 * called: with an entry, which is borrowed, or with ERR_FETCH, ERR_TOO_LARGE,
 * ERR_BUSY, ERR_NO_SPACE or ERR_INTERNAL.
 */
struct remote_request {
	struct remote_url url;
	uint64_t limit;              /* bytes; the same for all of an account */
	struct flight_waiter waiter; /* but for key and owner */
};

/* Fetches, or waits for who does. Does not block. 0: waiter.done is called
 * once, perhaps before this returns. -1: it is not; as flight_join(). */
int remote_fetch(struct remote *remote, struct remote_request *request,
		 struct err *err) MUST_CHECK;

/* Before an entry is held for as long as a request lasts: false if too many
 * open files are. Whoever was told true says so when it is let go. */
bool remote_pin(struct remote *remote, const struct hot_entry *entry);
void remote_unpin(struct remote *remote, const struct hot_entry *entry);

#endif
