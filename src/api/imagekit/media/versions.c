/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The versions of a file.
 */
#include "library/files/version.h"
#include "api/imagekit/media/media.h"

static int no_version(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "The requested file version does not exist.");
}

static int read_ids(struct request *rq, struct version_ref *which,
		    struct err *err)
{
	if (imagekit_id_param(request_param(rq, 0), "fileId", &which->file,
			      err) != 0)
		return -1;
	return imagekit_id_param(request_param(rq, 1), "versionId",
				 &which->version, err);
}

static json_t *shape(struct request *rq, const void *versions, size_t i)
{
	return imagekit_file_shape(rq, (const struct file *)versions + i);
}

int imagekit_versions(struct request *rq, struct err *err)
{
	struct id id;
	struct file_list versions;
	if (imagekit_id_param(request_param(rq, 0), "fileId", &id, err) != 0)
		return -1;
	int found = version_list(request_view(rq), &id, &versions, err);
	if (found <= 0)
		return found < 0 ? -1 : imagekit_no_file(err);
	imagekit_reply_list(rq, shape, versions.items, versions.n);
	return 0;
}

int imagekit_version(struct request *rq, struct err *err)
{
	struct version_ref which;
	struct file out;
	if (read_ids(rq, &which, err) != 0)
		return -1;
	int found = version_find(request_view(rq), &which, &out, err);
	if (found <= 0)
		return found < 0 ? -1 : no_version(err);
	imagekit_reply(rq, 200, imagekit_file_shape(rq, &out));
	return 0;
}

int imagekit_version_delete(struct request *rq, struct err *err)
{
	struct version_ref which;
	if (read_ids(rq, &which, err) != 0)
		return -1;
	int found = version_delete(request_view(rq), &which, err);
	if (found < 0 && err->code == ERR_INVALID)
		return err_set(err, ERR_INVALID,
			       "You cannot delete current version of a file.");
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "The requested asset does not exist.");
	http_reply_empty(rq->x, 204);
	return 0;
}

int imagekit_version_restore(struct request *rq, struct err *err)
{
	struct version_ref which;
	struct file out;
	if (read_ids(rq, &which, err) != 0)
		return -1;
	int found = version_restore(request_view(rq), &which, &out, err);
	if (found <= 0)
		return found < 0 ? -1 : no_version(err);
	imagekit_reply(rq, 200, imagekit_file_shape(rq, &out));
	return 0;
}
