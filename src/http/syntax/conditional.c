/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the fields collects the conditions; http_decide() asks them in
 * the order of RFC 9110 section 13.2.2.
 */
#include "http/syntax/conditional.h"

#include <glib.h>

#include "base/date.h"

enum answer {
	NOT_ASKED,
	NO,
	YES,
};

struct conditions {
	enum answer match;      /* If-Match lists the entity-tag */
	enum answer none_match; /* If-None-Match does */
	struct str modified_since;
	struct str unmodified_since;
	struct str if_range;
	struct str range;
	unsigned ranges; /* fields called Range */
};

/* Takes the next entity-tag, quotes included, off *list. False at the end, or
 * when what follows is none. */
static bool next_tag(struct str *list, struct str *tag, bool *weak)
{
	while (list->n &&
	       (list->p[0] == ' ' || list->p[0] == '\t' || list->p[0] == ','))
		*list = str_skip(*list, 1);
	*weak = str_starts(*list, STR("W/"));
	if (*weak)
		*list = str_skip(*list, 2);
	if (list->n == 0 || list->p[0] != '"')
		return false;
	ptrdiff_t close = str_find(str_skip(*list, 1), '"');
	if (close < 0)
		return false;
	*tag = str_sub(*list, 0, (size_t)close + 2);
	*list = str_skip(*list, (size_t)close + 2);
	return true;
}

static enum answer list_has(struct str list, struct str etag, bool strong)
{
	struct str tag;
	bool weak;
	if (str_eq(list, STR("*")))
		return YES;
	while (next_tag(&list, &tag, &weak))
		if (str_eq(tag, etag) && !(strong && weak))
			return YES;
	return NO;
}

static void collect_field(struct conditions *c, const struct http_header *field,
			  struct str etag)
{
	struct str name = field->name, value = field->value;
	if (str_eq_nocase(name, STR("if-match")))
		c->match = MAX(c->match, list_has(value, etag, true));
	else if (str_eq_nocase(name, STR("if-none-match")))
		c->none_match =
			MAX(c->none_match, list_has(value, etag, false));
	else if (str_eq_nocase(name, STR("if-modified-since")))
		c->modified_since = value;
	else if (str_eq_nocase(name, STR("if-unmodified-since")))
		c->unmodified_since = value;
	else if (str_eq_nocase(name, STR("if-range")))
		c->if_range = value;
	else if (str_eq_nocase(name, STR("range")))
		c->range = value, c->ranges++;
}

static void collect(struct conditions *c, const struct http_head *head,
		    struct str etag)
{
	*c = (struct conditions){0};
	for (size_t i = 0; i < head->n_headers; i++) {
		/* Few names begin so, and this is on the way of every GET. */
		char initial = head->headers[i].name.p[0] | 0x20;
		if (initial == 'i' || initial == 'r')
			collect_field(c, &head->headers[i], etag);
	}
}

/* True unless an If-Range says that the client has something else. */
static bool range_applies(struct str if_range, struct str etag,
			  int64_t modified)
{
	int64_t date;
	if (if_range.p == NULL || str_eq(if_range, etag))
		return true;
	return http_date_parse(if_range, &date) && date == modified;
}

/* A position; what is past the largest number counts as that. */
static bool position(struct str s, uint64_t *out)
{
	for (size_t i = 0; i < s.n; i++)
		if (!g_ascii_isdigit(s.p[i]))
			return false;
	if (!str_to_u64(s, UINT64_MAX, out))
		*out = UINT64_MAX;
	return s.n > 0;
}

static enum http_decision last_bytes(uint64_t wanted, uint64_t size,
				     struct http_range *range)
{
	if (wanted == 0)
		return HTTP_RANGE_UNSATISFIED;
	if (size == 0)
		return HTTP_SEND_ALL;
	range->length = MIN(wanted, size);
	range->first = size - range->length;
	return HTTP_SEND_RANGE;
}

/* One range of RFC 9110 section 14.1.2; a list has a comma and so is no range
 * here. */
static enum http_decision cut(struct str value, uint64_t size,
			      struct http_range *range)
{
	if (!str_starts_nocase(value, STR("bytes=")))
		return HTTP_SEND_ALL;
	struct str to = str_trim(str_skip(value, sizeof("bytes=") - 1));
	struct str from = str_split(&to, '-');
	uint64_t first = 0, last = UINT64_MAX;
	if (to.p == NULL || (to.n && !position(to, &last)))
		return HTTP_SEND_ALL;
	if (from.n == 0)
		return to.n ? last_bytes(last, size, range) : HTTP_SEND_ALL;
	if (!position(from, &first) || first > last)
		return HTTP_SEND_ALL;
	if (first >= size)
		return HTTP_RANGE_UNSATISFIED;
	range->first = first;
	range->length = MIN(last, size - 1) - first + 1;
	return HTTP_SEND_RANGE;
}

enum http_decision http_decide(const struct http_head *head,
			       const struct http_representation *of,
			       struct http_range *range)
{
	struct conditions c;
	int64_t date, modified = of->modified_s;
	collect(&c, head, of->etag);
	if (c.match == NO)
		return HTTP_PRECONDITION;
	if (c.match == NOT_ASKED && c.unmodified_since.p &&
	    http_date_parse(c.unmodified_since, &date) && modified > date)
		return HTTP_PRECONDITION;
	if (c.none_match == YES)
		return HTTP_NOT_MODIFIED;
	if (c.none_match == NOT_ASKED && c.modified_since.p &&
	    modified != HTTP_UNDATED &&
	    http_date_parse(c.modified_since, &date) && modified <= date)
		return HTTP_NOT_MODIFIED;
	if (head->method != HTTP_GET || c.ranges != 1 ||
	    !range_applies(c.if_range, of->etag, modified))
		return HTTP_SEND_ALL;
	return cut(c.range, of->size, range);
}
