/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the StashFyle dialect: handlers by room, and shapes.
 * Wire facts: docs/dialects/stashfyle.md.
 */
#ifndef API_STASHFYLE_STASHFYLE_H
#define API_STASHFYLE_STASHFYLE_H

#include "api/request.h"

#define STASHFYLE_EXPIRES_MAX_DAYS 3650

/* auth.c: "Authorization: Bearer KEY". 0, or -1 with ERR_UNAUTHORIZED or
 * ERR_FORBIDDEN. */
int stashfyle_secret_key(struct request *rq, struct err *err) MUST_CHECK;
/* A secret key, or a public key from an allowed origin. */
int stashfyle_upload_key(struct request *rq, struct err *err) MUST_CHECK;

/* upload.c */
int stashfyle_upload_begin(struct request *rq, struct err *err);
int stashfyle_upload(struct request *rq, struct err *err);
/* "12h", "7d" as milliseconds; false for anything else, for 0 and for more
 * than STASHFYLE_EXPIRES_MAX_DAYS. */
bool stashfyle_duration(struct str text, int64_t *ms);

/* files.c */
int stashfyle_get(struct request *rq, struct err *err);
int stashfyle_delete(struct request *rq, struct err *err);
int stashfyle_deliver(struct request *rq, struct err *err);

/* shapes.c */
void stashfyle_error(struct request *rq, const struct err *err);
void stashfyle_finish(struct request *rq);
void stashfyle_preflight(struct request *rq);
json_t *stashfyle_file_shape(struct request *rq, const struct file *file);

#endif
