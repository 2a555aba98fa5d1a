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
/*
 * The value of a parameter in its extended spellings, in UTF-8: name* (RFC
 * 8187: charset'language'text, the charset UTF-8 or ISO-8859-1; quotes around
 * the text, as some write them, are dropped); else, if that cannot be read, in
 * sections (RFC 2231 section 3) name*0, name*1*, ..., in any order, those with
 * a star as above. What stands behind the first section that is missing, or
 * behind the 64th, is none of it. False: it has none of these; true with
 * STR_NONE: none that can be read.
 */
bool http_extended_param(struct arena *arena, struct str value, struct str name,
			 struct str *out);

#endif
