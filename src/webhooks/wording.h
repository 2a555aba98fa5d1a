/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an API's webhooks tell an event, and prove who tells it. Each dialect
 * that has events has one.
 */
#ifndef WEBHOOKS_WORDING_H
#define WEBHOOKS_WORDING_H

#include "library/accounts/account.h"
#include "library/files/event.h"
#include "webhooks/post.h"

/* What is told to one webhook, and when. */
struct webhook_telling {
	struct str base_url; /* of URLs in events, without trailing slash */
	const struct account *account;
	struct str secret; /* the webhook's, as it is spelled */
	const struct event *event;
	int64_t now_ms;
};

/* What one event is called, of whichever of the kinds it is. */
struct webhook_action {
	const char *name;
	unsigned kinds; /* EVENT_BIT()s; each kind has one name at most */
};

struct webhook_wording {
	const struct webhook_action *actions; /* the last one has no name */
	/* JSON text in the arena. */
	struct str (*body)(struct arena *arena,
			   const struct webhook_telling *telling);
	/* Fills in the fields that sign the body, in the arena. */
	void (*sign)(struct arena *arena, const struct webhook_telling *telling,
		     struct str body, const char *fields[POST_FIELDS_MAX]);
};

/* NULL: events of that kind are not told. */
const char *webhook_action_name(const struct webhook_wording *wording,
				enum event_kind kind);
/* What the names ask for, all there is where there are none (NULL or an empty
 * list). ERR_INVALID: a name that is not known. */
int webhook_kinds(const struct webhook_wording *wording,
		  const char *const *names, unsigned *kinds,
		  struct err *err) MUST_CHECK;

#endif
