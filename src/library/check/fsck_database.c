/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of the database itself, before its rows are believed. Indexes that
 * do not fit their tables hide rows from whoever asks through them; they can be
 * made again. A damaged table can not.
 */
#include "library/check/fsck.h"
#include "library/library_internal.h"

static void report(void *user, const char *text)
{
	fsck_report(user, "database: %s", text);
}

static void report_left(void *user, const char *text)
{
	fsck_report(user, "database, after the repair: %s", text);
}

int fsck_database(struct library *library, struct library_fsck *fsck,
		  struct err *err)
{
	struct err why;
	uint64_t before = fsck->problems;
	if (db_check(library->db, report, fsck, err) < 0)
		return -1;
	if (fsck->problems == before || !fsck->repair)
		return 0;
	if (db_repair(library->db, &why) == 0)
		return db_check(library->db, report_left, fsck, err);
	fsck_report(fsck, "the database cannot be repaired: %s", why.text);
	return 0;
}
