/* SPDX-License-Identifier: Apache-2.0 */
#include "library/check/blob_page.h"
#include "library/library_internal.h"

#include <inttypes.h>

static const char *check_inline(const struct store_blob *blob, struct str bytes)
{
	uint8_t sum[CHECKSUM_BYTES];
	checksum_of(bytes.p ? bytes.p : "", bytes.n, sum);
	if (bytes.n != blob->size)
		return "the size is wrong";
	return memcmp(sum, blob->checksum, sizeof(sum))
		       ? "the checksum is wrong"
		       : NULL;
}

/* The row that stmt stands on. */
static void read_row(struct blob_page *page, struct db_stmt *stmt,
		     struct blob_row *row)
{
	struct str checksum = db_blob(stmt, 2);
	struct blob_location location;
	blob_location_read(stmt, 3, &page->arena, &location);
	*row = (struct blob_row){
		.blob = {.id = db_int(stmt, 0),
			 .size = (uint64_t)db_int(stmt, 1),
			 .store = location.store,
			 .key = location.name.key},
		.is_inline = db_int(stmt, 5) != 0,
		.extents = (unsigned)db_int(stmt, 7),
	};
	if (checksum.n != CHECKSUM_BYTES) {
		row->problem = "the row's checksum is malformed";
		return;
	}
	memcpy(row->blob.checksum, checksum.p, CHECKSUM_BYTES);
	if (!stores_know(page->library, location.store))
		row->problem = arena_printf(&page->arena,
					    "it is in store %" PRId64
					    ", which there is not",
					    location.store)
				       .p;
	else if (row->is_inline)
		row->problem = check_inline(&row->blob, db_blob(stmt, 6));
}

static int read_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct blob_page *page = arg;
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT b.id, b.size, b.checksum, " SELECT_LOCATION
			 ", CASE WHEN b.inline_bytes IS NULL THEN 0 ELSE 1 END,"
			 " b.inline_bytes, b.extents FROM blob b WHERE b.id > "
			 "$1 AND b.id <= $2"
			 " AND NOT EXISTS"
			 " (SELECT 1 FROM trash t WHERE t.blob_id = b.id)"
			 " ORDER BY b.id LIMIT $3",
			 DB_ARGS(DB_INT(page->after), DB_INT(page->until),
				 DB_INT(page->max)));
	int more = 0;
	page->n = 0;
	while (page->n < page->max && (more = db_step(stmt, err)) > 0) {
		page->after = db_int(stmt, 0);
		read_row(page, stmt, &page->rows[page->n++]);
	}
	return more < 0 ? -1 : 0;
}

int blob_page_read(struct library *library, struct blob_page *page,
		   struct err *err)
{
	g_assert(page->max > 0 && page->max <= BLOB_PAGE_MAX);
	page->library = library;
	return db_read(library->db, read_rows, page, err);
}

struct use_call {
	int64_t id;
	int in_use;
};

static int read_use(struct db_tx *tx, void *arg, struct err *err)
{
	struct use_call *call = arg;
	int64_t one;
	call->in_use = db_query_int(
		tx,
		"SELECT 1 FROM blob b WHERE b.id = $1 AND NOT EXISTS"
		" (SELECT 1 FROM trash t WHERE t.blob_id = b.id)",
		DB_ARGS(DB_INT(call->id)), &one, err);
	return call->in_use < 0 ? -1 : 0;
}

int blob_in_use(struct library *library, int64_t id, struct err *err)
{
	struct use_call call = {.id = id};
	if (db_read(library->db, read_use, &call, err) < 0)
		return -1;
	return call.in_use;
}
