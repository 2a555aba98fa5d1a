/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/content_type.h"

#include <glib.h>

#include "http/syntax/head.h"

#define TYPE_MAX 255

/* Ending in '/' a whole family. */
static const char *const inert_types[] = {
	"image/",
	"video/",
	"audio/",
	"font/",
	"text/plain",
	"text/css",
	"text/csv",
	"text/markdown",
	"text/calendar",
	"text/vcard",
	"application/octet-stream",
	"application/pdf",
	"application/json",
	"application/zip",
	"application/gzip",
	"application/x-gzip",
	"application/x-tar",
	"application/x-7z-compressed",
	"application/vnd.rar",
	"application/msword",
	"application/vnd.ms-excel",
	"application/vnd.ms-powerpoint",
	"application/vnd.openxmlformats-officedocument.wordprocessingml."
	"document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.presentationml."
	"presentation",
};

/* Browsers split the header at commas and believe the last type they know
 * (Fetch standard, "extract a MIME type"), so a type with one is judged as
 * something it is not. */
struct str content_type_safe(struct str type)
{
	bool safe =
		type.n <= TYPE_MAX && http_is_media_type(http_media_type(type));
	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] < ' ' || type.p[i] > '~' || type.p[i] == ',')
			safe = false;
	return safe ? type : STR("application/octet-stream");
}

static bool ends_nocase(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	       str_eq_nocase(str_skip(s, s.n - suffix.n), suffix);
}

bool content_type_inert(struct str type)
{
	struct str essence = http_media_type(type);
	if (ends_nocase(essence, STR("+xml")) ||
	    ends_nocase(essence, STR("/xml")))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(inert_types); i++) {
		struct str inert = str_of(inert_types[i]);
		bool family = inert.p[inert.n - 1] == '/';
		if (family ? str_starts_nocase(essence, inert)
			   : str_eq_nocase(essence, inert))
			return true;
	}
	return false;
}
