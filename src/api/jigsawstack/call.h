/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vendor's calls that take a stored file. Each can be made in three ways:
 *
 *  1. a JSON object with url or file_store_key, whatever its type says: an SDK
 *     goes on to label with the type of the last upload
 *  2. a form with the file, and options in a part `body` as JSON, or in fields
 *  3. the file as the body, and options in the query
 *
 * What is in `body`, or is the body, beats fields, and they beat the query.
 * What is asked of the file is the call's own.
 */
#ifndef API_JIGSAWSTACK_CALL_H
#define API_JIGSAWSTACK_CALL_H

#include "api/request.h"

/* Of a call; static. */
struct call_kind {
	const char *api; /* that a public key must have been given */
	const char *key; /* the field with the file's key: "file_store_key" */
	/* Bytes of the options as JSON; in a form INTAKE_FIELDS_BYTES, if that
	 * is less. */
	size_t max_text;
	bool needs_file; /* else it can be about a text of the options */
};

struct call_file {
	enum call_from {
		CALL_NO_FILE,
		CALL_SENT, /* it is rq->intake->file */
		CALL_STORED,
		CALL_URL,
	} from;
	struct str name; /* of CALL_STORED the key, of CALL_URL the URL; in the
			    arena */
};

/* A route's `begin`: who asks, and how the body is to be taken. ERR_FORBIDDEN
 * for a public key without the API, or as jigsawstack_any_key(). */
int jigsawstack_call_begin(struct request *rq, const struct call_kind *kind,
			   struct err *err) MUST_CHECK;

/*
 * All options as one object, a new reference, and which file it is about. null,
 * and in a form and the query "" and the words that languages have for it
 * (call_text.h), are no option. 0; HANDLE_LATER; -1: ERR_INVALID (no JSON
 * object, more than one file or, where it is needed, none), ERR_INTERNAL.
 */
int jigsawstack_call_read(struct request *rq, const struct call_kind *kind,
			  json_t **options, struct call_file *file,
			  struct err *err) MUST_CHECK;

/*
 * The file, if the request may read it: a reference, hand it to request_keep()
 * or hot_unref(); NULL for what was sent and for no file. 0, HANDLE_LATER, or
 * HANDLE_PENDING as of request_find_remote(); -1: ERR_NOT_FOUND, ERR_FORBIDDEN,
 * or of a URL as there. What is replaced or deleted later stays as it is found.
 */
int jigsawstack_call_find(struct request *rq, const struct call_file *file,
			  struct hot_entry **out, struct err *err) MUST_CHECK;

/* The same, but nothing is fetched: NULL for a URL of somebody else's, too. */
int jigsawstack_call_find_here(struct request *rq, const struct call_file *file,
			       struct hot_entry **out,
			       struct err *err) MUST_CHECK;

#endif
