/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row for each tag of a file's current version, for searching; the file's own
 * row has the list as it is shown.
 */
#include "json/json.h"
#include "library/files/tags.h"
#include "library/row.h"

static int remove_rows(struct db_tx *tx, const struct id *file, struct err *err)
{
	return db_exec(tx, "DELETE FROM file_tag WHERE file_id = $1",
		       DB_ARGS(DB_ID(file)), err);
}

static int insert_row(struct db_tx *tx, const struct file *file, struct str tag,
		      struct err *err)
{
	return db_exec(tx,
		       "INSERT INTO file_tag (account_id, tag, file_id)"
		       " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		       DB_ARGS(DB_INT(file->account_id), DB_TEXT(tag),
			       DB_ID(&file->id)),
		       err);
}

int tags_replace(struct db_tx *tx, const struct file *file, bool had_tags,
		 struct err *err)
{
	if (had_tags && remove_rows(tx, &file->id, err) < 0)
		return -1;
	if (file->tags.p == NULL)
		return 0;
	json_t *list = json_parse(file->tags, 0);
	const json_t *tag;
	size_t i;
	int result = 0;
	json_array_foreach (list, i, tag) {
		struct str text = json_text(tag);
		if (result == 0 && text.p)
			result = insert_row(tx, file, text, err);
	}
	json_decref(list);
	return result;
}
