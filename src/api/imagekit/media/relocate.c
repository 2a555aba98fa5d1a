/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying, moving and renaming a file.
 */
#include "api/imagekit/media/media.h"
#include "api/uploads/upload.h"
#include "library/files/edit.h"
#include "library/background/purge.h"

struct places {
	struct str source, target; /* paths without the leading slash */
};

static int read_places(struct request *rq, const json_t *body,
		       struct places *out, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct str source, target, folder;
	if (imagekit_text_member(body, "sourceFilePath", &source, err) != 0 ||
	    imagekit_text_member(body, "destinationPath", &target, err) != 0 ||
	    imagekit_folder_wanted(rq, target, &folder, err) != 0)
		return -1;
	if (imagekit_file_at(rq, source, &out->source, err) != 0)
		return -1;
	struct str name = str_after_last(out->source, '/');
	out->target = folder.n ? arena_printf(arena, "%.*s/%.*s",
					      STR_ARG(folder), STR_ARG(name))
			       : name;
	return 0;
}

static int relocate(struct request *rq, const json_t *body, bool copy,
		    struct err *err)
{
	struct places places;
	bool versions = false;
	if (read_places(rq, body, &places, err) != 0 ||
	    imagekit_flag_member(body, "includeFileVersions", &versions, err) !=
		    0)
		return -1;
	if (str_eq(places.source, places.target))
		return err_set_reason(err, ERR_INVALID,
				      "SAME_SOURCE_AND_DESTINATION",
				      "sourceFilePath and destinationPath "
				      "cannot be same.");
	const struct file_relocation how = {
		.account_id = rq->account->id,
		.source = places.source,
		.target = places.target,
		.copy = copy,
		.with_versions = versions,
		.max_storage_bytes = rq->account->limits.max_storage_bytes,
		.max_uploads = rq->account->limits.max_uploads,
	};
	int found = file_relocate(rq->services->library, &how, err);
	if (found == 0)
		return err_set_reason(err, ERR_NOT_FOUND, "SOURCE_FILE_MISSING",
				      "No file found with filePath `/%.*s`.",
				      STR_ARG(places.source));
	if (found < 0 && err->code == ERR_LIMIT)
		return err_recode(err, ERR_LIMIT, "VERSION_LIMIT_EXCEEDED");
	if (found < 0 && err->code == ERR_INVALID)
		return err_recode(err, ERR_INVALID, "INVALID_FOLDER_PATH");
	if (found < 0)
		return -1;
	http_reply_empty(rq->x, 204);
	return 0;
}

int imagekit_file_copy(struct request *rq, struct err *err)
{
	json_t *body;
	if (upload_check_account(rq, err) != 0 ||
	    imagekit_body(rq, &body, err) != 0)
		return -1;
	return relocate(rq, body, true, err);
}

int imagekit_file_move(struct request *rq, struct err *err)
{
	json_t *body;
	if (imagekit_body(rq, &body, err) != 0)
		return -1;
	return relocate(rq, body, false, err);
}

/* Renaming */

struct renaming {
	struct str path, name; /* old path, new name */
	struct str target;
};

static int read_renaming(struct request *rq, const json_t *body,
			 struct renaming *out, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct str path, name;
	if (imagekit_text_member(body, "filePath", &path, err) != 0 ||
	    imagekit_text_member(body, "newFileName", &name, err) != 0 ||
	    imagekit_file_at(rq, path, &out->path, err) != 0)
		return -1;
	if (str_find(name, '/') >= 0 ||
	    imagekit_file_named(rq, name, &out->name, err) != 0)
		return err_set_reason(err, ERR_INVALID, "INVALID_PARAMETER",
				      "newFileName parameter is not a valid "
				      "file name.");
	ptrdiff_t slash = str_rfind(out->path, '/');
	struct str folder = {out->path.p, (size_t)(slash + 1)};
	out->target = arena_join(arena, folder, out->name);
	if (str_eq(out->target, out->path))
		return err_set_reason(err, ERR_INVALID, "SAME_OLD_AND_NEW_NAME",
				      "newFileName cannot be the same as its "
				      "existing name.");
	return 0;
}

/* With purge, a note of the URL that has gone; nothing here keeps answers to
 * it.
 */
static int rename_file(struct request *rq, const struct renaming *renaming,
		       bool purge, struct id *purge_id, struct err *err)
{
	struct imagekit_place place = imagekit_place(rq);
	const struct file file = {.path = renaming->path};
	const struct file_relocation how = {
		.account_id = rq->account->id,
		.source = renaming->path,
		.target = renaming->target,
		.refuse_existing = true,
	};
	if (!purge)
		return file_relocate(rq->services->library, &how, err);
	return purge_relocate(request_view(rq), &how,
			      imagekit_url(&place, &file, "", STR_NONE),
			      purge_id, err);
}

int imagekit_file_rename(struct request *rq, struct err *err)
{
	json_t *body;
	struct renaming renaming;
	struct id purge_id;
	bool purge = false;
	if (imagekit_body(rq, &body, err) != 0 ||
	    read_renaming(rq, body, &renaming, err) != 0 ||
	    imagekit_flag_member(body, "purgeCache", &purge, err) != 0)
		return -1;
	int found = rename_file(rq, &renaming, purge, &purge_id, err);
	if (found == 0)
		return err_set_reason(
			err, ERR_NOT_FOUND, "FILE_MISSING",
			"No file found in media library at filePath /%.*s",
			STR_ARG(renaming.path));
	if (found < 0 && err->code == ERR_EXISTS)
		return err_set_reason(err, ERR_EXISTS, "FILE_ALREADY_EXISTS",
				      "File with name %.*s already exists at "
				      "the same location.",
				      STR_ARG(renaming.name));
	if (found < 0 && err->code == ERR_INVALID)
		return err_recode(err, ERR_INVALID, "INVALID_PARAMETER");
	if (found < 0)
		return -1;
	json_t *answer = json_object();
	if (purge)
		json_object_set_new(answer, "purgeRequestId",
				    json_id(&purge_id));
	imagekit_reply(rq, 200, answer);
	return 0;
}
