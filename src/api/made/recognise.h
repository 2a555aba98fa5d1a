/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of files, whoever's call asks for it.
 */
#ifndef API_MADE_RECOGNISE_H
#define API_MADE_RECOGNISE_H

#include "api/request.h"
#include "recognition/page.h"

/* Pages that one request may have read. */
#define RECOGNISE_PAGES_MAX 10u

struct recognise_ask {
	bool fine;            /* of small and poor print, which takes longer */
	unsigned first, last; /* pages, from 1; 0: not said */
};

struct recognised_document {
	bool is_document; /* not a picture */
	uint32_t total_pages;
	unsigned first, last;   /* that were read */
	uint32_t width, height; /* of the first of them, as stored */
	const struct recognised_page *pages;
	size_t n_pages;
};

/*
 * Reads the text of the entry's content, or, when that is NULL, of the file
 * that came with the request (rq->intake->file), which is kept nowhere. What
 * *out points to lives as long as the request; the entry stays the caller's in
 * any case. Without a range all pages are read, of more than
 * RECOGNISE_PAGES_MAX the first. A request is about one file: when it asks
 * again, what it asked for first counts, and the content is held until then,
 * whatever has become of the file.
 *
 * 0; HANDLE_LATER; HANDLE_PENDING: return it, and what is running now, the
 * handler or rq->resume, runs again from its start, on the loop; it must not
 * touch rq any more. -1: ERR_INVALID (no picture or document that can be read,
 * a page that is not there); ERR_LIMIT (too many pages); ERR_TOO_LARGE;
 * ERR_TIMEOUT (a page took too long); ERR_BUSY; ERR_UNSUPPORTED (this server
 * reads no texts; says what it lacks); ERR_INTERNAL.
 */
int request_recognise(struct request *rq, struct hot_entry *entry,
		      const struct recognise_ask *ask,
		      struct recognised_document *out,
		      struct err *err) MUST_CHECK;

#endif
