/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/values/literals.h"

#include <glib.h>
#include <math.h>

#define NUMBER_MAX 64  /* characters */
#define AGE_MAX 100000 /* of its unit */

static const struct {
	const char *unit;
	double bytes;
} units[] = {
	{"", 1},
	{"b", 1},
	{"kb", 1024},
	{"mb", 1024.0 * 1024},
	{"gb", 1024.0 * 1024 * 1024},
	{"tb", 1024.0 * 1024 * 1024 * 1024},
};

static bool skip_any(struct str *s, const char *characters)
{
	bool there = s->n && s->p[0] && strchr(characters, s->p[0]);
	*s = str_skip(*s, there);
	return there;
}

static bool skip_digits(struct str *s)
{
	size_t n = 0;
	while (n < s->n && g_ascii_isdigit(s->p[n]))
		n++;
	*s = str_skip(*s, n);
	return n > 0;
}

/* Takes "-1.5e+3" off *s. */
static bool skip_number(struct str *s)
{
	skip_any(s, "-");
	bool valid = skip_digits(s);
	if (skip_any(s, "."))
		valid = skip_digits(s) && valid;
	if (skip_any(s, "eE")) {
		skip_any(s, "+-");
		valid = skip_digits(s) && valid;
	}
	return valid;
}

bool imagekit_literal_number(struct str text, double *out)
{
	char number[NUMBER_MAX + 1];
	struct str rest = text;
	if (text.n > NUMBER_MAX || !skip_number(&rest) || rest.n)
		return false;
	memcpy(number, text.p, text.n);
	number[text.n] = '\0';
	*out = g_ascii_strtod(number, NULL);
	return isfinite(*out);
}

bool imagekit_literal_size(struct str text, double *out)
{
	size_t n = 0;
	double value;
	text = str_trim(text);
	while (n < text.n && (g_ascii_isdigit(text.p[n]) || text.p[n] == '.'))
		n++;
	if (!imagekit_literal_number(str_sub(text, 0, n), &value))
		return false;
	struct str unit = str_trim(str_skip(text, n));
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		if (!str_eq_nocase(unit, str_of(units[i].unit)))
			continue;
		*out = value * units[i].bytes;
		return true;
	}
	return false;
}

bool imagekit_literal_date(struct str text, int64_t *ms)
{
	char buffer[64];
	if (text.n < strlen("2020-01-01") || text.n > 40 || text.p[4] != '-')
		return false;
	memcpy(buffer, text.p, text.n);
	g_strlcpy(buffer + text.n, str_find(text, 'T') < 0 ? "T00:00:00Z" : "",
		  sizeof(buffer) - text.n);
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(buffer, utc);
	if (date == NULL)
		return false;
	*ms = g_date_time_to_unix(date) * 1000 +
	      g_date_time_get_microsecond(date) / 1000;
	return true;
}

static bool go_back(GDateTime *from, char unit, int n, int64_t *ms)
{
	g_autoptr(GDateTime) date =
		unit == 'h'   ? g_date_time_add_hours(from, -n)
		: unit == 'd' ? g_date_time_add_days(from, -n)
		: unit == 'w' ? g_date_time_add_weeks(from, -n)
		: unit == 'm' ? g_date_time_add_months(from, -n)
			      : g_date_time_add_years(from, -n);
	if (date == NULL)
		return false;
	*ms = g_date_time_to_unix(date) * 1000;
	return true;
}

bool imagekit_literal_time(struct str text, int64_t now, int64_t *ms)
{
	uint64_t n;
	if (text.n < 2 || !strchr("hdwmy", text.p[text.n - 1]) ||
	    !str_to_u64(str_sub(text, 0, text.n - 1), AGE_MAX, &n))
		return imagekit_literal_date(text, ms);
	g_autoptr(GDateTime) from = g_date_time_new_from_unix_utc(now / 1000);
	return from && go_back(from, text.p[text.n - 1], (int)n, ms);
}
