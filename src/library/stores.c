/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of stores. A row whose store is not in it is damaged, or its store
 * is missing: its bytes cannot be read and are not looked for elsewhere.
 */
#include "library/stores.h"
#include "base/log/log.h"
#include "library/library_internal.h"

#include <inttypes.h>

void stores_add(struct stores *stores, struct store *store)
{
	g_assert(stores->n < STORES_MAX);
	for (size_t i = 0; i < stores->n; i++)
		g_assert(store_number(stores->list[i]) != store_number(store));
	stores->list[stores->n++] = store;
}

/* The own one last: the others' ids may be its. */
void stores_close(struct stores *stores)
{
	while (stores->n)
		store_close(stores->list[--stores->n]);
}

void blob_location_read(struct db_stmt *stmt, int column, struct arena *arena,
			struct blob_location *out)
{
	out->store = db_int(stmt, column);
	out->name.key = arena_str(arena, db_text(stmt, column + 1));
}

static struct store *by_number(const struct library *library, int64_t number)
{
	const struct stores *stores = &library->stores;
	for (size_t i = 0; i < stores->n; i++)
		if (store_number(stores->list[i]) == number)
			return stores->list[i];
	return NULL;
}

bool stores_know(const struct library *library, int64_t number)
{
	return by_number(library, number) != NULL;
}

/* NULL: there is none of that number. */
static struct store *store_of(const struct library *library, int64_t number,
			      int64_t blob, struct err *err)
{
	struct store *store = by_number(library, number);
	if (store)
		return store;
	log_error("library: blob %016" PRIx64 " is in store %" PRId64
		  ", which there is not",
		  (uint64_t)blob, number);
	err_set(err, ERR_CORRUPT, "The stored content is in an unknown store");
	return NULL;
}

int blob_open(struct library *library, const struct store_blob *blob,
	      uint64_t check_max, struct err *err)
{
	const struct store_name name = {blob->id, blob->key};
	struct store *store = store_of(library, blob->store, blob->id, err);
	if (store == NULL)
		return -1;
	return blob->size <= check_max
		       ? store_blob_open_checked(store, blob, err)
		       : store_blob_open(store, &name, blob->size, err);
}

int blob_audit(struct library *library, const struct store_blob *blob,
	       struct store_audit **out, struct err *err)
{
	struct store *store = store_of(library, blob->store, blob->id, err);
	return store ? store_audit_begin(store, blob, out, err) : -1;
}

int blob_remove(struct library *library, const struct blob_location *location,
		struct err *err)
{
	struct store *store =
		store_of(library, location->store, location->name.id, err);
	if (store == NULL)
		return -1;
	return store_blob_remove(store, STORE_BLOBS, &location->name, err);
}

int blob_verify(struct library *library, const struct store_blob *blob,
		struct err *err)
{
	struct store *store = store_of(library, blob->store, blob->id, err);
	return store ? store_blob_verify(store, blob, err) : -1;
}
