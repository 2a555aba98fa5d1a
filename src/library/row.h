/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading and writing rows of any kind needs again and again. Private to
 * src/library.
 */
#ifndef LIBRARY_ROW_H
#define LIBRARY_ROW_H

#include "base/id.h"
#include "db/db.h"
#include "library/view.h"

#include <glib.h>

/* A NULL-terminated list as the text of a JSON array and back; NULL and NULL.
 * free() the text. */
char *row_list_text(const char *const *list);
const char *const *row_list_parse(struct arena *arena, struct str text);

/* A parameter: the bytes of an id. */
#define DB_ID(id) DB_BLOB((id)->b, ID_BYTES)
/* A column that is an id. ERR_CORRUPT when it is none. */
int row_id(struct db_stmt *stmt, int column, struct id *out,
	   struct err *err) MUST_CHECK;

/* A copy of the array's elements; *n is how many. */
void *row_array_take(GArray *array, struct arena *arena, size_t *n);

/* Whether a list goes on without the row that this came of: it is damaged,
 * which the log is told, and *err is none any more. The row answers for itself,
 * where it is asked for. */
bool row_passed_over(struct err *err, const char *what) MUST_CHECK;

/* Runs a DELETE of what $1 says until no more goes, in transactions of $2 rows
 * each, because uploads wait for the same writer. */
int row_sweep(struct db *db, const char *sql, struct db_value which,
	      struct err *err) MUST_CHECK;

/* db_write() in the turns of the view's account. */
int row_write(const struct view *view, db_fn *fn, void *arg,
	      struct err *err) MUST_CHECK;

/* Several writes, each of its own, and waits for all. A job has its fn and arg;
 * -1: *err is that of the first that failed. */
int row_write_all(const struct view *view, struct db_job *jobs, size_t n,
		  struct err *err) MUST_CHECK;

#endif
