/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend in front of another that fails as planned: writes that take less
 * than given, a disk that fills up, syncs and links that report EIO. For tests
 * of everything above a backend; never part of a running server.
 */
#include "store/store_backend.h"

#include <errno.h>
#include <glib.h>
#include <unistd.h>

struct flaky {
	struct store_backend base;
	struct store_backend *inner;
	struct store_flaky_plan *plan;
	GMutex write_lock; /* of the plan, and of what staged blobs have
			      unsynced */
};

struct flaky_upload {
	struct store_upload base;
	struct store_upload *inner;
};

/* What a write that is not synced yet has gone over. */
struct unsynced {
	enum store_staged_file file;
	uint64_t offset;
	size_t n;
	uint8_t *before; /* zeros behind the end */
};

struct flaky_staged {
	struct store_staged base;
	struct store_staged *inner;
	GArray *unsynced; /* of struct unsynced, where the power may end */
	bool is_off;
};

static struct flaky *flaky_of(struct store_backend *backend)
{
	return (struct flaky *)backend;
}

static struct store_upload *inner_of(const struct store_upload *upload)
{
	return ((const struct flaky_upload *)upload)->inner;
}

static int fail(int reason, struct err *err)
{
	return err_set_errno(err, reason, "The content could not be stored");
}

static void flaky_close(struct store_backend *backend)
{
	struct flaky *flaky = flaky_of(backend);
	flaky->inner->ops->close(flaky->inner);
	g_mutex_clear(&flaky->write_lock);
	g_free(flaky);
}

/* Takes the inner one. */
static struct store_upload *wrap(struct store_backend *backend,
				 struct store_upload *inner)
{
	struct flaky_upload *upload = g_new0(struct flaky_upload, 1);
	upload->base =
		(struct store_upload){backend, inner->id, inner->published};
	upload->inner = inner;
	return &upload->base;
}

static int flaky_begin(struct store_backend *backend, int64_t id,
		       struct store_upload **out, struct err *err)
{
	struct store_backend *inner = flaky_of(backend)->inner;
	struct store_upload *upload;
	if (inner->ops->begin(inner, id, &upload, err))
		return -1;
	*out = wrap(backend, upload);
	return 0;
}

/* As a disk does it: what still fits is taken, then nothing. */
static int cap(const struct store_flaky_plan *plan, size_t *n, struct err *err)
{
	if (plan->write_max)
		*n = MIN(*n, plan->write_max);
	if (plan->space_ends && plan->space_left == 0)
		return fail(ENOSPC, err);
	if (plan->space_ends)
		*n = MIN(*n, plan->space_left);
	return 0;
}

static void take(struct store_flaky_plan *plan, ssize_t done)
{
	if (done > 0 && plan->space_ends)
		plan->space_left -= (uint64_t)done;
}

static ssize_t write_upload(struct store_upload *upload,
			    const struct store_piece *piece, struct err *err)
{
	struct store_flaky_plan *plan = flaky_of(upload->backend)->plan;
	struct store_upload *inner = inner_of(upload);
	struct store_piece some = *piece;
	if (cap(plan, &some.n, err))
		return -1;
	ssize_t done = inner->backend->ops->write(inner, &some, err);
	take(plan, done);
	return done;
}

static ssize_t flaky_write(struct store_upload *upload,
			   const struct store_piece *piece, struct err *err)
{
	struct flaky *flaky = flaky_of(upload->backend);
	g_mutex_lock(&flaky->write_lock);
	ssize_t done = write_upload(upload, piece, err);
	g_mutex_unlock(&flaky->write_lock);
	return done;
}

/* Where there is less space than that, there is none to reserve. */
static bool has_space(struct flaky *flaky, uint64_t size)
{
	const struct store_flaky_plan *plan = flaky->plan;
	g_mutex_lock(&flaky->write_lock);
	bool has = !plan->space_ends || plan->space_left >= size;
	g_mutex_unlock(&flaky->write_lock);
	return has;
}

static void flaky_reserve(struct store_upload *upload, uint64_t offset,
			  uint64_t size)
{
	struct store_upload *inner = inner_of(upload);
	if (has_space(flaky_of(upload->backend), size))
		inner->backend->ops->reserve(inner, offset, size);
}

static int flaky_cut(struct store_upload *upload, uint64_t size,
		     struct err *err)
{
	struct store_upload *inner = inner_of(upload);
	return inner->backend->ops->cut(inner, size, err);
}

static int flaky_fd(const struct store_upload *upload)
{
	struct store_upload *inner = inner_of(upload);
	return inner->backend->ops->fd(inner);
}

static int flaky_commit(struct store_upload *upload, struct err *err)
{
	struct store_flaky_plan *plan = flaky_of(upload->backend)->plan;
	struct store_upload *inner = inner_of(upload);
	if (plan->sync_fails)
		return fail(EIO, err);
	if (inner->backend->ops->commit(inner, err))
		return -1;
	return plan->link_fails ? fail(EIO, err) : 0;
}

static void flaky_end(struct store_upload *upload)
{
	struct store_upload *inner = inner_of(upload);
	inner->backend->ops->end(inner);
	g_free(upload);
}

static int flaky_open(struct store_backend *backend,
		      const struct store_name *name, struct err *err)
{
	struct store_backend *inner = flaky_of(backend)->inner;
	return inner->ops->open(inner, name, err);
}

static int flaky_remove(struct store_backend *backend, enum store_place place,
			const struct store_name *name, struct err *err)
{
	const struct flaky *flaky = flaky_of(backend);
	struct store_backend *inner = flaky->inner;
	if (place == STORE_STAGED && flaky->plan->before_remove)
		flaky->plan->before_remove(flaky->plan->user);
	return inner->ops->remove(inner, place, name, err);
}

static int flaky_move(struct store_backend *backend, int64_t id,
		      enum store_place from, enum store_place to,
		      struct err *err)
{
	struct store_backend *inner = flaky_of(backend)->inner;
	return inner->ops->move(inner, id, from, to, err);
}

static int flaky_each(struct store_backend *backend, enum store_place place,
		      store_each_fn *fn, void *user, struct err *err)
{
	struct store_backend *inner = flaky_of(backend)->inner;
	return inner->ops->each(inner, place, fn, user, err);
}

static struct store_staged *inner_stage(const struct store_staged *staged)
{
	return ((const struct flaky_staged *)staged)->inner;
}

static int flaky_stage_open(struct store_backend *backend, int64_t id,
			    enum store_stage_use use, struct store_staged **out,
			    struct err *err)
{
	struct store_backend *inner = flaky_of(backend)->inner;
	struct store_staged *staged;
	if (inner->ops->stage_open(inner, id, use, &staged, err))
		return -1;
	struct flaky_staged *flaky = g_new0(struct flaky_staged, 1);
	flaky->base = (struct store_staged){backend, id};
	flaky->inner = staged;
	flaky->unsynced = g_array_new(FALSE, FALSE, sizeof(struct unsynced));
	*out = &flaky->base;
	return 0;
}

static int flaky_stage_fd(const struct store_staged *staged,
			  enum store_staged_file file)
{
	struct store_staged *inner = inner_stage(staged);
	return inner->backend->ops->stage_fd(inner, file);
}

static void remember(struct store_staged *staged, enum store_staged_file file,
		     const struct store_piece *piece)
{
	struct unsynced one = {file, piece->offset, piece->n,
			       g_malloc0(piece->n)};
	if (pread(flaky_stage_fd(staged, file), one.before, one.n,
		  (off_t)one.offset) < 0)
		g_error("cannot read what is written over");
	g_array_append_val(((struct flaky_staged *)staged)->unsynced, one);
}

static void forget(struct flaky_staged *flaky, guint i)
{
	g_free(g_array_index(flaky->unsynced, struct unsynced, i).before);
	g_array_remove_index(flaky->unsynced, i);
}

static void take_back(struct flaky_staged *flaky, const struct unsynced *one,
		      uint32_t *chance)
{
	*chance = *chance * 1664525 + 1013904223;
	unsigned choice = *chance >> 16;
	size_t from = 0, to = one->n; /* what is lost */
	if (choice % 4 == 1)
		to = 0;
	else if (choice % 4 == 2)
		from = choice % one->n;
	else if (choice % 4 == 3)
		to = choice % one->n;
	if (pwrite(flaky_stage_fd(&flaky->base, one->file), one->before + from,
		   to - from, (off_t)(one->offset + from)) < 0)
		g_error("cannot take back what was written");
}

static void end_power(struct flaky_staged *flaky, uint32_t chance)
{
	flaky->is_off = true;
	while (flaky->unsynced->len) {
		guint last = flaky->unsynced->len - 1;
		take_back(
			flaky,
			&g_array_index(flaky->unsynced, struct unsynced, last),
			&chance);
		forget(flaky, last);
	}
}

static ssize_t write_staged(struct store_staged *staged,
			    enum store_staged_file file,
			    const struct store_piece *piece, struct err *err)
{
	struct store_flaky_plan *plan = flaky_of(staged->backend)->plan;
	struct store_staged *inner = inner_stage(staged);
	struct store_piece some = *piece;
	if (((struct flaky_staged *)staged)->is_off)
		return fail(EIO, err);
	if (cap(plan, &some.n, err))
		return -1;
	if (plan->power_ends)
		remember(staged, file, &some);
	ssize_t done =
		inner->backend->ops->stage_write(inner, file, &some, err);
	take(plan, done);
	return done;
}

static ssize_t flaky_stage_write(struct store_staged *staged,
				 enum store_staged_file file,
				 const struct store_piece *piece,
				 struct err *err)
{
	struct flaky *flaky = flaky_of(staged->backend);
	g_mutex_lock(&flaky->write_lock);
	ssize_t done = write_staged(staged, file, piece, err);
	g_mutex_unlock(&flaky->write_lock);
	return done;
}

static int sync_staged(struct store_staged *staged, enum store_staged_file file,
		       struct err *err)
{
	struct flaky_staged *flaky = (struct flaky_staged *)staged;
	struct store_flaky_plan *plan = flaky_of(staged->backend)->plan;
	if (plan->sync_fails || flaky->is_off)
		return fail(EIO, err);
	if (plan->power_ends && plan->syncs_left-- == 0) {
		end_power(flaky, plan->chance);
		return fail(EIO, err);
	}
	for (guint i = flaky->unsynced->len; i-- > 0;)
		if (g_array_index(flaky->unsynced, struct unsynced, i).file ==
		    file)
			forget(flaky, i);
	return flaky->inner->backend->ops->stage_sync(flaky->inner, file, err);
}

static int flaky_stage_sync(struct store_staged *staged,
			    enum store_staged_file file, struct err *err)
{
	struct flaky *flaky = flaky_of(staged->backend);
	if (flaky->plan->before_sync)
		flaky->plan->before_sync(flaky->plan->user);
	g_mutex_lock(&flaky->write_lock);
	int status = sync_staged(staged, file, err);
	g_mutex_unlock(&flaky->write_lock);
	return status;
}

static void flaky_stage_reserve(struct store_staged *staged, uint64_t offset,
				uint64_t size)
{
	struct store_staged *inner = inner_stage(staged);
	if (has_space(flaky_of(staged->backend), size))
		inner->backend->ops->stage_reserve(inner, offset, size);
}

static void flaky_stage_forget(struct store_staged *staged, uint64_t offset,
			       uint64_t size)
{
	struct store_staged *inner = inner_stage(staged);
	inner->backend->ops->stage_forget(inner, offset, size);
}

static int flaky_stage_upload(struct store_staged *staged, uint64_t size,
			      struct store_upload **out, struct err *err)
{
	struct store_staged *inner = inner_stage(staged);
	struct store_upload *upload;
	if (inner->backend->ops->stage_upload(inner, size, &upload, err))
		return -1;
	*out = wrap(staged->backend, upload);
	return 0;
}

static void flaky_stage_close(struct store_staged *staged)
{
	struct store_staged *inner = inner_stage(staged);
	struct flaky_staged *flaky = (struct flaky_staged *)staged;
	inner->backend->ops->stage_close(inner);
	while (flaky->unsynced->len)
		forget(flaky, flaky->unsynced->len - 1);
	g_array_free(flaky->unsynced, TRUE);
	g_free(flaky);
}

static int flaky_check(struct store_backend *backend, struct err *err)
{
	struct flaky *flaky = flaky_of(backend);
	if (flaky->plan->space_ends && flaky->plan->space_left == 0)
		return fail(ENOSPC, err);
	if (flaky->plan->sync_fails)
		return fail(EIO, err);
	return flaky->inner->ops->check(flaky->inner, err);
}

static const struct store_backend_ops flaky_ops = {
	.close = flaky_close,
	.begin = flaky_begin,
	.write = flaky_write,
	.reserve = flaky_reserve,
	.cut = flaky_cut,
	.fd = flaky_fd,
	.commit = flaky_commit,
	.end = flaky_end,
	.open = flaky_open,
	.remove = flaky_remove,
	.move = flaky_move,
	.each = flaky_each,
	.stage_open = flaky_stage_open,
	.stage_write = flaky_stage_write,
	.stage_fd = flaky_stage_fd,
	.stage_sync = flaky_stage_sync,
	.stage_reserve = flaky_stage_reserve,
	.stage_forget = flaky_stage_forget,
	.stage_upload = flaky_stage_upload,
	.stage_close = flaky_stage_close,
	.check = flaky_check,
};

struct store_backend *store_flaky_new(struct store_backend *inner,
				      struct store_flaky_plan *plan)
{
	struct flaky *flaky = g_new0(struct flaky, 1);
	flaky->base.ops = &flaky_ops;
	flaky->inner = inner;
	flaky->plan = plan;
	g_mutex_init(&flaky->write_lock);
	return &flaky->base;
}
