/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders: made at once; copied, moved and renamed by jobs; deleted by a job
 * that the request waits for.
 */
#include "library/files/folder.h"
#include "api/imagekit/media/media.h"
#include "api/uploads/upload.h"
#include "library/background/folder_job.h"

#define INTO_CHILD                                                             \
	"This operation is not allowed because parent folder cannot be moved " \
	"into child folder."

static bool is_no_path(const struct err *err)
{
	return err->code == ERR_INVALID || err->code == ERR_LIMIT;
}

static int refuse_path(struct err *err)
{
	if (is_no_path(err))
		err_recode(err, err->code, "INVALID_FOLDER_PATH");
	return -1;
}

int imagekit_folder_wanted(struct request *rq, struct str path, struct str *out,
			   struct err *err)
{
	return imagekit_folder_at(rq, path, out, err) == 0 ? 0
							   : refuse_path(err);
}

static struct str join(struct request *rq, struct str folder, struct str name)
{
	if (folder.n == 0)
		return name;
	return arena_printf(request_arena(rq), "%.*s/%.*s", STR_ARG(folder),
			    STR_ARG(name));
}

int imagekit_folder_create(struct request *rq, struct err *err)
{
	json_t *body;
	struct str parent, name, path;
	if (imagekit_body(rq, &body, err) != 0 ||
	    imagekit_text_member(body, "folderName", &name, err) != 0 ||
	    imagekit_text_member(body, "parentFolderPath", &parent, err) != 0)
		return -1;
	if (str_find(name, '/') >= 0)
		return err_set(err, ERR_INVALID,
			       "folderName parameter cannot have a slash.");
	if (imagekit_folder_wanted(rq, join(rq, parent, name), &path, err) !=
		    0 ||
	    folder_create(request_view(rq), path, err) < 0)
		return -1;
	imagekit_reply(rq, 201, json_object());
	return 0;
}

/* What folder_job_create() refuses, in the words of the call. */
static int refuse_job(const struct folder_job_new *job, const char *source_name,
		      struct err *err)
{
	switch (err->code) {
	case ERR_LOCKED:
		return err_recode(err, ERR_LOCKED, "LOCKED");
	case ERR_LIMIT:
		return err_recode(err, ERR_LIMIT, "TOO_MANY_OBJECTS");
	case ERR_EXISTS:
		return err_set_reason(
			err, ERR_EXISTS, "FOLDER_ALREADY_EXISTS",
			"Folder with name %.*s already exists at the same "
			"location.",
			STR_ARG(str_after_last(job->target, '/')));
	case ERR_INVALID:
		if (path_is_below(job->target, job->source))
			err_set(err, ERR_INVALID, INTO_CHILD);
		return err_recode(err, ERR_INVALID, "INVALID_DESTINATION_PATH");
	case ERR_NOT_FOUND:
		if (job->kind == FOLDER_JOB_RENAME)
			return err_set_reason(err, ERR_NOT_FOUND,
					      "FOLDER_NOT_FOUND",
					      "Source folder not found.");
		if (job->kind == FOLDER_JOB_DELETE)
			return err_set_reason(
				err, ERR_NOT_FOUND, "FOLDER_NOT_FOUND",
				"No folder found with %s `/%.*s`.", source_name,
				STR_ARG(job->source));
		return err_set_reason(err, ERR_NOT_FOUND, "NO_FILES_FOLDER",
				      "No files & folder found at %s `/%.*s`.",
				      source_name, STR_ARG(job->source));
	default:
		return -1;
	}
}

/* The member's text as a folder that is there and not the root; what is none is
 * as it was asked for. */
static int take_source(struct request *rq, const char *name, struct str *path,
		       struct err *err)
{
	struct str found, there;
	*path = imagekit_path(request_arena(rq), *path);
	if (path->n == 0)
		return err_set_reason(err, ERR_INVALID, "SOURCE_IS_ROOT",
				      "%s cannot be root.", name);
	if (imagekit_folder_at(rq, *path, &found, err) != 0)
		return is_no_path(err) ? 0 : -1;
	if (str_eq(found, *path))
		return 0;
	if (folder_deepest(request_view(rq), found, &there, err) < 0)
		return -1;
	if (str_eq(there, found))
		*path = found;
	return 0;
}

/* Makes the job and waits for its end. */
static int delete_now(struct request *rq, const struct folder_job_new *job,
		      struct err *err)
{
	struct id id;
	struct folder_job ended = {.state = FOLDER_JOB_DONE};
	struct library *library = rq->services->library;
	if (folder_job_create(library, job, &id, err) < 0)
		return refuse_job(job, "folderPath", err);
	if (folder_job_finish(library, &id, err) < 0 ||
	    folder_job_find(request_view(rq), &id, &ended, err) < 0)
		return -1;
	if (ended.state == FOLDER_JOB_PARTIAL)
		return err_set(
			err, ERR_CORRUPT,
			"Some files of the folder could not be deleted.");
	http_reply_empty(rq->x, 204);
	return 0;
}

int imagekit_folder_delete(struct request *rq, struct err *err)
{
	json_t *body;
	struct folder_job_new job = {
		.account_id = rq->account->id,
		.kind = FOLDER_JOB_DELETE,
	};
	if (imagekit_body(rq, &body, err) != 0 ||
	    imagekit_text_member(body, "folderPath", &job.source, err) != 0 ||
	    take_source(rq, "folderPath", &job.source, err) != 0)
		return -1;
	if (!http_slow_begin(rq->x))
		return err_set(err, ERR_BUSY,
			       "Too many folders are being deleted. Try again "
			       "later.");
	int result = delete_now(rq, &job, err);
	http_slow_end(rq->x);
	return result;
}

static int reply_job(struct request *rq, int status, const struct id *id)
{
	json_t *body = json_object();
	json_object_set_new(body, "jobId", json_id(id));
	imagekit_reply(rq, status, body);
	return 0;
}

static int queue_job(struct request *rq, const struct folder_job_new *job,
		     int status, const char *source_name, struct err *err)
{
	struct id id;
	if (folder_job_create(rq->services->library, job, &id, err) < 0)
		return refuse_job(job, source_name, err);
	return reply_job(rq, status, &id);
}

static int copy_or_move(struct request *rq, enum folder_job_kind kind,
			struct err *err)
{
	json_t *body;
	struct str source, target, folder;
	bool versions = false;
	if (imagekit_body(rq, &body, err) != 0 ||
	    imagekit_text_member(body, "sourceFolderPath", &source, err) != 0 ||
	    imagekit_text_member(body, "destinationPath", &target, err) != 0 ||
	    take_source(rq, "sourceFolderPath", &source, err) != 0 ||
	    imagekit_folder_wanted(rq, target, &folder, err) != 0 ||
	    imagekit_flag_member(body, "includeVersions", &versions, err) !=
		    0 ||
	    imagekit_flag_member(body, "includeFileVersions", &versions, err) !=
		    0)
		return -1;
	const struct folder_job_new job = {
		.account_id = rq->account->id,
		.kind = kind,
		.source = source,
		.target = join(rq, folder, str_after_last(source, '/')),
		.with_versions = versions,
	};
	if (str_eq(job.target, source) || str_eq(folder, source))
		return err_set_reason(err, ERR_INVALID,
				      "SAME_SOURCE_AND_DESTINATION",
				      "sourceFolderPath and destinationPath "
				      "cannot be same.");
	return queue_job(rq, &job, 200, "sourceFolderPath", err);
}

int imagekit_folder_copy(struct request *rq, struct err *err)
{
	if (upload_check_account(rq, err) != 0)
		return -1;
	return copy_or_move(rq, FOLDER_JOB_COPY, err);
}

int imagekit_folder_move(struct request *rq, struct err *err)
{
	return copy_or_move(rq, FOLDER_JOB_MOVE, err);
}

/* The new name, as it will be. */
static int new_name(struct request *rq, const json_t *body, struct str *out,
		    struct err *err)
{
	struct str name;
	if (imagekit_text_member(body, "newFolderName", &name, err) != 0)
		return -1;
	if (str_find(name, '/') >= 0)
		return err_set_reason(err, ERR_INVALID, "INVALID_PARAMETER",
				      "newFolderName parameter cannot have a "
				      "slash.");
	if (imagekit_folder_named(rq, name, out, err) != 0)
		return refuse_path(err);
	return 0;
}

/* The vendor's node for n8n calls it as in the calls beside this one. */
static const char *renamed_name(const json_t *body)
{
	return json_object_get(body, "folderPath") == NULL &&
			       json_object_get(body, "sourceFolderPath")
		       ? "sourceFolderPath"
		       : "folderPath";
}

int imagekit_folder_rename(struct request *rq, struct err *err)
{
	json_t *body;
	struct str source, name;
	bool purge = false;
	if (imagekit_body(rq, &body, err) != 0 ||
	    imagekit_text_member(body, renamed_name(body), &source, err) != 0 ||
	    take_source(rq, "folderPath", &source, err) != 0 ||
	    new_name(rq, body, &name, err) != 0 ||
	    imagekit_flag_member(body, "purgeCache", &purge, err) != 0)
		return -1;
	ptrdiff_t slash = str_rfind(source, '/');
	struct folder_job_new job = {
		.account_id = rq->account->id,
		.kind = FOLDER_JOB_RENAME,
		.source = source,
		.target = join(
			rq, str_sub(source, 0, slash < 0 ? 0 : (size_t)slash),
			name),
	};
	if (str_eq(job.target, source))
		return err_set_reason(err, ERR_INVALID, "SAME_OLD_AND_NEW_NAME",
				      "newFolderName cannot be the same as its "
				      "existing name.");
	if (purge) {
		struct imagekit_place place = imagekit_place(rq);
		const struct file all = {.path = join(rq, source, STR("*"))};
		job.purge_url = imagekit_url(&place, &all, "", STR_NONE);
	}
	return queue_job(rq, &job, 202, "folderPath", err);
}

static const char *const kinds[] = {
	[FOLDER_JOB_COPY] = "COPY_FOLDER",
	[FOLDER_JOB_MOVE] = "MOVE_FOLDER",
	[FOLDER_JOB_RENAME] = "RENAME_FOLDER",
	[FOLDER_JOB_DELETE] = "DELETE_FOLDER",
};

static const char *const states[] = {
	[FOLDER_JOB_OPEN] = "Pending",
	[FOLDER_JOB_DONE] = "Completed",
	[FOLDER_JOB_PARTIAL] = "Partial success",
};

static int no_job(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "The requested job does not exist.");
}

int imagekit_job(struct request *rq, struct err *err)
{
	struct id id;
	struct folder_job job;
	if (!id_from_hex(request_param(rq, 0), &id))
		return no_job(err);
	int found = folder_job_find(request_view(rq), &id, &job, err);
	if (found <= 0)
		return found < 0 ? -1 : no_job(err);
	json_t *body = json_object();
	json_object_set_new(body, "jobId", json_id(&job.id));
	json_object_set_new(body, "type", json_string(kinds[job.kind]));
	json_object_set_new(body, "status", json_string(states[job.state]));
	if (job.has_purge)
		json_object_set_new(body, "purgeRequestId",
				    json_id(&job.purge_id));
	imagekit_reply(rq, job.state == FOLDER_JOB_PARTIAL ? 207 : 200, body);
	return 0;
}
