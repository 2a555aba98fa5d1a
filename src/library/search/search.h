/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing and searching an account's files, old versions and folders.
 *
 * A condition is a tree of comparisons; it is compiled to SQL with bound
 * values. A comparison with something that a row does not have is false; "not
 * equal" and "not in" are then true.
 */
#ifndef LIBRARY_SEARCH_SEARCH_H
#define LIBRARY_SEARCH_SEARCH_H

#include "library/files/file.h"
#include "library/files/folder.h"

#define SEARCH_LIMIT_MAX 1000

enum search_kind {
	SEARCH_GONE = 0, /* since it was found */
	SEARCH_FOLDERS = 1,
	SEARCH_FILES = 2,
	SEARCH_VERSIONS = 4, /* that are not current */
};

enum search_field {
	SEARCH_NAME,
	SEARCH_TAGS,    /* SEARCH_IN, SEARCH_NOT_IN */
	SEARCH_KIND,    /* numbers: enum search_kind; equality only */
	SEARCH_CREATED, /* ms */
	SEARCH_UPDATED, /* ms */
	SEARCH_HEIGHT,
	SEARCH_WIDTH,
	SEARCH_SIZE,    /* bytes */
	SEARCH_TYPE,    /* media type */
	SEARCH_PRIVATE, /* 0 or 1, as the next two */
	SEARCH_PUBLISHED,
	SEARCH_TRANSPARENCY,
	SEARCH_FOLDER,   /* that something is in: "a/b", "" the root */
	SEARCH_EMBEDDED, /* a member of the embedded metadata */
	SEARCH_CUSTOM,   /* a member of the custom metadata */
	SEARCH_FIELDS,
};

enum search_op {
	SEARCH_EQ,
	SEARCH_NE,
	SEARCH_PREFIX, /* of texts */
	SEARCH_LT,
	SEARCH_LE,
	SEARCH_GT,
	SEARCH_GE,
	SEARCH_IN,
	SEARCH_NOT_IN,
};

enum search_value_kind {
	SEARCH_TEXT,
	SEARCH_NUMBER,
	SEARCH_BOOLEAN, /* of metadata: number is 0 or 1 */
};

struct search_value {
	enum search_value_kind kind;
	struct str text;
	double number;
};

enum search_join {
	SEARCH_TERM,
	SEARCH_AND,
	SEARCH_OR,
};

struct search_condition {
	enum search_join join;
	struct search_condition *first, *next; /* SEARCH_AND, SEARCH_OR */
	/* SEARCH_TERM */
	enum search_field field;
	struct str member; /* of metadata; without quotes */
	enum search_op op;
	struct search_value *values; /* one, or with IN any number */
	size_t n;
};

enum search_sort {
	SORT_CREATED,
	SORT_UPDATED,
	SORT_NAME,
	SORT_HEIGHT,
	SORT_WIDTH,
	SORT_SIZE,
};

enum search_type {
	SEARCH_ALL_TYPES,
	SEARCH_IMAGES,
	SEARCH_OTHERS, /* no images */
};

struct search {
	unsigned kinds;    /* enum search_kind; found in this order */
	struct str folder; /* what is in it itself; STR_NONE: anywhere */
	enum search_type type;
	const struct search_condition *where; /* NULL: all */
	enum search_sort sort; /* folders: those they have, else by time */
	bool descending;
	size_t limit, offset; /* limit 1..SEARCH_LIMIT_MAX */
};

struct search_item {
	enum search_kind kind;
	struct file file; /* its id; the rest by search_load() */
	struct folder folder;
};

struct search_list {
	struct search_item *items;
	size_t n;
};

/* What is found, sorted within each kind. Expired files never are. Blocks.
 * ERR_BUSY: it is not done by the view's time. */
int search_run(const struct view *view, const struct search *search,
	       struct search_list *out, struct err *err) MUST_CHECK;
/* The rows of n of the files and versions that were found, as they are now.
 * They can be large, so a few at a time, each few with an arena. Blocks. */
int search_load(const struct view *view, struct search_item *items, size_t n,
		struct err *err) MUST_CHECK;

#endif
