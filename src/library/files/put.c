/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting a file, in this order: validate, make the bytes durable, commit the
 * rows, keep the bytes. Whatever fails leaves neither, unless nobody knows
 * whether the commit has failed: then the bytes stay.
 *
 * Every statement here is paid by every upload: a new file costs one look-up
 * by path, unless that is fresh, the usage, its blob, its row and one folder
 * row (more only for new folders); a replaced one the look-up, the usage, its
 * blob, its row and a trash or version row. One that is named by its id has its
 * whole row read.
 */
#include "base/clock.h"
#include "library/accounts/usage_charge.h"
#include "library/files/blob.h"
#include "library/files/event.h"
#include "library/files/file_tx.h"
#include "library/files/folder_row.h"
#include "library/files/tags.h"
#include "library/files/trash.h"
#include "library/library_internal.h"
#include "library/row.h"
#include "library/uploads/upload_row.h"

/* What the look-up by path tells of the file that is there already. */
struct old_file {
	struct id id, version_id;
	enum origin origin;
	enum access access;
	bool public_key, draft;
	int64_t created_ms, expires_ms;
	int64_t version_number, last_number, older_versions;
	int64_t blob_id, counted;
	struct str name, tags, custom_metadata;
	int64_t modified_s;
};

struct put_call {
	const struct file_put *put;
	const struct store_blob *blob;
	const struct view *view;
	struct id version_id; /* used if this becomes a further version */
	struct file *out;
};

static int check_names(const struct file_put *put, struct err *err)
{
	if (path_check(put->path, "The path", err) < 0)
		return -1;
	if (!str_eq(put->folder, path_folder(put->path)))
		return err_set(err, ERR_INVALID,
			       "The folder is not the one the path is in.");
	if (put->name.n == 0 || put->name.n > FILE_PATH_MAX)
		return err_set(err, ERR_INVALID,
			       "The file name must have 1 to %d bytes.",
			       FILE_PATH_MAX);
	if (!path_valid(put->name) || str_find(put->name, '/') >= 0)
		return err_set(err, ERR_INVALID, "The file name is not valid.");
	return 0;
}

static int check_words(const struct file_put *put, struct err *err)
{
	if (put->container.n > FILE_NAME_MAX || !str_is_utf8(put->container) ||
	    str_has_control(put->container))
		return err_set(
			err, ERR_INVALID,
			"The container's name must have at most %d bytes "
			"without control characters.",
			FILE_NAME_MAX);
	if (put->type.n > FILE_TYPE_MAX || !str_is_utf8(put->type) ||
	    str_has_control(put->type))
		return err_set(err, ERR_INVALID,
			       "The media type is not valid.");
	return 0;
}

static int find_old(struct db_tx *tx, const struct put_call *call,
		    struct old_file *old, struct err *err)
{
	const struct file_put *put = call->put;
	if (put->is_fresh)
		return 0;
	struct db_stmt *stmt = db_query(
		tx,
		"SELECT id, version_id, origin, access, public_key,"
		" created_at, expires_at, version_number, last_number,"
		" older_versions, blob_id, " COUNTED_BYTES(
			"") ", tags,"
			    " custom_metadata, placed_at, content_at, "
			    "modified_at, published, name"
			    " FROM file WHERE account_id = $1 AND path = $2",
		DB_ARGS(DB_INT(put->account_id), DB_TEXT(put->path)));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	if (row_id(stmt, 0, &old->id, err) < 0 ||
	    row_id(stmt, 1, &old->version_id, err) < 0)
		return -1;
	old->origin = (enum origin)db_int(stmt, 2);
	old->access = (enum access)db_int(stmt, 3);
	old->public_key = db_int(stmt, 4) != 0;
	old->created_ms = db_int(stmt, 5);
	old->expires_ms = db_int(stmt, 6);
	old->version_number = db_int(stmt, 7);
	old->last_number = db_int(stmt, 8);
	old->older_versions = db_int(stmt, 9);
	old->blob_id = db_int(stmt, 10);
	old->counted = db_int(stmt, 11);
	old->tags = arena_str(call->view->arena, db_text(stmt, 12));
	old->custom_metadata = arena_str(call->view->arena, db_text(stmt, 13));
	old->modified_s =
		file_modified_s(&(struct file){.placed_ms = db_int(stmt, 14),
					       .content_ms = db_int(stmt, 15),
					       .modified_s = db_int(stmt, 16)});
	old->draft = db_int(stmt, 17) == 0;
	old->name = arena_str(call->view->arena, db_text(stmt, 18));
	db_done(stmt);
	return 1;
}

static int check_replace(const struct file_put *put, const struct old_file *old,
			 struct err *err)
{
	if (put->if_exists == FILE_REFUSE)
		return err_set(err, ERR_EXISTS,
			       "A file with this path exists already.");
	if (put->public_key && !(old->public_key && old->origin == put->origin))
		return err_set(
			err, ERR_FORBIDDEN,
			"A public key may replace only files that were "
			"stored through the same API with a public key.");
	if (put->if_exists == FILE_ADD_VERSION &&
	    old->older_versions >= FILE_VERSIONS_MAX - 1)
		return err_set(err, ERR_LIMIT,
			       "The file has %d versions already, the most "
			       "that a file may have.",
			       FILE_VERSIONS_MAX);
	return 0;
}

/* When the id says it was made: files are listed by id. */
static int64_t id_time_ms(const struct id *id)
{
	return 1000 * ((int64_t)id->b[0] << 24 | id->b[1] << 16 |
		       id->b[2] << 8 | id->b[3]);
}

/* The file as it will be if it is new. */
static void describe_new(const struct put_call *call, struct file *out)
{
	const struct file_put *put = call->put;
	*out = (struct file){
		.id = put->id,
		.account_id = put->account_id,
		.path = put->path,
		.folder = path_folder(put->path),
		.name = put->name,
		.origin = put->origin,
		.access = put->access,
		.public_key = put->public_key,
		.draft = put->draft,
		.created_ms = MAX(call->view->now, id_time_ms(&put->id)),
		.expires_ms = put->expires_ms,
		.version_id = put->id,
		.version_number = 1,
		.last_number = 1,
		.blob_id = call->blob->id,
		.size = call->blob->size,
		.type = put->type.p ? put->type : STR(""),
		.width = put->width,
		.height = put->height,
		.alpha = put->alpha,
		.tags = put->tags,
		.custom_coordinates = put->custom_coordinates,
		.custom_metadata = put->custom_metadata,
		.embedded_metadata = put->embedded_metadata,
		.description = put->description,
		.provider = put->provider,
		.container = put->container,
		.is_inline = call->blob->inline_bytes.p != NULL,
		.extents = blob_extents(call->blob),
	};
	memcpy(out->checksum, call->blob->checksum, CHECKSUM_BYTES);
}

/* What of the old file stays when its content is replaced. */
static void keep_old(const struct put_call *call, const struct old_file *old,
		     struct file *out)
{
	const struct file_put *put = call->put;
	out->id = old->id;
	out->created_ms = old->created_ms;
	out->version_id = old->version_id;
	out->version_number = old->version_number;
	out->last_number = old->last_number;
	out->older_versions = old->older_versions;
	if (put->keep_stricter) {
		out->access = MAX(put->access, old->access);
		out->draft = put->draft || old->draft;
	}
	/* who names the path says nothing of a name that differs from it */
	if (str_eq(put->name, str_after_last(put->path, '/')))
		out->name = old->name;
	if (put->keep_tags && put->tags.p == NULL)
		out->tags = old->tags;
	if (put->keep_custom_metadata && put->custom_metadata.p == NULL)
		out->custom_metadata = old->custom_metadata;
	if (put->if_exists != FILE_ADD_VERSION)
		return;
	out->version_id = call->version_id;
	out->version_number = out->last_number = old->last_number + 1;
	out->older_versions++;
}

/* old is NULL when it is new. */
static void describe(const struct put_call *call, const struct old_file *old,
		     struct file *out)
{
	describe_new(call, out);
	if (old)
		keep_old(call, old, out);
	out->updated_ms = MAX(call->view->now, out->created_ms);
	out->content_ms = out->updated_ms;
	file_place(out, out->content_ms, old ? old->modified_s : 0);
	file_described(out);
}

static int tell(struct db_tx *tx, const struct put_call *call, bool replaced,
		struct err *err)
{
	static const enum event_kind kinds[][2] = {
		{EVENT_FILE_CREATED, EVENT_VERSION_CREATED},
		{EVENT_FILE_MADE, EVENT_VERSION_MADE},
	};
	const struct file_put *put = call->put;
	const struct event_new event = {
		.kind = put->only ? EVENT_OVERWRITTEN
				  : kinds[put->made_by.p != NULL][replaced],
		.file = call->out,
		.now = call->view->now,
		.made_by = put->made_by,
	};
	return event_add(tx, &event, err);
}

static int replace_rows(struct db_tx *tx, const struct put_call *call,
			const struct old_file *old, struct err *err)
{
	bool keeps = call->put->if_exists == FILE_ADD_VERSION &&
		     call->put->only == NULL;
	int kept = keeps ? version_keep_tx(tx, &old->id, err)
			 : blob_drop(tx, old->blob_id, call->view->now, err);
	if (kept < 0 || file_update_tx(tx, call->out, err) < 0 ||
	    tags_replace(tx, call->out, old->tags.p != NULL, err) < 0)
		return -1;
	file_changed(tx, &old->id);
	return tell(tx, call, true, err);
}

/* What makes room for the new content. */
struct freed {
	int64_t bytes, items;
};

/* What was reserved for it makes room for the file. */
static int end_upload(struct db_tx *tx, const struct put_call *call,
		      struct err *err)
{
	const struct upload_done done = {
		.id = call->put->upload,
		.account_id = call->put->account_id,
		.now = call->view->now,
		.file_id = call->out->id,
	};
	return done.id ? upload_done_tx(tx, &done, err) : 0;
}

/* Nothing has changed yet when this refuses, but for an upload in parts. */
static int charge(struct db_tx *tx, const struct put_call *call,
		  const struct freed *freed, struct err *err)
{
	const struct file_put *put = call->put;
	if (end_upload(tx, call, err) < 0)
		return -1;
	const struct usage_charge charge = {
		.account_id = put->account_id,
		.now = call->view->now,
		.added = file_counted(call->out) - freed->bytes,
		.items = 1 - freed->items,
		.max_storage_bytes = put->max_storage_bytes,
		.max_uploads = put->max_uploads,
	};
	return usage_charge(tx, &charge, err);
}

/* old is NULL when it is new. */
static int charge_put(struct db_tx *tx, const struct put_call *call,
		      const struct old_file *old, struct err *err)
{
	bool replaces = old && call->put->if_exists == FILE_REPLACE;
	const struct freed freed = {replaces ? old->counted : 0, replaces};
	return charge(tx, call, &freed, err);
}

/* Makes room at the path for a new file. */
static int replace_expired(struct db_tx *tx, const struct put_call *call,
			   const struct old_file *old, struct err *err)
{
	struct freed freed = {.items = 1 + old->older_versions};
	const struct doomed_file file = {
		.id = old->id,
		.account_id = call->put->account_id,
		.blob_id = old->blob_id,
		.older_versions = old->older_versions,
		.counted = old->counted,
		.has_tags = old->tags.p != NULL,
	};
	if (file_all_bytes(tx, &file, &freed.bytes, err) < 0 ||
	    charge(tx, call, &freed, err) < 0)
		return -1;
	return trash_file(tx, &file, call->view->now, err);
}

/* The new content of a file that keeps all else. */
static void describe_over(const struct put_call *call, const struct file *old,
			  struct file *out)
{
	struct file new;
	describe_new(call, &new);
	*out = *old;
	out->blob_id = new.blob_id;
	out->size = new.size;
	out->is_inline = new.is_inline;
	out->extents = new.extents;
	memcpy(out->checksum, new.checksum, CHECKSUM_BYTES);
	out->type = new.type;
	out->width = new.width;
	out->height = new.height;
	out->alpha = new.alpha;
	out->embedded_metadata = new.embedded_metadata;
	out->public_key = old->public_key && new.public_key;
	out->updated_ms = MAX(call->view->now, out->created_ms);
	out->content_ms = out->updated_ms;
	file_place(out, out->content_ms, file_modified_s(old));
	file_described(out);
}

static int overwrite_rows(struct db_tx *tx, struct put_call *call,
			  struct err *err)
{
	struct file old;
	struct view view = *call->view;
	view.tx = tx;
	int found = file_find_tx(&view, call->put->only, &old, err);
	if (found <= 0)
		return found < 0
			       ? -1
			       : err_set(err, ERR_NOT_FOUND,
					 "The requested file does not exist.");
	describe_over(call, &old, call->out);
	const struct freed freed = {file_counted(&old), 1};
	const struct old_file replaced = {
		.id = old.id, .blob_id = old.blob_id, .tags = old.tags};
	if (charge(tx, call, &freed, err) < 0 ||
	    blob_insert(tx, call->blob, err) < 0)
		return -1;
	return replace_rows(tx, call, &replaced, err);
}

static int place_rows(struct db_tx *tx, struct put_call *call, struct err *err)
{
	struct old_file old;
	int found = find_old(tx, call, &old, err);
	if (found < 0)
		return -1;
	bool expired =
		found && old.expires_ms && old.expires_ms <= call->view->now;
	describe(call, found && !expired ? &old : NULL, call->out);
	if (expired) {
		if (replace_expired(tx, call, &old, err) < 0)
			return -1;
		found = 0;
	} else if ((found && check_replace(call->put, &old, err) < 0) ||
		   charge_put(tx, call, found ? &old : NULL, err) < 0) {
		return -1;
	}
	if (blob_insert(tx, call->blob, err) < 0)
		return -1;
	if (found)
		return replace_rows(tx, call, &old, err);
	if (file_insert_tx(tx, call->out, err) < 0)
		return -1;
	return tell(tx, call, false, err);
}

static int put_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct put_call *call = arg;
	return call->put->only ? overwrite_rows(tx, call, err)
			       : place_rows(tx, call, err);
}

int file_put_check(const struct file_put *put, struct err *err)
{
	if (put->only == NULL && check_names(put, err) < 0)
		return -1;
	return check_words(put, err);
}

/* Everything that comes before the rows. */
static int put_prepare(struct put_call *call, struct store_blob *blob,
		       struct err *err)
{
	const struct file_put *put = call->put;
	if (file_put_check(put, err) < 0 ||
	    store_sink_finish(put->sink, blob, err) < 0)
		return -1;
	call->blob = blob;
	call->version_id = id_new();
	return 0;
}

static void keep_bytes(const struct file_put *put, int result,
		       const struct err *err)
{
	if (result >= 0)
		store_sink_keep(put->sink);
	else if (err->code == ERR_UNCERTAIN)
		store_sink_keep_in_doubt(put->sink);
}

int file_put(const struct view *view, const struct file_put *put,
	     struct file *out, struct err *err)
{
	struct store_blob blob;
	struct put_call call = {.put = put, .view = view, .out = out};
	struct err why = {0};
	if (put_prepare(&call, &blob, err) < 0)
		return -1;
	int result = row_write(view, put_rows, &call, &why);
	keep_bytes(put, result, &why);
	return result < 0 ? err_set(err, why.code, "%s", why.text) : 0;
}

/* A put on its way, in the caller's arena. */
struct put_job {
	struct db_job job;
	struct view view;
	struct put_call call;
	struct store_blob blob;
	struct file file;
	file_put_done *done;
	void *user;
};

static void put_done(struct db_job *job)
{
	struct put_job *put = job->user;
	keep_bytes(put->call.put, job->result, &job->err);
	if (job->result < 0)
		put->done(put->user, NULL, &job->err);
	else
		put->done(put->user, &put->file, NULL);
}

int file_put_submit(const struct view *view, const struct file_put *put,
		    file_put_done *done, void *user, struct err *err)
{
	struct put_job *job = arena_zalloc(view->arena, sizeof(*job));
	job->done = done;
	job->user = user;
	job->view = *view;
	job->call = (struct put_call){
		.put = put, .view = &job->view, .out = &job->file};
	job->job = (struct db_job){.fn = put_rows,
				   .arg = &job->call,
				   .whose = view->account_id,
				   .done = put_done,
				   .user = job};
	if (put_prepare(&job->call, &job->blob, err) < 0)
		return -1;
	return db_submit(view->library->db, &job->job, err);
}
