/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the JigsawStack dialect: handlers by room, and the answers' shapes.
 * Wire facts: docs/dialects/jigsawstack.md.
 */
#ifndef API_JIGSAWSTACK_JIGSAWSTACK_H
#define API_JIGSAWSTACK_JIGSAWSTACK_H

#include "api/request.h"

#define JIGSAWSTACK_READ_PREFIX "/v1/store/file/read/"

/* auth.c: who asks. 0, or -1 with ERR_UNAUTHORIZED or ERR_FORBIDDEN. Any key of
 * the account / a secret key. */
int jigsawstack_any_key(struct request *rq, struct err *err) MUST_CHECK;
int jigsawstack_secret_key(struct request *rq, struct err *err) MUST_CHECK;

/* store.c */
int jigsawstack_upload_begin(struct request *rq, struct err *err);
int jigsawstack_upload(struct request *rq, struct err *err);
int jigsawstack_read(struct request *rq, struct err *err);
int jigsawstack_delete(struct request *rq, struct err *err);

/* shapes.c */
void jigsawstack_error(struct request *rq, const struct err *err);
void jigsawstack_finish(struct request *rq);
void jigsawstack_preflight(struct request *rq);
/* {"success": true, "log_id": ...}; the caller adds to it. */
json_t *jigsawstack_success(struct request *rq);

#endif
