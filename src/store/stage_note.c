/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes a staged blob has to go through: the places that are taken, and
 * the log, whose records are durable before anybody is told of them.
 */
#include "store/stage_own.h"

#include <glib.h>
#include <unistd.h>

/* That parts leave free: a size, a seal, and some. */
#define RECORDS_SPARE 8u
/* What it writes over, and itself. */
#define RECORDS_A_PART (STAGE_NOTE_MAX + 1)

int stage_failed_before(enum err_code code, struct err *err)
{
	return err_set(err, code, "The file could not be stored");
}

int stage_write(struct store_stage *stage, enum store_staged_file file,
		struct store_piece piece, struct err *err)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	while (piece.n) {
		ssize_t done =
			ops->stage_write(stage->staged, file, &piece, err);
		if (done < 0)
			return -1;
		piece.p = (const char *)piece.p + done;
		piece.n -= (size_t)done;
		piece.offset += (uint64_t)done;
	}
	return 0;
}

int stage_sync(struct store_stage *stage, enum store_staged_file file,
	       struct err *err)
{
	struct err reason;
	const struct store_backend_ops *ops = stage->store->backend->ops;
	g_mutex_lock(&stage->lock);
	enum err_code failed = stage->failed;
	g_mutex_unlock(&stage->lock);
	if (failed)
		return stage_failed_before(failed, err);
	if (ops->stage_sync(stage->staged, file, &reason) == 0)
		return 0;
	g_mutex_lock(&stage->lock);
	stage->failed = reason.code;
	g_mutex_unlock(&stage->lock);
	if (err)
		*err = reason;
	return -1;
}

/* Under sync_lock: leaves nothing behind the log's end, which would be read
 * with what is noted next. */
static int cut_log(struct store_stage *stage, struct err *err)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	int fd = ops->stage_fd(stage->staged, STORE_STAGED_LOG);
	if (ftruncate(fd, (off_t)stage->log_end) == 0)
		return 0;
	return err_set(err, ERR_INTERNAL, "The upload's log cannot be cut");
}

/* Under sync_lock. Of a log that is torn within them only the last one changes
 * anything. */
static int add_records(struct store_stage *stage,
		       const struct extent_record *records, size_t n,
		       struct err *err)
{
	uint8_t bytes[STAGE_NOTE_MAX * EXTENT_RECORD_BYTES];
	size_t size = n * EXTENT_RECORD_BYTES;
	if (stage->log_end + size > LOG_MAX)
		return err_set(err, ERR_LIMIT,
			       "The upload has been changed too often");
	for (size_t i = 0; i < n; i++)
		extent_encode(&records[i], stage->id,
			      bytes + i * EXTENT_RECORD_BYTES);
	struct store_piece piece = {bytes, size, stage->log_end};
	if (stage_write(stage, STORE_STAGED_LOG, piece, err)) {
		struct err ignored;
		if (!stage->log_goes_on)
			(void)!cut_log(stage, &ignored);
		return -1;
	}
	if (stage_sync(stage, STORE_STAGED_LOG, err))
		return -1;
	g_mutex_lock(&stage->lock);
	stage->log_end += size;
	for (size_t i = 0; i < n; i++)
		extents_apply(&stage->extents, &records[i]);
	g_mutex_unlock(&stage->lock);
	return 0;
}

/* Under sync_lock: the doubt is noted before what it is about goes. */
static int end_log(struct store_stage *stage, struct err *err)
{
	const struct extent_record doubt = {.kind = EXTENT_DOUBTED};
	if (add_records(stage, &doubt, 1, err) || cut_log(stage, err))
		return -1;
	stage->log_goes_on = false;
	return 0;
}

int stage_note_locked(struct store_stage *stage,
		      const struct extent_record *records, size_t n,
		      struct err *err)
{
	if (stage->log_goes_on && end_log(stage, err))
		return -1;
	return add_records(stage, records, n, err);
}

int stage_note(struct store_stage *stage, const struct extent_record *records,
	       size_t n, struct err *err)
{
	g_assert(n <= STAGE_NOTE_MAX);
	g_mutex_lock(&stage->sync_lock);
	int status = stage_note_locked(stage, records, n, err);
	g_mutex_unlock(&stage->sync_lock);
	return status;
}

bool stage_is_held(const struct store_stage *stage)
{
	return stage->held && stage->holder != g_thread_self();
}

int stage_check_writable(const struct store_stage *stage, struct err *err)
{
	if (stage->failed)
		return stage_failed_before(stage->failed, err);
	if (stage->extents.sealed)
		return err_set(err, ERR_LOCKED, "The upload is complete");
	if (stage_is_held(stage))
		return err_set(err, ERR_LOCKED,
			       "The upload is being worked on");
	return 0;
}

static bool parts_meet(const struct store_part *a, const struct store_part *b)
{
	return a->offset < b->offset + b->max && b->offset < a->offset + a->max;
}

/* Under lock. */
static int check_place(const struct store_stage *stage,
		       const struct store_part *part, struct err *err)
{
	uint64_t end = MIN(stage->extents.size, STORE_STAGE_SIZE_MAX);
	if (part->offset > end || part->max > end - part->offset)
		return err_set(err, ERR_TOO_LARGE,
			       "The upload ends before that part");
	for (guint i = 0; i < stage->parts->len; i++)
		if (parts_meet(g_ptr_array_index(stage->parts, i), part))
			return err_set(err, ERR_LOCKED,
				       "Another part is being written there");
	uint64_t records = stage->log_end / EXTENT_RECORD_BYTES;
	uint64_t most = records + RECORDS_SPARE +
			RECORDS_A_PART * (stage->parts->len + 1);
	size_t extents = stage->extents.list->len + stage->parts->len;
	bool adds_one = part->sum != NULL;
	if ((adds_one && extents >= STORE_EXTENTS_MAX) || most > RECORDS_MAX)
		return err_set(err, ERR_LIMIT,
			       "The upload is in too many parts");
	return 0;
}

int stage_enter(struct store_stage *stage, struct store_part *part,
		struct err *err)
{
	int status = -1;
	g_mutex_lock(&stage->lock);
	if (stage_check_writable(stage, err) == 0 &&
	    check_place(stage, part, err) == 0) {
		g_ptr_array_add(stage->parts, part);
		status = part->max && extents_touch(&stage->extents,
						    part->offset, part->max);
	}
	g_mutex_unlock(&stage->lock);
	return status;
}

void stage_leave(struct store_stage *stage, struct store_part *part)
{
	g_mutex_lock(&stage->lock);
	g_ptr_array_remove_fast(stage->parts, part);
	g_mutex_unlock(&stage->lock);
}
