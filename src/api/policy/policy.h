/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's security policies: a JSON text, in base64, that says what its
 * bearer may do until when, and whose signature by a secret key of an account
 * proves it (api/policy_proof.h). No dialect's alone, as a policy opens a file
 * by any URL that it has (request_may_read()), and nothing more than it says.
 *
 * Source: Filestack, "Creating policies"; what of it is read how:
 * docs/decisions/0037-policies.md.
 */
#ifndef API_POLICY_POLICY_H
#define API_POLICY_POLICY_H

#include "base/err.h"
#include "base/id.h"

struct pattern;

enum policy_call {
	POLICY_PICK = 1,
	POLICY_READ = 2,
	POLICY_STAT = 4,
	POLICY_WRITE = 8,
	POLICY_WRITE_URL = 16,
	POLICY_STORE = 32,
	POLICY_CONVERT = 64,
	POLICY_REMOVE = 128,
	POLICY_EXIF = 256,
	POLICY_RUN_WORKFLOW = 512,
};

/* What a policy allows that names no call. */
#define POLICY_DEFAULT (1023u & ~POLICY_EXIF)

#define POLICY_TEXT_MAX (16u * 1024) /* bytes of the base64 */

/* Texts are copied and patterns taken over by policy_entry_new(): one more of
 * either has to be there, too. */
struct policy {
	unsigned calls;
	int64_t expires_s;
	struct str handle;           /* STR_NONE: any, and what is no file */
	uint64_t min_size, max_size; /* of what is stored; 0, UINT64_MAX */
	struct pattern *url, *path, *container; /* NULL: any */
	/* `path`, of which nothing is forbidden any more; NULL: it forbids
	 * nothing. */
	struct pattern *path_at_most;
	bool rooted; /* `path` is about paths that begin with a slash */
};

/* ERR_FORBIDDEN, in the vendor's words. */
int policy_refuse(struct err *err, const char *why);

/* Whether it allows all these calls on the file of that id, or (NULL) what is
 * about none. ERR_FORBIDDEN. */
int policy_allows(const struct policy *policy, unsigned calls,
		  const struct id *file, struct err *err) MUST_CHECK;
/* Whether a file may be stored under the path, as a client gives it, in the
 * container; STR_NONE: none is named. ERR_FORBIDDEN. */
int policy_allows_place(const struct policy *policy, struct str path,
			struct str container, struct err *err) MUST_CHECK;
/* ERR_FORBIDDEN. */
int policy_allows_size(const struct policy *policy, uint64_t size,
		       struct err *err) MUST_CHECK;
int policy_allows_url(const struct policy *policy, struct str url,
		      struct err *err) MUST_CHECK;

#endif
