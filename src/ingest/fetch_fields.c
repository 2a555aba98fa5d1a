/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/fetch_fields.h"
#include "http/syntax/bytes.h"

#include <glib.h>

/* Ours to say, or of the connection. */
static const char *const ours[] = {
	"Accept-Encoding",   "CDN-Loop",     "Connection", "Content-Length",
	"Content-Encoding",  "Expect",       "Host",       "HTTP2-Settings",
	"Keep-Alive",        "Max-Forwards", "TE",         "Trailer",
	"Transfer-Encoding", "Upgrade",
};

static bool is_ours(struct str name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
		if (str_eq_nocase(name, str_of(ours[i])))
			return true;
	return str_starts_nocase(name, STR("Proxy-"));
}

void fetch_fields_init(struct fetch_fields *fields, struct arena *arena)
{
	fields->n = 0;
	buf_init(&fields->text, arena, FETCH_FIELDS_BYTES);
}

int fetch_fields_add(struct fetch_fields *fields, struct str name,
		     struct str value, struct err *err)
{
	value = str_trim(value);
	if (!http_is_token(name) || str_has_control(value))
		return err_set(err, ERR_INVALID,
			       "The headers for the source must have names "
			       "and values as HTTP allows them");
	if (is_ours(name) || value.n == 0)
		return 0;
	buf_add(&fields->text, name);
	buf_add(&fields->text, STR(": "));
	buf_add(&fields->text, value);
	buf_add_char(&fields->text, '\n');
	if (fields->text.overflow || ++fields->n > FETCH_FIELDS_MAX)
		return err_set(err, ERR_INVALID,
			       "The headers for the source may be at most %d, "
			       "and %u bytes",
			       FETCH_FIELDS_MAX, FETCH_FIELDS_BYTES);
	return 0;
}

struct str fetch_fields_text(const struct fetch_fields *fields)
{
	return fields->n ? buf_str(&fields->text) : STR_NONE;
}
