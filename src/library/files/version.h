/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The versions of a file. The current one is in the file's own row, those
 * before it in rows of their own, which keep what described them: media type,
 * size, tags, coordinates, metadata, description, access.
 *
 * Each version has an id and a number that no other version of the file gets
 * again, also when it goes or another becomes current. All calls block and ask
 * that the file belongs to the account and has not expired.
 */
#ifndef LIBRARY_FILES_VERSION_H
#define LIBRARY_FILES_VERSION_H

#include "library/files/file.h"

/* The current one first, then the others, newest first; FILE_VERSIONS_MAX at
 * most. Strings in the arena. 1 found, 0 no such file, -1 failed. */
int version_list(const struct view *view, const struct id *file,
		 struct file_list *out, struct err *err) MUST_CHECK;

struct version_ref {
	struct id file, version;
};

/* 1 found, 0 no such file or version, -1 failed. */
int version_find(const struct view *view, const struct version_ref *which,
		 struct file *out, struct err *err) MUST_CHECK;

/* Bytes go to the trash. 1 removed, 0 no such file or version, -1 failed,
 * ERR_INVALID for the current one. */
int version_delete(const struct view *view, const struct version_ref *which,
		   struct err *err) MUST_CHECK;

/* Makes an old version current: it keeps id and number, and what was current
 * becomes an old version. The file stays as closed as it was. Restoring the
 * current one changes nothing. *out is the file then. 1, 0 no such file or
 * version, -1, ERR_INVALID: it expires before the file does. */
int version_restore(const struct view *view, const struct version_ref *which,
		    struct file *out, struct err *err) MUST_CHECK;

#endif
