/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of files: what happened, and to what. Each is written in the
 * transaction that makes it, once for each webhook of the account that wants
 * it; background/outbox.h is where they wait.
 * Not here: HTTP, signatures, and what an event looks like on the wire.
 */
#ifndef LIBRARY_FILES_EVENT_H
#define LIBRARY_FILES_EVENT_H

#include "library/files/file.h"

struct db_tx;

#define WEBHOOKS_MAX 20 /* of an account: each event is a row for each */
/* Of an account: from the oldest event that is kept to the newest. */
#define EVENTS_BYTES_MAX (INT64_C(64) << 20)

/* Stored in the database, also as EVENT_BIT(). What APIs tell apart is a kind
 * of its own: to most of them a few kinds are one. */
enum event_kind {
	EVENT_FILE_CREATED = 1,
	EVENT_FILE_UPDATED = 2,
	EVENT_FILE_DELETED = 3, /* of file: id and account alone */
	EVENT_VERSION_CREATED = 4,
	EVENT_VERSION_DELETED = 5, /* of file: id, version_id and account */
	EVENT_FILE_MADE = 6,       /* created, of what was there already */
	EVENT_VERSION_MADE = 7,
	EVENT_VERSION_RESTORED = 8,
	EVENT_OVERWRITTEN = 9, /* by who named the file, and no path */
};
#define EVENT_BIT(kind) (1u << (kind))

/* Stored in the database. */
enum event_state {
	EVENT_WAITING = 0,
	EVENT_DELIVERED = 1,
	EVENT_DEAD = 2, /* given up */
};

struct event {
	struct id id;
	int64_t account_id;
	enum event_kind kind;
	struct file file;   /* as it was then */
	struct str made_by; /* of what, and how; STR_NONE: it was not made */
	int64_t created_ms;
};

bool event_kind_known(enum event_kind kind);

/* File and made_by out of the text of a snapshot; strings in the arena.
 * ERR_CORRUPT. */
int event_snapshot_read(struct str text, struct arena *arena, struct event *out,
			struct err *err) MUST_CHECK;

/* Borrowed. */
struct event_new {
	enum event_kind kind;
	const struct file *file; /* what the kind needs */
	int64_t now;
	struct str made_by; /* as in struct event */
};

/* Inside a transaction: queues an event for each webhook of the account that
 * wants it, and drops the oldest ones of the account that are too many. */
int event_add(struct db_tx *tx, const struct event_new *event,
	      struct err *err) MUST_CHECK;

/* Inside a transaction: the snapshot goes unless some webhook's event still has
 * it. */
int event_forget_body(struct db_tx *tx, const struct id *body,
		      struct err *err) MUST_CHECK;

#endif
