/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of an account's files, newest first: StashFyle's list, not ImageKit's,
 * which is search.h. Index-backed: a page costs the same however many files
 * there are.
 */
#ifndef LIBRARY_SEARCH_LIST_H
#define LIBRARY_SEARCH_LIST_H

#include "library/files/file.h"

#define LIST_LIMIT_MAX 1000

struct list_query {
	/* STR_NONE: all. Otherwise that folder and all below it; "" is the root
	 * alone. No slash at either end. */
	struct str folder;
	bool after;         /* only what comes after this file in the list */
	struct id after_id; /* need not exist any more */
	unsigned limit;     /* 1..LIST_LIMIT_MAX */
};

struct file_page {
	struct file *items;
	size_t n;
	bool more;      /* others follow */
	struct id last; /* of the page, also if its row is damaged; with more */
};

/* Order: id, descending, so that equal times have a stable order. */
int file_list(const struct view *view, const struct list_query *query,
	      struct file_page *out, struct err *err) MUST_CHECK;

/* The statements of list.c; a test looks at their plans. */
#define LIST_STATEMENTS 4
extern const char *const list_statements[LIST_STATEMENTS];

#endif
