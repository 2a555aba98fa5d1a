/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads in parts, as the SDKs' `upload` does them: start; for each part
 * upload, which says where to, and a PUT there; commit of parts that come in
 * chunks; complete. What an upload is, here: library/uploads/upload.h.
 */
#ifndef API_FILESTACK_MULTIPART_MULTIPART_H
#define API_FILESTACK_MULTIPART_MULTIPART_H

#include "api/filestack/multipart/parts_call.h"
#include "base/fd.h"
#include "library/uploads/open.h"

/* start.c: POST /multipart/start */
int filestack_multipart_start(struct request *rq, struct err *err);
/* The `location_url` of answers: where the further calls go. */
struct str multipart_location(struct request *rq);

/* part.c: POST /multipart/upload, PUT /multipart/part/{token}/{number}, POST
 * /multipart/commit */
int filestack_multipart_upload(struct request *rq, struct err *err);
int filestack_part_begin(struct request *rq, struct err *err);
int filestack_part(struct request *rq, struct err *err);
int filestack_multipart_commit(struct request *rq, struct err *err);

/* complete.c: POST /multipart/complete */
int filestack_multipart_complete(struct request *rq, struct err *err);

/* find.c: the upload that a call names, of the application whose key the call
 * has, and under the policy that it has, if it has them; also one that is done.
 * Sets rq->account. -1: ERR_NOT_FOUND, as parts_call_app(), ERR_FORBIDDEN,
 * ERR_SUSPENDED. Blocks. */
int multipart_find(const struct parts_call *call, struct upload *out,
		   struct err *err) MUST_CHECK;
/* The account of an upload that a token alone has named, and that the key that
 * began it is still valid: sets rq->account and rq->key. -1: ERR_FORBIDDEN,
 * ERR_SUSPENDED. */
int multipart_use_account(struct request *rq, const struct upload *upload,
			  struct err *err) MUST_CHECK;
/* The whole size, which calls repeat, is what the upload was started with.
 * ERR_INVALID. */
int multipart_check_size(const struct parts_call *call,
			 const struct upload *upload,
			 struct err *err) MUST_CHECK;
/* What was said when it began: an object, in the arena. */
json_t *multipart_told(struct request *rq, const struct upload *upload);
/* How its parts lie, as far as that is known now. */
struct layout multipart_layout(const struct open_upload *open);
/* What has come of it. */
struct parts_come multipart_come(struct request *rq,
				 const struct open_upload *open);

/* bytes.c */
int multipart_copy(const struct fd_run *run, struct store_part *part,
		   struct err *err) MUST_CHECK;
/* Puts what has come in order, and makes a sink of it. -1: as
 * assemble(), open_upload_sink(). Blocks. */
int multipart_sink(struct request *rq, struct open_upload *open,
		   const struct parts_wanted *wanted, struct store_sink **out,
		   struct err *err) MUST_CHECK;

#endif
