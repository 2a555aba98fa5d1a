/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the StashFyle dialect: handlers by room, and shapes.
 * Wire facts: docs/dialects/stashfyle.md.
 */
#ifndef API_STASHFYLE_STASHFYLE_H
#define API_STASHFYLE_STASHFYLE_H

#include "api/request.h"

#define STASHFYLE_EXPIRES_MAX_DAYS 3650
#define STASHFYLE_LIST_DEFAULT 50
#define STASHFYLE_LIST_MAX 100
#define STASHFYLE_SIGN_MIN_S 60
#define STASHFYLE_SIGN_MAX_S 604800

/* auth.c, each a route's begin: "Authorization: Bearer KEY", then the key's
 * rate limit. 0, or -1 with ERR_UNAUTHORIZED, ERR_RATE or ERR_FORBIDDEN. */
int stashfyle_secret_key(struct request *rq, struct err *err) MUST_CHECK;
/* A secret key, or a public key from an allowed origin; also ERR_SUSPENDED,
 * before the rate. */
int stashfyle_upload_key(struct request *rq, struct err *err) MUST_CHECK;

/* upload.c */
int stashfyle_upload_begin(struct request *rq, struct err *err);
int stashfyle_upload(struct request *rq, struct err *err);
/* "12h", "7d" as milliseconds; false for anything else, for 0 and for more
 * than STASHFYLE_EXPIRES_MAX_DAYS. */
bool stashfyle_duration(struct str text, int64_t *ms);
/* Whether a folder can exist: ERR_INVALID. */
int stashfyle_check_folder(struct str folder, struct err *err) MUST_CHECK;

/* files.c */
int stashfyle_list(struct request *rq, struct err *err);
int stashfyle_get(struct request *rq, struct err *err);
int stashfyle_delete(struct request *rq, struct err *err);
/* "f_" and 19 base-36 characters. */
bool stashfyle_parse_id(struct str text, struct id *out);
int stashfyle_not_found(struct err *err);
/* The file of the path's id if it is the caller's; another account's is as
 * good as absent: ERR_NOT_FOUND. Blocks. */
int stashfyle_find_own(struct request *rq, struct file *file,
		       struct err *err) MUST_CHECK;

/* delivery.c */
int stashfyle_sign_begin(struct request *rq, struct err *err);
int stashfyle_sign(struct request *rq, struct err *err);
int stashfyle_deliver(struct request *rq, struct err *err);

/* service.c */
int stashfyle_usage(struct request *rq, struct err *err);
int stashfyle_health(struct request *rq, struct err *err);

/* shapes.c */
void stashfyle_refusal(struct request *rq, int status, const char *code,
		       const char *message);
void stashfyle_error(struct request *rq, const struct err *err);
void stashfyle_finish(struct request *rq);
json_t *stashfyle_file_shape(struct request *rq, const struct file *file);
/* "<cdn>/live/{account}/{id}/{name}", without a signature. */
struct str stashfyle_cdn_url(struct request *rq, const struct file *file);
/* "f_..." in the arena. */
struct str stashfyle_id(struct request *rq, const struct file *file);

#endif
