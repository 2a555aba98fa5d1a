/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of all blobs that are in use, a page at a time, in order of their
 * ids: for those who read every stored byte. Private to this directory.
 */
#ifndef LIBRARY_CHECK_BLOB_PAGE_H
#define LIBRARY_CHECK_BLOB_PAGE_H

#include "library/stores.h"

#define BLOB_PAGE_MAX 200

struct blob_row {
	struct store_blob blob;
	/* What is wrong with the row, or with bytes that are in it; NULL:
	 * nothing. */
	const char *problem;
	bool is_inline;
	unsigned extents; /* for blob_find_extents() */
};

struct blob_page {
	int64_t after, until; /* ids above the one, up to the other */
	unsigned max;         /* of rows, up to BLOB_PAGE_MAX */
	unsigned n;           /* below max: there are no more */
	struct blob_row rows[BLOB_PAGE_MAX];
	struct arena arena; /* of what rows point to; the caller's */
	struct library *library;
};

/* What follows `after`, which goes on to the last row. */
int blob_page_read(struct library *library, struct blob_page *page,
		   struct err *err) MUST_CHECK;
/* 1 the blob has a row and is in use, 0 it is not or no longer, -1. */
int blob_in_use(struct library *library, int64_t id,
		struct err *err) MUST_CHECK;

#endif
