/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is stored though no client has sent it: bytes that the server has, or a
 * picture that is made of them. Then the upload goes on as if that had come.
 */
#ifndef API_UPLOADS_UPLOAD_MADE_H
#define API_UPLOADS_UPLOAD_MADE_H

#include "api/uploads/upload.h"

/* Makes rq->intake, unless it is there, for a request that brings no file.
 * Whatever body it has is not looked at. */
int upload_expect_none(struct request *rq, struct err *err) MUST_CHECK;

/* Bytes that are there; they last until they are copied. */
struct upload_bytes {
	int fd; /* of all of them, positioned reads only; -1: in bytes */
	struct str bytes;
	uint64_t size;
	bool base64; /* the text of what is to be stored */
};

/* Copies them into a new sink that takes the place of rq->intake->file; on
 * failure that stays. 0, HANDLE_LATER or -1: ERR_TOO_LARGE, over
 * upload_limit(); ERR_INVALID: no base64; ERR_BUSY: too many do it, or the
 * client has gone; or of the store. */
int upload_take(struct request *rq, const struct upload_bytes *from,
		struct err *err) MUST_CHECK;

/* A picture to be stored. In the request's arena, with all it points to. */
struct upload_making {
	struct str plan; /* canonical text (image/plan.h) */
	/* The source, then what the plan lays over it, in its order. */
	const struct image_content *contents;
	size_t n_contents;
	upload_step *next; /* goes on; with HANDLE_LATER it runs again */
	void *user;        /* next's */
	struct str type;   /* upload_make()'s: what the picture is; static */
};

/* Has it made for rq->account, puts it where upload_take() does, and goes on.
 * HANDLE_PENDING or -1: as renderers_render(), or ERR_UNSUPPORTED where nothing
 * can be made. */
int upload_make(struct request *rq, struct upload_making *making,
		struct err *err) MUST_CHECK;

#endif
