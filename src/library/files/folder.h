/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders as such: looking them up and making them. Listing is search.h's,
 * copying, moving and deleting them with all that is in them folder_job.h's.
 * Files make the folders they need themselves.
 */
#ifndef LIBRARY_FILES_FOLDER_H
#define LIBRARY_FILES_FOLDER_H

#include "library/view.h"

struct folder {
	struct id id; /* made of the path: a folder elsewhere is another */
	int64_t account_id;
	struct str path; /* "a/b": no slash at either end */
	struct str name; /* "b" */
	int64_t created_ms, updated_ms;
};

/* The same path of the same account has the same id, forever. Does not
 * block. */
struct id folder_id(int64_t account_id, struct str path);

/* "a/b" and "a/b/c" are below "a", "ab" and "a" are not. Not for the root. */
bool path_is_below(struct str path, struct str folder);

/* The longest beginning of a path, "a/b" of "a/b/c", that is a folder; "" when
 * none is, or the path breaks path_valid(). Blocks. */
int folder_deepest(const struct view *view, struct str path, struct str *out,
		   struct err *err) MUST_CHECK;

/* Of an account, before it makes more by anything but an upload: no quota
 * counts them. About as many: those that come at the same time are not seen. */
#define FOLDERS_MAX 200000

/* With all its ancestors; one that is there already is no error. Blocks.
 * ERR_INVALID: path_valid() refuses it, or it leaves no room for a file.
 * ERR_LIMIT: FOLDERS_MAX. */
int folder_create(const struct view *view, struct str path,
		  struct err *err) MUST_CHECK;

#endif
