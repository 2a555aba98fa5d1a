/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an API's webhooks tell an event, and prove who tells it. Each dialect
 * that has events has one.
 */
#ifndef WEBHOOKS_WORDING_H
#define WEBHOOKS_WORDING_H

#include "library/files/event.h"
#include "webhooks/post.h"

/* What is told to one webhook, and when. */
struct webhook_telling {
	struct str base_url; /* of URLs in events, without trailing slash */
	struct str account;  /* its name */
	struct str secret;   /* the webhook's, as it is spelled */
	const struct event *event;
	int64_t now_ms;
};

struct webhook_wording {
	/* JSON text in the arena. */
	struct str (*body)(struct arena *arena,
			   const struct webhook_telling *telling);
	/* Fills in the fields that sign the body, in the arena. */
	void (*sign)(struct arena *arena, const struct webhook_telling *telling,
		     struct str body, const char *fields[POST_FIELDS_MAX]);
};

#endif
