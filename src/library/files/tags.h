/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of tags. Private to src/library.
 */
#ifndef LIBRARY_FILES_TAGS_H
#define LIBRARY_FILES_TAGS_H

#include "db/db.h"
#include "library/files/file.h"

/* The rows that a search for tags looks at become what file->tags says;
 * had_tags: there may be some. Of file: id, account and tags. */
int tags_replace(struct db_tx *tx, const struct file *file, bool had_tags,
		 struct err *err) MUST_CHECK;

#endif
