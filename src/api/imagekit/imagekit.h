/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the ImageKit dialect: handlers by room, names, and shapes.
 * Wire facts: docs/dialects/imagekit.md.
 */
#ifndef API_IMAGEKIT_IMAGEKIT_H
#define API_IMAGEKIT_IMAGEKIT_H

#include "api/request.h"

#define IMAGEKIT_TAGS_MAX 500 /* characters of all tags */
#define IMAGEKIT_FOLDER_LEVELS 50

/* auth.c: Basic with the private key as user name, password ignored. */
int imagekit_private_key(struct request *rq, struct err *err) MUST_CHECK;

/* input.c: what the calls of the media library take. */
#define IMAGEKIT_JSON_MAX (1024u * 1024) /* bytes of a request body */
/* begin of a call with a JSON body: private key, then the body. */
int imagekit_json_begin(struct request *rq, struct err *err) MUST_CHECK;
/* The body, released with the request: an object (an empty one when there is
 * no body). 0, HANDLE_LATER, or -1 with ERR_INVALID. */
int imagekit_json(struct request *rq, json_t **out, struct err *err) MUST_CHECK;
/* A file, version or other id of the path. ERR_INVALID: "Your request contains
 * invalid <name> parameter." */
int imagekit_id_param(struct request *rq, unsigned index, const char *name,
		      struct id *out, struct err *err) MUST_CHECK;

/* upload.c */
int imagekit_upload_begin(struct request *rq, struct err *err);
int imagekit_upload(struct request *rq, struct err *err);

/* delivery.c: GET /{account}/{path} */
int imagekit_delivery_begin(struct request *rq, struct err *err);
int imagekit_deliver(struct request *rq, struct err *err);

/* names.c */

/* Letters, marks, numerals, '.', '_' and '-' stay, everything else becomes
 * '_'. name is valid UTF-8. */
struct str imagekit_clean_name(struct arena *arena, struct str name);
/* "_" and nine random characters before the last extension. */
struct str imagekit_unique_name(struct arena *arena, struct str name);
/* "/a//b/" becomes "a/b"; characters a folder cannot have become '_'.
 * ERR_INVALID for "." and ".." segments and over 50 levels. */
int imagekit_clean_folder(struct arena *arena, struct str folder,
			  struct str *out, struct err *err) MUST_CHECK;
/* "a, b,c" as the text of a JSON array, STR_NONE when there is no tag.
 * ERR_INVALID for '%' and for more than IMAGEKIT_TAGS_MAX characters. */
int imagekit_tags(struct arena *arena, struct str csv, struct str *out,
		  struct err *err) MUST_CHECK;

/* shapes.c */
void imagekit_error(struct request *rq, const struct err *err);
void imagekit_finish(struct request *rq);
void imagekit_reply(struct request *rq, int status, json_t *body);
/* Replies with an error that has more than a message: `reason` ("MISSING_
 * PARAMETER"), and the members of `more` (takes over the reference); each may
 * be NULL. Returns 0: the handler has answered. */
int imagekit_fail(struct request *rq, int status, const char *reason,
		  json_t *more, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* The upload answer; response_fields is the csv of that request field. */
json_t *imagekit_upload_shape(struct request *rq, const struct file *file,
			      struct str response_fields);

#endif
