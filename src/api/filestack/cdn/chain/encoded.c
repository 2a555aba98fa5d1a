/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/encoded.h"
#include "base/buf.h"
#include "base/encode.h"
#include "json/json.h"

static int not_tasks(struct builder *builder)
{
	return err_set(builder->err, ERR_INVALID,
		       "Tasks are a JSON array of objects, each with a name, "
		       "and params as an object, and no key twice");
}

static void add_quoted(struct buf *text, struct str s)
{
	buf_add_char(text, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_add_char(text, '\\');
		buf_add_char(text, s.p[i]);
	}
	buf_add_char(text, '"');
}

/* As a list stands in a URL. */
static bool add_list(struct buf *text, const json_t *array, unsigned depth)
{
	size_t i;
	json_t *item;
	if (depth == CHAIN_NESTED_MAX)
		return false;
	buf_add_char(text, '[');
	json_array_foreach (array, i, item) {
		if (i)
			buf_add_char(text, ',');
		if (json_is_array(item) && !add_list(text, item, depth + 1))
			return false;
		if (json_is_string(item))
			add_quoted(text, json_text(item));
		else if (json_is_object(item))
			add_quoted(text, json_write(text->arena, item));
		else if (!json_is_array(item))
			buf_add(text, json_write(text->arena, item));
	}
	buf_add_char(text, ']');
	return true;
}

static bool is_list(struct builder *builder, const json_t *value,
		    struct str *out)
{
	struct buf text;
	buf_init(&text, builder->arena, SIZE_MAX / 2);
	if (!add_list(&text, value, 0))
		return false;
	*out = buf_str(&text);
	return true;
}

/* An object is its text, which some parameters take; what is empty was not
 * said. */
static int add_param(struct builder *builder, const char *key,
		     const json_t *value)
{
	struct str text = STR("");
	if (json_is_null(value) ||
	    (json_is_string(value) && json_string_length(value) == 0))
		return 0;
	if (json_is_string(value))
		text = json_text(value);
	else if (json_is_array(value) && !is_list(builder, value, &text))
		return err_set(builder->err, ERR_INVALID,
			       "The parameter %s can have no such value", key);
	else if (!json_is_array(value))
		text = json_write(builder->arena, value);
	return builder_param(builder, arena_str(builder->arena, str_of(key)),
			     text);
}

/* "cache": false is cache=false; true, null, {} and [] say nothing. */
static int add_task(struct builder *builder, json_t *task)
{
	const char *key;
	json_t *value;
	struct str name = json_text(json_member_nocase(task, "name"));
	json_t *params = json_member_nocase(task, "params");
	if (json_has_twins(task) || name.n == 0 ||
	    (params && !json_is_object(params) && !json_is_boolean(params) &&
	     !json_is_null(params) && !json_is_empty_list(params)))
		return not_tasks(builder);
	if (builder_task(builder, name) < 0)
		return -1;
	if (json_is_false(params))
		return builder_param(builder, STR("false"), STR_NONE);
	json_object_foreach (params, key, value)
		if (add_param(builder, key, value) < 0)
			return -1;
	return 0;
}

int encoded_add(struct builder *builder, json_t *tasks)
{
	size_t i;
	json_t *task;
	if (tasks && !json_is_array(tasks) && !json_is_null(tasks))
		return not_tasks(builder);
	json_array_foreach (tasks, i, task)
		if (add_task(builder, task) < 0)
			return -1;
	return 0;
}

int encoded_read(struct builder *builder, struct str raw)
{
	struct str text = base64_decode(builder->arena,
					percent_decode(builder->arena, raw));
	json_t *tasks = json_parse_arena(builder->arena, text, 0);
	return json_is_array(tasks) ? encoded_add(builder, tasks)
				    : not_tasks(builder);
}
