/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of a job as folder_job.c and folder_job_step.c read it. Private to
 * src/library.
 */
#ifndef LIBRARY_BACKGROUND_FOLDER_JOB_ROW_H
#define LIBRARY_BACKGROUND_FOLDER_JOB_ROW_H

#include "library/background/folder_job.h"
#include "db/db.h"

#define SELECT_FOLDER_JOB                                                      \
	"SELECT id, account_id, kind, state, source, target, with_versions,"   \
	" done, failed, created_at, updated_at, purge_id, cursor FROM job"

/* Of it the column that is the steps' own: how far they are. */
#define FOLDER_JOB_CURSOR 12

/* The job whose row stmt, a SELECT_FOLDER_JOB, stands on. */
int folder_job_row_read(struct db_stmt *stmt, struct arena *arena,
			struct folder_job *out, struct err *err) MUST_CHECK;

/* Where everything below a folder begins and ends among paths. */
struct folder_range {
	struct str first, end; /* "a/" and "a0", both exclusive */
};
struct folder_range folder_range(struct arena *arena, struct str folder);

#endif
