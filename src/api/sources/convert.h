/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents and pages of the web as other files, by the operator's converter:
 * what deliveries of all dialects share. What comes out is read like a file of
 * the library, so pictures can be made of it.
 */
#ifndef API_SOURCES_CONVERT_H
#define API_SOURCES_CONVERT_H

#include "api/request.h"
#include "convert/wish.h"

/* Whether a type is one of an office's documents, which no renderer reads. */
bool request_is_office(struct str type);

/*
 * What a document becomes: wish has format and, if they are said, pageformat
 * and orientation. The entry stays the caller's. Returns as
 * request_find_remote(), ERR_FETCH and LIMIT included; besides ERR_UNSUPPORTED,
 * naming the setting that could provide it, ERR_INVALID: it cannot be
 * converted, and ERR_TIMEOUT: not in time, which is no fault of the client's.
 */
int request_find_document(struct request *rq, struct hot_entry *entry,
			  const struct convert_wish *wish,
			  struct hot_entry **out, struct err *err) MUST_CHECK;

/* A picture of the page at wish->url, as it looks to a browser with that
 * window; the account is rq->account, which there must be. Likewise. */
int request_find_screenshot(struct request *rq, const struct convert_wish *wish,
			    struct hot_entry **out, struct err *err) MUST_CHECK;

#endif
