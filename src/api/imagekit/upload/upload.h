/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The upload call: its steps, between the handlers (upload.c) and the
 * library.
 */
#ifndef API_IMAGEKIT_UPLOAD_UPLOAD_H
#define API_IMAGEKIT_UPLOAD_UPLOAD_H

#include "api/imagekit/imagekit.h"
#include "api/uploads/upload.h"

/* upload.c */
int imagekit_upload_begin(struct request *rq, struct err *err);
int imagekit_upload(struct request *rq, struct err *err);
int imagekit_upload_v2(struct request *rq, struct err *err);

/* client_auth.c, jwt.c: what proves an upload without a private key, once the
 * fields are there. Set rq->account. 0, HANDLE_LATER, -1. A token of the first
 * kind is used up by it. */
bool imagekit_has_client_fields(const struct request *rq);
int imagekit_client_auth(struct request *rq, struct err *err) MUST_CHECK;
int imagekit_jwt_auth(struct request *rq, struct err *err) MUST_CHECK;
/* Names the account; proves nothing yet. ERR_FORBIDDEN. */
int imagekit_use_public_key(struct request *rq, struct str key,
			    struct err *err) MUST_CHECK;

#define IMAGEKIT_POSTS_MAX 5

/* upload_fields.c: what the fields say, for the row and besides. */
struct imagekit_upload_options {
	struct file_put put;
	json_t *extension_status; /* NULL: none asked for; owned */
	json_t *metadata;         /* for the answer; owned */
	bool transforms;          /* has a transformation */
	struct str pre;           /* a transformation of what is stored */
	/* What clients will ask for, to be made before they do. */
	struct imagekit_post {
		enum imagekit_post_type {
			IMAGEKIT_POST_PICTURE,
			IMAGEKIT_POST_THUMBNAIL,
			IMAGEKIT_POST_GIF_VIDEO,
			IMAGEKIT_POST_STREAM,
		} type;
		struct str value;
	} posts[IMAGEKIT_POSTS_MAX];
	unsigned n_posts;
};

/* The last field of that name, STR_NONE without. */
struct str imagekit_upload_field(const struct request *rq, const char *name);
/* A csv, which may come in several fields: repeated, or `name[]`, `name[0]` as
 * PHP writes lists. STR_NONE without. */
struct str imagekit_upload_csv(struct request *rq, const char *name);
/* Whether a csv has the name. */
bool imagekit_asked_for(struct str csv, const char *name);

/* Fills in the put, and the options. 0, HANDLE_LATER, or -1 with
 * ERR_INVALID. */
int imagekit_upload_fields_read(struct request *rq, struct file_put *put,
				struct imagekit_upload_options *options,
				struct err *err) MUST_CHECK;

/* Once the type is known: ERR_INVALID for files that cannot be transformed,
 * ERR_UNSUPPORTED for what cannot be done here. */
int imagekit_transformation_check(const struct imagekit_upload_options *options,
				  struct str type, struct err *err) MUST_CHECK;

/* transform.c: pre-transformations change the bytes before they are stored:
 * what comes in their place in rq->intake->file, and in options->put its type,
 * goes on with `next`. Without one, at once. HANDLE_LATER, HANDLE_PENDING, what
 * next returns; -1: ERR_INVALID, ERR_UNSUPPORTED, ERR_BUSY, ERR_TOO_LARGE. */
int imagekit_pre_transform(struct request *rq,
			   struct imagekit_upload_options *options,
			   upload_step *next, struct err *err) MUST_CHECK;
/* Begins to make what post-transformations say, of the file as it is stored.
 * Nobody hears of it when that fails: it is made when it is asked for. */
void imagekit_post_transform(struct request *rq, const struct file *file,
			     const struct imagekit_upload_options *options);

/* checks.c: `checks`, an expression about the request and the file that must be
 * true. put: type and size of the file, and of an image its width and height.
 * 0, or -1 with ERR_INVALID when the text is no expression or it is false. */
int imagekit_checks(struct request *rq, struct str text,
		    const struct file_put *put, struct err *err) MUST_CHECK;

/* upload_shape.c: the answer, with what the request's responseFields ask
 * for. */
json_t *imagekit_upload_shape(struct request *rq, const struct file *file,
			      const struct imagekit_upload_options *options);

#endif
