/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of staged blobs, stage*.c, share; nobody else includes it. */
#ifndef STORE_STAGE_OWN_H
#define STORE_STAGE_OWN_H

#include "store/extent.h"
#include "store/stage.h"
#include "store/store_front.h"

struct store_stage {
	struct store *store;
	struct store_staged *staged;
	int64_t id;
	bool only_looks; /* and is known to nobody else */
	gint refs; /* atomic; from none to one, and back, under stages_lock */

	/* Held while extents that are there are read to be changed. */
	GMutex change_lock;
	/* Held while something is made durable; of log_end, where its records
	 * end; of log_tail, where ends what is behind that; and of whether that
	 * is anything else than the one record that has to be there. */
	GMutex sync_lock;
	uint64_t log_end, log_tail;
	bool is_torn;
	/* Held while the bytes are. */
	GMutex bytes_lock;

	GMutex lock; /* of all below */
	struct extents extents;
	GPtrArray *parts;     /* under way */
	GCond left;           /* one that was dropped is no longer */
	GPtrArray *finishing; /* of them, those that wait to be noted */
	GPtrArray *flushing;  /* of them, whose bytes wait to be durable */
	unsigned held;        /* times; no part may begin */
	GThread *holder;      /* of all times, and may begin some; or NULL */
	bool is_blob;         /* and kept */
	/* A sync has failed: what the file holds is not known any more until
	 * all have closed it. */
	enum err_code failed;
};

struct store_part {
	struct crew_task drop; /* when another thread frees it */
	struct store_stage *stage;
	uint64_t offset, max, size;
	struct checksum *sum;      /* NULL: it writes nothing */
	struct behind_run *behind; /* of a large file, else NULL */
	struct block_watch watch;  /* .came NULL: nobody */
	enum err_code failed;
	bool finished, may_be_noted, only_at_once;
	bool dropped;    /* under lock: it is freed soon */
	bool waits;      /* in `finishing` */
	bool is_flushed; /* under bytes_lock: its bytes are durable */
	struct err *why; /* of whoever waits: filled when it has failed */
};

#define RECORDS_MAX 65536u
#define LOG_MAX ((size_t)(RECORDS_MAX + 1) * EXTENT_RECORD_BYTES)

/* To one that has failed for that reason. */
int stage_failed_before(enum err_code code, struct err *err);
/* Under the lock of that file: who comes after a sync that failed must not take
 * the silence of the next one for success. */
int stage_sync(struct store_stage *stage, enum store_staged_file file,
	       struct err *err) MUST_CHECK;
/* Notes some records, up to STAGE_NOTE_MAX: durably, and all or none. */
#define STAGE_NOTE_MAX 3
int stage_note(struct store_stage *stage, const struct extent_record *records,
	       size_t n, struct err *err) MUST_CHECK;
/* Makes the part's bytes durable, together with those of all others that wait
 * for it by then. */
int stage_flush_part(struct store_part *part, struct err *err) MUST_CHECK;
/* The same if that is to be done, and notes that they are there: together with
 * all others that wait for it by then. */
int stage_note_part(struct store_part *part, struct err *err) MUST_CHECK;
/* Under lock: whether it is, and not for this thread. */
bool stage_is_held(const struct store_stage *stage);
/* Under lock: how many extents it may have. Whoever holds it puts what is aside
 * in its place, and then forgets what was aside. */
size_t stage_extents_max(const struct store_stage *stage);
/* Under lock: what lets nobody write any more. */
int stage_check_writable(const struct store_stage *stage,
			 struct err *err) MUST_CHECK;
/* Under lock: whether one that was dropped is in that place. */
bool stage_has_dropped(const struct store_stage *stage,
		       const struct store_span *span);
/* Nobody else writes in that place, or ends the upload, until stage_leave();
 * waits for one that was dropped there. 1 when there are extents in its place,
 * or it would have to wait and must not; 0 when not. */
int stage_enter(struct store_stage *stage, struct store_part *part,
		struct err *err) MUST_CHECK;
void stage_leave(struct store_stage *stage, struct store_part *part);

/* The bytes in a part's place are about to change: forgets what is there, and
 * keeps what is beside it, durably. */
int stage_make_way(struct store_stage *stage, const struct store_part *part,
		   struct err *err) MUST_CHECK;

#endif
