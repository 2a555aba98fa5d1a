/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posting events, several at a time, from one thread. Where to send to was the
 * operator's choice, so that any address is allowed; redirects are not
 * followed, and what is answered is not read beyond its status.
 */
#ifndef WEBHOOKS_POST_H
#define WEBHOOKS_POST_H

#include "base/arena.h"
#include "base/err.h"

struct poster;
struct post;

int poster_new(struct poster **out, unsigned timeout_ms,
	       struct err *err) MUST_CHECK;
/* Ends posts under way; NULL is fine. */
void poster_free(struct poster *poster);

#define POST_FIELDS_MAX 4

/* Called by poster_run() when a post has ended, however it did. status: HTTP's,
 * 0 when there was none; why: a few words, "" when the status says it. */
typedef void post_done(void *user, long status, const char *why);

/* Borrowed for the call. */
struct post_message {
	struct str url;
	struct str body; /* JSON */
	/* Header lines besides the type of the body, without line ends; unused
	 * ones are NULL. */
	const char *fields[POST_FIELDS_MAX];
	post_done *done; /* unless poster_send() fails */
	void *user;
};

/* Begins one. -1 ERR_INVALID (a URL that curl does not take), ERR_INTERNAL. */
int poster_send(struct poster *poster, const struct post_message *message,
		struct err *err) MUST_CHECK;

/* Moves all of them on, waits up to wait_ms for something to happen. */
void poster_run(struct poster *poster, int wait_ms);
/* Any thread: ends the wait. */
void poster_wake(struct poster *poster);

#endif
