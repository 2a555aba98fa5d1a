/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several files in one call: deleting, tags. When one of them is missing
 * nothing is changed.
 */
#include "api/imagekit/media/media.h"
#include "library/files/edit.h"

#define TAGGED_MAX 50

/* The files that a call names, each once. */
struct named_files {
	const json_t *list; /* as they were named */
	struct id ids[FILE_BULK_MAX];
	size_t n;
	bool malformed; /* some are no ids, and so name no file */
};

/* How far in the ids it is; n when it is not. */
static size_t find_id(const struct named_files *files, const struct id *id)
{
	size_t i = 0;
	while (i < files->n && !id_eq(&files->ids[i], id))
		i++;
	return i;
}

static int read_ids(const json_t *body, size_t max, const char *too_many,
		    struct named_files *out, struct err *err)
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
	*out = (struct named_files){.list = list};
	json_array_foreach (list, i, value) {
		struct id id;
		struct str text = json_text(value);
		if (text.p == NULL)
			return err_set(err, ERR_INVALID,
				       "Your request contains invalid fileId "
				       "parameter.");
		if (!id_from_hex(text, &id))
			out->malformed = true;
		else if (find_id(out, &id) == out->n)
			out->ids[out->n++] = id;
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

static bool has_text(const json_t *list, const json_t *text)
{
	const json_t *value;
	size_t i;
	json_array_foreach (list, i, value)
		if (json_equal(value, text))
			return true;
	return false;
}

/* Which of the ids have no file; one that is damaged is there. */
static int look_up(struct request *rq, const struct named_files *files,
		   bool *absent, struct err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		struct file file;
		int found = file_by_id(request_view(rq), &files->ids[i], &file,
				       err);
		if (found < 0 && err->code != ERR_CORRUPT)
			return -1;
		absent[i] = found == 0;
	}
	return 0;
}

/* Those that are absent and those that are no ids, in their order, each once;
 * NULL when there are none. */
static json_t *missing_of(const struct named_files *files, const bool *absent)
{
	json_t *missing = json_array(), *value;
	size_t i;
	json_array_foreach (files->list, i, value) {
		struct id id;
		bool gone = !id_from_hex(json_text(value), &id) ||
			    absent[find_id(files, &id)];
		if (gone && !has_text(missing, value))
			json_array_append(missing, value);
	}
	if (json_array_size(missing))
		return missing;
	json_decref(missing);
	return NULL;
}

/* 0 when none is missing. */
static int check_missing(struct request *rq, const struct named_files *files,
			 const bool *absent, struct err *err)
{
	json_t *missing = missing_of(files, absent);
	if (missing == NULL)
		return 0;
	err_set(err, ERR_NOT_FOUND, "The requested file(s) does not exist.");
	return imagekit_err_more(rq, err, "missingFileIds", missing);
}

/* What cannot be done, because some are no ids, says all the same what else is
 * missing. */
static int check_malformed(struct request *rq, const struct named_files *files,
			   struct err *err)
{
	bool absent[FILE_BULK_MAX] = {false};
	if (!files->malformed)
		return 0;
	if (look_up(rq, files, absent, err) < 0)
		return -1;
	return check_missing(rq, files, absent, err);
}

static int reply_ids(struct request *rq, const char *name, json_t *ids)
{
	json_t *body = json_object();
	json_object_set_new(body, name, ids);
	imagekit_reply(rq, 200, body);
	return 0;
}

int imagekit_bulk_delete(struct request *rq, struct err *err)
{
	json_t *body;
	struct named_files files;
	bool absent[FILE_BULK_MAX] = {false};
	if (imagekit_body(rq, &body, err) != 0 ||
	    read_ids(body, FILE_BULK_MAX,
		     "fileIds cannot have more than 100 items.", &files,
		     err) != 0 ||
	    check_malformed(rq, &files, err) != 0 ||
	    file_delete_all(request_view(rq), files.ids, files.n, absent, err) <
		    0 ||
	    check_missing(rq, &files, absent, err) != 0)
		return -1;
	return reply_ids(rq, "successfullyDeletedFileIds", hexes_of(&files));
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

static const char *why_not(enum tag_outcome outcome)
{
	return outcome == TAGS_DAMAGED
		       ? "The file is damaged."
		       : "Combined length of all tags should be less than or "
			 "equal to 500.";
}

static int reply_tagged(struct request *rq, const struct named_files *files,
			const enum tag_outcome *outcomes)
{
	json_t *done = json_array(), *errors = json_array();
	for (size_t i = 0; i < files->n; i++) {
		if (outcomes[i] == TAGS_DONE)
			json_array_append_new(done, json_id(&files->ids[i]));
		else
			json_array_append_new(errors,
					      json_pack("{s:o, s:s}", "fileId",
							json_id(&files->ids[i]),
							"error",
							why_not(outcomes[i])));
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

static int edit_named(struct request *rq, struct tag_edit *edit,
		      const struct named_files *files, struct err *err)
{
	enum tag_outcome outcomes[FILE_BULK_MAX] = {TAGS_DONE};
	bool absent[FILE_BULK_MAX] = {false};
	edit->ids = files->ids;
	edit->n_ids = files->n;
	edit->max_characters = IMAGEKIT_TAGS_MAX;
	edit->max_storage_bytes = rq->account->limits.max_storage_bytes;
	if (file_edit_tags(request_view(rq), edit, outcomes, err) < 0)
		return -1;
	for (size_t i = 0; i < files->n; i++)
		absent[i] = outcomes[i] == TAGS_MISSING;
	if (check_missing(rq, files, absent, err) != 0)
		return -1;
	return reply_tagged(rq, files, outcomes);
}

/* The files and the tags of a call. */
static int read_tagging(struct request *rq, const char *name,
			struct named_files *files, struct tag_edit *edit,
			struct err *err)
{
	json_t *body;
	if (imagekit_body(rq, &body, err) != 0 ||
	    read_ids(body, TAGGED_MAX,
		     "A maximum of 50 files can be edited at a time.", files,
		     err) != 0 ||
	    read_tags(rq, body, name, edit, err) != 0)
		return -1;
	return check_malformed(rq, files, err);
}

static int change_tags(struct request *rq, const char *name, bool remove,
		       struct err *err)
{
	struct named_files files;
	struct tag_edit edit = {.remove = remove};
	if (read_tagging(rq, name, &files, &edit, err) != 0)
		return -1;
	return edit_named(rq, &edit, &files, err);
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
	struct named_files files;
	struct tag_edit edit = {.remove = true};
	bool absent[FILE_BULK_MAX] = {false};
	if (read_tagging(rq, "AITags", &files, &edit, err) != 0 ||
	    look_up(rq, &files, absent, err) < 0 ||
	    check_missing(rq, &files, absent, err) != 0)
		return -1;
	return reply_ids(rq, "successfullyUpdatedFileIds", hexes_of(&files));
}
