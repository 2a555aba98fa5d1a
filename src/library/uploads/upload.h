/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads that come in parts, as the database knows them: whose, how large,
 * what was said when they began, what has become of them. Their bytes are
 * staged blobs (store/stage.h), which open.h opens.
 *
 * An upload is a row first, and nothing else: it costs no file and no storage
 * until its first byte comes. Then what it was announced with counts as stored.
 * When file_put() makes a file of it, its row stays for some hours, so that
 * whoever asks again is told the same.
 *
 * No dialect here: `told` and `layout` are theirs.
 */
#ifndef LIBRARY_UPLOADS_UPLOAD_H
#define LIBRARY_UPLOADS_UPLOAD_H

#include "library/origin.h"
#include "library/view.h"

#define UPLOAD_TOKEN_LEN 32            /* of [A-Za-z0-9] */
#define UPLOAD_TOLD_MAX (32u * 1024)   /* bytes */
#define UPLOAD_SIZE_UNKNOWN UINT64_MAX /* not announced */
#define UPLOADS_MAX 10000              /* open ones of an account */

/* Stored in the database. */
enum upload_state {
	UPLOAD_OPEN = 0,
	UPLOAD_DONE = 1,    /* it is a file */
	UPLOAD_REMOVED = 2, /* its bytes are still to go */
};

struct upload {
	int64_t id; /* the staged blob's, for file_put.upload */
	/* What clients call it; NUL-terminated. A credential: nothing else is
	 * asked of who writes to it. */
	char token[UPLOAD_TOKEN_LEN + 1];
	int64_t account_id;
	enum origin origin;
	int64_t key_id;  /* 0: none */
	uint64_t size;   /* bytes, as announced, or UPLOAD_SIZE_UNKNOWN */
	uint64_t layout; /* the dialect's number; 0: not known yet */
	struct str told; /* JSON text, in the arena of who asked */
	int64_t created_ms, touched_ms;
	uint64_t reserved; /* bytes that count as stored */
	bool staged;       /* a byte may have come */
	bool done;         /* it is complete */
	struct id file_id; /* the file it has become, when done */
};

struct upload_new {
	enum origin origin;
	int64_t key_id;  /* 0: none */
	uint64_t size;   /* bytes, or UPLOAD_SIZE_UNKNOWN */
	struct str told; /* JSON text; up to UPLOAD_TOLD_MAX */
};

/* All calls block: worker threads. */

/* Of the view's account; strings are those of `wanted`. -1: ERR_TOO_LARGE (no
 * staged blob can have that size, or it was told too much), ERR_QUOTA (more
 * than the account has left; asked again for the first byte), ERR_LIMIT (the
 * account has UPLOADS_MAX open ones, and each has bytes; of those without any
 * the oldest gives way), ERR_INTERNAL. */
int upload_begin(const struct view *view, const struct upload_new *wanted,
		 struct upload *out, struct err *err) MUST_CHECK;
/* 1; 0 there is none, it has been removed, or it is of another account than
 * the view's, if that has one; -1. */
int upload_find(const struct view *view, struct str token, struct upload *out,
		struct err *err) MUST_CHECK;
/* The same by id, for the operator. */
int upload_find_id(const struct view *view, int64_t id, struct upload *out,
		   struct err *err) MUST_CHECK;
/* Sets upload->layout: to this, or to what it was set to before. layout: not 0.
 * -1: ERR_NOT_FOUND, ERR_INTERNAL. */
int upload_set_layout(const struct view *view, struct upload *upload,
		      uint64_t layout, struct err *err) MUST_CHECK;
/* -1, ERR_NOT_FOUND: in the words of all who look for one. */
int upload_not_found(struct err *err);
/* With all its bytes, which are gone at once, or when the last part that is
 * under way has ended. 1; 0 as upload_find(), also one that is done; -1. */
int upload_remove(const struct view *view, struct str token,
		  struct err *err) MUST_CHECK;

/* Open ones, oldest first, of the view's account or, if it has none, of all:
 * those after this id, 0 for the first ones, up to UPLOAD_LIST_MAX. */
#define UPLOAD_LIST_MAX 100
struct upload_list {
	struct upload *items; /* in the view's arena */
	size_t n;
	int64_t last; /* id; damaged ones are passed over */
	bool more;    /* after it */
};
int upload_list(const struct view *view, int64_t after, struct upload_list *out,
		struct err *err) MUST_CHECK;

/* Removes those that nobody has gone on with for so long, and much earlier
 * those that no byte came of; ends what is left of those that were removed or
 * are done. *removed counts the first. For the sweeper and `stowage gc`. */
int upload_sweep(struct library *library, int64_t expiry_ms, uint64_t *removed,
		 struct err *err) MUST_CHECK;

#endif
