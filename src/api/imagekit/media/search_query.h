/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `searchQuery`: its expression as a condition of the library's search. Private
 * to the dialect.
 */
#ifndef API_IMAGEKIT_SEARCH_QUERY_H
#define API_IMAGEKIT_SEARCH_QUERY_H

#include "library/search/search.h"

struct search_query {
	struct search_condition *where;
	bool names_kind; /* says something of `type` */
};

/* In the view's arena; ages count from its time. ERR_INVALID begins with
 * "Invalid search query - ". */
int imagekit_search_query_parse(const struct view *view, struct str text,
				struct search_query *out,
				struct err *err) MUST_CHECK;

#endif
