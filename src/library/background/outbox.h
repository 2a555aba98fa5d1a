/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox: the events (files/event.h) that webhooks are to be told, a row
 * for each webhook. Whoever sends them (src/webhooks) takes the due ones and
 * notes what came of it. All calls block. Strings and lists are in a view's
 * arena; whose events, it does not say.
 */
#ifndef LIBRARY_BACKGROUND_OUTBOX_H
#define LIBRARY_BACKGROUND_OUTBOX_H

#include "library/files/event.h"

struct outbox_entry {
	struct event event;
	struct id webhook_id;
	enum event_state state;
	int64_t attempts;
	int64_t next_ms;       /* of the next attempt, EVENT_WAITING */
	struct str last_error; /* STR_NONE: none */
};

struct outbox_list {
	struct outbox_entry *items;
	size_t n;
};

#define OUTBOX_LIST_MAX 1000

/* Those of one webhook that are due at the view's time, oldest first, at most
 * limit. Damaged ones are passed over; the log is told, and they are dead. */
struct outbox_due {
	const struct id *webhook;
	size_t limit; /* 1..OUTBOX_LIST_MAX */
};
int outbox_due(const struct view *view, const struct outbox_due *due,
	       struct outbox_list *out, struct err *err) MUST_CHECK;

/* Those in a state, of all webhooks, newest first. */
struct outbox_query {
	enum event_state state;
	size_t limit; /* 1..OUTBOX_LIST_MAX */
};
int outbox_list(const struct view *view, const struct outbox_query *query,
		struct outbox_list *out, struct err *err) MUST_CHECK;

/* What came of an attempt, which this counts. An event that is gone meanwhile
 * is no error. */
struct outbox_outcome {
	enum event_state state;
	int64_t next_ms;
	struct str error; /* STR_NONE: none; cut at some hundred bytes */
};
int outbox_note(struct library *library, const struct id *id,
		const struct outbox_outcome *outcome,
		struct err *err) MUST_CHECK;

/* Sends again, with fresh attempts, an event that ended either way. 1 done, 0
 * there is no such event, or it is waiting anyway. */
int outbox_replay(struct library *library, const struct id *id,
		  struct err *err) MUST_CHECK;
/* The same for all dead ones; *n counts them. */
int outbox_replay_dead(struct library *library, uint64_t *n,
		       struct err *err) MUST_CHECK;

/* Events that ended go that long after they were made (sweeper). */
#define OUTBOX_DELIVERED_MS (INT64_C(24) * 3600 * 1000)
#define OUTBOX_DEAD_MS (30 * OUTBOX_DELIVERED_MS)
int outbox_sweep(struct library *library, int64_t now,
		 struct err *err) MUST_CHECK;

#endif
