/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of other hosts in place of files of the library: what deliveries that
 * take URLs share.
 */
#ifndef API_SOURCES_REMOTE_H
#define API_SOURCES_REMOTE_H

#include "api/request.h"

struct fetch_source;
struct remote_item;

/* Of one file, bytes, if its account and its dialect allow as many. Source:
 * Filestack, Processing API, limits of external sources. */
#define REQUEST_REMOTE_MAX (256u * 1024 * 1024)
/* URLs that one request may be about. */
#define REQUEST_REMOTE_URLS 32

/* Whether it is one that this server has made itself: outbound/loop.h. */
bool request_is_own(const struct request *rq);
/* What one on its behalf alone says of that, for loop_line(); in the arena. Not
 * a fetch, which others may wait for (docs/decisions/0035). */
struct str request_loop(struct request *rq);

/* ERR_FETCH for a request that comes of a fetch of this server's: a URL may
 * lead back here, by a name that the server does not know as its own or by a
 * redirect, and each round would hold a fetch that waits for the next. */
int request_check_loop(const struct request *rq, struct err *err) MUST_CHECK;

/*
 * The file at a URL, as request_find_path() gives one of the library: its
 * account is rq->account, which there must be, its id is zero, and its store is
 * HOT_NO_STORE. Of one source a request gets the same copy each time; with
 * fields it is of no use to others.
 *
 * 0, or HANDLE_PENDING: return it, and what is running now, the handler or
 * rq->resume, runs again from its start, on the loop, unless the key has been
 * revoked meanwhile; it must not touch rq any more. -1: ERR_INVALID (no http or
 * https URL, or one with a password), ERR_FETCH (it could not be read),
 * ERR_TOO_LARGE, ERR_LIMIT, ERR_BUSY, ERR_NO_SPACE, ERR_INTERNAL. Does not
 * block.
 */
int request_find_remote(struct request *rq, const struct fetch_source *source,
			struct hot_entry **out, struct err *err) MUST_CHECK;

/* The same of anything that struct remote has; its text is the request's. What
 * `from` says besides may be an error. */
int request_find_item(struct request *rq, struct remote *from,
		      const struct remote_item *item, struct hot_entry **out,
		      struct err *err) MUST_CHECK;

#endif
