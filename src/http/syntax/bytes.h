/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Byte classes of HTTP's and MIME's grammars, one table look-up each.
 */
#ifndef HTTP_SYNTAX_BYTES_H
#define HTTP_SYNTAX_BYTES_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define BYTE_TOKEN 1u     /* tchar of RFC 9110 section 5.6.2 */
#define BYTE_TARGET 2u    /* printable ASCII but '#', and 0x80 to 0xff */
#define BYTE_VALUE 4u     /* VCHAR, SP, HTAB, obs-text: RFC 9110 section 5.5 */
#define BYTE_HOST 8u      /* reg-name of RFC 3986, '%' among it */
#define BYTE_BOUNDARY 16u /* bchars of RFC 2046 section 5.1.1, and tchar */

extern const uint8_t http_bytes[256];

static inline bool byte_is(char c, unsigned class)
{
	return http_bytes[(unsigned char)c] & class;
}

/* token of RFC 9110 section 5.6.2: not empty, and tchars only. */
static inline bool http_is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!byte_is(s.p[i], BYTE_TOKEN))
			return false;
	return s.n > 0;
}

#endif
