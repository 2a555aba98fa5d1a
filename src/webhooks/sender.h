/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that empties the outbox (library/background/outbox.h): it posts
 * what is due to its webhook, tries again with growing pauses, and gives up
 * after about a day. Each event arrives at least once: what was under way when
 * the program ended is sent again, with the same id.
 */
#ifndef WEBHOOKS_SENDER_H
#define WEBHOOKS_SENDER_H

#include "webhooks/wording.h"

struct sender;

struct sender_options {
	/* Of a dialect by its name; NULL: it has no events. */
	const struct webhook_wording *(*wording)(struct str dialect);
	const char *base_url; /* of URLs in events, without trailing slash */
	unsigned timeout_ms;  /* for an answer */
	unsigned retry_ms;    /* until the second attempt; see sender.c */
};

int sender_start(struct sender **out, struct library *library,
		 const struct sender_options *options,
		 struct err *err) MUST_CHECK;
/* Ends and joins the thread; does not wait for answers. NULL is fine. */
void sender_stop(struct sender *sender);

#endif
