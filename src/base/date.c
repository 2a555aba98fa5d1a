/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By hand, because they are written into every response and must not depend on
 * a locale or a time zone.
 */
#include "base/date.h"
#include "base/clock.h"

#define SECONDS_A_DAY 86400
#define LAST_SECOND 253402300799 /* 9999-12-31T23:59:59Z */

static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed",
				     "Thu", "Fri", "Sat"};
static const char *const long_day_names[7] = {
	"Sunday",   "Monday", "Tuesday", "Wednesday",
	"Thursday", "Friday", "Saturday"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr",
					"May", "Jun", "Jul", "Aug",
					"Sep", "Oct", "Nov", "Dec"};

struct date {
	unsigned year, month, day; /* month and day from 1 */
	unsigned hour, minute, second;
	unsigned weekday; /* from Sunday, 0 */
};

/*
 * Days are counted in years that begin on the first of March, so that the
 * leap day is the last one; 719468 days lie between 0000-03-01 and 1970-01-01.
 */
static struct date date_of(int64_t unix_seconds)
{
	if (unix_seconds < 0)
		unix_seconds = 0;
	if (unix_seconds > LAST_SECOND)
		unix_seconds = LAST_SECOND;
	unsigned days = (unsigned)(unix_seconds / SECONDS_A_DAY);
	unsigned rest = (unsigned)(unix_seconds % SECONDS_A_DAY);
	unsigned shifted = days + 719468;
	unsigned century = (4 * shifted + 3) / 146097;
	unsigned in_century = shifted - 146097 * century / 4;
	unsigned year = (4 * in_century + 3) / 1461;
	unsigned in_year = in_century - 1461 * year / 4;
	unsigned month = (5 * in_year + 2) / 153; /* 0 is March */
	return (struct date){
		.year = 100 * century + year + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = in_year - (153 * month + 2) / 5 + 1,
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
		.weekday = (days + 4) % 7,
	};
}

static int64_t date_to_unix(const struct date *date)
{
	unsigned month = date->month < 3 ? date->month + 9 : date->month - 3;
	int64_t year = (int64_t)date->year - (date->month < 3);
	int64_t days = year * 365 + year / 4 - year / 100 + year / 400 +
		       (153 * month + 2) / 5 + date->day - 1 - 719468;
	return days * SECONDS_A_DAY + date->hour * 3600 + date->minute * 60 +
	       date->second;
}

static char *put_digits(char *out, unsigned value, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return out + width;
}

static char *put_name(char *out, const char name[4])
{
	memcpy(out, name, 3);
	return out + 3;
}

static char *put_clock(char *out, const struct date *date)
{
	out = put_digits(out, date->hour, 2);
	*out++ = ':';
	out = put_digits(out, date->minute, 2);
	*out++ = ':';
	return put_digits(out, date->second, 2);
}

void http_date(int64_t unix_seconds, char out[HTTP_DATE_LEN + 1])
{
	struct date date = date_of(unix_seconds);
	out = put_name(out, day_names[date.weekday]);
	*out++ = ',';
	*out++ = ' ';
	out = put_digits(out, date.day, 2);
	*out++ = ' ';
	out = put_name(out, month_names[date.month - 1]);
	*out++ = ' ';
	out = put_digits(out, date.year, 4);
	*out++ = ' ';
	out = put_clock(out, &date);
	memcpy(out, " GMT", sizeof(" GMT"));
}

void iso_date_write(int64_t unix_ms, bool with_millis,
		    char out[ISO_DATE_MAX + 1])
{
	if (unix_ms < 0)
		unix_ms = 0;
	struct date date = date_of(unix_ms / 1000);
	out = put_digits(out, date.year, 4);
	*out++ = '-';
	out = put_digits(out, date.month, 2);
	*out++ = '-';
	out = put_digits(out, date.day, 2);
	*out++ = 'T';
	out = put_clock(out, &date);
	if (with_millis) {
		*out++ = '.';
		out = put_digits(out, (unsigned)(unix_ms % 1000), 3);
	}
	*out++ = 'Z';
	*out = '\0';
}

struct str iso_date(struct arena *arena, int64_t unix_ms, bool with_millis)
{
	char *out = arena_alloc(arena, ISO_DATE_MAX + 1);
	iso_date_write(unix_ms, with_millis, out);
	return str_of(out);
}

/* Takes exactly `width` digits off *s. */
static bool take_digits(struct str *s, size_t width, unsigned *out)
{
	uint64_t value;
	if (s->n < width || !str_to_u64(str_sub(*s, 0, width), 9999, &value))
		return false;
	*s = str_skip(*s, width);
	*out = (unsigned)value;
	return true;
}

static bool take(struct str *s, struct str text)
{
	if (!str_starts(*s, text))
		return false;
	*s = str_skip(*s, text.n);
	return true;
}

static bool take_month(struct str *s, unsigned *out)
{
	for (unsigned i = 0; i < 12; i++) {
		if (take(s, str_of(month_names[i]))) {
			*out = i + 1;
			return true;
		}
	}
	return false;
}

static bool take_weekday(struct str *s, bool long_name)
{
	for (unsigned i = 0; i < 7; i++) {
		const char *name = long_name ? long_day_names[i] : day_names[i];
		if (take(s, str_of(name)))
			return true;
	}
	return false;
}

/* RFC 9110 5.6.7: two digits that seem more than 50 years ahead are past. */
static bool take_short_year(struct str *s, unsigned *out)
{
	unsigned this_year = date_of(now_ms() / 1000).year;
	if (!take_digits(s, 2, out))
		return false;
	*out += this_year - this_year % 100;
	if (*out > this_year + 50)
		*out -= 100;
	return true;
}

static bool take_padded_day(struct str *s, unsigned *out)
{
	return take(s, STR(" ")) ? take_digits(s, 1, out)
				 : take_digits(s, 2, out);
}

/* One letter of a pattern: a part of the date, or itself. */
static bool take_part(struct str *s, char part, struct date *date)
{
	switch (part) {
	case 'w':
		return take_weekday(s, false);
	case 'W':
		return take_weekday(s, true);
	case 'd':
		return take_digits(s, 2, &date->day);
	case 'e':
		return take_padded_day(s, &date->day);
	case 'm':
		return take_month(s, &date->month);
	case 'Y':
		return take_digits(s, 4, &date->year);
	case 'y':
		return take_short_year(s, &date->year);
	case 'h':
		return take_digits(s, 2, &date->hour);
	case 'i':
		return take_digits(s, 2, &date->minute);
	case 's':
		return take_digits(s, 2, &date->second);
	default:
		return take(s, (struct str){&part, 1});
	}
}

static bool date_matches(struct str s, const char *pattern, struct date *date)
{
	for (; *pattern; pattern++)
		if (!take_part(&s, *pattern, date))
			return false;
	return s.n == 0;
}

static bool date_exists(const struct date *date)
{
	static const uint8_t lengths[12] = {31, 28, 31, 30, 31, 30,
					    31, 31, 30, 31, 30, 31};
	bool leap = date->year % 4 == 0 &&
		    (date->year % 100 != 0 || date->year % 400 == 0);
	unsigned length = lengths[date->month - 1];
	if (leap && date->month == 2)
		length = 29;
	return date->day >= 1 && date->day <= length && date->hour < 24 &&
	       date->minute < 60 && date->second <= 60;
}

bool http_date_parse(struct str s, int64_t *unix_seconds)
{
	static const char *const patterns[] = {
		"w, d m Y h:i:s GMT",
		"W, d-m-y h:i:s GMT",
		"w m e h:i:s Y",
	};
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		struct date date = {0};
		if (!date_matches(s, patterns[i], &date))
			continue;
		if (!date_exists(&date))
			return false;
		*unix_seconds = date_to_unix(&date);
		return true;
	}
	return false;
}
