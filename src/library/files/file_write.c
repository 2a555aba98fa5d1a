/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the row of a file: whole, inside somebody's transaction.
 */
#include "library/files/file_tx.h"
#include "library/files/folder_row.h"
#include "library/files/tags.h"

static void bind_nonzero(struct db_stmt *stmt, int index, int64_t value)
{
	if (value)
		db_bind_int(stmt, index, value);
	else
		db_bind_null(stmt, index);
}

static void bind_alpha(struct db_stmt *stmt, int index, enum alpha alpha)
{
	if (alpha == ALPHA_UNKNOWN)
		db_bind_null(stmt, index);
	else
		db_bind_int(stmt, index, alpha == ALPHA_YES);
}

/* $1 to $28, the same in INSERT and UPDATE. */
static void bind_file(struct db_stmt *stmt, const struct file *file)
{
	db_bind_blob(stmt, 1, file->id.b, ID_BYTES);
	db_bind_text(stmt, 2, file->name);
	db_bind_int(stmt, 3, file->origin);
	db_bind_int(stmt, 4, file->access);
	db_bind_int(stmt, 5, file->public_key);
	db_bind_int(stmt, 6, file->updated_ms);
	bind_nonzero(stmt, 7, file->expires_ms);
	db_bind_blob(stmt, 8, file->version_id.b, ID_BYTES);
	db_bind_int(stmt, 9, file->version_number);
	db_bind_int(stmt, 10, file->blob_id);
	db_bind_int(stmt, 11, (int64_t)file->size);
	db_bind_text(stmt, 12, file->type);
	bind_nonzero(stmt, 13, file->width);
	bind_nonzero(stmt, 14, file->height);
	db_bind_opt(stmt, 15, file->tags);
	db_bind_opt(stmt, 16, file->custom_coordinates);
	db_bind_opt(stmt, 17, file->custom_metadata);
	db_bind_opt(stmt, 18, file->provider);
	db_bind_opt(stmt, 19, file->container);
	db_bind_text(stmt, 20, file->path);
	db_bind_text(stmt, 21, file->folder);
	db_bind_opt(stmt, 22, file->description);
	db_bind_int(stmt, 23, !file->draft);
	bind_alpha(stmt, 24, file->alpha);
	db_bind_opt(stmt, 25, file->embedded_metadata);
	db_bind_int(stmt, 26, file->content_ms);
	db_bind_int(stmt, 27, file->last_number);
	db_bind_int(stmt, 28, file->older_versions);
}

int file_insert_tx(struct db_tx *tx, const struct file *file, struct err *err)
{
	struct db_stmt *stmt = db_prepare(
		tx,
		"INSERT INTO file (id, name, origin, access, public_key,"
		" updated_at, expires_at, version_id, version_number, blob_id,"
		" size, type, width, height, tags, custom_coordinates,"
		" custom_metadata, provider, container, path, folder,"
		" description, published, has_alpha, embedded_metadata,"
		" content_at, last_number, older_versions,"
		" account_id, created_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
		" $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,"
		" $25, $26, $27, $28, $29, $30)",
		err);
	if (stmt == NULL)
		return -1;
	bind_file(stmt, file);
	db_bind_int(stmt, 29, file->account_id);
	db_bind_int(stmt, 30, file->created_ms);
	if (db_run(stmt, err) < 0 ||
	    tags_replace(tx, file->account_id, &file->id, false, file->tags,
			 err) < 0)
		return -1;
	return folder_make_all(tx, file->account_id, file->folder,
			       file->created_ms, err);
}

int file_update_tx(struct db_tx *tx, const struct file *file, struct err *err)
{
	struct db_stmt *stmt = db_prepare(
		tx,
		"UPDATE file SET name = $2, origin = $3, access = $4,"
		" public_key = $5, updated_at = $6, expires_at = $7,"
		" version_id = $8, version_number = $9, blob_id = $10,"
		" size = $11, type = $12, width = $13, height = $14,"
		" tags = $15, custom_coordinates = $16, custom_metadata = $17,"
		" provider = $18, container = $19, path = $20, folder = $21,"
		" description = $22, published = $23, has_alpha = $24,"
		" embedded_metadata = $25, content_at = $26,"
		" last_number = $27, older_versions = $28 WHERE id = $1",
		err);
	if (stmt == NULL)
		return -1;
	bind_file(stmt, file);
	int changed = db_run(stmt, err);
	if (changed < 0)
		return -1;
	/* possible where a database runs transactions side by side */
	if (changed == 0)
		return err_set(err, ERR_BUSY,
			       "The file was deleted at the same time.");
	return 0;
}

int version_insert_tx(struct db_tx *tx, const struct file *file,
		      struct err *err)
{
	struct db_stmt *stmt = db_prepare(
		tx,
		"INSERT INTO version (id, file_id, number, created_at,"
		" updated_at, blob_id, size, type, width, height, access,"
		" published, has_alpha, tags, custom_coordinates,"
		" custom_metadata, embedded_metadata, description)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
		" $13, $14, $15, $16, $17, $18)",
		err);
	if (stmt == NULL)
		return -1;
	db_bind_blob(stmt, 1, file->version_id.b, ID_BYTES);
	db_bind_blob(stmt, 2, file->id.b, ID_BYTES);
	db_bind_int(stmt, 3, file->version_number);
	db_bind_int(stmt, 4, file->content_ms);
	db_bind_int(stmt, 5, file->updated_ms);
	db_bind_int(stmt, 6, file->blob_id);
	db_bind_int(stmt, 7, (int64_t)file->size);
	db_bind_text(stmt, 8, file->type);
	bind_nonzero(stmt, 9, file->width);
	bind_nonzero(stmt, 10, file->height);
	db_bind_int(stmt, 11, file->access);
	db_bind_int(stmt, 12, !file->draft);
	bind_alpha(stmt, 13, file->alpha);
	db_bind_opt(stmt, 14, file->tags);
	db_bind_opt(stmt, 15, file->custom_coordinates);
	db_bind_opt(stmt, 16, file->custom_metadata);
	db_bind_opt(stmt, 17, file->embedded_metadata);
	db_bind_opt(stmt, 18, file->description);
	return db_run(stmt, err) < 0 ? -1 : 0;
}

void file_changed(struct db_tx *tx, const struct id *id)
{
	db_tx_notify(tx, id->b, sizeof(id->b));
}
