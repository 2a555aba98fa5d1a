/* SPDX-License-Identifier: Apache-2.0 */
#include "derive/gone.h"
#include "base/log/log.h"
#include "derive/files.h"

struct derive_gone {
	GHashTable *sources; /* DERIVE_SOURCE_BYTES each, its own */
};

struct derive_gone *derive_gone_new(void)
{
	struct derive_gone *gone = g_new0(struct derive_gone, 1);
	gone->sources = g_hash_table_new_full(
		derive_source_hash, derive_source_equal, g_free, NULL);
	return gone;
}

void derive_gone_add(void *gone, int64_t store, int64_t blob_id)
{
	const struct derive_content content = {.store = store,
					       .blob_id = blob_id};
	uint8_t *source = g_malloc(DERIVE_SOURCE_BYTES);
	derive_source(&content, source);
	g_hash_table_add(((struct derive_gone *)gone)->sources, source);
}

static void remove_all(const struct derive_gone *gone,
		       struct derive_files *files)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(struct derive_found));
	unsigned folder = 0;
	bool more;
	do {
		more = derive_files_list(files, &folder, found);
		for (guint i = 0; i < found->len; i++) {
			const struct derive_found *one =
				&g_array_index(found, struct derive_found, i);
			if (g_hash_table_contains(gone->sources,
						  one->key.source))
				derive_files_remove(files, &one->key);
		}
		g_array_set_size(found, 0);
	} while (more);
	g_array_unref(found);
}

void derive_gone_end(struct derive_gone *gone, const char *dir)
{
	struct derive_files *files;
	struct err err;
	if (g_hash_table_size(gone->sources)) {
		if (derive_files_open(&files, dir, 0, &err) == 0) {
			remove_all(gone, files);
			derive_files_close(files);
		} else {
			log_warn("derived pictures are not looked through: %s",
				 err.text);
		}
	}
	g_hash_table_destroy(gone->sources);
	g_free(gone);
}
