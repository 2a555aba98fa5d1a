/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of fsck that asks whether what is staged in the store belongs to an
 * upload. Rows come before their files, and go after them; an upload without
 * files is one that has just begun.
 */
#include "library/check/fsck.h"
#include "library/library_internal.h"
#include "store/stage.h"

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

/* Its bytes as they are; what was noted about them goes. */
static int set_aside(const struct staged *staged, struct err *err)
{
	if (store_blob_move(staged->store, staged->id, STORE_STAGED,
			    STORE_ASIDE, err) < 0)
		return -1;
	return store_stage_remove(staged->store, staged->id, err);
}

/* One that is gone by now had a row when it was found. */
static int check_staged(struct library_fsck *fsck, const struct staged *staged,
			struct err *err)
{
	struct store_stage *stage = NULL;
	struct err why = {0};
	if (store_stage_open(staged->store, staged->id, &stage, &why) < 0 &&
	    why.code == ERR_NOT_FOUND)
		return 0;
	store_stage_close(stage);
	fsck_report(fsck, "upload %lld: bytes without a row",
		    (long long)staged->id);
	return fsck->repair ? set_aside(staged, err) : 0;
}

int fsck_uploads(struct library *library, struct library_fsck *fsck,
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
