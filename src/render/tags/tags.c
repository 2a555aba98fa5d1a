/* SPDX-License-Identifier: Apache-2.0 */
#include "render/tags/tags.h"

#include <glib.h>
#include <math.h>

#define INTEGER_MAX 1e15 /* doubles are exact to here and beyond */

void tags_put(const struct tags *tags, const char *name, json_t *value)
{
	struct tag_budget *budget = tags->budget;
	const int flags = TAG_JSON_FLAGS | JSON_ENCODE_ANY;
	if (value == NULL)
		return;
	/* "name":value, */
	size_t size = json_dumpb(value, NULL, 0, flags) + strlen(name) + 4;
	if (*name == '\0' || strlen(name) > TAG_NAME_MAX ||
	    budget->entries == 0 || size > budget->bytes ||
	    json_object_get(tags->object, name)) {
		json_decref(value);
		return;
	}
	if (json_object_set_new(tags->object, name, value) == 0) {
		budget->entries--;
		budget->bytes -= size;
	}
}

/* Blanks as they pad texts in files, control characters included. */
static struct str trim(struct str s)
{
	while (s.n && (unsigned char)s.p[0] <= ' ')
		s = str_skip(s, 1);
	while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
		s.n--;
	return s;
}

static json_t *text_of_latin1(struct str s)
{
	g_autofree char *utf8 = g_malloc(2 * s.n);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x80)
			utf8[n++] = (char)(0xc0 | c >> 6);
		utf8[n++] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
	}
	return json_stringn(utf8, n);
}

json_t *tag_text(struct str bytes)
{
	const char *nul = bytes.n ? memchr(bytes.p, '\0', bytes.n) : NULL;
	if (nul)
		bytes.n = (size_t)(nul - bytes.p);
	struct str s = trim(bytes);
	if (s.n == 0 || s.n > TAG_VALUE_MAX)
		return NULL;
	return str_is_utf8(s) ? json_stringn(s.p, s.n) : text_of_latin1(s);
}

json_t *tag_number(double value)
{
	if (!isfinite(value))
		return NULL;
	if (fabs(value) < INTEGER_MAX && value == floor(value))
		return json_integer((json_int_t)value);
	return json_real(value);
}

json_t *tag_decimal(struct str text)
{
	char number[64], *end;
	text = trim(text);
	if (text.n == 0 || text.n >= sizeof(number))
		return NULL;
	for (size_t i = 0; i < text.n; i++)
		if (strchr("0123456789+-./", text.p[i]) == NULL)
			return NULL;
	memcpy(number, text.p, text.n);
	number[text.n] = '\0';
	double value = g_ascii_strtod(number, &end);
	if (end != number && *end == '/') {
		const char *below = end + 1;
		value /= g_ascii_strtod(below, &end);
		if (end == below)
			return NULL;
	}
	return end == number || *end ? NULL : tag_number(value);
}

/* Takes the pattern off *s: 'd' a digit, collected in the next *numbers as
 * long as they stand together; anything else itself. */
static bool take(struct str *s, const char *pattern, int *numbers)
{
	size_t n = strlen(pattern);
	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s->p[i];
		if (pattern[i] != 'd' && pattern[i] != c)
			return false;
		if (pattern[i] == 'd' && !g_ascii_isdigit(c))
			return false;
		if (pattern[i] != 'd')
			continue;
		*numbers = *numbers * 10 + (c - '0');
		if (pattern[i + 1] != 'd')
			numbers++;
	}
	*s = str_skip(*s, n);
	return true;
}

struct moment {
	int day[3];  /* year, month, day */
	int time[3]; /* hour, minute, second */
	int ms;
	int zone; /* minutes east of UTC */
};

static json_t *iso_date(const struct moment *m)
{
	g_autoptr(GDateTime) there =
		g_date_time_new_utc(m->day[0], m->day[1], m->day[2], m->time[0],
				    m->time[1], m->time[2]);
	if (there == NULL)
		return NULL;
	g_autoptr(GDateTime) utc = g_date_time_add_minutes(there, -m->zone);
	if (utc == NULL)
		return NULL;
	return json_sprintf(
		"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		g_date_time_get_year(utc), g_date_time_get_month(utc),
		g_date_time_get_day_of_month(utc), g_date_time_get_hour(utc),
		g_date_time_get_minute(utc), g_date_time_get_second(utc),
		m->ms);
}

json_t *tag_date_exif(struct str text)
{
	struct moment m = {0};
	struct str s = trim(text);
	if (!take(&s, "dddd:dd:dd", m.day))
		return NULL;
	if (s.n && !take(&s, " dd:dd:dd", m.time))
		return NULL;
	return s.n && s.p[0] != '\0' ? NULL : iso_date(&m);
}

json_t *tag_date_iptc(struct str text)
{
	int day = 0;
	struct str s = text;
	if (!take(&s, "dddddddd", &day) || s.n)
		return NULL;
	struct moment m = {.day = {day / 10000, day / 100 % 100, day % 100}};
	return iso_date(&m);
}

/* ".123456"; more digits than milliseconds are passed over. */
static void take_fraction(struct str *s, int *ms)
{
	if (s->n < 2 || s->p[0] != '.')
		return;
	*s = str_skip(*s, 1);
	for (int unit = 100; s->n && g_ascii_isdigit(s->p[0]); unit /= 10) {
		*ms += unit * (s->p[0] - '0');
		*s = str_skip(*s, 1);
	}
}

static bool take_zone(struct str *s, int *zone)
{
	int parts[2] = {0};
	if (s->n == 0 || take(s, "Z", NULL))
		return true;
	int sign = s->p[0] == '-' ? -1 : 1;
	if (!take(s, sign < 0 ? "-dd:dd" : "+dd:dd", parts))
		return false;
	*zone = sign * (parts[0] * 60 + parts[1]);
	return true;
}

json_t *tag_date_xmp(struct str text)
{
	struct moment m = {0};
	struct str s = trim(text);
	if (!take(&s, "dddd-dd-dd", m.day))
		return NULL;
	if (s.n == 0)
		return iso_date(&m);
	if (!take(&s, "Tdd:dd", m.time))
		return NULL;
	if (take(&s, ":dd", &m.time[2]))
		take_fraction(&s, &m.ms);
	if (!take_zone(&s, &m.zone) || s.n)
		return NULL;
	return iso_date(&m);
}
