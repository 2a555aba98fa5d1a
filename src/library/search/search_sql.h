/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQL made of a search. Private to src/library.
 *
 * One text for SQLite and PostgreSQL. The members of JSON columns are reached
 * by json_each(document, path), a table of (value, type): PostgreSQL's driver
 * will have to bring functions of that name and of these arguments.
 */
#ifndef LIBRARY_SEARCH_SEARCH_SQL_H
#define LIBRARY_SEARCH_SEARCH_SQL_H

#include "db/db.h"
#include "library/search/search.h"

#include <glib.h>

/* A text, and the values of its parameters in order. */
struct sql {
	const struct view *view;
	GString *text;
	GArray *values; /* of struct db_value */
};

void sql_init(struct sql *sql, const struct view *view);
void sql_release(struct sql *sql);
void sql_add(struct sql *sql, const char *text);
/* "$n" */
void sql_number(struct sql *sql, double number);
void sql_text(struct sql *sql, struct str text);
/* Prepared, with its values bound. */
struct db_stmt *sql_prepare(struct db_tx *tx, const struct sql *sql) MUST_CHECK;

/* What the rows of a search are found by, where the planner should not choose:
 * a term that few rows fulfil, or NULL: the index of the order, row by row. */
struct search_plan {
	const struct search_condition *driver;
};

/* " AND (...)", true for rows of this kind that fulfil the condition; the
 * aliases are f for files, v and f for versions, d for folders. */
void sql_condition(struct sql *sql, const struct search_condition *where,
		   enum search_kind kind, const struct search_plan *plan);

/* Whether a row of this kind can fulfil the condition at all. */
bool search_may_match(const struct search_condition *condition,
		      enum search_kind kind);

/* The terms that every row found must fulfil. */
size_t search_required(const struct search_condition *condition,
		       const struct search_condition **out, size_t max);

#endif
