/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Webhooks: who is told of an account's events (event.h). Made by the operator.
 * All calls block. Strings and lists are in a view's arena; whose webhooks, it
 * does not say.
 */
#ifndef LIBRARY_BACKGROUND_WEBHOOK_H
#define LIBRARY_BACKGROUND_WEBHOOK_H

#include "library/view.h"

#define WEBHOOK_URL_MAX 2048
#define WEBHOOK_SECRET_MIN 16
#define WEBHOOK_SECRET_MAX 255

/* What the URL of one has to be, wherever it is told: as http_url_read()
 * (http/syntax/url.h), and no longer than that. */
bool webhook_url_valid(struct str text);

struct webhook {
	struct id id;
	int64_t account_id;
	struct str url;     /* http or https */
	struct str secret;  /* signs what is sent */
	struct str dialect; /* whose events, worded and signed as there */
	struct str events;  /* JSON array of its names, STR_NONE: all */
	unsigned kinds;     /* the same as EVENT_BIT()s */
	int64_t created_ms;
	int64_t dropped; /* events it was not told: there were too many */
};

/* Fills in id and time, and a secret when there is none ("whsec_" and 32
 * random characters, arena). Dialect, events and kinds are not judged here.
 * ERR_INVALID names what is wrong; ERR_LIMIT: WEBHOOKS_MAX. */
int webhook_create(const struct view *view, struct webhook *webhook,
		   struct err *err) MUST_CHECK;

/* Signs what is sent from now on with another secret; one is made as above
 * where *secret has no text. 1 done, 0 no such webhook. ERR_INVALID. */
int webhook_set_secret(const struct view *view, const struct id *id,
		       struct str *secret, struct err *err) MUST_CHECK;

struct webhook_list {
	struct webhook *items;
	size_t n;
	size_t damaged; /* rows that are left out */
};
/* Of all accounts, oldest first. */
int webhook_list(const struct view *view, struct webhook_list *out,
		 struct err *err) MUST_CHECK;

/* With its events. 1 removed, 0 no such webhook. */
int webhook_delete(struct library *library, const struct id *id,
		   struct err *err) MUST_CHECK;

/* Events of it by enum event_state. */
#define WEBHOOK_STATES 3
int webhook_counts(struct library *library, const struct id *id,
		   int64_t counts[WEBHOOK_STATES], struct err *err) MUST_CHECK;

#endif
