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

/* What is signed, and with what. Borrowed for the call. */
struct post_message {
	struct str url, secret;
	struct str id;   /* the event's */
	struct str body; /* JSON */
	int64_t now_ms;
};

/* Called by poster_run() when a post has ended, however it did. status: HTTP's,
 * 0 when there was none; why: a few words, "" when the status says it. */
typedef void post_done(void *user, long status, const char *why);

/* Begins one. -1 ERR_INVALID (a URL that curl does not take), ERR_INTERNAL. */
int poster_send(struct poster *poster, const struct post_message *message,
		post_done *done, void *user, struct err *err) MUST_CHECK;

/* Moves all of them on, waits up to wait_ms for something to happen. */
void poster_run(struct poster *poster, int wait_ms);
/* Any thread: ends the wait. */
void poster_wake(struct poster *poster);

/*
 * The fields that prove who sent the body, both kinds that the vendor's SDKs
 * check; lines without line ends, in the arena, NULL-terminated:
 *   x-ik-signature: t=MS,v1=HEX     HMAC-SHA256 of "MS.body"
 *   webhook-id, webhook-timestamp (seconds), webhook-signature: v1,BASE64
 *                                   HMAC-SHA256 of "id.seconds.body"
 * The key is the secret as it is spelled, with its prefix.
 */
#define POST_SIGNATURE_FIELDS 4
void post_sign(struct arena *arena, const struct post_message *message,
	       const char *fields[POST_SIGNATURE_FIELDS + 1]);

#endif
