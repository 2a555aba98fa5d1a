/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in the parameters of a Content-Disposition, as clients and servers
 * really spell it. What http_param() gives is decoded here.
 */
#ifndef HTTP_SYNTAX_FILENAME_H
#define HTTP_SYNTAX_FILENAME_H

#include "base/arena.h"

/* `s`, an ISO 8859-1 text, as UTF-8. */
struct str http_from_latin1(struct arena *arena, struct str s);
/* A quoted-string's inside: takes the backslashes off `\"` and `\\`; others are
 * of a Windows path. */
struct str http_unquote(struct arena *arena, struct str s);
/* The value of an extended parameter (RFC 8187): charset'language'text, the
 * charset UTF-8 or ISO-8859-1. Quotes around the text, as some write them, are
 * dropped. In UTF-8; STR_NONE when it is nothing of that kind. */
struct str http_extended(struct arena *arena, struct str value);

#endif
