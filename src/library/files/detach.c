/* SPDX-License-Identifier: Apache-2.0 */
#include "library/files/detach.h"
#include "library/files/event.h"
#include "library/files/file_tx.h"
#include "library/files/tags.h"
#include "library/row.h"

#define ID_SECONDS_BYTES 4

struct detach_call {
	struct view view;
	const struct id *id;
	int found;
};

/* As old: files are listed by id. */
static struct id id_as_old_as(const struct id *old)
{
	struct id id = id_new();
	memcpy(id.b, old->b, ID_SECONDS_BYTES);
	return id;
}

/* A file's first version has its id. */
static int rename_rows(struct db_tx *tx, const struct id *from,
		       const struct id *to, struct err *err)
{
	static const char *const texts[] = {
		"UPDATE version SET id = $2 WHERE id = $1",
		"UPDATE version SET file_id = $2 WHERE file_id = $1",
		"UPDATE file SET version_id = $2"
		" WHERE id = $1 AND version_id = $1",
		"UPDATE file SET id = $2 WHERE id = $1",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (db_exec(tx, texts[i], DB_ARGS(DB_ID(from), DB_ID(to)),
			    err) < 0)
			return -1;
	return 0;
}

static int detach(struct db_tx *tx, const struct file *file, int64_t now,
		  struct err *err)
{
	const struct file gone = {.id = file->id,
				  .account_id = file->account_id};
	struct file stays = *file;
	stays.id = id_as_old_as(&file->id);
	if (tags_replace(tx, &gone, file->tags.p != NULL, err) < 0 ||
	    rename_rows(tx, &file->id, &stays.id, err) < 0 ||
	    tags_replace(tx, &stays, false, err) < 0)
		return -1;
	file_changed(tx, &file->id);
	return event_add(
		tx, &(struct event_new){EVENT_FILE_DELETED, &gone, .now = now},
		err);
}

static int detach_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct detach_call *call = arg;
	struct file file;
	call->view.tx = tx;
	call->found = file_find_tx(&call->view, call->id, &file, err);
	if (call->found <= 0)
		return call->found;
	return detach(tx, &file, call->view.now, err);
}

int file_detach(const struct view *view, const struct id *id, struct err *err)
{
	struct detach_call call = {.view = *view, .id = id};
	if (row_write(view, detach_rows, &call, err) < 0)
		return -1;
	return call.found;
}
