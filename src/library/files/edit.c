/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing what describes files. Relocating is in relocate.c.
 */
#include "library/files/edit.h"
#include "base/clock.h"
#include "json/json.h"
#include "library/accounts/usage_charge.h"
#include "library/files/event.h"
#include "library/files/file_tx.h"
#include "library/files/tags.h"
#include "library/library_internal.h"
#include "library/row.h"

#include <stdlib.h>

/* The patch laid over the text; null takes a member away. */
static int merge(struct arena *arena, struct str text, struct str patch,
		 struct str *out, struct err *err)
{
	json_t *all = json_parse(text, 0);
	json_t *changes = json_parse(patch, 0);
	const char *key;
	json_t *value;
	if (!json_is_object(all)) {
		json_decref(all);
		all = json_object();
	}
	json_object_foreach (changes, key, value) {
		if (json_is_null(value))
			json_object_del(all, key);
		else
			json_object_set(all, key, value);
	}
	*out = json_object_size(all) ? json_write(arena, all) : STR_NONE;
	json_decref(all);
	json_decref(changes);
	if (out->n > EDIT_METADATA_MAX)
		return err_set(err, ERR_LIMIT,
			       "The custom metadata of a file can have at "
			       "most %u bytes.",
			       EDIT_METADATA_MAX);
	return 0;
}

struct edit_call {
	struct view view;
	const struct id *id;
	const struct file_edit *edit;
	struct file *out;
	/* EDIT_CUSTOM_METADATA: what it was when it was merged, and is then */
	struct str was, merged;
	bool stale; /* it is not what it was: nothing was changed */
	int found;
};

static int publish_versions(struct db_tx *tx, const struct id *id, bool draft,
			    struct err *err)
{
	return db_exec(tx,
		       "UPDATE version SET published = $2 WHERE file_id = $1",
		       DB_ARGS(DB_ID(id), DB_INT(!draft)), err);
}

static void apply(const struct edit_call *call, struct file *file)
{
	const struct file_edit *edit = call->edit;
	if (edit->columns & EDIT_TAGS)
		file->tags = edit->tags;
	if (edit->columns & EDIT_CUSTOM_COORDINATES)
		file->custom_coordinates = edit->custom_coordinates;
	if (edit->columns & EDIT_DESCRIPTION)
		file->description = edit->description;
	if (edit->columns & EDIT_DRAFT)
		file->draft = edit->draft;
	if (edit->columns & EDIT_CUSTOM_METADATA)
		file->custom_metadata = call->merged;
	file->updated_ms = MAX(call->view.now, file->updated_ms);
	file_described(file);
}

static int tell_updated(struct db_tx *tx, const struct file *file, int64_t now,
			struct err *err)
{
	const struct event_new event = {EVENT_FILE_UPDATED, file, .now = now};
	return event_add(tx, &event, err);
}

/* What changed files count more, before any of them is changed. */
static int charge(const struct view *view, int64_t added, uint64_t most,
		  struct err *err)
{
	const struct usage_charge charge = {
		.account_id = view->account_id,
		.added = added,
		.max_storage_bytes = most,
	};
	return added ? usage_charge_bytes(view->tx, &charge, err) : 0;
}

static int edit_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct edit_call *call = arg;
	const struct file_edit *edit = call->edit;
	struct file *file = call->out;
	const struct id *id = call->id;
	call->view.tx = tx;
	call->found = file_find_tx(&call->view, id, file, err);
	if (call->found <= 0)
		return call->found;
	call->stale = edit->columns & EDIT_CUSTOM_METADATA &&
		      !str_eq(file->custom_metadata, call->was);
	if (call->stale)
		return 0;
	bool had_tags = file->tags.p != NULL;
	int64_t before = file_counted(file);
	apply(call, file);
	if (charge(&call->view, file_counted(file) - before,
		   edit->max_storage_bytes, err) < 0 ||
	    file_update_tx(tx, file, err) < 0)
		return -1;
	if (edit->columns & EDIT_TAGS &&
	    tags_replace(tx, file, had_tags, err) < 0)
		return -1;
	if (edit->columns & EDIT_DRAFT && edit->all_versions &&
	    publish_versions(tx, id, edit->draft, err) < 0)
		return -1;
	file_changed(tx, id);
	return tell_updated(tx, file, call->view.now, err);
}

static int edit_once(struct edit_call *call, struct err *err)
{
	return row_write(&call->view, edit_rows, call, err);
}

static int merge_current(struct edit_call *call, struct err *err)
{
	call->found = file_by_id(&call->view, call->id, call->out, err);
	if (call->found < 0)
		return -1;
	if (!call->found)
		return 0;
	call->was = call->out->custom_metadata;
	return merge(call->view.arena, call->was, call->edit->custom_metadata,
		     &call->merged, err);
}

/*
 * Who edits the metadata of one file waits for the other one, for merging takes
 * milliseconds, and each would find that the other was faster. First come,
 * first served, and of that file of that account only: who is first waits for
 * its write in the turns of its account, which is nothing to others. They are
 * as many as there are workers at most, and each is on its thread's stack.
 */
struct merging {
	GList link; /* of merging_all */
	int64_t account_id;
	const struct id *file;
	GCond first; /* it may be that now */
};

/* Nothing is taken while it is held. */
static GMutex merging_mutex;
static GQueue merging_all = G_QUEUE_INIT;

static struct merging *merging_first(const struct merging *of)
{
	for (GList *link = merging_all.head; link; link = link->next) {
		struct merging *merging = link->data;
		if (merging->account_id == of->account_id &&
		    id_eq(merging->file, of->file))
			return merging;
	}
	return NULL;
}

static void merging_begin(struct merging *merging)
{
	merging->link.data = merging;
	g_cond_init(&merging->first);
	g_mutex_lock(&merging_mutex);
	g_queue_push_tail_link(&merging_all, &merging->link);
	while (merging_first(merging) != merging)
		g_cond_wait(&merging->first, &merging_mutex);
	g_mutex_unlock(&merging_mutex);
}

static void merging_end(struct merging *merging)
{
	g_mutex_lock(&merging_mutex);
	g_queue_unlink(&merging_all, &merging->link);
	struct merging *next = merging_first(merging);
	if (next)
		g_cond_signal(&next->first);
	g_mutex_unlock(&merging_mutex);
	g_cond_clear(&merging->first);
}

/* The merge is done here, and not on the writer's thread where all would wait
 * for it; there it is only looked whether it still fits. Uploads, moves and
 * restores of the file can make it not fit, but not for long. */
#define MERGES_MAX 16

static int merge_and_edit(struct edit_call *call, struct err *err)
{
	for (int i = 0; i < MERGES_MAX; i++) {
		if (merge_current(call, err) < 0)
			return -1;
		if (call->found == 0)
			return 0;
		if (edit_once(call, err) < 0)
			return -1;
		if (!call->stale)
			return 0;
	}
	return err_set(err, ERR_BUSY,
		       "The file is being changed by others. Try again.");
}

static int edit_merged(struct edit_call *call, struct err *err)
{
	struct merging merging = {.account_id = call->view.account_id,
				  .file = call->id};
	merging_begin(&merging);
	int result = merge_and_edit(call, err);
	merging_end(&merging);
	return result;
}

int file_edit(const struct view *view, const struct id *id,
	      const struct file_edit *edit, struct file *out, struct err *err)
{
	struct edit_call call = {
		.view = *view, .id = id, .edit = edit, .out = out};
	bool merges = edit->columns & EDIT_CUSTOM_METADATA;
	int result = merges ? edit_merged(&call, err) : edit_once(&call, err);
	return result < 0 ? -1 : call.found;
}

/* Tags of several files */

/* One of them. */
struct tags_call {
	struct view view;
	const struct tag_edit *edit;
	const struct id *id;
	enum tag_outcome outcome;
};

static GHashTable *tag_set(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static bool add_tag(GHashTable *set, struct str tag)
{
	return g_hash_table_add(set, g_strndup(tag.p, tag.n));
}

/* The file's tags as they will be, a new reference. */
static json_t *edited_tags(const struct tag_edit *edit, struct str text)
{
	json_t *old = json_parse(text, 0);
	json_t *tags = json_array(), *value;
	g_autoptr(GHashTable) named = tag_set();
	g_autoptr(GHashTable) kept = tag_set();
	size_t i;
	for (i = 0; i < edit->n_tags; i++)
		add_tag(named, edit->tags[i]);
	json_array_foreach (old, i, value) {
		const char *tag = json_string_value(value);
		if (tag == NULL ||
		    (edit->remove && g_hash_table_contains(named, tag)))
			continue;
		add_tag(kept, json_text(value));
		json_array_append(tags, value);
	}
	for (i = 0; !edit->remove && i < edit->n_tags; i++)
		if (add_tag(kept, edit->tags[i]))
			json_array_append_new(
				tags,
				json_stringn(edit->tags[i].p, edit->tags[i].n));
	json_decref(old);
	return tags;
}

static size_t characters(const json_t *tags)
{
	const json_t *value;
	size_t i, n = 0;
	json_array_foreach (tags, i, value)
		n += (size_t)g_utf8_strlen(json_string_value(value), -1);
	return n;
}

/* Gives the file the tags that it will have; false when they are too long. */
static bool edit_tags(const struct tags_call *call, struct file *file)
{
	json_t *tags = edited_tags(call->edit, file->tags);
	bool fits = call->edit->remove ||
		    characters(tags) <= call->edit->max_characters;
	if (fits)
		file->tags = json_array_size(tags)
				     ? json_write(call->view.arena, tags)
				     : STR_NONE;
	json_decref(tags);
	file_described(file);
	return fits;
}

static int tags_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct tags_call *call = arg;
	struct file file;
	call->view.tx = tx;
	int found = file_find_tx(&call->view, call->id, &file, err);
	call->outcome = found ? TAGS_DONE : TAGS_MISSING;
	if (found <= 0)
		return found;
	bool had_tags = file.tags.p != NULL;
	int64_t before = file_counted(&file);
	if (!edit_tags(call, &file)) {
		call->outcome = TAGS_TOO_LONG;
		return 0;
	}
	file.updated_ms = MAX(call->view.now, file.updated_ms);
	if (charge(&call->view, file_counted(&file) - before,
		   call->edit->max_storage_bytes, err) < 0 ||
	    file_update_tx(tx, &file, err) < 0 ||
	    tags_replace(tx, &file, had_tags, err) < 0)
		return -1;
	file_changed(tx, &file.id);
	return tell_updated(tx, &file, call->view.now, err);
}

/* Where the same file is named first. */
static size_t first_of(const struct tag_edit *edit, size_t at)
{
	size_t i = 0;
	while (!id_eq(&edit->ids[i], &edit->ids[at]))
		i++;
	return i;
}

struct all_call {
	struct view view;
	const struct tag_edit *edit;
	enum tag_outcome *outcomes;
	bool complete;
};

static int find_all(struct db_tx *tx, void *arg, struct err *err)
{
	struct all_call *call = arg;
	struct file file;
	call->view.tx = tx;
	call->complete = true;
	for (size_t i = 0; i < call->edit->n_ids; i++) {
		int found = file_find_tx(&call->view, &call->edit->ids[i],
					 &file, err);
		if (found < 0 && !row_passed_over(err, "a file"))
			return -1;
		call->outcomes[i] = found < 0 ? TAGS_DAMAGED
				    : found   ? TAGS_DONE
					      : TAGS_MISSING;
		call->complete = call->complete && found;
	}
	return 0;
}

/* A write for each, so that others have turns between them: fifty files with
 * five hundred tags are a second's work. */
static int edit_each(const struct view *view, const struct tag_edit *edit,
		     enum tag_outcome *outcomes, struct err *err)
{
	struct tags_call *calls =
		arena_zalloc(view->arena, edit->n_ids * sizeof(*calls));
	struct db_job *jobs =
		arena_zalloc(view->arena, edit->n_ids * sizeof(*jobs));
	size_t n = 0;
	for (size_t i = 0; i < edit->n_ids; i++) {
		calls[i] = (struct tags_call){
			.view = *view, .edit = edit, .id = &edit->ids[i]};
		if (outcomes[i] == TAGS_DAMAGED)
			calls[i].outcome = TAGS_DAMAGED;
		else if (first_of(edit, i) == i)
			jobs[n++] = (struct db_job){.fn = tags_rows,
						    .arg = &calls[i]};
	}
	int result = row_write_all(view, jobs, n, err);
	for (size_t i = 0; i < edit->n_ids; i++)
		outcomes[i] = calls[first_of(edit, i)].outcome;
	return result;
}

int file_edit_tags(const struct view *view, const struct tag_edit *edit,
		   enum tag_outcome *outcomes, struct err *err)
{
	g_assert(edit->n_ids > 0 && edit->n_ids <= FILE_BULK_MAX);
	struct all_call call = {
		.view = *view, .edit = edit, .outcomes = outcomes};
	if (db_read(view->library->db, find_all, &call, err) < 0)
		return -1;
	return call.complete ? edit_each(view, edit, outcomes, err) : 0;
}
