/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged blobs: who has one open, which parts are under way, and what is noted
 * about it. A record is noted only when what it says of the bytes is durable,
 * and the next one only when it is durable itself: so a log has at most one
 * torn note, its last. Parts that end while others are made durable wait, and
 * are one note together.
 *
 * Locks: stages_lock of the store, or of a stage change_lock, sync_lock,
 * bytes_lock, lock, in this order.
 */
#include "store/stage_own.h"

#include <glib.h>
#include <sys/stat.h>

static struct store_stage *stage_new(struct store *store, int64_t id,
				     struct store_staged *staged)
{
	struct store_stage *stage = g_new0(struct store_stage, 1);
	stage->store = store;
	stage->staged = staged;
	stage->id = id;
	stage->refs = 1;
	g_mutex_init(&stage->change_lock);
	g_mutex_init(&stage->sync_lock);
	g_mutex_init(&stage->bytes_lock);
	g_mutex_init(&stage->lock);
	g_cond_init(&stage->left);
	extents_init(&stage->extents);
	stage->parts = g_ptr_array_new();
	stage->finishing = g_ptr_array_new();
	stage->flushing = g_ptr_array_new();
	return stage;
}

static void stage_free(struct store_stage *stage)
{
	stage->store->backend->ops->stage_close(stage->staged);
	g_ptr_array_free(stage->flushing, TRUE);
	g_ptr_array_free(stage->finishing, TRUE);
	g_ptr_array_free(stage->parts, TRUE);
	extents_release(&stage->extents);
	g_cond_clear(&stage->left);
	g_mutex_clear(&stage->lock);
	g_mutex_clear(&stage->bytes_lock);
	g_mutex_clear(&stage->sync_lock);
	g_mutex_clear(&stage->change_lock);
	g_free(stage);
}

/* For whoever has it open. Loops do so, and the lock is held while others wait
 * for the disk. */
static struct store_stage *stage_ref(struct store_stage *stage)
{
	g_atomic_int_inc(&stage->refs);
	return stage;
}

/* False: it is the last one. */
static bool drop_shared(struct store_stage *stage)
{
	gint refs = g_atomic_int_get(&stage->refs);
	while (refs > 1) {
		if (g_atomic_int_compare_and_exchange(&stage->refs, refs,
						      refs - 1))
			return true;
		refs = g_atomic_int_get(&stage->refs);
	}
	return false;
}

static int check_size(uint64_t size, struct err *err)
{
	if (size <= STORE_STAGE_SIZE_MAX || size == STORE_STAGE_SIZE_UNKNOWN)
		return 0;
	return err_set(err, ERR_TOO_LARGE,
		       "The file is larger than an upload in parts can be");
}

static int note_size(struct store_stage *stage, uint64_t size, struct err *err)
{
	struct extent_record record = {EXTENT_SIZE, {.size = size}};
	return stage_note(stage, &record, 1, err);
}

int64_t store_stage_new_id(struct store *store)
{
	return store_next_id(store);
}

/* Under stages_lock. */
static int create_locked(struct store *store, int64_t id,
			 struct store_stage **out, struct err *err)
{
	const struct store_backend_ops *ops = store->backend->ops;
	struct store_staged *staged;
	if (g_hash_table_contains(store->stages, &id))
		return err_set(err, ERR_EXISTS, "The upload has begun already");
	if (ops->stage_open(store->backend, id, STORE_STAGE_NEW, &staged, err))
		return -1;
	*out = stage_new(store, id, staged);
	g_hash_table_insert(store->stages, &(*out)->id, *out);
	return 0;
}

int store_stage_create(struct store *store, int64_t id,
		       struct store_stage **out, struct err *err)
{
	if (store_check_room(store, true, err))
		return -1;
	g_mutex_lock(&store->stages_lock);
	int status = create_locked(store, id, out, err);
	g_mutex_unlock(&store->stages_lock);
	return status;
}

/* A log that was made and never written to is whole. */
static void read_log(struct store_stage *stage, const uint8_t *log, size_t n)
{
	struct extent_record record;
	bool is_ended = false;
	while (!is_ended && stage->log_end + EXTENT_RECORD_BYTES <= n &&
	       extent_decode(log + stage->log_end, stage->id, &record)) {
		is_ended = record.kind == EXTENT_END;
		extents_apply(&stage->extents, &record);
		stage->log_end += is_ended ? 0 : EXTENT_RECORD_BYTES;
	}
	is_ended =
		is_ended &&
		record.extent.offset * EXTENT_RECORD_BYTES == stage->log_end &&
		stage->log_tail == stage->log_end + EXTENT_RECORD_BYTES;
	stage->is_torn = !is_ended && stage->log_tail > 0;
}

static int load(struct store_stage *stage, struct err *err)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	int log_fd = ops->stage_fd(stage->staged, STORE_STAGED_LOG);
	struct stat st, log_st;
	if (fstat(ops->stage_fd(stage->staged, STORE_STAGED_BYTES), &st) ||
	    fstat(log_fd, &log_st))
		return store_read_failed(stage->id, err);
	size_t size = MIN((uint64_t)log_st.st_size, LOG_MAX);
	g_autofree uint8_t *log = g_malloc(size + 1);
	ssize_t n = fd_read(log_fd, log, size, 0);
	if (n < 0)
		return store_read_failed(stage->id, err);
	stage->log_tail = (uint64_t)log_st.st_size;
	read_log(stage, log, (size_t)n);
	/* of a log that is torn, or damaged, nobody knows what was behind */
	stage->extents.doubted |= stage->is_torn;
	if (extents_end(&stage->extents) > (uint64_t)st.st_size)
		return store_corrupt(stage->id, "it lacks what was noted", err);
	return 0;
}

static int open_afresh(struct store *store, int64_t id,
		       enum store_stage_use use, struct store_stage **out,
		       struct err *err)
{
	const struct store_backend_ops *ops = store->backend->ops;
	struct store_staged *staged;
	if (ops->stage_open(store->backend, id, use, &staged, err))
		return -1;
	struct store_stage *stage = stage_new(store, id, staged);
	if (load(stage, err)) {
		stage_free(stage);
		return -1;
	}
	*out = stage;
	return 0;
}

/* Under stages_lock, so that nobody opens it a second time. */
static int open_shared(struct store *store, int64_t id,
		       struct store_stage **out, struct err *err)
{
	if (open_afresh(store, id, STORE_STAGE_WRITE, out, err))
		return -1;
	g_hash_table_insert(store->stages, &(*out)->id, *out);
	return 0;
}

int store_stage_open(struct store *store, int64_t id, struct store_stage **out,
		     struct err *err)
{
	int status = 0;
	if (id <= 0)
		return err_set(err, ERR_NOT_FOUND, "There is no such upload");
	g_mutex_lock(&store->stages_lock);
	struct store_stage *stage = g_hash_table_lookup(store->stages, &id);
	if (stage) {
		stage_ref(stage);
		*out = stage;
	} else if (g_hash_table_contains(store->stages, &id)) {
		status = err_set(err, ERR_NOT_FOUND, "There is no such upload");
	} else {
		status = open_shared(store, id, out, err);
	}
	g_mutex_unlock(&store->stages_lock);
	return status;
}

int store_stage_look(struct store *store, int64_t id, struct store_stage **out,
		     struct err *err)
{
	if (open_afresh(store, id, STORE_STAGE_READ, out, err))
		return -1;
	(*out)->only_looks = true;
	return 0;
}

void store_stage_close(struct store_stage *stage)
{
	if (stage == NULL || drop_shared(stage))
		return;
	if (stage->only_looks) {
		stage_free(stage);
		return;
	}
	struct store *store = stage->store;
	g_mutex_lock(&store->stages_lock);
	if (g_atomic_int_dec_and_test(&stage->refs)) {
		g_hash_table_remove(store->stages, &stage->id);
		stage_free(stage);
	}
	g_mutex_unlock(&store->stages_lock);
}

int store_stage_remove(struct store *store, int64_t id, struct err *err)
{
	g_mutex_lock(&store->stages_lock);
	bool is_free = !g_hash_table_contains(store->stages, &id);
	if (is_free)
		g_hash_table_insert(store->stages, &id, NULL);
	g_mutex_unlock(&store->stages_lock);
	if (!is_free)
		return err_set(err, ERR_LOCKED,
			       "The upload is being worked on");
	/* of a large file it takes long, and others need the lock */
	int status =
		store_blob_remove(store, STORE_STAGED, STORE_NAME(id), err);
	g_mutex_lock(&store->stages_lock);
	g_hash_table_remove(store->stages, &id);
	g_mutex_unlock(&store->stages_lock);
	return status;
}

int64_t store_stage_id(const struct store_stage *stage)
{
	return stage->id;
}

bool store_stage_has_failed(struct store_stage *stage)
{
	g_mutex_lock(&stage->lock);
	bool failed = stage->failed != ERR_NONE;
	g_mutex_unlock(&stage->lock);
	return failed;
}

bool store_stage_is_doubted(struct store_stage *stage)
{
	g_mutex_lock(&stage->lock);
	bool doubted = stage->extents.doubted;
	g_mutex_unlock(&stage->lock);
	return doubted;
}

uint64_t store_stage_size(struct store_stage *stage)
{
	g_mutex_lock(&stage->lock);
	uint64_t size = stage->extents.size;
	g_mutex_unlock(&stage->lock);
	return size;
}

uint64_t store_stage_reach(struct store_stage *stage)
{
	g_mutex_lock(&stage->lock);
	uint64_t reach = extents_reach(&stage->extents);
	g_mutex_unlock(&stage->lock);
	return reach;
}

int store_stage_fd(const struct store_stage *stage)
{
	return stage->store->backend->ops->stage_fd(stage->staged,
						    STORE_STAGED_BYTES);
}

struct store_extent *store_stage_extents(struct store_stage *stage, size_t *n)
{
	g_mutex_lock(&stage->lock);
	const GArray *list = stage->extents.list;
	*n = list->len;
	struct store_extent *copy =
		g_memdup2(list->data, list->len * sizeof(struct store_extent));
	g_mutex_unlock(&stage->lock);
	return copy;
}

/* Under lock: that all stands still. What was dropped is waited for. */
static int check_idle(struct store_stage *stage, struct err *err)
{
	const struct store_span all = {0, UINT64_MAX, false};
	while (stage_has_dropped(stage, &all))
		g_cond_wait(&stage->left, &stage->lock);
	if (stage->failed)
		return stage_failed_before(stage->failed, err);
	if (stage_is_held(stage) || stage->parts->len)
		return err_set(err, ERR_LOCKED,
			       "The upload is being worked on");
	return 0;
}

static void let_go(struct store_stage *stage)
{
	g_mutex_lock(&stage->lock);
	stage->held--;
	g_mutex_unlock(&stage->lock);
}

int store_stage_hold(struct store_stage *stage, struct err *err)
{
	g_mutex_lock(&stage->lock);
	int status = check_idle(stage, err);
	if (status == 0) {
		stage->held++;
		stage->holder = g_thread_self();
	}
	g_mutex_unlock(&stage->lock);
	return status ? -1 : 0;
}

void store_stage_let_go(struct store_stage *stage)
{
	g_mutex_lock(&stage->lock);
	stage->held--;
	stage->holder = NULL;
	g_mutex_unlock(&stage->lock);
}

/* Under lock. 1: there is nothing to do. */
static int check_new_size(struct store_stage *stage, uint64_t size,
			  struct err *err)
{
	uint64_t now = stage->extents.size;
	if (now == size)
		return 1;
	if (check_idle(stage, err) || stage_check_writable(stage, err))
		return -1;
	if (now != STORE_STAGE_SIZE_UNKNOWN)
		return err_set(err, ERR_INVALID,
			       "The upload has another size already");
	return 0;
}

/* Only whoever holds it changes its extents. */
static int forget_behind(struct store_stage *stage, uint64_t size,
			 struct err *err)
{
	const struct extent_record drop = {
		EXTENT_DROPPED,
		{.offset = size, .size = STORE_STAGE_SIZE_MAX - size}};
	return extents_end(&stage->extents) > size
		       ? stage_note(stage, &drop, 1, err)
		       : 0;
}

static int set_size(struct store_stage *stage, uint64_t size, bool cuts,
		    struct err *err)
{
	if (size == STORE_STAGE_SIZE_UNKNOWN)
		return err_set(err, ERR_INVALID, "The size is missing");
	if (check_size(size, err))
		return -1;
	g_mutex_lock(&stage->lock);
	int status = check_new_size(stage, size, err);
	if (status == 0 && !cuts && size < extents_end(&stage->extents))
		status = err_set(err, ERR_INVALID,
				 "More than that has been uploaded");
	if (status == 0)
		stage->held++;
	g_mutex_unlock(&stage->lock);
	if (status)
		return status < 0 ? -1 : 0;
	status = forget_behind(stage, size, err);
	if (status == 0)
		status = note_size(stage, size, err);
	let_go(stage);
	return status;
}

int store_stage_set_size(struct store_stage *stage, uint64_t size,
			 struct err *err)
{
	return set_size(stage, size, false, err);
}

int store_stage_cut(struct store_stage *stage, uint64_t size, struct err *err)
{
	return set_size(stage, size, true, err);
}

uint64_t store_stage_bytes(struct store_stage *stage, struct store_span span)
{
	g_mutex_lock(&stage->lock);
	uint64_t bytes =
		stage->extents.held + span.max -
		extents_bytes_in(&stage->extents, span.offset, span.max);
	for (guint i = 0; i < stage->parts->len; i++) {
		const struct store_part *part =
			g_ptr_array_index(stage->parts, i);
		bytes += part->max;
	}
	g_mutex_unlock(&stage->lock);
	return bytes;
}

int store_stage_verify(struct store_stage *stage, struct err *err)
{
	g_mutex_lock(&stage->lock);
	int status = check_idle(stage, err);
	if (status == 0)
		stage->held++;
	g_mutex_unlock(&stage->lock);
	if (status)
		return -1;
	const GArray *list = stage->extents.list;
	struct store_extents extents = {
		(const struct store_extent *)(const void *)list->data,
		list->len};
	status = store_verify_extents(store_stage_fd(stage), stage->id, extents,
				      err);
	let_go(stage);
	return status;
}

static ssize_t write_bytes(void *user, const struct store_piece *piece,
			   struct err *err)
{
	const struct store_stage *stage = ((struct store_part *)user)->stage;
	return stage->store->backend->ops->stage_write(
		stage->staged, STORE_STAGED_BYTES, piece, err);
}

static void reserve(void *user, uint64_t offset, uint64_t size)
{
	const struct store_part *part = user;
	const struct store_stage *stage = part->stage;
	uint64_t end = part->offset + part->max;
	if (store_has_ample_room(stage->store))
		stage->store->backend->ops->stage_reserve(
			stage->staged, offset, MIN(size, end - offset));
}

/* NULL: the file, or the part, is too small to be worth it. */
static struct behind_run *write_behind(struct store_part *part)
{
	struct store_stage *stage = part->stage;
	uint64_t most = stage->store->cached_max;
	const struct behind_file file = {.write = write_bytes,
					 .reserve = reserve,
					 .user = part,
					 .owner = stage->id,
					 .offset = part->offset};
	if (most == 0 || part->max < BLOCK_BYTES ||
	    store_stage_size(stage) <= most)
		return NULL;
	return behind_run_new(stage->store->behind, &file);
}

int store_part_begin(struct store_stage *stage, struct store_span span,
		     struct store_part **out, struct err *err)
{
	if (store_check_room(stage->store, true, err))
		return -1;
	struct store_part *part = g_new0(struct store_part, 1);
	part->stage = stage_ref(stage);
	part->offset = span.offset;
	part->max = span.max;
	part->only_at_once = span.only_at_once;
	part->sum = checksum_new();
	part->behind = write_behind(part);
	int over = stage_enter(stage, part, err);
	bool waits = over > 0 && span.only_at_once;
	if (over < 0 || waits ||
	    (over > 0 && stage_make_way(stage, part, err))) {
		store_part_free(part);
		return waits ? 1 : -1;
	}
	*out = part;
	return 0;
}

void store_part_watch(struct store_part *part, const struct block_watch *watch)
{
	g_assert(part->size == 0);
	part->watch = *watch;
	if (part->behind)
		behind_run_watch(part->behind, watch);
}

static int write_piece(struct store_part *part, const void *p, size_t n,
		       struct err *err)
{
	struct store_piece piece = {p, n, part->offset + part->size, false};
	if (part->behind)
		return behind_run_put(part->behind, p, n, err);
	if (store_write_all(write_bytes, part, &piece, err))
		return -1;
	if (part->watch.came)
		part->watch.came(part->watch.user, NULL, n);
	return 0;
}

static int append(struct store_part *part, const void *p, size_t n,
		  struct err *err)
{
	uint64_t end = part->size + n;
	if (n > part->max - part->size)
		return err_set(err, ERR_TOO_LARGE,
			       "The part is longer than it may be");
	if (part->size / STORE_ROOM_EVERY != end / STORE_ROOM_EVERY &&
	    store_check_room(part->stage->store, true, err))
		return -1;
	/* before: what is in a block may be another's once it was written */
	checksum_update(part->sum, p, n);
	if (write_piece(part, p, n, err))
		return -1;
	part->size = end;
	return 0;
}

/* Remembers why, also when the caller does not want to know. */
static int fail_part(struct store_part *part, const struct err *reason,
		     struct err *err)
{
	part->failed = reason->code;
	if (err)
		*err = *reason;
	return -1;
}

int store_part_write(struct store_part *part, const void *p, size_t n,
		     struct err *err)
{
	struct err reason;
	g_assert(!part->finished && !part->is_flushed);
	if (part->failed)
		return stage_failed_before(part->failed, err);
	if (append(part, p, n, &reason) == 0)
		return 0;
	return fail_part(part, &reason, err);
}

char *store_part_room(struct store_part *part, size_t *n)
{
	char *room = behind_run_room(part->failed ? NULL : part->behind, n);
	*n = MIN(*n, part->max - part->size);
	return room;
}

uint64_t store_part_size(const struct store_part *part)
{
	return part->size;
}

struct fd_run store_part_run(const struct store_part *part)
{
	return (struct fd_run){store_stage_fd(part->stage), part->offset,
			       part->size};
}

void store_part_checksum(const struct store_part *part,
			 uint8_t out[CHECKSUM_BYTES])
{
	checksum_final(part->sum, out);
}

/* Who syncs for several parts counts on it that all of them is written. */
static int settle(struct store_part *part, struct err *err)
{
	return part->behind ? behind_run_settle(part->behind, err) : 0;
}

int store_part_flush(struct store_part *part, struct err *err)
{
	struct err reason;
	g_assert(!part->finished);
	if (part->failed)
		return stage_failed_before(part->failed, err);
	if (settle(part, &reason) ||
	    (part->size && stage_flush_part(part, &reason)))
		return fail_part(part, &reason, err);
	return 0;
}

int store_part_finish(struct store_part *part, struct err *err)
{
	struct err reason;
	g_assert(!part->finished);
	if (part->failed)
		return stage_failed_before(part->failed, err);
	if (settle(part, &reason) ||
	    (part->size && stage_note_part(part, &reason)))
		return fail_part(part, &reason, err);
	part->finished = true;
	return 0;
}

void store_part_free(struct store_part *part)
{
	if (part == NULL)
		return;
	struct store_stage *stage = part->stage;
	bool is_reserved = part->behind != NULL;
	behind_run_free(part->behind);
	/* of what may have been noted nobody knows whether it was */
	if (!part->may_be_noted && part->size)
		stage->store->backend->ops->stage_forget(
			stage->staged, part->offset,
			is_reserved ? part->max : part->size);
	stage_leave(part->stage, part);
	store_stage_close(part->stage);
	checksum_free(part->sum);
	g_free(part);
}

static void run_drop(struct crew_task *task, bool is_late)
{
	(void)is_late;
	store_part_free((struct store_part *)(void *)task);
}

void store_part_drop(struct store_part *part)
{
	if (part == NULL)
		return;
	struct store_stage *stage = part->stage;
	bool has_space = part->size && !part->may_be_noted;
	part->drop = (struct crew_task){.owner = stage->id, .run = run_drop};
	g_mutex_lock(&stage->lock);
	part->dropped = has_space;
	g_mutex_unlock(&stage->lock);
	if (!has_space || !store_drop(stage->store, &part->drop))
		store_part_free(part);
}

/* Under lock. */
static int check_complete(struct store_stage *stage, struct err *err)
{
	uint64_t size = stage->extents.size;
	if (check_idle(stage, err))
		return -1;
	if (stage->is_blob)
		return err_set(err, ERR_EXISTS, "The upload is complete");
	if (size == STORE_STAGE_SIZE_UNKNOWN)
		return err_set(err, ERR_INVALID,
			       "The upload's size is not known");
	if (extents_reach(&stage->extents) != size)
		return err_set(err, ERR_INVALID,
			       "The upload is not complete: bytes are missing");
	if (stage->extents.list->len > STORE_EXTENTS_MAX)
		return err_set(err, ERR_LIMIT,
			       "The upload is in too many parts");
	return 0;
}

static void sink_done(void *user, bool kept)
{
	struct store_stage *stage = user;
	g_mutex_lock(&stage->lock);
	stage->is_blob = kept;
	stage->held--;
	g_mutex_unlock(&stage->lock);
	store_stage_close(stage);
}

/* A blob that is there is one that was kept, or whose row may come to light: it
 * can be tried again, and nobody takes it back. */
static int take_upload(struct store_stage *stage,
		       struct store_sink_source *source, struct err *err)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	if (ops->stage_upload(stage->staged, source->size, &source->upload,
			      err))
		return -1;
	if (!source->upload->published ||
	    store_is_in_doubt(stage->store, stage->id))
		return 0;
	ops->end(source->upload);
	return err_set(err, ERR_EXISTS, "The upload is complete");
}

/* Only whoever holds it changes its extents. */
static int seal(struct store_stage *stage, struct err *err)
{
	struct extent_record record = {.kind = EXTENT_SEALED};
	return stage->extents.sealed ? 0 : stage_note(stage, &record, 1, err);
}

/* What was dropped may have other bytes by now, and if the record of that is
 * lost its extent is there. */
static int compare_if_doubted(const struct store_stage *stage,
			      struct store_extents extents, struct err *err)
{
	if (!stage->extents.doubted)
		return 0;
	return store_verify_extents(store_stage_fd(stage), stage->id, extents,
				    err);
}

/* Somebody may have cut it since it was opened. */
static int check_length(const struct store_stage *stage, struct err *err)
{
	struct stat st;
	if (fstat(store_stage_fd(stage), &st))
		return store_read_failed(stage->id, err);
	return (uint64_t)st.st_size < stage->extents.size
		       ? store_corrupt(stage->id, "it lacks what was noted",
				       err)
		       : 0;
}

static int make_sink(struct store_stage *stage, struct store_sink **out,
		     struct err *err)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	const GArray *list = stage->extents.list;
	struct store_sink_source source = {
		.extents = {(const struct store_extent *)(const void *)
				    list->data,
			    list->len},
		.size = stage->extents.size,
		.staged = stage->id,
		.done = sink_done,
		.user = stage,
	};
	if (check_length(stage, err) ||
	    compare_if_doubted(stage, source.extents, err) || seal(stage, err))
		return -1;
	if (source.size <= stage->store->inline_limit)
		return store_sink_small(stage->store, &source,
					store_stage_fd(stage), out, err);
	if (take_upload(stage, &source, err))
		return -1;
	if (store_sink_over(stage->store, &source, out, err) == 0)
		return 0;
	ops->end(source.upload);
	return -1;
}

int store_stage_sink(struct store_stage *stage, struct store_sink **out,
		     struct err *err)
{
	g_mutex_lock(&stage->lock);
	int status = check_complete(stage, err);
	if (status == 0)
		stage->held++;
	g_mutex_unlock(&stage->lock);
	if (status)
		return -1;
	stage_ref(stage);
	status = make_sink(stage, out, err);
	if (status) {
		let_go(stage);
		store_stage_close(stage);
	}
	return status;
}
