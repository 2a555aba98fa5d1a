/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening an upload: its row, what it reserves, its staged blob; and its parts.
 */
#include "library/uploads/open.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "library/library_internal.h"
#include "library/row.h"
#include "library/uploads/registry.h"
#include "library/uploads/upload_row.h"

/* Opening. */

void open_upload_forget(struct open_upload *open)
{
	registry_forget(open->library, str_of(open->row.token));
}

static int reserve_row(struct db_tx *tx, void *arg, struct err *err)
{
	return upload_reserve_tx(tx, arg, err);
}

static int reserve(struct library *library, const struct upload *row,
		   uint64_t bytes, struct err *err)
{
	const struct view view = {.library = library,
				  .account_id = row->account_id};
	struct upload_reserve wanted = {row->id, now_ms(), bytes};
	return row_write(&view, reserve_row, &wanted, err);
}

static int release_row(struct db_tx *tx, void *arg, struct err *err)
{
	return upload_release_tx(tx, *(const int64_t *)arg, err);
}

/* Where no files could be made. What cannot be freed now is so with the row. */
static void release(struct library *library, const struct upload *row)
{
	const struct view view = {.library = library,
				  .account_id = row->account_id};
	int64_t id = row->id;
	struct err ignored;
	(void)!row_write(&view, release_row, &id, &ignored);
}

/* Under registry_making(). */
static int make_stage(struct library *library, const struct upload *row,
		      struct store_stage **out, struct err *err)
{
	struct store *store = library_store(library);
	int result = store_stage_create(store, row->id, out, err);
	if (result < 0 && err->code == ERR_EXISTS) /* just now */
		return store_stage_open(store, row->id, out, err);
	if (result < 0)
		release(library, row);
	return result;
}

static int open_stage_locked(struct library *library, struct upload *row,
			     struct store_stage **out, struct err *err)
{
	struct store *store = library_store(library);
	bool known = row->size != UPLOAD_SIZE_UNKNOWN;
	uint64_t bytes = known ? row->size : row->reserved;
	if ((!row->staged || row->reserved < bytes) &&
	    reserve(library, row, bytes, err) < 0)
		return -1;
	row->staged = true;
	row->reserved = bytes;
	int result = store_stage_open(store, row->id, out, err);
	if (result < 0 && err->code == ERR_NOT_FOUND)
		result = make_stage(library, row, out, err);
	return result;
}

static int open_stage(struct library *library, struct upload *row,
		      struct store_stage **out, struct err *err)
{
	GMutex *making = registry_making(library, row->id);
	g_mutex_lock(making);
	int result = open_stage_locked(library, row, out, err);
	g_mutex_unlock(making);
	return result;
}

static int find_to_open(const struct view *view, struct str token,
			struct upload *row, struct err *err)
{
	int found = upload_find(view, token, row, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return upload_not_found(err);
	if (row->done)
		return err_set(err, ERR_EXISTS, "The upload is complete");
	return 0;
}

/* The row may have been read before another, who could make no files, freed
 * what was reserved. */
static int keep_reserved(const struct open_upload *open,
			 const struct upload *row, struct err *err)
{
	uint64_t bytes = atomic_load(&open->reserved);
	if (row->staged && row->reserved >= bytes)
		return 0;
	return reserve(open->library, row, bytes, err);
}

/* Who removes one does so first in the row, and then the files: those that were
 * made in between are nobody's; of one that is done they are the sweep's. And
 * whoever sets the layout does so first in the row, too, and then of those that
 * are open. */
static int check_there(const struct view *view, struct open_upload **open,
		       struct err *err)
{
	struct upload row;
	struct err failed;
	int64_t id = (*open)->row.id;
	if (find_to_open(view, str_of((*open)->row.token), &row, err) == 0 &&
	    keep_reserved(*open, &row, err) == 0) {
		if (row.layout)
			atomic_store(&(*open)->layout, row.layout);
		return 0;
	}
	open_upload_forget(*open);
	upload_close(g_steal_pointer(open));
	if (err->code == ERR_NOT_FOUND &&
	    store_stage_remove(library_store(view->library), id, &failed) < 0 &&
	    failed.code != ERR_LOCKED)
		*err = failed;
	return -1;
}

int upload_open(const struct view *view, struct str token,
		struct open_upload **out, struct err *err)
{
	struct library *library = view->library;
	struct store_stage *stage;
	struct upload row;
	struct err why;
	*out = registry_find(library, token, view->account_id);
	if (*out)
		return 0;
	if (find_to_open(view, token, &row, err) < 0)
		return -1;
	if (open_stage(library, &row, &stage, &why) < 0)
		return err_set(err, why.code, "%s", why.text);
	struct open_upload *open = g_new0(struct open_upload, 1);
	open->library = library;
	open->row = row;
	open->told = g_strndup(row.told.p, row.told.n);
	open->row.told.p = open->told;
	open->stage = stage;
	open->layout = row.layout;
	open->reserved = row.reserved;
	open->touched_ms = row.touched_ms;
	*out = registry_add(open);
	return check_there(view, out, err);
}

const struct upload *open_upload_row(const struct open_upload *open)
{
	return &open->row;
}

uint64_t open_upload_layout(const struct open_upload *open)
{
	return atomic_load(&open->layout);
}

struct store_stage *open_upload_stage(const struct open_upload *open)
{
	return open->stage;
}

uint64_t upload_received(struct library *library, const struct upload *upload)
{
	struct store_stage *stage;
	struct err err;
	uint64_t received = 0;
	size_t n;
	if (!upload->staged || store_stage_open(library_store(library),
						upload->id, &stage, &err) < 0)
		return 0;
	g_autofree struct store_extent *list = store_stage_extents(stage, &n);
	for (size_t i = 0; i < n; i++)
		received += list[i].size;
	store_stage_close(stage);
	return received;
}

/* Parts. */

/* Two at once may reserve in either order: the row only grows. */
static int reserve_more(struct open_upload *open, uint64_t bytes,
			struct err *err)
{
	if (reserve(open->library, &open->row, bytes, err) < 0)
		return -1;
	uint64_t now = atomic_load(&open->reserved);
	while (now < bytes &&
	       !atomic_compare_exchange_weak(&open->reserved, &now, bytes))
		continue;
	return 0;
}

int open_upload_part(struct open_upload *open, struct store_span span,
		     struct store_part **out, struct err *err)
{
	bool fits = span.max <= STORE_STAGE_SIZE_MAX &&
		    span.offset <= STORE_STAGE_SIZE_MAX - span.max;
	uint64_t bytes = fits ? store_stage_bytes(open->stage, span) : 0;
	if (bytes > atomic_load(&open->reserved)) {
		if (span.only_at_once)
			return 1;
		if (reserve_more(open, bytes, err) < 0)
			return -1;
	}
	return store_part_begin(open->stage, span, out, err);
}

static void touch(struct open_upload *open)
{
	int64_t now = now_ms();
	struct err err;
	if (atomic_load(&open->touched_ms) > now - UPLOAD_TOUCH_MS)
		return;
	atomic_store(&open->touched_ms, now);
	if (reserve(open->library, &open->row, 0, &err) < 0 &&
	    (err.code == ERR_NOT_FOUND || err.code == ERR_EXISTS))
		open_upload_forget(open);
}

int open_upload_finish_part(struct open_upload *open, struct store_part *part,
			    struct err *err)
{
	if (store_part_finish(part, err) < 0)
		return -1;
	metric_add(METRIC_UPLOAD_PARTS, 1);
	metric_add(METRIC_UPLOAD_PART_BYTES, (int64_t)store_part_size(part));
	touch(open);
	return 0;
}

/* What is complete is of no use here, and holds the space of a file that may be
 * removed. */
int open_upload_sink(struct open_upload *open, struct store_sink **out,
		     struct err *err)
{
	uint64_t size = open->row.size;
	if (size != UPLOAD_SIZE_UNKNOWN &&
	    store_stage_cut(open->stage, size, err) < 0)
		return -1;
	if (store_stage_sink(open->stage, out, err) < 0)
		return -1;
	open_upload_forget(open);
	return 0;
}
