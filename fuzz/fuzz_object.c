/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON objects as parts: the same parts however the body is cut, and of what
 * jansson takes too the same texts and flags. Input: one byte that says how it
 * is cut, the body.
 */
#include <glib.h>

#include "base/str.h"
#include "ingest/object.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct log {
	GString *text;
	GString *value;   /* of the open part */
	GHashTable *last; /* the last value of each name */
};

static int on_begin(void *user, const struct multipart_part *part,
		    struct err *err)
{
	struct log *log = user;
	(void)err;
	g_assert(log->value == NULL && str_is_utf8(part->name));
	log->value = g_string_new(NULL);
	g_string_append_printf(log->text, "\n%u %zu:", part->index,
			       part->name.n);
	g_string_append_len(log->text, part->name.p, (gssize)part->name.n);
	return 0;
}

static int on_data(void *user, const struct multipart_part *part, const char *p,
		   size_t n, struct err *err)
{
	struct log *log = user;
	(void)part;
	(void)err;
	g_assert(log->value && n > 0);
	g_string_append_len(log->value, p, (gssize)n);
	return 0;
}

static int on_end(void *user, const struct multipart_part *part,
		  struct err *err)
{
	struct log *log = user;
	(void)err;
	g_string_append_printf(log->text, "=%zu:", log->value->len);
	g_string_append_len(log->text, log->value->str,
			    (gssize)log->value->len);
	g_hash_table_replace(log->last, g_strndup(part->name.p, part->name.n),
			     g_string_free(log->value, FALSE));
	log->value = NULL;
	return 0;
}

/* Whether the body was taken. */
static bool parse(struct str body, size_t step, struct log *log)
{
	const struct multipart_events events = {log, on_begin, on_data, on_end};
	struct arena arena;
	struct err err = {0};
	arena_init(&arena);
	struct object_parts *o = object_parts_new(&arena, &events);
	int done = 0;
	for (size_t at = 0; at < body.n && done == 0; at += step)
		done = object_parts_feed(o, body.p + at, MIN(step, body.n - at),
					 &err);
	if (done == 0)
		done = object_parts_end(o, &err);
	g_assert((done == 0) == (err.code == 0));
	arena_release(&arena);
	return done == 0;
}

static void log_init(struct log *log)
{
	log->text = g_string_new(NULL);
	log->value = NULL;
	log->last =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void log_release(struct log *log)
{
	g_string_free(log->text, TRUE);
	if (log->value)
		g_string_free(log->value, TRUE);
	g_hash_table_unref(log->last);
}

/* jansson's values of a body that has been taken. */
static void compare(json_t *object, const struct log *log)
{
	const char *name;
	json_t *value;
	json_object_foreach (object, name, value) {
		const char *got = g_hash_table_lookup(log->last, name);
		if (json_is_string(value))
			g_assert_cmpstr(got, ==, json_string_value(value));
		else if (json_is_boolean(value))
			g_assert_cmpstr(got, ==,
					json_is_true(value) ? "true" : "false");
		else if (json_is_null(value))
			g_assert_null(got);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct str body = {(const char *)data + 1, size - 1};
	struct log whole, cut;
	log_init(&whole);
	log_init(&cut);
	bool taken = parse(body, MAX(body.n, 1), &whole);
	g_assert(parse(body, data[0] % 32u + 1, &cut) == taken);
	json_t *object = json_parse(body, JSON_REJECT_DUPLICATES);
	if (taken)
		g_assert_true(g_string_equal(whole.text, cut.text));
	if (taken && json_is_object(object))
		compare(object, &whole);
	json_decref(object);
	log_release(&whole);
	log_release(&cut);
	return 0;
}
