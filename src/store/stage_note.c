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

static ssize_t write_some(void *user, const struct store_piece *piece,
			  struct err *err)
{
	struct store_staged *staged = user;
	return staged->backend->ops->stage_write(staged, STORE_STAGED_LOG,
						 piece, err);
}

static int write_log(const struct store_stage *stage, struct store_piece *piece,
		     struct err *err)
{
	return store_write_all(write_some, stage->staged, piece, err);
}

static void set_failed(struct store_stage *stage, enum err_code code)
{
	g_mutex_lock(&stage->lock);
	stage->failed = code;
	g_mutex_unlock(&stage->lock);
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
	set_failed(stage, reason.code);
	if (err)
		*err = reason;
	return -1;
}

static void encode_end(const struct store_stage *stage, uint64_t at,
		       uint8_t out[EXTENT_RECORD_BYTES])
{
	const struct extent_record end = {EXTENT_END,
					  {.offset = at / EXTENT_RECORD_BYTES}};
	extent_encode(&end, stage->id, out);
}

/* Under sync_lock: leaves nothing behind the log's last record, which would be
 * read with what is noted next. */
static int cut_log(struct store_stage *stage, bool has_end, struct err *err)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	int fd = ops->stage_fd(stage->staged, STORE_STAGED_LOG);
	uint64_t end = stage->log_end + (has_end ? EXTENT_RECORD_BYTES : 0);
	if (ftruncate(fd, (off_t)end))
		return err_set(err, ERR_INTERNAL,
			       "The upload's log cannot be cut");
	stage->log_tail = end;
	return 0;
}

/* Under sync_lock: whole records of a note that has failed would tell of bytes
 * that may change from now on. They may have gone over the record that has to
 * be at the end, and on a disk that is full that need not fit any more: then
 * the log is as one that was torn. */
static void take_back_records(struct store_stage *stage)
{
	struct err reason;
	uint8_t end[EXTENT_RECORD_BYTES];
	struct store_piece piece = {end, sizeof(end), stage->log_end, false};
	encode_end(stage, stage->log_end, end);
	bool had_end = stage->log_end > 0;
	bool has_end = had_end && write_log(stage, &piece, &reason) == 0;
	stage->is_torn = had_end && !has_end;
	if (cut_log(stage, has_end, &reason))
		set_failed(stage, reason.code);
	else
		(void)!stage_sync(stage, STORE_STAGED_LOG, &reason);
}

/* Under sync_lock. Of a log that is torn within them either only the last one
 * changes anything, or any alone is true. */
static int add_records(struct store_stage *stage,
		       const struct extent_record *records, size_t n,
		       struct err *err)
{
	size_t size = n * EXTENT_RECORD_BYTES;
	size_t whole = size + EXTENT_RECORD_BYTES;
	if (stage->log_end + whole > LOG_MAX)
		return err_set(err, ERR_LIMIT,
			       "The upload has been changed too often");
	g_autofree uint8_t *bytes = g_malloc(whole);
	for (size_t i = 0; i < n; i++)
		extent_encode(&records[i], stage->id,
			      bytes + i * EXTENT_RECORD_BYTES);
	encode_end(stage, stage->log_end + size, bytes + size);
	struct store_piece piece = {bytes, whole, stage->log_end, false};
	if (write_log(stage, &piece, err)) {
		if (!stage->is_torn)
			take_back_records(stage);
		return -1;
	}
	if (stage_sync(stage, STORE_STAGED_LOG, err))
		return -1;
	g_mutex_lock(&stage->lock);
	stage->log_end += size;
	stage->log_tail =
		MAX(stage->log_tail, stage->log_end + EXTENT_RECORD_BYTES);
	for (size_t i = 0; i < n; i++)
		extents_apply(&stage->extents, &records[i]);
	g_mutex_unlock(&stage->lock);
	return 0;
}

/* Under sync_lock: of a note that was torn so that its first record is lost
 * none of the others may come to light behind the next one. */
static int wipe_tail(struct store_stage *stage, struct err *err)
{
	uint64_t from = stage->log_end + EXTENT_RECORD_BYTES;
	uint64_t to = MIN(stage->log_tail, LOG_MAX);
	if (to <= from)
		return 0;
	g_autofree uint8_t *zeros = g_malloc0((size_t)(to - from));
	struct store_piece piece = {zeros, (size_t)(to - from), from, false};
	if (write_log(stage, &piece, err))
		return -1;
	return stage_sync(stage, STORE_STAGED_LOG, err);
}

/* Under sync_lock: the doubt is noted before what it is about is cut off; until
 * then the log goes on, which says the same. */
static int end_log(struct store_stage *stage, struct err *err)
{
	const struct extent_record doubt = {.kind = EXTENT_DOUBTED};
	if (wipe_tail(stage, err) || add_records(stage, &doubt, 1, err) ||
	    cut_log(stage, true, err))
		return -1;
	stage->is_torn = false;
	return 0;
}

/* Under sync_lock. */
static int note_locked(struct store_stage *stage,
		       const struct extent_record *records, size_t n,
		       struct err *err)
{
	if (stage->is_torn && end_log(stage, err))
		return -1;
	return add_records(stage, records, n, err);
}

int stage_note(struct store_stage *stage, const struct extent_record *records,
	       size_t n, struct err *err)
{
	g_assert(n <= STAGE_NOTE_MAX);
	g_mutex_lock(&stage->sync_lock);
	int status = note_locked(stage, records, n, err);
	g_mutex_unlock(&stage->sync_lock);
	return status;
}

/* Under bytes_lock. Those that go on writing wait for none of it. */
static int flush_locked(struct store_stage *stage, const GPtrArray *parts,
			struct err *err)
{
	bool is_needed = false;
	for (guint i = 0; i < parts->len; i++) {
		const struct store_part *part = g_ptr_array_index(parts, i);
		is_needed |= !part->is_flushed;
	}
	if (is_needed && stage_sync(stage, STORE_STAGED_BYTES, err))
		return -1;
	for (guint i = 0; i < parts->len; i++) {
		struct store_part *part = g_ptr_array_index(parts, i);
		part->is_flushed = true;
	}
	return 0;
}

static int flush_parts(struct store_stage *stage, const GPtrArray *parts,
		       struct err *err)
{
	g_mutex_lock(&stage->bytes_lock);
	int status = flush_locked(stage, parts, err);
	g_mutex_unlock(&stage->bytes_lock);
	return status;
}

/* Under bytes_lock. Who is no longer in the list and not flushed either was in
 * one whose sync has failed, as has the stage then. */
static int flush_all(struct store_part *part, struct err *err)
{
	struct store_stage *stage = part->stage;
	g_mutex_lock(&stage->lock);
	g_autoptr(GPtrArray) parts = stage->flushing;
	stage->flushing = g_ptr_array_new();
	g_mutex_unlock(&stage->lock);
	if (flush_locked(stage, parts, err))
		return -1;
	return part->is_flushed ? 0
				: stage_sync(stage, STORE_STAGED_BYTES, err);
}

int stage_flush_part(struct store_part *part, struct err *err)
{
	struct store_stage *stage = part->stage;
	g_mutex_lock(&stage->lock);
	g_ptr_array_add(stage->flushing, part);
	g_mutex_unlock(&stage->lock);
	g_mutex_lock(&stage->bytes_lock);
	int status = part->is_flushed ? 0 : flush_all(part, err);
	g_mutex_unlock(&stage->bytes_lock);
	return status;
}

/* Any of these records alone is true, once all bytes are durable: so it is no
 * matter which of them a torn note has left. */
static int note_parts(struct store_stage *stage, const GPtrArray *parts,
		      struct err *err)
{
	if (flush_parts(stage, parts, err))
		return -1;
	g_autofree struct extent_record *records =
		g_new0(struct extent_record, parts->len);
	for (guint i = 0; i < parts->len; i++) {
		const struct store_part *part = g_ptr_array_index(parts, i);
		records[i].kind = EXTENT_ADDED;
		records[i].extent.offset = part->offset;
		records[i].extent.size = part->size;
		checksum_final(part->sum, records[i].extent.checksum);
	}
	return note_locked(stage, records, parts->len, err);
}

/* Under sync_lock. */
static void note_finishing(struct store_stage *stage)
{
	struct err reason;
	g_mutex_lock(&stage->lock);
	g_autoptr(GPtrArray) parts = stage->finishing;
	stage->finishing = g_ptr_array_new();
	g_mutex_unlock(&stage->lock);
	int status = note_parts(stage, parts, &reason);
	for (guint i = 0; i < parts->len; i++) {
		struct store_part *part = g_ptr_array_index(parts, i);
		part->waits = false;
		if (status == 0)
			continue;
		part->failed = reason.code;
		*part->why = reason;
	}
}

/* Whoever gets the lock first does it for all who have come by then. */
int stage_note_part(struct store_part *part, struct err *err)
{
	struct store_stage *stage = part->stage;
	part->may_be_noted = part->waits = true;
	part->why = err;
	g_mutex_lock(&stage->lock);
	g_ptr_array_add(stage->finishing, part);
	g_mutex_unlock(&stage->lock);
	g_mutex_lock(&stage->sync_lock);
	if (part->waits)
		note_finishing(stage);
	g_mutex_unlock(&stage->sync_lock);
	return part->failed ? -1 : 0;
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

bool stage_has_dropped(const struct store_stage *stage,
		       const struct store_span *span)
{
	const struct store_part place = {.offset = span->offset,
					 .max = span->max};
	for (guint i = 0; i < stage->parts->len; i++) {
		const struct store_part *part =
			g_ptr_array_index(stage->parts, i);
		if (part->dropped && parts_meet(part, &place))
			return true;
	}
	return false;
}

/* Under lock: whether there are records for n more parts. */
static bool has_room(const struct store_stage *stage, size_t n)
{
	uint64_t records = stage->log_end / EXTENT_RECORD_BYTES;
	return records + RECORDS_SPARE +
		       RECORDS_A_PART * (stage->parts->len + n) <=
	       RECORDS_MAX;
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
	size_t extents = stage->extents.list->len + stage->parts->len;
	bool adds_one = part->sum != NULL;
	if ((adds_one && extents >= stage_extents_max(stage)) ||
	    !has_room(stage, 1))
		return err_set(err, ERR_LIMIT,
			       "The upload is in too many parts");
	return 0;
}

int stage_enter(struct store_stage *stage, struct store_part *part,
		struct err *err)
{
	const struct store_span span = {part->offset, part->max, false};
	int status = -1;
	g_mutex_lock(&stage->lock);
	while (!part->only_at_once && stage_has_dropped(stage, &span))
		g_cond_wait(&stage->left, &stage->lock);
	if (stage_has_dropped(stage, &span))
		status = 1;
	else if (stage_check_writable(stage, err) == 0 &&
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
	if (part->dropped)
		g_cond_broadcast(&stage->left);
	g_mutex_unlock(&stage->lock);
}

size_t stage_extents_max(const struct store_stage *stage)
{
	return stage->held ? 2 * STORE_EXTENTS_MAX : STORE_EXTENTS_MAX;
}

bool store_stage_may_take(struct store_stage *stage, size_t n)
{
	g_mutex_lock(&stage->lock);
	bool may =
		stage->extents.list->len + 2 * n <= stage_extents_max(stage) &&
		has_room(stage, n);
	g_mutex_unlock(&stage->lock);
	return may;
}
