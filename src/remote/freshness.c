/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/freshness.h"
#include "base/date.h"

#include <glib.h>

#define S_MS INT64_C(1000)
#define ABSENT (-1)

/* Seconds, ABSENT without. */
struct directives {
	int64_t max_age, s_maxage, stale_if_error;
	bool no_store, no_cache, must_revalidate;
};

/* The next element of a list; commas in quotes are no ends. */
static struct str next_element(struct str *rest)
{
	bool quoted = false;
	size_t n = 0;
	for (; n < rest->n; n++) {
		char c = rest->p[n];
		if (quoted && c == '\\' && n + 1 < rest->n)
			n++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == ',' && !quoted)
			break;
	}
	n = MIN(n, rest->n);
	struct str element = str_sub(*rest, 0, n);
	*rest = n < rest->n ? str_skip(*rest, n + 1) : STR_NONE;
	return str_trim(element);
}

/* What is no number counts as none left (RFC 9111 4.2.1), and one that is too
 * large as much (1.2.2). */
static int64_t seconds_of(struct str value)
{
	uint64_t seconds;
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = str_sub(value, 1, value.n - 1);
	for (size_t i = 0; i < value.n; i++)
		if (!g_ascii_isdigit(value.p[i]))
			return 0;
	if (value.n == 0)
		return 0;
	return str_to_u64(value, FRESHNESS_MOST_S, &seconds) ? (int64_t)seconds
							     : FRESHNESS_MOST_S;
}

/* Of several the least. */
static void take_seconds(int64_t *out, struct str value)
{
	int64_t seconds = seconds_of(value);
	*out = *out == ABSENT ? seconds : MIN(*out, seconds);
}

static void take_directive(struct directives *d, struct str name,
			   struct str value)
{
	if (str_eq_nocase(name, STR("max-age")))
		take_seconds(&d->max_age, value);
	else if (str_eq_nocase(name, STR("s-maxage")))
		take_seconds(&d->s_maxage, value);
	else if (str_eq_nocase(name, STR("stale-if-error")))
		take_seconds(&d->stale_if_error, value);
	else if (str_eq_nocase(name, STR("no-store")) ||
		 str_eq_nocase(name, STR("private")))
		d->no_store = true;
	else if (str_eq_nocase(name, STR("no-cache")))
		d->no_cache = true;
	else if (str_eq_nocase(name, STR("must-revalidate")) ||
		 str_eq_nocase(name, STR("proxy-revalidate")))
		d->must_revalidate = true;
}

static struct directives directives_of(struct str cache_control)
{
	struct directives d = {ABSENT, ABSENT, ABSENT, false, false, false};
	while (cache_control.p) {
		struct str value = next_element(&cache_control);
		struct str name = str_split(&value, '=');
		take_directive(&d, str_trim(name), str_trim(value));
	}
	return d;
}

/* In seconds, from when the origin made the answer. */
static int64_t lifetime_of(const struct directives *d,
			   const struct fetch_validity *validity,
			   int64_t now_ms)
{
	int64_t expires, date;
	if (d->no_cache || str_contains(validity->vary, STR("*")))
		return 0;
	if (d->s_maxage != ABSENT)
		return d->s_maxage;
	if (d->max_age != ABSENT)
		return d->max_age;
	if (validity->expires.p == NULL)
		return FRESHNESS_USUAL_S;
	if (!http_date_parse(validity->expires, &expires))
		return 0;
	if (validity->date.p == NULL || !http_date_parse(validity->date, &date))
		date = now_ms / S_MS;
	return MAX(expires - date, 0);
}

static int64_t stale_of(const struct directives *d)
{
	if (d->no_cache || d->must_revalidate || d->s_maxage != ABSENT)
		return 0;
	return d->stale_if_error != ABSENT ? d->stale_if_error
					   : FRESHNESS_STALE_S;
}

/* Date is not looked at for the age, unlike RFC 9111 4.2.3 has it: an origin
 * whose clock is late would be asked every time. */
struct freshness freshness_of(const struct fetch_validity *validity, bool moved,
			      int64_t asked_ms, int64_t now_ms)
{
	const struct directives d = directives_of(validity->cache_control);
	int64_t lifetime = lifetime_of(&d, validity, now_ms);
	int64_t age = validity->age.p ? seconds_of(str_trim(validity->age)) : 0;
	if (moved)
		lifetime = MIN(lifetime, FRESHNESS_USUAL_S);
	lifetime = MIN(lifetime, FRESHNESS_MOST_S);
	int64_t fresh_until = MAX(asked_ms + (lifetime - age) * S_MS, now_ms);
	return (struct freshness){
		.may_keep = !d.no_store,
		.fresh_until = fresh_until,
		.stale_until = fresh_until + stale_of(&d) * S_MS,
	};
}

static void update(struct str *field, struct str newer)
{
	if (newer.p)
		*field = newer;
}

struct fetch_validity freshness_update(const struct fetch_validity *before,
				       const struct fetch_validity *unchanged)
{
	struct fetch_validity v = *before;
	update(&v.etag, unchanged->etag);
	update(&v.last_modified, unchanged->last_modified);
	update(&v.cache_control, unchanged->cache_control);
	update(&v.expires, unchanged->expires);
	update(&v.date, unchanged->date);
	update(&v.vary, unchanged->vary);
	v.age = unchanged->age; /* of this answer, not of that */
	return v;
}
