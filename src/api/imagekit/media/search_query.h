/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `searchQuery`: its expression as a condition of the library's search. Private
 * to the dialect.
 */
#ifndef API_IMAGEKIT_MEDIA_SEARCH_QUERY_H
#define API_IMAGEKIT_MEDIA_SEARCH_QUERY_H

#include "library/search/search.h"

struct search_query {
	bool exact; /* else with imagekit_search_spellings() */
	struct search_condition *where;
	bool names_kind; /* says something of `type` */
};

/* How a name or a folder (SEARCH_NAME, SEARCH_FOLDER) may be spelled that
 * version 1 of the API is asked for: as it was asked, and as an upload would
 * have stored it. */
#define SEARCH_SPELLINGS 3
size_t imagekit_search_spellings(struct arena *arena, enum search_field field,
				 struct str text, struct search_value *out);

/* In the view's arena; ages count from its time. out->exact is set: names are
 * as they are spelled. ERR_INVALID begins with "Invalid search query - ". */
int imagekit_search_query_parse(const struct view *view, struct str text,
				struct search_query *out,
				struct err *err) MUST_CHECK;

#endif
