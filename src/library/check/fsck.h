/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of library_fsck(). Private to this directory.
 */
#ifndef LIBRARY_CHECK_FSCK_H
#define LIBRARY_CHECK_FSCK_H

#include "library/library.h"

/* Counts a problem and tells it. */
void fsck_report(struct library_fsck *fsck, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The database itself, first of all. */
int fsck_database(struct library *library, struct library_fsck *fsck,
		  struct err *err) MUST_CHECK;
/* Rows about blobs that contradict each other; tags; usage. */
int fsck_rows(struct library *library, struct library_fsck *fsck,
	      struct err *err) MUST_CHECK;
int fsck_tags(struct library *library, struct library_fsck *fsck,
	      struct err *err) MUST_CHECK;
int fsck_usage(struct library *library, struct library_fsck *fsck,
	       struct err *err) MUST_CHECK;

/* Staged blobs that are no upload's, or are not what was noted of one; repair:
 * into quarantine. */
int fsck_uploads(struct library *library, struct library_fsck *fsck,
		 struct err *err) MUST_CHECK;

#endif
