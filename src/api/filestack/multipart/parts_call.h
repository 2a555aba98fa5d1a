/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call of an upload in parts says, in either of the encodings that the
 * SDKs have: a JSON object with the store's options in an object of their own,
 * or a form (multipart or urlencoded), flat, with `store_` before them. Keys
 * are in any case, values texts or what they stand for.
 */
#ifndef API_FILESTACK_MULTIPART_PARTS_CALL_H
#define API_FILESTACK_MULTIPART_PARTS_CALL_H

#include "api/filestack/filestack.h"
#include "api/filestack/multipart/assemble.h"

struct parts_call {
	struct request *rq;
	json_t *object;
};

/* A handler's `begin`. */
int parts_call_begin(struct request *rq, struct err *err);
/* Sets rq->policy, to what it carries of one. 0, HANDLE_LATER, or -1:
 * ERR_INVALID. */
int parts_call_read(struct request *rq, struct parts_call *out,
		    struct err *err) MUST_CHECK;

/* A text or number, STR_NONE without. */
struct str parts_call_text(const struct parts_call *call, const char *name);
/* The same of the store's options. */
struct str parts_call_store_text(const struct parts_call *call,
				 const char *name);
/* 1, 0: it is not there, -1: ERR_INVALID. */
int parts_call_number(const struct parts_call *call, const char *name,
		      uint64_t *out, struct err *err) MUST_CHECK;
/* The object or array of that name (of `store`, `parts`, `upload_tags` perhaps
 * within a text); NULL without. */
json_t *parts_call_value(const struct parts_call *call, const char *name);
/* Whether parts come in chunks ("intelligent ingestion"). */
bool parts_call_is_chunked(const struct parts_call *call);
/* `parts`: an array of objects, or the text `1:etag;2:etag`. etags: that each
 * must have one. -1: ERR_INVALID. */
int parts_call_parts(const struct parts_call *call, bool etags,
		     struct parts_wanted *out, struct err *err) MUST_CHECK;

/* The application that it is about, as filestack_known_app(); if it names none,
 * as filestack_app(). */
int parts_call_app(const struct parts_call *call, struct err *err) MUST_CHECK;

/* How a file is to be stored: what the call says, and for what it leaves open
 * the object that it was begun with (NULL: it begins). -1: ERR_INVALID. */
int parts_call_options(const struct parts_call *call, json_t *told,
		       struct filestack_options *out,
		       struct err *err) MUST_CHECK;
/* The object to remember. In the arena. */
json_t *parts_call_tell(const struct parts_call *call,
			const struct filestack_options *options);

#endif
