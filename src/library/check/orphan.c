/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and rows that do not have each other. No bytes are removed because a
 * database does not know them: it may be the wrong one, or an old copy. They
 * are moved aside, and back when a row points to them again.
 */
#include "library/check/orphan.h"
#include "base/log.h"
#include "library/library_internal.h"

struct row_check {
	const int64_t *ids;
	bool *found;
	size_t n;
};

static int check_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct row_check *check = arg;
	for (size_t i = 0; i < check->n; i++) {
		int64_t one;
		int found =
			db_query_int(tx, "SELECT 1 FROM blob WHERE id = $1",
				     DB_ARGS(DB_INT(check->ids[i])), &one, err);
		if (found < 0)
			return -1;
		check->found[i] = found;
	}
	return 0;
}

int blob_has_row(struct library *library, int64_t id, struct err *err)
{
	bool found = false;
	struct row_check check = {&id, &found, 1};
	if (db_read(library->db, check_rows, &check, err) < 0)
		return -1;
	return found;
}

#define BATCH 256

struct search {
	struct library *library;
	const bool *others; /* by the number of a node: passed over; or NULL */
	GArray *with_row, *orphans; /* of struct orphan; or NULL */
	size_t n;
	int64_t ids[BATCH];
	uint64_t sizes[BATCH];
	bool failed;
	struct err err;
};

static int flush(struct search *search)
{
	bool found[BATCH];
	struct row_check check = {search->ids, found, search->n};
	if (db_read(search->library->db, check_rows, &check, &search->err) <
	    0) {
		search->failed = true;
		return -1;
	}
	for (size_t i = 0; i < search->n; i++) {
		struct orphan blob = {search->ids[i], search->sizes[i]};
		GArray *out = found[i] ? search->with_row : search->orphans;
		if (out)
			g_array_append_val(out, blob);
	}
	search->n = 0;
	return 0;
}

static int visit(void *user, int64_t id, uint64_t size)
{
	struct search *search = user;
	if (search->others && search->others[store_id_node(id)])
		return 0;
	search->ids[search->n] = id;
	search->sizes[search->n++] = size;
	return search->n < BATCH ? 0 : flush(search);
}

static int run_search(struct search *search, enum store_place place,
		      struct err *err)
{
	struct store *store = search->library->store;
	int result = store_each(store, place, visit, search, err);
	if (!search->failed && result == 0)
		result = flush(search);
	if (search->failed)
		return err_set(err, search->err.code, "%s", search->err.text);
	return result;
}

int orphans_find(struct library *library, GArray *out, struct err *err)
{
	struct search search = {.library = library, .orphans = out};
	return run_search(&search, STORE_BLOBS, err);
}

static int found_one(void *user, int64_t id, uint64_t size)
{
	(void)id, (void)size;
	*(bool *)user = true;
	return -1;
}

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	int found = db_query_int(tx, "SELECT 1 FROM blob LIMIT 1", DB_NO_ARGS,
				 arg, err);
	return found < 0 ? -1 : 0;
}

int orphans_are_all(struct library *library, bool *out, struct err *err)
{
	int64_t rows = 0;
	*out = false;
	if (db_read(library->db, find_row, &rows, err) < 0)
		return -1;
	return rows ? 0
		    : store_each(library->store, STORE_BLOBS, found_one, out,
				 err);
}

int orphan_set_aside(struct library *library, int64_t id, struct err *err)
{
	int moved = store_blob_move(library->store, id, STORE_BLOBS,
				    STORE_ASIDE, err);
	if (moved < 0 ||
	    store_blob_remove(library->store, STORE_PENDING, id, err) < 0)
		return -1;
	return moved;
}

/* To where readers look, from wherever else it is. */
static int give_back(struct library *library, const GArray *blobs,
		     enum store_place from, struct err *err)
{
	for (guint i = 0; i < blobs->len; i++) {
		int64_t id = g_array_index(blobs, struct orphan, i).id;
		if (store_blob_move(library->store, id, from, STORE_BLOBS,
				    err) < 0 ||
		    store_blob_remove(library->store, from, id, err) < 0)
			return -1;
	}
	return 0;
}

int orphans_give_back(struct library *library, struct err *err)
{
	g_autoptr(GArray) with_row =
		g_array_new(FALSE, FALSE, sizeof(struct orphan));
	struct search search = {.library = library, .with_row = with_row};
	if (run_search(&search, STORE_ASIDE, err) < 0 ||
	    give_back(library, with_row, STORE_ASIDE, err) < 0)
		return -1;
	if (with_row->len)
		log_warn("%u files are back from quarantine: the database "
			 "knows them",
			 with_row->len);
	return 0;
}

int orphans_settle(struct library *library, const struct node *node,
		   struct err *err)
{
	g_autoptr(GArray) with_row =
		g_array_new(FALSE, FALSE, sizeof(struct orphan));
	g_autoptr(GArray) orphans =
		g_array_new(FALSE, FALSE, sizeof(struct orphan));
	struct search search = {
		.library = library,
		.others = node->others,
		.with_row = with_row,
		.orphans = orphans,
	};
	unsigned n = 0;
	if (run_search(&search, STORE_PENDING, err) < 0 ||
	    give_back(library, with_row, STORE_PENDING, err) < 0)
		return -1;
	for (guint i = 0; i < orphans->len; i++) {
		int moved = orphan_set_aside(
			library, g_array_index(orphans, struct orphan, i).id,
			err);
		if (moved < 0)
			return -1;
		n += (unsigned)moved;
	}
	if (n)
		log_warn("%u uploads that the previous run did not finish are "
			 "in quarantine now",
			 n);
	return orphans_give_back(library, err);
}

int library_quarantine(struct library *library, bool empty,
		       struct library_quarantine *out, struct err *err)
{
	g_autoptr(GArray) orphans =
		g_array_new(FALSE, FALSE, sizeof(struct orphan));
	struct search search = {.library = library, .orphans = orphans};
	*out = (struct library_quarantine){0};
	if ((empty && orphans_give_back(library, err) < 0) ||
	    run_search(&search, STORE_ASIDE, err) < 0)
		return -1;
	for (guint i = 0; i < orphans->len; i++) {
		const struct orphan *orphan =
			&g_array_index(orphans, struct orphan, i);
		if (empty && store_blob_remove(library->store, STORE_ASIDE,
					       orphan->id, err) < 0)
			return -1;
		out->blobs++;
		out->bytes += orphan->size;
	}
	return 0;
}
