/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several files in one call: deleting, tags. When one of them is missing
 * nothing is changed.
 */
#include "api/imagekit/media/media.h"
#include "library/files/edit.h"

#define TAGGED_MAX 50

/* The files that a call names. */
struct named_files {
	struct id ids[FILE_BULK_MAX];
	size_t n;
};

/* An id that is none names no file; ids are kept in the order they came in. */
static int read_ids(const json_t *body, size_t max, const char *too_many,
		    struct named_files *out, json_t **malformed,
		    struct err *err)
{
	const json_t *list = json_object_get(body, "fileIds"), *value;
	size_t i;
	if (list == NULL)
		return err_set(err, ERR_INVALID,
			       "fileIds parameter is missing.");
	if (!json_is_array(list))
		return err_set(err, ERR_INVALID, "fileIds should be an Array.");
	if (json_array_size(list) == 0)
		return err_set(err, ERR_INVALID, "fileIds is empty.");
	if (json_array_size(list) > max)
		return err_set(err, ERR_INVALID, "%s", too_many);
	out->n = 0;
	json_array_foreach (list, i, value) {
		struct str text = json_text(value);
		if (text.p == NULL)
			return err_set(err, ERR_INVALID,
				       "Your request contains invalid fileId "
				       "parameter.");
		if (id_from_hex(text, &out->ids[out->n]))
			out->n++;
		else
			json_array_append_new(*malformed, json_str(text));
	}
	return 0;
}

static json_t *hexes_of(const struct named_files *files)
{
	json_t *list = json_array();
	for (size_t i = 0; i < files->n; i++)
		json_array_append_new(list, json_id(&files->ids[i]));
	return list;
}

/* Takes over the reference to the list. */
static int some_missing(struct request *rq, json_t *missing, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "The requested file(s) does not exist.");
	return imagekit_err_more(rq, err, "missingFileIds", missing);
}

static int reply_ids(struct request *rq, const char *name, json_t *ids)
{
	json_t *body = json_object();
	json_object_set_new(body, name, ids);
	imagekit_reply(rq, 200, body);
	return 0;
}

/* missing: those that cannot be ids; takes over the reference. */
static int delete_named(struct request *rq, const struct named_files *files,
			json_t *missing, struct err *err)
{
	bool absent[FILE_BULK_MAX] = {false};
	if (json_array_size(missing))
		return some_missing(rq, missing, err);
	int complete = file_delete_all(request_view(rq), files->ids, files->n,
				       absent, err);
	for (size_t i = 0; complete == 0 && i < files->n; i++)
		if (absent[i])
			json_array_append_new(missing, json_id(&files->ids[i]));
	if (complete == 0)
		return some_missing(rq, missing, err);
	json_decref(missing);
	if (complete < 0)
		return -1;
	return reply_ids(rq, "successfullyDeletedFileIds", hexes_of(files));
}

int imagekit_bulk_delete(struct request *rq, struct err *err)
{
	json_t *body, *malformed;
	struct named_files files;
	if (imagekit_body(rq, &body, err) != 0)
		return -1;
	malformed = json_array();
	if (read_ids(body, FILE_BULK_MAX,
		     "fileIds cannot have more than 100 items.", &files,
		     &malformed, err) != 0) {
		json_decref(malformed);
		return -1;
	}
	return delete_named(rq, &files, malformed, err);
}

/* Tags */

static int read_tags(struct request *rq, const json_t *body, const char *name,
		     struct tag_edit *edit, struct err *err)
{
	const json_t *list = json_object_get(body, name), *value;
	struct str checked;
	size_t i;
	if (list == NULL)
		return err_set(err, ERR_INVALID, "%s parameter is missing.",
			       name);
	if (!json_is_array(list))
		return err_set(err, ERR_INVALID, "%s should be an Array.",
			       name);
	if (json_array_size(list) == 0)
		return err_set(err, ERR_INVALID, "%s array cannot be empty.",
			       name);
	if (imagekit_tag_list(request_arena(rq), list, &checked, err) != 0)
		return -1;
	struct str *tags = arena_alloc(request_arena(rq),
				       json_array_size(list) * sizeof(*tags));
	edit->tags = tags;
	json_array_foreach (list, i, value) {
		struct str tag = str_trim(json_text(value));
		if (tag.n)
			tags[edit->n_tags++] = tag;
	}
	return 0;
}

static int reply_tagged(struct request *rq, const struct named_files *files,
			const enum tag_outcome *outcomes)
{
	json_t *done = json_array(), *errors = json_array();
	for (size_t i = 0; i < files->n; i++) {
		if (outcomes[i] == TAGS_DONE)
			json_array_append_new(done, json_id(&files->ids[i]));
		else
			json_array_append_new(
				errors,
				json_pack("{s:o, s:s}", "fileId",
					  json_id(&files->ids[i]), "error",
					  "Combined length of all tags should "
					  "be less than or equal to 500."));
	}
	int status = json_array_size(errors) ? 207 : 200;
	json_t *body = json_object();
	json_object_set_new(body, "successfullyUpdatedFileIds", done);
	if (status == 207)
		json_object_set(body, "errors", errors);
	json_decref(errors);
	imagekit_reply(rq, status, body);
	return 0;
}

/* Takes over the reference to missing. */
static int edit_named(struct request *rq, struct tag_edit *edit,
		      const struct named_files *files, json_t *missing,
		      struct err *err)
{
	enum tag_outcome outcomes[FILE_BULK_MAX] = {TAGS_DONE};
	edit->ids = files->ids;
	edit->n_ids = files->n;
	edit->max_characters = IMAGEKIT_TAGS_MAX;
	edit->max_storage_bytes = rq->account->limits.max_storage_bytes;
	int result = 0;
	if (json_array_size(missing) == 0)
		result = file_edit_tags(request_view(rq), edit, outcomes, err);
	for (size_t i = 0; result == 0 && i < files->n; i++)
		if (outcomes[i] == TAGS_MISSING)
			json_array_append_new(missing, json_id(&files->ids[i]));
	if (result == 0 && json_array_size(missing))
		return some_missing(rq, missing, err);
	json_decref(missing);
	return result < 0 ? -1 : reply_tagged(rq, files, outcomes);
}

static int change_tags(struct request *rq, const char *name, bool remove,
		       struct err *err)
{
	json_t *body, *malformed;
	struct named_files files;
	struct tag_edit edit = {.remove = remove};
	if (imagekit_body(rq, &body, err) != 0)
		return -1;
	malformed = json_array();
	if (read_ids(body, TAGGED_MAX,
		     "A maximum of 50 files can be edited at a time.", &files,
		     &malformed, err) != 0 ||
	    read_tags(rq, body, name, &edit, err) != 0) {
		json_decref(malformed);
		return -1;
	}
	return edit_named(rq, &edit, &files, malformed, err);
}

int imagekit_add_tags(struct request *rq, struct err *err)
{
	return change_tags(rq, "tags", false, err);
}

int imagekit_remove_tags(struct request *rq, struct err *err)
{
	return change_tags(rq, "tags", true, err);
}

/* No file has any: all that can be asked for is done. */
int imagekit_remove_ai_tags(struct request *rq, struct err *err)
{
	json_t *body, *missing;
	struct named_files files;
	struct tag_edit edit = {.remove = true};
	if (imagekit_body(rq, &body, err) != 0)
		return -1;
	missing = json_array();
	if (read_ids(body, TAGGED_MAX,
		     "A maximum of 50 files can be edited at a time.", &files,
		     &missing, err) != 0 ||
	    read_tags(rq, body, "AITags", &edit, err) != 0) {
		json_decref(missing);
		return -1;
	}
	for (size_t i = 0; i < files.n; i++) {
		struct file file;
		int found =
			file_by_id(request_view(rq), &files.ids[i], &file, err);
		if (found < 0) {
			json_decref(missing);
			return -1;
		}
		if (!found || file.account_id != rq->account->id)
			json_array_append_new(missing, json_id(&files.ids[i]));
	}
	if (json_array_size(missing))
		return some_missing(rq, missing, err);
	json_decref(missing);
	return reply_ids(rq, "successfullyUpdatedFileIds", hexes_of(&files));
}
