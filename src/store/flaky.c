/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend in front of another that fails as planned: writes that take less
 * than given, a disk that fills up, syncs and links that report EIO. For tests
 * of everything above a backend; never part of a running server.
 */
#include "store/store_backend.h"

#include <errno.h>
#include <glib.h>

struct flaky {
	struct store_backend base;
	struct store_backend *inner;
	struct store_flaky_plan *plan;
};

struct flaky_upload {
	struct store_upload base;
	struct store_upload *inner;
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
	g_free(flaky);
}

static int flaky_begin(struct store_backend *backend, int64_t id,
		       struct store_upload **out, struct err *err)
{
	struct store_backend *inner = flaky_of(backend)->inner;
	struct store_upload *upload;
	if (inner->ops->begin(inner, id, &upload, err))
		return -1;
	struct flaky_upload *flaky = g_new0(struct flaky_upload, 1);
	flaky->base = (struct store_upload){backend, id};
	flaky->inner = upload;
	*out = &flaky->base;
	return 0;
}

/* As a disk does it: what still fits is taken, then nothing. */
static ssize_t flaky_write(struct store_upload *upload, const void *p, size_t n,
			   struct err *err)
{
	struct store_flaky_plan *plan = flaky_of(upload->backend)->plan;
	struct store_upload *inner = inner_of(upload);
	if (plan->write_max)
		n = MIN(n, plan->write_max);
	if (plan->space_ends && plan->space_left == 0)
		return fail(ENOSPC, err);
	if (plan->space_ends)
		n = MIN(n, plan->space_left);
	ssize_t done = inner->backend->ops->write(inner, p, n, err);
	if (done > 0 && plan->space_ends)
		plan->space_left -= (uint64_t)done;
	return done;
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

static int flaky_open(struct store_backend *backend, int64_t id,
		      struct err *err)
{
	struct store_backend *inner = flaky_of(backend)->inner;
	return inner->ops->open(inner, id, err);
}

static int flaky_remove(struct store_backend *backend, enum store_place place,
			int64_t id, struct err *err)
{
	struct store_backend *inner = flaky_of(backend)->inner;
	return inner->ops->remove(inner, place, id, err);
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
	.fd = flaky_fd,
	.commit = flaky_commit,
	.end = flaky_end,
	.open = flaky_open,
	.remove = flaky_remove,
	.move = flaky_move,
	.each = flaky_each,
	.check = flaky_check,
};

struct store_backend *store_flaky_new(struct store_backend *inner,
				      struct store_flaky_plan *plan)
{
	struct flaky *flaky = g_new0(struct flaky, 1);
	flaky->base.ops = &flaky_ops;
	flaky->inner = inner;
	flaky->plan = plan;
	return &flaky->base;
}
