/* SPDX-License-Identifier: Apache-2.0 */
#include "json/form.h"
#include "base/encode.h"

#include <stdlib.h>

#define POSITION_MAX 999999999

/* What may still be made. */
struct room {
	size_t values;
	size_t bytes;
};

/* The names of a pair, from the outside in; one in empty brackets is "". */
struct path {
	struct str names[JSON_DEPTH_MAX];
	size_t n;
};

/* "a[b][]" is three names. False: it is too deep. */
static bool split_name(struct str name, struct path *out)
{
	ptrdiff_t open = str_find(name, '[');
	out->names[0] = name;
	out->n = 1;
	if (open <= 0)
		return true;
	struct str rest = str_skip(name, (size_t)open);
	while (rest.n && out->n < JSON_DEPTH_MAX) {
		ptrdiff_t close = str_find(rest, ']');
		if (rest.p[0] != '[' || close < 0) {
			out->n = 1; /* a name with a bracket in it */
			return true;
		}
		out->names[out->n++] = str_sub(rest, 1, (size_t)close);
		rest = str_skip(rest, (size_t)close + 1);
	}
	out->names[0] = str_sub(name, 0, (size_t)open);
	return rest.n == 0;
}

/* NULL: there are too many. */
static json_t *count(struct room *room, json_t *value)
{
	if (room->values > 0) {
		room->values--;
		return value;
	}
	json_decref(value);
	return NULL;
}

/* Puts a value behind those that a list has; what it is then, borrowed. */
static json_t *append(json_t *list, json_t *value)
{
	return json_array_append_new(list, value) == 0 ? value : NULL;
}

/* The list that the member is, or becomes; NULL when it is something else. */
static json_t *member_list(struct room *room, json_t *object, struct str name)
{
	json_t *there = json_object_getn(object, name.p, name.n);
	if (json_is_array(there))
		return there;
	if (there && !json_is_string(there))
		return NULL;
	json_t *list = count(room, json_array());
	if (there && list)
		json_array_append(list, there);
	return json_object_setn_new(object, name.p, name.n, list) == 0 ? list
								       : NULL;
}

/* The object that the member is, or becomes; NULL when it is something else. */
static json_t *member_object(struct room *room, json_t *object, struct str name)
{
	json_t *there = json_object_getn(object, name.p, name.n);
	if (there)
		return json_is_object(there) ? there : NULL;
	json_t *made = count(room, json_object());
	return json_object_setn_new(object, name.p, name.n, made) == 0 ? made
								       : NULL;
}

/* `a[][b]=1&a[][c]=2` is one element, until a name comes again. */
static json_t *element_object(struct room *room, json_t *list, struct str name)
{
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	if (json_is_object(last) && !json_object_getn(last, name.p, name.n))
		return last;
	return append(list, count(room, json_object()));
}

static bool set_text(struct room *room, json_t *object, struct str name,
		     json_t *text)
{
	if (json_object_getn(object, name.p, name.n) == NULL)
		return json_object_setn_new(object, name.p, name.n, text) == 0;
	json_t *list = member_list(room, object, name);
	if (list)
		return append(list, text) != NULL;
	json_decref(text);
	return false;
}

/* From the list that names[i] is empty for, up to the object that the next name
 * is in, or the list of the text. */
static json_t *go_through_lists(struct room *room, json_t *list,
				const struct path *path, size_t *i)
{
	while (list && *i + 1 < path->n) {
		struct str next = path->names[++*i];
		if (next.n)
			return element_object(room, list, next);
		list = append(list, count(room, json_array()));
	}
	++*i;
	return list;
}

static bool add(struct room *room, json_t *root, const struct path *path,
		json_t *text)
{
	json_t *at = root;
	size_t i = 0;
	while (at && i + 1 < path->n) {
		struct str name = path->names[i++];
		if (path->names[i].n) {
			at = member_object(room, at, name);
			continue;
		}
		at = member_list(room, at, name);
		at = go_through_lists(room, at, path, &i);
	}
	if (at && json_is_array(at))
		return append(at, text) != NULL;
	if (at && i < path->n)
		return set_text(room, at, path->names[i], text);
	json_decref(text);
	return false;
}

static bool add_pair(struct room *room, json_t *root, struct str name,
		     struct str value)
{
	struct path path;
	size_t bytes = name.n + value.n;
	if (bytes > room->bytes)
		return false;
	room->bytes -= bytes;
	if (!str_is_utf8(name) || !str_is_utf8(value) ||
	    !split_name(name, &path))
		return false;
	json_t *text = count(room, json_stringn(value.p, value.n));
	return text && add(room, root, &path, text);
}

json_t *form_parse(struct arena *arena, struct str text)
{
	struct room room = {JSON_VALUES_MAX - 1, FORM_TEXT_MAX};
	struct str name, value;
	json_t *root = json_keep(arena, json_object());
	while (form_next(arena, &text, &name, &value))
		if (!add_pair(&room, root, name, value))
			return NULL;
	return root;
}

json_t *form_of(struct arena *arena, const struct form_pair *pairs, size_t n,
		size_t max_text)
{
	struct room room = {JSON_VALUES_MAX - 1, max_text};
	json_t *root = json_keep(arena, json_object());
	for (size_t i = 0; i < n; i++)
		if (!add_pair(&room, root, pairs[i].name, pairs[i].value))
			return NULL;
	return root;
}

json_t *form_or_json(struct arena *arena, struct str body, size_t flags,
		     bool *is_form)
{
	json_t *value = json_parse_arena(arena, body, flags);
	*is_form =
		value == NULL && str_find(body, '=') >= 0 && !json_begins(body);
	return *is_form ? form_parse(arena, body) : value;
}

json_t *form_number(const json_t *value)
{
	json_t *number = json_parse(json_text(value), JSON_DECODE_ANY);
	if (json_is_number(number))
		return number;
	json_decref(number);
	return NULL;
}

struct position {
	uint64_t number;
	json_t *value;
};

/* Without leading zeros: each position has one name. */
static bool read_position(struct str name, uint64_t *out)
{
	return str_to_u64(name, POSITION_MAX, out) &&
	       (name.n == 1 || name.p[0] != '0');
}

static int compare(const void *a, const void *b)
{
	uint64_t x = ((const struct position *)a)->number;
	uint64_t y = ((const struct position *)b)->number;
	return (x > y) - (x < y);
}

json_t *form_list(const json_t *value)
{
	size_t n = json_object_size(value), i = 0;
	const char *name;
	json_t *one;
	if (json_is_array(value))
		return json_incref((json_t *)(uintptr_t)value);
	if (n == 0)
		return NULL;
	g_autofree struct position *all = g_new(struct position, n);
	json_object_foreach ((json_t *)(uintptr_t)value, name, one) {
		all[i].value = one;
		if (!read_position(str_of(name), &all[i++].number))
			return NULL;
	}
	qsort(all, n, sizeof(*all), compare);
	json_t *list = json_array();
	for (i = 0; i < n; i++)
		json_array_append(list, all[i].value);
	return list;
}
