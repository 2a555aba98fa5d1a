/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of the media library, all with the private key.
 */
#ifndef API_IMAGEKIT_MEDIA_MEDIA_H
#define API_IMAGEKIT_MEDIA_MEDIA_H

#include "api/imagekit/imagekit.h"

/* list.c */
int imagekit_list(struct request *rq, struct err *err);

/* files.c, bulk.c, versions.c, relocate.c */
/* Returns -1: ERR_NOT_FOUND. */
int imagekit_no_file(struct err *err);
int imagekit_file_details(struct request *rq, struct err *err);
int imagekit_file_update(struct request *rq, struct err *err);
int imagekit_file_delete(struct request *rq, struct err *err);
int imagekit_bulk_delete(struct request *rq, struct err *err);
int imagekit_add_tags(struct request *rq, struct err *err);
int imagekit_remove_tags(struct request *rq, struct err *err);
int imagekit_remove_ai_tags(struct request *rq, struct err *err);
int imagekit_versions(struct request *rq, struct err *err);
int imagekit_version(struct request *rq, struct err *err);
int imagekit_version_delete(struct request *rq, struct err *err);
int imagekit_version_restore(struct request *rq, struct err *err);
int imagekit_file_copy(struct request *rq, struct err *err);
int imagekit_file_move(struct request *rq, struct err *err);
int imagekit_file_rename(struct request *rq, struct err *err);

/* metadata.c */
int imagekit_metadata(struct request *rq, struct err *err);
int imagekit_metadata_by_url(struct request *rq, struct err *err);
int imagekit_metadata_in_path(struct request *rq, struct err *err);

/* folders.c */
/* A folder to put something into, as it is spelled when it is there (other APIs
 * keep blanks in names), else as it will be. ERR_INVALID, ERR_LIMIT. */
int imagekit_folder_wanted(struct request *rq, struct str path, struct str *out,
			   struct err *err) MUST_CHECK;
int imagekit_folder_create(struct request *rq, struct err *err);
int imagekit_folder_delete(struct request *rq, struct err *err);
int imagekit_folder_copy(struct request *rq, struct err *err);
int imagekit_folder_move(struct request *rq, struct err *err);
int imagekit_folder_rename(struct request *rq, struct err *err);
int imagekit_job(struct request *rq, struct err *err);

/* purge.c */
int imagekit_purge(struct request *rq, struct err *err);
int imagekit_purge_status(struct request *rq, struct err *err);

/* custom_fields.c */
int imagekit_field_create(struct request *rq, struct err *err);
int imagekit_fields(struct request *rq, struct err *err);
int imagekit_field_update(struct request *rq, struct err *err);
int imagekit_field_delete(struct request *rq, struct err *err);

#endif
