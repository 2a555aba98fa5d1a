/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses from the transport's side; applications use http.h.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http/http.h"

#define RESPONSE_FIELDS_MAX (16u * 1024)

/* An empty response; drops what was filled in before. */
void response_reset(struct http_exchange *x);
/* Whether body bytes follow the head (HEAD, 204, 304 have none). */
bool response_has_body(const struct http_exchange *x);
/* How a body of unknown length ends; neither for one of known length. */
bool response_is_chunked(const struct http_exchange *x);
bool response_ends_by_closing(const struct http_exchange *x);
/* Status line and all fields, ready to send; in the arena. */
struct str response_head(struct http_exchange *x, struct str date, bool close);

#endif
