/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs in the store that no row names.
 */
#include "library/check/orphan.h"
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

#define ORPHAN_BATCH 256

struct orphan_search {
	struct library *library;
	GArray *out;
	size_t n;
	int64_t ids[ORPHAN_BATCH];
	uint64_t sizes[ORPHAN_BATCH];
	bool failed;
	struct err err;
};

static int orphans_flush(struct orphan_search *search)
{
	bool found[ORPHAN_BATCH];
	struct row_check check = {search->ids, found, search->n};
	if (db_read(search->library->db, check_rows, &check, &search->err) <
	    0) {
		search->failed = true;
		return -1;
	}
	for (size_t i = 0; i < search->n; i++) {
		struct orphan orphan = {search->ids[i], search->sizes[i]};
		if (!found[i])
			g_array_append_val(search->out, orphan);
	}
	search->n = 0;
	return 0;
}

static int orphans_visit(void *user, int64_t id, uint64_t size)
{
	struct orphan_search *search = user;
	search->ids[search->n] = id;
	search->sizes[search->n++] = size;
	return search->n < ORPHAN_BATCH ? 0 : orphans_flush(search);
}

int orphans_find(struct library *library, bool recent_only, GArray *out,
		 struct err *err)
{
	struct orphan_search search = {.library = library, .out = out};
	int result = store_each(library->store, recent_only, orphans_visit,
				&search, err);
	if (!search.failed && result == 0)
		result = orphans_flush(&search);
	if (search.failed) {
		if (err)
			*err = search.err;
		return -1;
	}
	return result;
}
