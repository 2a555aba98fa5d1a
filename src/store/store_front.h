/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the front share (store_backend.h); nobody else includes
 * it. */
#ifndef STORE_STORE_FRONT_H
#define STORE_STORE_FRONT_H

#include "base/threads/crew.h"
#include "store/behind.h"
#include "store/store_backend.h"

#include <glib.h>
#include <stdatomic.h>

struct store {
	struct store_backend *backend;
	size_t inline_limit;
	uint64_t reserve, cached_max;
	const _Atomic int64_t *spare; /* for inline blobs; or NULL */
	int dir_fd;
	_Atomic int64_t room_seen_us; /* when there last was room */
	unsigned node, number;
	struct store *ids; /* who makes its ids: mostly itself */
	/* Milliseconds and count of the last id, as one number. */
	_Atomic int64_t last_tick;
	GMutex lock;    /* guards the two */
	GArray *kept;   /* of struct store_kept */
	GArray *doubts; /* ids of what is staged, and was kept in doubt */
	/* Held while one is opened, closed or removed. */
	GMutex stages_lock;
	/* By id: those that are open; NULL: it is being removed. */
	GHashTable *stages;
	struct crew *droppers; /* give back the space of what is given up */
	struct behind *behind;
};

/* A blob that is kept and still in STORE_PENDING. */
struct store_kept {
	int64_t id;
	bool staged; /* and in STORE_STAGED */
};

/* Unique, and ascending within the process. Any thread. */
int64_t store_next_id(struct store *store);

/* store_tidy() is to end what is pending of it. Any thread; never blocks. */
void store_note_kept(struct store *store, const struct store_kept *kept);
/* Any thread, does not block: another thread runs it. False: there is none. */
bool store_drop(struct store *store, struct crew_task *task);

/* Until that, whether it is kept is not known. The same. */
void store_note_doubt(struct store *store, int64_t id);
bool store_is_in_doubt(struct store *store, int64_t id);

/* Where the bytes of a sink that has received all come from. */
struct store_sink_source {
	/* The sink ends it. NULL: the bytes are small, and in the sink. */
	struct store_upload *upload;
	int64_t staged;               /* the id of what they are staged as */
	struct store_extents extents; /* stay until done() */
	uint64_t size;
	/* Called when the sink is freed. */
	void (*done)(void *user, bool kept);
	void *user;
};
/* -1: the head cannot be read; nothing is taken then. */
int store_sink_over(struct store *store, const struct store_sink_source *source,
		    struct store_sink **out, struct err *err) MUST_CHECK;

/* The same of bytes that are to be kept inline, read from the file. -1: they
 * cannot be read, or do not fit their checksums. */
int store_sink_small(struct store *store,
		     const struct store_sink_source *source, int fd,
		     struct store_sink **out, struct err *err) MUST_CHECK;

/* Reads them from the file and compares. */
int store_verify_extents(int fd, int64_t id, struct store_extents extents,
			 struct err *err) MUST_CHECK;
/* Both log and return -1; the first reads errno. */
int store_read_failed(int64_t id, struct err *err);
int store_corrupt(int64_t id, const char *what, struct err *err);

/* How often room is looked for while a large file comes in. */
#define STORE_ROOM_EVERY (4u * 1024 * 1024)

/* ERR_NO_SPACE when less than the reserve is free on the data directory's file
 * system. Small files may have what the database has to spare, too, and believe
 * an answer for a moment. Any thread. */
int store_check_room(struct store *store, bool is_large,
		     struct err *err) MUST_CHECK;
/* Several times the reserve is free: enough for what may never come. Any
 * thread. */
bool store_has_ample_room(const struct store *store);

#endif
