/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of fsck that compares the tags in a file's row with the rows that a
 * search for tags looks at. In pages, as all of fsck.
 */
#include "library/check/fsck.h"
#include "json/json.h"
#include "library/files/tags.h"
#include "library/library_internal.h"
#include "library/row.h"

#define PAGE 200

struct tags_page {
	uint8_t after[ID_BYTES];
	size_t n_after; /* 0: from the start */
	unsigned rows;
	struct library_fsck *fsck;
	GArray *wrong; /* ids of files */
};

static int append_id(GArray *ids, struct db_stmt *stmt, struct err *err)
{
	struct id id;
	if (row_id(stmt, 0, &id, err) < 0)
		return -1;
	g_array_append_val(ids, id);
	return 0;
}

/* The different tags of a list. */
static GHashTable *tags_of(struct str text)
{
	GHashTable *tags =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	json_t *list = json_parse(text, 0);
	const json_t *tag;
	size_t i;
	json_array_foreach (list, i, tag)
		if (json_is_string(tag))
			g_hash_table_add(tags,
					 g_strdup(json_string_value(tag)));
	json_decref(list);
	return tags;
}

/* 1 each tag has its row and there is no other row, 0 not so. */
static int in_step(struct db_tx *tx, int64_t account_id, struct str file,
		   struct str text, struct err *err)
{
	g_autoptr(GHashTable) tags = tags_of(text);
	struct db_stmt *stmt = db_query(
		tx, "SELECT account_id, tag FROM file_tag WHERE file_id = $1",
		DB_ARGS(DB_BLOB(file.p, file.n)));
	bool same = true;
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		struct str tag = db_text(stmt, 1);
		g_autofree char *key = g_strndup(tag.p, tag.n);
		same = g_hash_table_remove(tags, key) && same &&
		       db_int(stmt, 0) == account_id;
	}
	db_done(stmt); /* before what it has bound is gone */
	if (more < 0)
		return -1;
	return same && g_hash_table_size(tags) == 0;
}

static int read_page(struct db_tx *tx, void *arg, struct err *err)
{
	struct tags_page *page = arg;
	uint8_t after[ID_BYTES];
	memcpy(after, page->after, sizeof(after));
	struct db_stmt *stmt = db_query(
		tx,
		"SELECT id, account_id, path, tags FROM file"
		" WHERE id > $1 AND tags IS NOT NULL ORDER BY id LIMIT $2",
		DB_ARGS(DB_BLOB(after, page->n_after), DB_INT(PAGE)));
	page->rows = 0;
	int more = 0;
	while (page->rows < PAGE && (more = db_step(stmt, err)) > 0) {
		struct str id = db_blob(stmt, 0);
		int same =
			in_step(tx, db_int(stmt, 1), id, db_text(stmt, 3), err);
		if (same < 0)
			return -1;
		if (!same) {
			if (append_id(page->wrong, stmt, err) < 0)
				return -1;
			fsck_report(page->fsck,
				    "file %.*s is not found by the tags it has",
				    STR_ARG(db_text(stmt, 2)));
		}
		page->rows++;
		page->n_after = MIN(id.n, sizeof(page->after));
		memcpy(page->after, id.p, page->n_after);
	}
	db_done(stmt);
	return more < 0 ? -1 : 0;
}

/* Rows of files that are gone, or have no tags. */
static int read_surplus(struct db_tx *tx, void *arg, struct err *err)
{
	struct tags_page *page = arg;
	struct db_stmt *stmt = db_prepare(
		tx,
		"SELECT DISTINCT t.file_id FROM file_tag t"
		" LEFT JOIN file f ON f.id = t.file_id WHERE f.tags IS NULL");
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		if (append_id(page->wrong, stmt, err) < 0)
			return -1;
		char hex[ID_HEX_LEN + 1];
		id_to_hex(&g_array_index(page->wrong, struct id,
					 page->wrong->len - 1),
			  hex);
		fsck_report(page->fsck,
			    "file %s is found by tags that it does not have",
			    hex);
	}
	return more;
}

static int repair_one(struct db_tx *tx, const struct id *id, struct err *err)
{
	struct file file = {.id = *id};
	struct db_stmt *stmt =
		db_query(tx, "SELECT account_id, tags FROM file WHERE id = $1",
			 DB_ARGS(DB_ID(id)));
	int found = db_step(stmt, err);
	if (found < 0)
		return -1;
	struct str text = found ? db_text(stmt, 1) : STR_NONE;
	g_autofree char *tags = text.p ? g_strndup(text.p, text.n) : NULL;
	file.account_id = found ? db_int(stmt, 0) : 0;
	file.tags = str_of(tags);
	db_done(stmt);
	return tags_replace(tx, &file, true, err);
}

static int repair_rows(struct db_tx *tx, void *arg, struct err *err)
{
	const struct tags_page *page = arg;
	for (guint i = 0; i < page->wrong->len; i++)
		if (repair_one(tx, &g_array_index(page->wrong, struct id, i),
			       err) < 0)
			return -1;
	return 0;
}

static int repair(struct library *library, struct tags_page *page,
		  struct err *err)
{
	if (page->wrong->len && page->fsck->repair &&
	    db_write(library->db, repair_rows, page, err) < 0)
		return -1;
	g_array_set_size(page->wrong, 0);
	return 0;
}

int fsck_tags(struct library *library, struct library_fsck *fsck,
	      struct err *err)
{
	g_autoptr(GArray) wrong = g_array_new(FALSE, FALSE, sizeof(struct id));
	struct tags_page page = {.fsck = fsck, .wrong = wrong};
	do {
		if (db_read(library->db, read_page, &page, err) < 0 ||
		    repair(library, &page, err) < 0)
			return -1;
	} while (page.rows == PAGE);
	if (db_read(library->db, read_surplus, &page, err) < 0)
		return -1;
	return repair(library, &page, err);
}
