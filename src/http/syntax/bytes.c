/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of byte classes, computed by the compiler from the rules below.
 */
#include "http/syntax/bytes.h"

#define BETWEEN(c, a, b) ((c) >= (a) && (c) <= (b))
#define IS_ALNUM(c)                                                            \
	(BETWEEN(c, '0', '9') || BETWEEN(c, 'A', 'Z') || BETWEEN(c, 'a', 'z'))
#define IS_TOKEN(c)                                                            \
	(IS_ALNUM(c) || (c) == '!' || BETWEEN(c, '#', '\'') || (c) == '*' ||   \
	 (c) == '+' || (c) == '-' || (c) == '.' || BETWEEN(c, '^', '`') ||     \
	 (c) == '|' || (c) == '~')
#define IS_TARGET(c) ((BETWEEN(c, 0x21, 0x7e) && (c) != '#') || (c) >= 0x80)
#define IS_VALUE(c) ((c) == '\t' || BETWEEN(c, 0x20, 0x7e) || (c) >= 0x80)
#define IS_HOST(c)                                                             \
	(IS_ALNUM(c) || (c) == '!' || BETWEEN(c, '$', '.') || (c) == ';' ||    \
	 (c) == '=' || (c) == '_' || (c) == '~')
#define IS_BOUNDARY(c)                                                         \
	(IS_TOKEN(c) || BETWEEN(c, '\'', ')') || BETWEEN(c, '+', '/') ||       \
	 (c) == ':' || (c) == '=' || (c) == '?' || (c) == ' ')

#define CLASSES(c)                                                             \
	((IS_TOKEN(c) ? BYTE_TOKEN : 0) | (IS_TARGET(c) ? BYTE_TARGET : 0) |   \
	 (IS_VALUE(c) ? BYTE_VALUE : 0) | (IS_HOST(c) ? BYTE_HOST : 0) |       \
	 (IS_BOUNDARY(c) ? BYTE_BOUNDARY : 0))
#define FOUR(c) CLASSES(c), CLASSES((c) + 1), CLASSES((c) + 2), CLASSES((c) + 3)
#define SIXTEEN(c) FOUR(c), FOUR((c) + 4), FOUR((c) + 8), FOUR((c) + 12)

const uint8_t http_bytes[256] = {
	SIXTEEN(0x00), SIXTEEN(0x10), SIXTEEN(0x20), SIXTEEN(0x30),
	SIXTEEN(0x40), SIXTEEN(0x50), SIXTEEN(0x60), SIXTEEN(0x70),
	SIXTEEN(0x80), SIXTEEN(0x90), SIXTEEN(0xa0), SIXTEEN(0xb0),
	SIXTEEN(0xc0), SIXTEEN(0xd0), SIXTEEN(0xe0), SIXTEEN(0xf0),
};
