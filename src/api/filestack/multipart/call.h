/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call of an upload in parts says, in either of the encodings that the
 * SDKs have: a JSON object with the store's options in an object of their own,
 * or a form (multipart or urlencoded), flat, with `store_` before them. Keys
 * are in any case, values texts or what they stand for.
 */
#ifndef API_FILESTACK_MULTIPART_CALL_H
#define API_FILESTACK_MULTIPART_CALL_H

#include "api/filestack/filestack.h"
#include "api/filestack/multipart/assemble.h"

struct call {
	struct request *rq;
	json_t *object;
};

/* A handler's `begin`. */
int call_begin(struct request *rq, struct err *err);
/* Sets rq->policy, to what it carries of one. 0, HANDLE_LATER, or -1:
 * ERR_INVALID. */
int call_read(struct request *rq, struct call *out, struct err *err) MUST_CHECK;

/* A text or number, STR_NONE without. */
struct str call_text(const struct call *call, const char *name);
/* The same of the store's options. */
struct str call_store_text(const struct call *call, const char *name);
/* 1, 0: it is not there, -1: ERR_INVALID. */
int call_number(const struct call *call, const char *name, uint64_t *out,
		struct err *err) MUST_CHECK;
/* The object or array of that name, perhaps within a text; NULL without. */
json_t *call_value(const struct call *call, const char *name);
/* Whether parts come in chunks ("intelligent ingestion"). */
bool call_is_chunked(const struct call *call);
/* `parts`: an array of objects, or the text `1:etag;2:etag`. etags: that each
 * must have one. -1: ERR_INVALID. */
int call_parts(const struct call *call, bool etags, struct parts_wanted *out,
	       struct err *err) MUST_CHECK;

/* The application that it is about, as filestack_known_app(); if it names none,
 * as filestack_app(). */
int call_app(const struct call *call, struct err *err) MUST_CHECK;

/* How a file is to be stored: what the call says, and for what it leaves open
 * the object that it was begun with (NULL: it begins). -1: ERR_INVALID. */
int call_options(const struct call *call, json_t *told,
		 struct filestack_options *out, struct err *err) MUST_CHECK;
/* The object to remember. In the arena. */
json_t *call_tell(const struct call *call,
		  const struct filestack_options *options);

#endif
