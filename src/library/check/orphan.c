/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and rows that do not have each other. No bytes are removed because a
 * database does not know them: it may be the wrong one, or an old copy. They
 * are moved aside, and back when a row points to them again.
 */
#include "library/check/orphan.h"
#include "base/log/log.h"
#include "library/library_internal.h"

struct row_check {
	const struct library *library;
	const struct orphan *blobs;
	bool *found;
	size_t n;
};

/* Whether the row at stmt points to these bytes. One that names a store that
 * there is not may have meant them. */
static bool points_to(const struct library *library, struct db_stmt *stmt,
		      const struct orphan *blob)
{
	int64_t number = db_int(stmt, 0);
	if (!stores_know(library, number))
		return true;
	return number == store_number(blob->store) && db_is_null(stmt, 1);
}

static int check_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct row_check *check = arg;
	for (size_t i = 0; i < check->n; i++) {
		const struct orphan *blob = &check->blobs[i];
		struct db_stmt *stmt = db_query(tx,
						"SELECT " SELECT_LOCATION
						" FROM blob b WHERE b.id = $1",
						DB_ARGS(DB_INT(blob->id)));
		int found = db_step(stmt, err);
		if (found < 0)
			return -1;
		check->found[i] =
			found && points_to(check->library, stmt, blob);
		db_done(stmt);
	}
	return 0;
}

int orphan_has_row(struct library *library, const struct orphan *orphan,
		   struct err *err)
{
	bool found = false;
	struct row_check check = {library, orphan, &found, 1};
	if (db_read(library->db, check_rows, &check, err) < 0)
		return -1;
	return found;
}

#define BATCH 256

struct search {
	struct library *library;
	struct store *store; /* that is being looked through */
	const bool *others;  /* by the number of a node: passed over; or NULL */
	GArray *with_row, *orphans; /* of struct orphan; or NULL */
	size_t n;
	struct orphan blobs[BATCH];
	bool failed;
	struct err err;
};

static int flush(struct search *search)
{
	bool found[BATCH];
	struct row_check check = {search->library, search->blobs, found,
				  search->n};
	if (db_read(search->library->db, check_rows, &check, &search->err) <
	    0) {
		search->failed = true;
		return -1;
	}
	for (size_t i = 0; i < search->n; i++) {
		GArray *out = found[i] ? search->with_row : search->orphans;
		if (out)
			g_array_append_val(out, search->blobs[i]);
	}
	search->n = 0;
	return 0;
}

static int visit(void *user, int64_t id, uint64_t size)
{
	struct search *search = user;
	if (search->others && search->others[store_id_node(id)])
		return 0;
	search->blobs[search->n++] = (struct orphan){search->store, id, size};
	return search->n < BATCH ? 0 : flush(search);
}

static int search_store(struct search *search, enum store_place place,
			struct err *err)
{
	int result = store_each(search->store, place, visit, search, err);
	if (!search->failed && result == 0)
		result = flush(search);
	if (search->failed)
		return err_set(err, search->err.code, "%s", search->err.text);
	return result;
}

/* In all stores. */
static int run_search(struct search *search, enum store_place place,
		      struct err *err)
{
	const struct stores *stores = &search->library->stores;
	for (size_t i = 0; i < stores->n; i++) {
		search->store = stores->list[i];
		if (search_store(search, place, err) < 0)
			return -1;
	}
	return 0;
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
	const struct stores *stores = &library->stores;
	int64_t rows = 0;
	*out = false;
	if (db_read(library->db, find_row, &rows, err) < 0)
		return -1;
	for (size_t i = 0; rows == 0 && !*out && i < stores->n; i++)
		if (store_each(stores->list[i], STORE_BLOBS, found_one, out,
			       err) < 0)
			return -1;
	return 0;
}

struct pending_search {
	int64_t id;
	bool found;
};

static int look_for_id(void *user, int64_t id, uint64_t size)
{
	struct pending_search *search = user;
	(void)size;
	search->found = id == search->id;
	return search->found ? -1 : 0;
}

int orphan_is_pending(const struct orphan *orphan, struct err *err)
{
	struct pending_search search = {orphan->id, false};
	if (store_each(orphan->store, STORE_PENDING, look_for_id, &search,
		       err) < 0)
		return -1;
	return search.found;
}

int orphan_set_aside(const struct orphan *orphan, struct err *err)
{
	int moved = store_blob_move(orphan->store, orphan->id, STORE_BLOBS,
				    STORE_ASIDE, err);
	if (moved < 0 || store_blob_remove(orphan->store, STORE_PENDING,
					   STORE_NAME(orphan->id), err) < 0)
		return -1;
	return moved;
}

/* To where readers look, from wherever else it is. */
static int give_back(const GArray *blobs, enum store_place from,
		     struct err *err)
{
	for (guint i = 0; i < blobs->len; i++) {
		const struct orphan *blob =
			&g_array_index(blobs, struct orphan, i);
		if (store_blob_move(blob->store, blob->id, from, STORE_BLOBS,
				    err) < 0 ||
		    store_blob_remove(blob->store, from, STORE_NAME(blob->id),
				      err) < 0)
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
	    give_back(with_row, STORE_ASIDE, err) < 0)
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
	    give_back(with_row, STORE_PENDING, err) < 0)
		return -1;
	for (guint i = 0; i < orphans->len; i++) {
		int moved = orphan_set_aside(
			&g_array_index(orphans, struct orphan, i), err);
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
	int result = 0;
	*out = (struct library_quarantine){0};
	if ((empty && orphans_give_back(library, err) < 0) ||
	    run_search(&search, STORE_ASIDE, err) < 0)
		return -1;
	for (guint i = 0; i < orphans->len; i++) {
		const struct orphan *orphan =
			&g_array_index(orphans, struct orphan, i);
		/* what cannot be removed keeps nothing else */
		if (empty && store_blob_remove(orphan->store, STORE_ASIDE,
					       STORE_NAME(orphan->id), err) < 0)
			result = -1;
		else
			out->blobs++, out->bytes += orphan->size;
	}
	return result;
}
