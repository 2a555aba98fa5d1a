/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates as the wire writes them, in UTC whatever the locale and time zone.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/arena.h"

/* RFC 9110 5.6.7 IMF-fixdate, 29 characters and a NUL. */
#define HTTP_DATE_LEN 29
void http_date(int64_t unix_seconds, char out[HTTP_DATE_LEN + 1]);
/* All three forms of RFC 9110 5.6.7; false when s is none of them. */
bool http_date_parse(struct str s, int64_t *unix_seconds);
/* 2024-01-15T10:30:00Z from milliseconds; with_millis: 2024-01-15T10:30:00.000Z
 */
struct str iso_date(struct arena *arena, int64_t unix_ms, bool with_millis);
/* The same without an arena. Both dates are held within 1970 to 9999. */
#define ISO_DATE_MAX 24
void iso_date_write(int64_t unix_ms, bool with_millis,
		    char out[ISO_DATE_MAX + 1]);

#endif
