/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying and moving one file to another path: file_relocate(), and the part
 * inside a transaction that jobs use for each of theirs.
 *
 * To a free path a moved file goes with everything it has; a copy is a new file
 * that shares the bytes. To a path that is taken, the newcomer's versions go on
 * top of those that are there, in their order.
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

/* One relocation on its way. */
struct relocation {
	struct db_tx *tx;
	const struct file_relocation *how;
	int64_t now;
	struct view view;
	struct file source;
	/* versions that come along, oldest first: rows of a copy, ids of what
	 * is moved */
	struct file_list older;
	struct id *older_ids;
};

static int tell(const struct relocation *r, enum event_kind kind,
		const struct file *file, struct err *err)
{
	const struct event_new event = {kind, file, .now = r->now};
	return event_add(r->tx, &event, err);
}

/* Where names repeat, the path has more than the name, which then stays until
 * somebody names the file anew. */
static void place(const struct relocation *r, struct file *file)
{
	struct str target = r->how->target;
	struct str name = str_after_last(target, '/');
	if (!str_eq(name, str_after_last(r->source.path, '/')))
		file->name = name;
	file->path = target;
	file->folder = path_folder(target);
	file->updated_ms = MAX(r->now, file->updated_ms);
	file_place(file, r->now,
		   r->how->copy ? 0 : file_modified_s(&r->source));
}

static int64_t bytes_of(const struct relocation *r)
{
	int64_t bytes = file_counted(&r->source);
	for (size_t i = 0; i < r->older.n; i++)
		bytes += file_counted(&r->older.items[i]);
	return bytes;
}

static int charge(const struct relocation *r, struct err *err)
{
	if (!r->how->copy)
		return folder_check_quota(r->tx, r->how->account_id,
					  path_folder(r->how->target), err);
	const struct usage_charge charge = {
		.account_id = r->how->account_id,
		.now = r->now,
		.added = bytes_of(r),
		.items = 1 + (int64_t)r->older.n,
		.max_storage_bytes = r->how->max_storage_bytes,
		.max_uploads = r->how->max_uploads,
	};
	return usage_charge(r->tx, &charge, err);
}

static int read_older(struct relocation *r, struct err *err)
{
	bool all = !r->how->copy || r->how->with_versions;
	r->older.n = 0;
	if (!all || r->source.older_versions == 0)
		return 0;
	if (r->how->copy)
		return versions_read_tx(&r->view, &r->source.id, &r->older,
					err);
	r->older_ids = arena_alloc(r->view.arena,
				   FILE_VERSIONS_MAX * sizeof(*r->older_ids));
	return version_ids_tx(r->tx, &r->source.id, r->older_ids, &r->older.n,
			      err);
}

/* Its old versions are copied to another file, with numbers from `number` on.
 */
static int copy_older(struct relocation *r, const struct id *file,
		      int64_t number, struct err *err)
{
	for (size_t i = 0; i < r->older.n; i++) {
		struct file version = r->older.items[i];
		version.id = *file;
		version.version_number = number + (int64_t)i;
		/* a file's first version has its id */
		version.version_id =
			version.version_number == 1 ? *file : id_new();
		if (blob_share(r->tx, version.blob_id, err) < 0 ||
		    version_insert_tx(r->tx, &version, err) < 0)
			return -1;
	}
	return 0;
}

/* They become those of another file. What describes them stays where it is:
 * with all of it a hundred of them are megabytes. */
static int move_older(struct relocation *r, const struct id *file,
		      int64_t number, struct err *err)
{
	for (size_t i = 0; i < r->older.n; i++)
		if (db_exec(r->tx,
			    "UPDATE version SET file_id = $2, number = $3"
			    " WHERE id = $1",
			    DB_ARGS(DB_ID(&r->older_ids[i]), DB_ID(file),
				    DB_INT(number + (int64_t)i)),
			    err) < 0)
			return -1;
	return 0;
}

static int move_to_free(struct relocation *r, struct err *err)
{
	struct file file = r->source;
	file_leaves(&file, r->now);
	place(r, &file);
	const struct folder folder = {.account_id = file.account_id,
				      .path = file.folder,
				      .created_ms = r->now};
	if (file_update_tx(r->tx, &file, err) < 0 ||
	    folder_make_all(r->tx, &folder, err) < 0)
		return -1;
	file_changed(r->tx, &file.id);
	return tell(r, EVENT_FILE_UPDATED, &file, err);
}

static int copy_to_free(struct relocation *r, struct err *err)
{
	struct file file = r->source;
	file.id = id_new();
	file.version_id = r->older.n ? id_new() : file.id;
	file.version_number = file.last_number = (int64_t)r->older.n + 1;
	file.older_versions = (int64_t)r->older.n;
	file.created_ms = r->now;
	file.public_key = false; /* only the owner copies */
	place(r, &file);
	if (blob_share(r->tx, file.blob_id, err) < 0 ||
	    file_insert_tx(r->tx, &file, err) < 0 ||
	    copy_older(r, &file.id, 1, err) < 0)
		return -1;
	return tell(r, EVENT_FILE_CREATED, &file, err);
}

/* The row of a file whose versions now belong to another. */
static int forget_source(struct relocation *r, struct err *err)
{
	const struct doomed_file source = {
		.id = r->source.id,
		.account_id = r->source.account_id,
		.has_tags = r->source.tags.p != NULL,
	};
	return trash_row(r->tx, &source, r->now, err);
}

/* The older versions on top of those that the target has. */
static int stack_older(struct relocation *r, const struct file *target,
		       struct err *err)
{
	int64_t number = target->last_number + 1;
	if (r->how->copy)
		return copy_older(r, &target->id, number, err);
	return move_older(r, &target->id, number, err);
}

/* What both have promised holds of the file that they become
 * (docs/decisions/0022). check_target() has seen to how long it lives. */
static void keep_promises(struct file *file, const struct file *target)
{
	file->public_key = file->public_key && target->public_key &&
			   file->origin == target->origin;
	file->access = MAX(file->access, target->access);
	file->draft = file->draft || target->draft;
	file->id = target->id;
	file->origin = target->origin;
	file->provider = target->provider;
	file->container = target->container;
	file->path = target->path;
	file->folder = target->folder;
	file->name = target->name;
	file->created_ms = target->created_ms;
}

static int merge_into(struct relocation *r, const struct file *target,
		      struct err *err)
{
	struct file file = r->source;
	int64_t added = (int64_t)r->older.n + 1;
	bool copy = r->how->copy;
	if (copy)
		file.public_key = false; /* only the owner copies */
	if (version_keep_tx(r->tx, &target->id, err) < 0 ||
	    stack_older(r, target, err) < 0)
		return -1;
	if (copy && blob_share(r->tx, file.blob_id, err) < 0)
		return -1;
	if (!copy && forget_source(r, err) < 0)
		return -1;
	keep_promises(&file, target);
	file.updated_ms = MAX(r->now, file.updated_ms);
	file.content_ms = file.updated_ms;
	file_place(&file, file.content_ms, file_modified_s(target));
	file.version_number = file.last_number = target->last_number + added;
	file.older_versions = target->older_versions + added;
	if (copy)
		file.version_id = id_new();
	if (file_update_tx(r->tx, &file, err) < 0 ||
	    tags_replace(r->tx, &file, target->tags.p != NULL, err) < 0)
		return -1;
	file_changed(r->tx, &file.id);
	return tell(r, EVENT_VERSION_CREATED, &file, err);
}

static int check_target(const struct relocation *r, const struct file *target,
			struct err *err)
{
	if (r->how->refuse_existing)
		return err_set(err, ERR_EXISTS,
			       "A file with this path exists already.");
	if (!file_outlives(&r->source, target))
		return err_set(err, ERR_EXISTS,
			       "The file at this path would expire with the "
			       "one that is put there.");
	if (target->older_versions + (int64_t)r->older.n + 2 >
	    FILE_VERSIONS_MAX)
		return err_set(err, ERR_LIMIT,
			       "The file would have more than %d versions.",
			       FILE_VERSIONS_MAX);
	return 0;
}

static int relocate(struct relocation *r, struct err *err)
{
	const struct file_relocation *how = r->how;
	struct file target;
	if (read_older(r, err) < 0)
		return -1;
	int taken = file_at_path_tx(&r->view, how->target, &target, err);
	if (taken < 0)
		return -1;
	bool expired = taken && file_is_expired(&target, r->now);
	if (taken && !expired && check_target(r, &target, err) < 0)
		return -1;
	if (charge(r, err) < 0)
		return -1;
	if (expired && file_trash_tx(r->tx, &target, r->now, err) < 0)
		return -1;
	if (taken && !expired)
		return merge_into(r, &target, err);
	return how->copy ? copy_to_free(r, err) : move_to_free(r, err);
}

int relocate_tx(struct db_tx *tx, const struct file_relocation *how,
		int64_t now, struct err *err)
{
	struct arena arena;
	if (path_check(how->target, "The path", err) < 0)
		return -1;
	if (str_eq(how->source, how->target))
		return err_set(err, ERR_INVALID,
			       "The file is at this path already.");
	arena_init(&arena);
	struct relocation r = {
		.tx = tx,
		.how = how,
		.now = now,
		.view = {.account_id = how->account_id,
			 .now = now,
			 .arena = &arena,
			 .tx = tx},
	};
	int found = file_at_path_tx(&r.view, how->source, &r.source, err);
	if (found > 0 && file_is_expired(&r.source, now))
		found = 0;
	if (found > 0 && relocate(&r, err) < 0)
		found = -1;
	arena_release(&arena);
	return found;
}

struct relocate_call {
	const struct file_relocation *how;
	int64_t now;
	int found;
};

static int relocate_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct relocate_call *call = arg;
	call->found = relocate_tx(tx, call->how, call->now, err);
	return call->found < 0 ? -1 : 0;
}

int file_relocate(struct library *library, const struct file_relocation *how,
		  struct err *err)
{
	struct relocate_call call = {.how = how, .now = now_ms()};
	const struct db_turn turn = {relocate_rows, &call, how->account_id};
	if (db_write_for(library->db, &turn, err) < 0)
		return -1;
	return call.found;
}
