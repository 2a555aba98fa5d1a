/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of fsck that looks at uploads in parts: whether what is staged in
 * the store is of one of them, and is what was noted of it. Rows come before
 * their files, and go after them.
 *
 * A repair unlinks nothing: what is damaged, or nobody's, goes to quarantine
 * with its log. Its upload ends then, as another would get the same id.
 */
#include "library/check/fsck.h"
#include "library/library_internal.h"
#include "library/uploads/upload_row.h"
#include "store/stage.h"

#include <inttypes.h>

struct staged {
	struct store *store;
	int64_t id;
};

struct staged_search {
	struct store *store; /* that is being looked through */
	GArray *found;       /* of struct staged */
};

static int note_staged(void *user, int64_t id, uint64_t size)
{
	struct staged_search *search = user;
	struct staged staged = {search->store, id};
	(void)size;
	g_array_append_val(search->found, staged);
	return 0;
}

static int keep_without_row(struct db_tx *tx, void *arg, struct err *err)
{
	GArray *found = arg;
	for (guint i = found->len; i-- > 0;) {
		int64_t one;
		const struct staged *staged =
			&g_array_index(found, struct staged, i);
		int has = db_query_int(tx, "SELECT 1 FROM upload WHERE id = $1",
				       DB_ARGS(DB_INT(staged->id)), &one, err);
		if (has < 0)
			return -1;
		if (has)
			g_array_remove_index_fast(found, i);
	}
	return 0;
}

/* One that is gone by now had a row when it was found. */
static int check_staged(struct library_fsck *fsck, const struct staged *staged,
			struct err *err)
{
	struct store_stage *stage = NULL;
	struct err why = {0};
	if (store_stage_look(staged->store, staged->id, &stage, &why) < 0 &&
	    why.code == ERR_NOT_FOUND)
		return 0;
	store_stage_close(stage);
	fsck_report(fsck, "upload %" PRId64 ": bytes without a row",
		    staged->id);
	if (!fsck->repair)
		return 0;
	return store_blob_move(staged->store, staged->id, STORE_STAGED,
			       STORE_ASIDE, err) < 0
		       ? -1
		       : 0;
}

static int check_files(struct library *library, struct library_fsck *fsck,
		       struct err *err)
{
	g_autoptr(GArray) found =
		g_array_new(FALSE, FALSE, sizeof(struct staged));
	struct staged_search search = {.found = found};
	for (size_t i = 0; i < library->stores.n; i++) {
		search.store = library->stores.list[i];
		if (store_each(search.store, STORE_STAGED, note_staged, &search,
			       err) < 0)
			return -1;
	}
	if (db_read(library->db, keep_without_row, found, err) < 0)
		return -1;
	for (guint i = 0; i < found->len; i++)
		if (check_staged(fsck, &g_array_index(found, struct staged, i),
				 err) < 0)
			return -1;
	return 0;
}

/* Rows. */

/* A server may be about to make the files, or at work on them. */
#define NAP_US 50000
#define NAPS_MAX 20

struct row_check {
	struct library_fsck *fsck;
	struct view view;
	bool is_alone; /* with the directory */
	unsigned naps; /* in all: who was killed leaves rows without files */
};

/* 1 it is open still, and bytes of it may have come; 0; -1. */
static int is_staged(const struct row_check *check, int64_t id, struct err *err)
{
	struct upload row;
	int found = upload_find_id(&check->view, id, &row, err);
	return found > 0 ? row.staged && !row.done : found;
}

/* 0, or -1 with what is wrong; ERR_LOCKED: nothing is known. */
static int look_at(struct row_check *check, int64_t id,
		   struct store_stage_state *out, struct err *why)
{
	struct store *store = library_store(check->view.library);
	for (;;) {
		int result = store_stage_check(store, id, out, why);
		bool may_pass = result < 0 && (why->code == ERR_NOT_FOUND ||
					       why->code == ERR_LOCKED);
		if (!may_pass || check->is_alone || check->naps >= NAPS_MAX)
			return result;
		check->naps++;
		g_usleep(NAP_US);
	}
}

struct ending {
	int64_t id;
	bool is_aside;
};

static int end_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct ending *ending = arg;
	return ending->is_aside ? upload_mark_tx(tx, ending->id, err)
				: upload_unstage_tx(tx, ending->id, err);
}

/* One of which nothing is there can begin again. */
static int repair(const struct row_check *check, int64_t id, struct err *err)
{
	struct library *library = check->view.library;
	int moved = store_blob_move(library_store(library), id, STORE_STAGED,
				    STORE_ASIDE, err);
	struct ending ending = {id, moved > 0};
	return moved < 0 ? -1 : db_write(library->db, end_row, &ending, err);
}

static int report_bad(struct row_check *check, const struct upload *row,
		      const struct err *why, struct err *err)
{
	bool is_gone = why->code == ERR_NOT_FOUND;
	bool is_known = is_gone || why->code == ERR_CORRUPT;
	if (why->code == ERR_LOCKED)
		return 0;
	int staged = is_staged(check, row->id, err);
	if (staged <= 0)
		return staged;
	fsck_report(check->fsck, "upload %" PRId64 ": %s", row->id,
		    is_gone ? "nothing is there of what has come of it"
			    : why->text);
	return is_known && check->fsck->repair ? repair(check, row->id, err)
					       : 0;
}

static void report_state(struct library_fsck *fsck, const struct upload *row,
			 const struct store_stage_state *state)
{
	fsck->uploads++;
	fsck->staged_bytes += state->bytes;
	if (state->lost)
		fsck_report(fsck,
			    "upload %" PRId64 ": %u records of what has come "
			    "of it cannot be read",
			    row->id, state->lost);
	if (state->size != STORE_STAGE_SIZE_UNKNOWN &&
	    row->size != UPLOAD_SIZE_UNKNOWN && state->size != row->size)
		fsck_report(fsck,
			    "upload %" PRId64 ": its size is noted as %" PRIu64
			    ", and was announced as %" PRIu64,
			    row->id, state->size, row->size);
}

static int check_row(struct row_check *check, const struct upload *row,
		     struct err *err)
{
	struct store_stage_state state;
	struct err why = {0};
	if (!row->staged)
		return 0;
	if (look_at(check, row->id, &state, &why) < 0)
		return report_bad(check, row, &why, err);
	report_state(check->fsck, row, &state);
	return 0;
}

static int check_rows(struct row_check *check, struct err *err)
{
	struct upload_list page = {0};
	int result;
	do {
		result = upload_list(&check->view, page.last, &page, err);
		for (size_t i = 0; result == 0 && i < page.n; i++)
			result = check_row(check, &page.items[i], err);
		arena_release(check->view.arena);
	} while (result == 0 && page.more);
	return result;
}

int fsck_uploads(struct library *library, struct library_fsck *fsck,
		 struct err *err)
{
	struct arena arena;
	struct row_check check = {
		.fsck = fsck,
		.view = {.library = library, .arena = &arena},
		.is_alone = fsck->repair || library->lock_fd >= 0,
	};
	arena_init(&arena);
	return check_files(library, fsck, err) < 0 ||
			       check_rows(&check, err) < 0
		       ? -1
		       : 0;
}
