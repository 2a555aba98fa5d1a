/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One blob on its way in: counts it against its limit, keeps it in memory
 * while it is small, streams and sums it into the backend once it is not, and
 * takes it back unless it is kept.
 */
#include "store/store_front.h"

#include <glib.h>
#include <inttypes.h>

#include "base/log/log.h"
#include "base/fd.h"

struct store_sink {
	struct crew_task drop; /* when another thread frees it */
	struct store *store;
	uint64_t limit, size;
	enum err_code failed; /* ERR_NONE, or what made it fail */
	bool finished, kept, in_doubt;

	/* All bytes before the spill, the head after it. */
	char *bytes;
	size_t n, cap;

	/* Since the spill; NULL before. */
	struct store_upload *upload;
	struct checksum *sum;
	struct behind_run *behind; /* NULL: all was written at once */
	bool may_be_behind, may_be_visible;

	/* When it has all its bytes from elsewhere: .done is not NULL. */
	struct store_sink_source source;
};

struct store_sink *store_sink_new(struct store *store, uint64_t limit)
{
	struct store_sink *sink = g_new0(struct store_sink, 1);
	sink->store = store;
	sink->limit = limit;
	return sink;
}

/* One that has received all that its limit allows. */
int store_sink_over(struct store *store, const struct store_sink_source *source,
		    struct store_sink **out, struct err *err)
{
	struct store_upload *upload = source->upload;
	g_autofree char *head = g_malloc(STORE_HEAD);
	size_t want = MIN(source->size, STORE_HEAD);
	if (fd_read(upload->backend->ops->fd(upload), head, want, 0) !=
	    (ssize_t)want)
		return store_read_failed(upload->id, err);
	struct store_sink *sink = store_sink_new(store, source->size);
	sink->size = source->size;
	sink->bytes = g_steal_pointer(&head);
	sink->n = want;
	sink->cap = STORE_HEAD;
	sink->upload = upload;
	sink->source = *source;
	*out = sink;
	return 0;
}

static int read_small(struct store_sink *sink, int fd, struct err *err)
{
	const struct store_sink_source *source = &sink->source;
	sink->cap = MAX(source->size, 1);
	sink->bytes = g_malloc(sink->cap);
	if (fd_read(fd, sink->bytes, source->size, 0) != (ssize_t)source->size)
		return store_read_failed(source->staged, err);
	for (size_t i = 0; i < source->extents.n; i++) {
		const struct store_extent *extent = &source->extents.list[i];
		uint8_t sum[CHECKSUM_BYTES];
		checksum_of(sink->bytes + extent->offset, extent->size, sum);
		if (memcmp(sum, extent->checksum, CHECKSUM_BYTES) != 0)
			return store_corrupt(source->staged,
					     "its bytes have changed", err);
	}
	sink->n = source->size;
	sink->size = source->size;
	return 0;
}

int store_sink_small(struct store *store,
		     const struct store_sink_source *source, int fd,
		     struct store_sink **out, struct err *err)
{
	struct store_sink *sink = store_sink_new(store, source->size);
	sink->source = *source;
	if (read_small(sink, fd, err) == 0) {
		*out = sink;
		return 0;
	}
	sink->source.done = NULL; /* nothing is taken */
	store_sink_free(sink);
	return -1;
}

uint64_t store_sink_size(const struct store_sink *sink)
{
	return sink->size;
}

uint64_t store_sink_limit(const struct store_sink *sink)
{
	return sink->limit;
}

struct str store_sink_head(const struct store_sink *sink)
{
	const char *p = sink->bytes ? sink->bytes : "";
	return (struct str){p, MIN(sink->n, STORE_HEAD)};
}

struct str store_sink_bytes(const struct store_sink *sink)
{
	if (sink->upload)
		return STR_NONE;
	return (struct str){sink->bytes ? sink->bytes : "", sink->n};
}

int store_sink_fd(const struct store_sink *sink)
{
	if (sink->upload == NULL)
		return -1;
	return sink->upload->backend->ops->fd(sink->upload);
}

/* Grows by doubling, but no further than a sink can need. */
static void gather(struct store_sink *sink, const char *p, size_t n)
{
	if (n == 0)
		return;
	if (sink->n + n > sink->cap) {
		size_t most = MAX(sink->store->inline_limit, STORE_HEAD);
		size_t cap = MAX(MAX(sink->cap * 2, sink->n + n), STORE_HEAD);
		sink->cap = MIN(cap, most);
		sink->bytes = g_realloc(sink->bytes, sink->cap);
	}
	memcpy(sink->bytes + sink->n, p, n);
	sink->n += n;
}

static ssize_t write_bytes(void *user, const struct store_piece *piece,
			   struct err *err)
{
	struct store_upload *upload = ((struct store_sink *)user)->upload;
	return upload->backend->ops->write(upload, piece, err);
}

static void reserve(void *user, uint64_t offset, uint64_t size)
{
	const struct store_sink *sink = user;
	struct store_upload *upload = sink->upload;
	if (store_has_ample_room(sink->store))
		upload->backend->ops->reserve(upload, offset,
					      MIN(size, sink->limit - offset));
}

/* The page cache has its share of it. */
static bool goes_behind(const struct store_sink *sink, uint64_t offset)
{
	uint64_t cached = sink->store->cached_max;
	return sink->may_be_behind && cached && offset >= cached;
}

static int pass_on(struct store_sink *sink, struct store_piece piece,
		   struct err *err)
{
	const struct behind_file file = {.write = write_bytes,
					 .reserve = reserve,
					 .user = sink,
					 .owner = sink->upload->id,
					 .offset = piece.offset};
	checksum_update(sink->sum, piece.p, piece.n);
	if (sink->behind == NULL && goes_behind(sink, piece.offset))
		sink->behind = behind_run_new(sink->store->behind, &file);
	if (sink->behind)
		return behind_run_put(sink->behind, piece.p, piece.n, err);
	return store_write_all(write_bytes, sink, &piece, err);
}

/* From memory to the backend; only the head stays in memory. */
static int spill(struct store_sink *sink, struct err *err)
{
	struct store *store = sink->store;
	int64_t id = store_next_id(store);
	if (store_check_room(store, true, err))
		return -1;
	if (store->backend->ops->begin(store->backend, id, &sink->upload, err))
		return -1;
	sink->sum = checksum_new();
	const struct store_piece head = {sink->bytes, sink->n, 0, false};
	if (sink->n && pass_on(sink, head, err))
		return -1;
	sink->n = MIN(sink->n, STORE_HEAD);
	if (sink->cap > STORE_HEAD) {
		sink->cap = STORE_HEAD;
		sink->bytes = g_realloc(sink->bytes, sink->cap);
	}
	return 0;
}

static int stream(struct store_sink *sink, const char *p, size_t n,
		  struct err *err)
{
	if (sink->upload == NULL && spill(sink, err))
		return -1;
	if (sink->size / STORE_ROOM_EVERY !=
		    (sink->size + n) / STORE_ROOM_EVERY &&
	    store_check_room(sink->store, true, err))
		return -1;
	if (sink->n < STORE_HEAD)
		gather(sink, p, MIN(n, STORE_HEAD - sink->n));
	return pass_on(sink, (struct store_piece){p, n, sink->size, false},
		       err);
}

static int append(struct store_sink *sink, const char *p, size_t n,
		  struct err *err)
{
	if (n == 0)
		return 0;
	if (n > sink->limit - sink->size)
		return err_set(err, ERR_TOO_LARGE,
			       "The file exceeds the limit of %llu bytes.",
			       (unsigned long long)sink->limit);
	if (sink->upload || n > sink->store->inline_limit - sink->n) {
		if (stream(sink, p, n, err))
			return -1;
	} else {
		gather(sink, p, n);
	}
	sink->size += n;
	return 0;
}

/* Remembers why, also when the caller does not want to know. */
static int fail(struct store_sink *sink, const struct err *reason,
		struct err *err)
{
	sink->failed = reason->code;
	if (err)
		*err = *reason;
	return -1;
}

static int failed_before(const struct store_sink *sink, struct err *err)
{
	return err_set(err, sink->failed, "The file could not be stored");
}

int store_sink_write(struct store_sink *sink, const void *p, size_t n,
		     struct err *err)
{
	struct err reason;
	g_assert(!sink->finished);
	if (sink->failed)
		return failed_before(sink, err);
	if (append(sink, p, n, &reason) == 0)
		return 0;
	return fail(sink, &reason, err);
}

static void sum_up(const struct store_sink *sink, struct store_blob *out)
{
	if (sink->source.upload) {
		out->extents = sink->source.extents;
		store_extents_checksum(out->extents, out->checksum);
	} else {
		checksum_final(sink->sum, out->checksum);
	}
}

void store_sink_write_behind(struct store_sink *sink)
{
	sink->may_be_behind = true;
}

char *store_sink_room(struct store_sink *sink, size_t *n)
{
	return behind_run_room(sink->failed ? NULL : sink->behind, n);
}

bool store_sink_is_behind(const struct store_sink *sink)
{
	return sink->behind && !sink->failed;
}

/* Before anybody reads it: of what was reserved there may be more than came. */
static int end_behind(struct store_sink *sink, struct err *err)
{
	struct store_upload *upload = sink->upload;
	if (sink->behind == NULL)
		return 0;
	if (behind_run_settle(sink->behind, err))
		return -1;
	return upload->backend->ops->cut(upload, sink->size, err);
}

int store_sink_settle(struct store_sink *sink, struct err *err)
{
	struct err reason;
	if (sink->failed)
		return failed_before(sink, err);
	if (end_behind(sink, &reason))
		return fail(sink, &reason, err);
	behind_run_free(g_steal_pointer(&sink->behind));
	sink->may_be_behind = false;
	return 0;
}

int store_sink_finish(struct store_sink *sink, struct store_blob *out,
		      struct err *err)
{
	struct err reason;
	g_assert(!sink->finished);
	if (store_sink_settle(sink, err))
		return -1;
	if (store_check_room(sink->store, sink->upload != NULL, &reason))
		return fail(sink, &reason, err);
	*out = (struct store_blob){.store = sink->store->number,
				   .size = sink->size};
	if (sink->upload == NULL) {
		out->id = store_next_id(sink->store);
		out->inline_bytes = store_sink_bytes(sink);
		checksum_of(out->inline_bytes.p, sink->n, out->checksum);
	} else {
		out->id = sink->upload->id;
		sum_up(sink, out);
		store_tidy(sink->store);
		sink->may_be_visible = true;
		if (sink->upload->backend->ops->commit(sink->upload, &reason))
			return fail(sink, &reason, err);
	}
	sink->finished = true;
	return 0;
}

void store_sink_keep(struct store_sink *sink)
{
	g_assert(sink->finished);
	sink->kept = true;
	struct store_kept kept = {sink->source.staged,
				  sink->source.staged != 0};
	if (sink->upload)
		kept.id = sink->upload->id;
	if (kept.id)
		store_note_kept(sink->store, &kept);
}

void store_sink_keep_in_doubt(struct store_sink *sink)
{
	g_assert(sink->finished);
	sink->in_doubt = true;
	if (sink->upload && sink->source.staged)
		store_note_doubt(sink->store, sink->upload->id);
	if (sink->upload)
		log_warn("store: blob %016" PRIx64 " stays: whether its row "
			 "was committed is not known",
			 (uint64_t)sink->upload->id);
}

/* The backend logs a failure; what is still pending is then left to the next
 * start. */
static void take_back(struct store_sink *sink)
{
	if (sink->kept || sink->in_doubt || sink->upload->published)
		return;
	struct store *store = sink->store;
	const struct store_name name = {.id = sink->upload->id};
	if (store_blob_remove(store, STORE_BLOBS, &name, NULL) == 0)
		(void)!store_blob_remove(store, STORE_PENDING, &name, NULL);
}

void store_sink_free(struct store_sink *sink)
{
	if (sink == NULL)
		return;
	behind_run_free(sink->behind);
	if (sink->upload) {
		if (sink->may_be_visible)
			take_back(sink);
		sink->upload->backend->ops->end(sink->upload);
	}
	if (sink->source.done)
		sink->source.done(sink->source.user, sink->kept);
	if (sink->sum)
		checksum_free(sink->sum);
	g_free(sink->bytes);
	g_free(sink);
}

static void run_drop(struct crew_task *task, bool is_late)
{
	(void)is_late;
	store_sink_free((struct store_sink *)(void *)task);
}

/* Of a file that nobody has the last one who closes it gives back the space.
 */
void store_sink_drop(struct store_sink *sink)
{
	if (sink == NULL)
		return;
	bool has_space =
		sink->upload && !sink->kept && sink->source.done == NULL;
	sink->drop = (struct crew_task){.run = run_drop};
	if (!has_space || !store_drop(sink->store, &sink->drop))
		store_sink_free(sink);
}
