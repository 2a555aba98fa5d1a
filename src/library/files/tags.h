/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of tags. Private to src/library.
 */
#ifndef LIBRARY_TAGS_H
#define LIBRARY_TAGS_H

#include "base/id.h"
#include "db/db.h"

/* The rows that a search for tags looks at; tags: JSON array text or STR_NONE.
 * Those of a file are replaced as a whole; had_tags: there may be some. */
int tags_replace(struct db_tx *tx, int64_t account_id, const struct id *file,
		 bool had_tags, struct str tags, struct err *err) MUST_CHECK;

#endif
