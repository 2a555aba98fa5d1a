/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox: events of files, written in the transaction that makes them, one
 * row for each webhook of the account that wants the event. Whoever sends them
 * (src/webhooks) takes the due ones and notes what came of it.
 * Not here: HTTP, signatures, and what an event looks like on the wire.
 */
#ifndef LIBRARY_EVENT_H
#define LIBRARY_EVENT_H

#include "library/files/file.h"

struct db_tx;

#define WEBHOOKS_MAX 20 /* of an account: each event is a row for each */

/* Stored in the database. */
enum event_kind {
	EVENT_FILE_CREATED = 1,
	EVENT_FILE_UPDATED = 2,
	EVENT_FILE_DELETED = 3, /* of file: id and account alone */
	EVENT_VERSION_CREATED = 4,
	EVENT_VERSION_DELETED = 5, /* of file: id, version_id and account */
};

enum event_state {
	EVENT_WAITING = 0,
	EVENT_DELIVERED = 1,
	EVENT_DEAD = 2, /* given up */
};

struct event {
	struct id id;
	struct id webhook_id;
	int64_t account_id;
	enum event_kind kind;
	struct file file; /* as it was then */
	int64_t created_ms;
	enum event_state state;
	int64_t attempts;
	int64_t next_ms;       /* of the next attempt, EVENT_WAITING */
	struct str last_error; /* STR_NONE: none */
};

/* "file.created"; NULL when there is no such kind. */
const char *event_name(enum event_kind kind);
/* False when there is no event of that name. */
bool event_name_known(struct str name);

/* A file out of the text of a snapshot; strings in the arena. ERR_CORRUPT. */
int event_snapshot_read(struct str text, struct arena *arena, struct file *out,
			struct err *err) MUST_CHECK;

/* Inside a transaction: queues an event for each webhook of the account that
 * wants it. file: what the kind needs. */
int event_add(struct db_tx *tx, enum event_kind kind, const struct file *file,
	      int64_t now, struct err *err) MUST_CHECK;

/* All calls below block; strings of events are in the arena. */

#define EVENT_LIST_MAX 1000

/* Those of one webhook that are due, oldest first, at most limit. */
int event_due(struct library *library, const struct id *webhook, int64_t now,
	      size_t limit, struct arena *arena, struct event **out, size_t *n,
	      struct err *err) MUST_CHECK;

/* What came of an attempt, which this counts. error: STR_NONE for none; cut
 * at some hundred bytes. An event that is gone meanwhile is no error. */
int event_note(struct library *library, const struct id *id,
	       enum event_state state, int64_t next_ms, struct str error,
	       struct err *err) MUST_CHECK;

/* Newest first; webhook NULL: of all. At most EVENT_LIST_MAX. */
int event_list(struct library *library, const struct id *webhook,
	       enum event_state state, size_t limit, struct arena *arena,
	       struct event **out, size_t *n, struct err *err) MUST_CHECK;

/* Sends again, with fresh attempts, an event that ended either way. 1 done, 0
 * there is no such event, or it is waiting anyway. */
int event_replay(struct library *library, const struct id *id,
		 struct err *err) MUST_CHECK;
/* The same for all dead ones of a webhook, NULL: of all; *n counts them. */
int event_replay_dead(struct library *library, const struct id *webhook,
		      uint64_t *n, struct err *err) MUST_CHECK;

/* Events that ended and are older than this go (sweeper). */
int event_sweep(struct library *library, int64_t before_ms,
		struct err *err) MUST_CHECK;

#endif
