/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/pairs.h"

#include <glib.h>

#include "base/buf.h"

struct pair_parts {
	struct multipart_events events;
	struct multipart_part part; /* the open one, or the one to come */
	struct buf name;
	bool in_value;
	bool keeps_plus;
	char coded[3]; /* what has come of a %XX */
	size_t n_coded;
};

static int invalid(struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "The request body is not a valid form.");
}

static int put(struct pair_parts *pairs, const char *p, size_t n,
	       struct err *err)
{
	if (pairs->in_value)
		return pairs->events.part_data(pairs->events.user, &pairs->part,
					       p, n, err);
	buf_add(&pairs->name, (struct str){p, n});
	return pairs->name.overflow ? invalid(err) : 0;
}

/* What looked like a %XX and is none stands for itself. */
static int put_coded(struct pair_parts *pairs, struct err *err)
{
	size_t n = pairs->n_coded;
	pairs->n_coded = 0;
	return n ? put(pairs, pairs->coded, n, err) : 0;
}

static int begin_value(struct pair_parts *pairs, struct err *err)
{
	struct str name = buf_str(&pairs->name);
	if (!str_is_utf8(name) || memchr(name.p, '\0', name.n))
		return invalid(err);
	pairs->part.name = name;
	pairs->in_value = true;
	pairs->keeps_plus = false;
	return pairs->events.part_begin(pairs->events.user, &pairs->part, err);
}

/* A name alone is one with an empty value, and nothing is nothing. */
static int end_pair(struct pair_parts *pairs, struct err *err)
{
	if (!pairs->in_value && pairs->name.n == 0)
		return 0;
	if (!pairs->in_value && begin_value(pairs, err) != 0)
		return -1;
	if (pairs->events.part_end(pairs->events.user, &pairs->part, err) != 0)
		return -1;
	pairs->part.index++;
	pairs->in_value = false;
	pairs->name.n = 0;
	return 0;
}

/* A byte of a %XX; false when it is none of it. */
static bool take_coded(struct pair_parts *pairs, char c)
{
	if (pairs->n_coded ? !g_ascii_isxdigit(c) : c != '%')
		return false;
	pairs->coded[pairs->n_coded++] = c;
	return true;
}

static int put_decoded(struct pair_parts *pairs, struct err *err)
{
	char byte = (char)(g_ascii_xdigit_value(pairs->coded[1]) << 4 |
			   g_ascii_xdigit_value(pairs->coded[2]));
	pairs->n_coded = 0;
	return put(pairs, &byte, 1, err);
}

static int take_byte(struct pair_parts *pairs, char c, struct err *err)
{
	if (take_coded(pairs, c))
		return pairs->n_coded == sizeof(pairs->coded)
			       ? put_decoded(pairs, err)
			       : 0;
	if (put_coded(pairs, err) != 0)
		return -1;
	if (take_coded(pairs, c))
		return 0;
	if (c == '&')
		return end_pair(pairs, err);
	if (c == '=' && !pairs->in_value)
		return begin_value(pairs, err);
	if (c == '+' && !pairs->keeps_plus)
		c = ' ';
	return put(pairs, &c, 1, err);
}

/* How many bytes of a value stand for themselves. */
static size_t plain(const struct pair_parts *pairs, const char *p, size_t n)
{
	size_t i = 0;
	if (!pairs->in_value || pairs->n_coded)
		return 0;
	while (i < n && p[i] != '&' && p[i] != '%' &&
	       (p[i] != '+' || pairs->keeps_plus))
		i++;
	return i;
}

struct pair_parts *pair_parts_new(struct arena *arena,
				  const struct multipart_events *events)
{
	struct pair_parts *pairs = arena_zalloc(arena, sizeof(*pairs));
	pairs->events = *events;
	buf_init(&pairs->name, arena, PAIR_NAME_MAX);
	return pairs;
}

void pair_parts_keep_plus(struct pair_parts *pairs)
{
	pairs->keeps_plus = true;
}

int pair_parts_feed(struct pair_parts *pairs, const char *p, size_t n,
		    struct err *err)
{
	while (n) {
		size_t step = plain(pairs, p, n);
		int result = step ? put(pairs, p, step, err)
				  : take_byte(pairs, *p, err);
		if (result != 0)
			return -1;
		p += MAX(step, 1);
		n -= MAX(step, 1);
	}
	return 0;
}

int pair_parts_end(struct pair_parts *pairs, struct err *err)
{
	return put_coded(pairs, err) == 0 ? end_pair(pairs, err) : -1;
}
