/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vendor's calls that this server does not do itself, done by a service of
 * the operator's that speaks the same API (--jigsawstack-upstream). What is
 * about a stored file is judged here: the service never sees a key of ours, and
 * a file of somebody else's is not there. Then it gets the file.
 */
#ifndef API_JIGSAWSTACK_FORWARD_H
#define API_JIGSAWSTACK_FORWARD_H

#include "api/jigsawstack/call.h"

/* A call that has been read and whose file was found. */
struct forward {
	struct str path; /* "/v1/object_detection"; in the arena, or
			    static */
	const char *key; /* as in struct call_kind */
	json_t *options; /* as the client gave them; only while it is called */
	struct call_file file;
	struct hot_entry *entry; /* stays the caller's, as long as the request;
				    NULL: none */
};

/*
 * The service's answer: its status, type and body. What it refuses without JSON
 * is worded here, and so is what comes to nothing: 502, 503, 504.
 * HANDLE_PENDING, or -1: ERR_UNSUPPORTED (there is no such service; names the
 * setting), ERR_BUSY, ERR_INVALID.
 */
int jigsawstack_forward(struct request *rq, const struct forward *what,
			struct err *err) MUST_CHECK;

#endif
