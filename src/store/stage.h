/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged blobs: bytes that come in parts, at any offset, several at once, in
 * any order, again, and over more than one life of the process. When all have
 * come they become a blob of the store, without being copied or read again.
 *
 * A part that is finished is an extent: where it lies, how long it is, and its
 * checksum. It is durable. What was written and not finished may be lost at a
 * crash. Not here: whose it is, how long it may stay, what it is an upload of.
 */
#ifndef STORE_STAGE_H
#define STORE_STAGE_H

#include "base/fd.h"
#include "store/block.h"
#include "store/store.h"

struct store_stage;
struct store_part;

#define STORE_STAGE_SIZE_MAX (UINT64_C(1) << 44) /* bytes */
#define STORE_STAGE_SIZE_UNKNOWN UINT64_MAX      /* not told yet */
#define STORE_EXTENTS_MAX 10000                  /* of one staged blob */

/* For a staged blob that is still to be made; nobody else gets it. */
int64_t store_stage_new_id(struct store *store);
/* Durably makes a staged blob, which is open then, under the id that its blob
 * will have. Its size is not known yet.
 * -1: ERR_EXISTS, ERR_NO_SPACE, ERR_INTERNAL. Blocks. */
int store_stage_create(struct store *store, int64_t id,
		       struct store_stage **out, struct err *err) MUST_CHECK;
/* Opens one that was made before, also by a process that is gone. All who have
 * it open share it. -1: ERR_NOT_FOUND (also when its blob was kept),
 * ERR_CORRUPT, ERR_INTERNAL. Blocks. */
int store_stage_open(struct store *store, int64_t id, struct store_stage **out,
		     struct err *err) MUST_CHECK;
/* The same beside all who have it open, also in other processes, and to read
 * only: nothing may be called that changes it. */
int store_stage_look(struct store *store, int64_t id, struct store_stage **out,
		     struct err *err) MUST_CHECK;
/* The staged blob stays. NULL is fine. */
void store_stage_close(struct store_stage *stage);
/* With all its bytes; removing an absent one succeeds. -1: ERR_LOCKED (somebody
 * has it open, or removes it), ERR_INTERNAL. Blocks. */
int store_stage_remove(struct store *store, int64_t id,
		       struct err *err) MUST_CHECK;
/* store_each() of STORE_STAGED lists them all. */

struct store_span {
	uint64_t offset, max; /* bytes */
	bool only_at_once;    /* it must not block */
};

/* Each may be called by any thread. */
int64_t store_stage_id(const struct store_stage *stage);
/* A sync of it has failed: nothing can be written until all have closed it. */
bool store_stage_has_failed(struct store_stage *stage);
/* STORE_STAGE_SIZE_UNKNOWN while it is. */
uint64_t store_stage_size(struct store_stage *stage);
/* How many bytes there are from the first on without a gap. */
uint64_t store_stage_reach(struct store_stage *stage);
/* For positioned reads of what is in extents; the stage's own. */
int store_stage_fd(const struct store_stage *stage);
/* Bytes are to be compared before it becomes a blob, as some of what was known
 * of them is lost: store_stage_sink() reads all of them. */
bool store_stage_is_doubted(struct store_stage *stage);
/* Whether n more parts may be begun, each in one piece, as far as extents and
 * records go; of whoever holds it also while their bytes are there twice. */
bool store_stage_may_take(struct store_stage *stage, size_t n);
/* A copy for g_free(), in order of their offsets. */
struct store_extent *store_stage_extents(struct store_stage *stage, size_t *n);
/* Bytes that there are, and that parts under way may still bring, if a part is
 * begun there: what it would replace does not count. */
uint64_t store_stage_bytes(struct store_stage *stage, struct store_span span);
/* Durably. -1: ERR_INVALID (it has another size, or more bytes already),
 * ERR_TOO_LARGE, ERR_LOCKED (it is being written or has been finished),
 * ERR_NO_SPACE, ERR_INTERNAL. Blocks. */
int store_stage_set_size(struct store_stage *stage, uint64_t size,
			 struct err *err) MUST_CHECK;
/* The same, and forgets what lies behind that. */
int store_stage_cut(struct store_stage *stage, uint64_t size,
		    struct err *err) MUST_CHECK;
/* To have it to oneself: what another thread begins, ends or changes is refused
 * (ERR_LOCKED), until store_stage_let_go() by the same thread. A sink that was
 * made meanwhile goes on having it. -1: ERR_LOCKED (parts are under way, or
 * another has it), or as a sync before. */
int store_stage_hold(struct store_stage *stage, struct err *err) MUST_CHECK;
void store_stage_let_go(struct store_stage *stage);
/* Reads all extents and compares; nothing can be written meanwhile.
 * -1: ERR_CORRUPT, ERR_LOCKED, ERR_INTERNAL. Blocks. */
int store_stage_verify(struct store_stage *stage, struct err *err) MUST_CHECK;

/* What is on the disk of one, whoever else writes to it. */
struct store_stage_state {
	uint64_t size;  /* STORE_STAGE_SIZE_UNKNOWN while it is */
	uint64_t bytes; /* in extents */
	/* Records of its log that cannot be read, and stand behind others that
	 * can: what they said is lost, and was acknowledged. */
	unsigned lost;
};
/* Reads all that was noted and compares; opens nothing to write. -1:
 * ERR_CORRUPT, ERR_LOCKED (it was changed meanwhile: nothing is known), or as
 * store_stage_open(). Blocks. */
int store_stage_check(struct store *store, int64_t id,
		      struct store_stage_state *out,
		      struct err *err) MUST_CHECK;

/*
 * One run of bytes on its way in: up to `max` bytes from `offset` on, which no
 * other part may write meanwhile. One thread at a time; keeps the stage open.
 *
 * What extents have there is forgotten at once, and durably, since those bytes
 * are about to change: whoever writes again what was acknowledged takes that
 * back. What they have beside that place stays; for its checksum the extents
 * are read again. It blocks then, and where one was dropped just now.
 *
 * 0; 1 it would block and must not: nothing has happened.
 * -1: ERR_TOO_LARGE (past the size), ERR_LIMIT (too many extents, or too much
 * written again), ERR_LOCKED (another part is there, or it has been finished),
 * ERR_NO_SPACE, ERR_INTERNAL.
 */
int store_part_begin(struct store_stage *stage, struct store_span span,
		     struct store_part **out, struct err *err) MUST_CHECK;
/* Told from now on of what is written; before anything is. */
void store_part_watch(struct store_part *part, const struct block_watch *watch);
/* As store_sink_write(). Of a large file bytes may still be on their way when
 * it returns, and it tells of an error before. */
int store_part_write(struct store_part *part, const void *p, size_t n,
		     struct err *err) MUST_CHECK;
/* Where the next bytes may be put by whoever has them from elsewhere, before
 * they are written from there without being copied; *n bytes, 0: nowhere. */
char *store_part_room(struct store_part *part, size_t *n);
uint64_t store_part_size(const struct store_part *part);
/* What was written, for positioned reads once it is flushed. */
struct fd_run store_part_run(const struct store_part *part);
/* Of what was written: its extent's. */
void store_part_checksum(const struct store_part *part,
			 uint8_t out[CHECKSUM_BYTES]);
/* Makes what was written durable, and nothing more: that much less is left for
 * store_part_finish(), for who has something else to wait for meanwhile.
 * Nothing may be written afterwards. -1 as that. Blocks. */
int store_part_flush(struct store_part *part, struct err *err) MUST_CHECK;
/* Makes what was written an extent, durably; of no bytes there is none. After
 * -1 (ERR_NO_SPACE, ERR_LIMIT, ERR_INTERNAL) nothing is acknowledged. Nothing
 * may be written afterwards. Blocks. */
int store_part_finish(struct store_part *part, struct err *err) MUST_CHECK;
/* Frees; what was not finished does not count, and gives back its space. NULL
 * is fine. */
void store_part_free(struct store_part *part);
/* The same without blocking: it gives back its space soon, and until then
 * whoever begins one in its place waits for that. */
void store_part_drop(struct store_part *part);

/* Makes one extent of those that are exactly this place, which are read again.
 * Nothing can be written there meanwhile. -1: ERR_INVALID (they are more or
 * less), ERR_CORRUPT, or as store_part_begin(), ERR_LIMIT while there is still
 * room to end it. Blocks. */
int store_stage_join(struct store_stage *stage, struct store_span span,
		     struct err *err) MUST_CHECK;

/*
 * All has come: a sink that has received the bytes, for whoever takes sinks.
 * Nothing can be written any more, to either. store_sink_finish() gives it the
 * stage's id, size and extents; with store_sink_keep() it is no longer staged;
 * without, or in doubt, it stays staged, and this can be done again. What is
 * small enough for that is inline, and gets an id of its own. It keeps the
 * stage open.
 *
 * -1: ERR_INVALID (bytes are missing, or the size was not told), ERR_LIMIT (it
 * has too many extents), ERR_LOCKED
 * (parts or another sink of it are under way), ERR_EXISTS (it is a blob
 * already), ERR_CORRUPT (what was noted of it is damaged, and so are bytes),
 * ERR_NO_SPACE, ERR_INTERNAL. Blocks.
 */
int store_stage_sink(struct store_stage *stage, struct store_sink **out,
		     struct err *err) MUST_CHECK;

#endif
