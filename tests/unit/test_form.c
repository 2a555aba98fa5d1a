/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms as values: src/json/form.h.
 */
#include "json/form.h"
#include "arena_fixture.h"

#include <glib.h>

static struct str parsed(struct str form)
{
	return json_write(&arena, form_parse(&arena, form));
}

static struct str of_pairs(const struct form_pair *pairs, size_t n,
			   size_t max_text)
{
	return json_write(&arena, form_of(&arena, pairs, n, max_text));
}

static void assert_text(struct str got, const char *wanted)
{
	assert_string_equal(arena_cstr(&arena, got), wanted);
}

/* The text n times, with its number wherever there is a #. */
static struct str repeated(const char *format, size_t n)
{
	GString *text = g_string_new(NULL);
	for (size_t i = 0; i < n; i++) {
		g_autofree char *number = g_strdup_printf("%zu", i);
		g_auto(GStrv) parts = g_strsplit(format, "#", -1);
		g_autofree char *one = g_strjoinv(number, parts);
		g_string_append(text, one);
	}
	struct str copy = arena_str(&arena, (struct str){text->str, text->len});
	g_string_free(text, TRUE);
	return copy;
}

static void names_say_what_is_in_what(void **state)
{
	static const struct {
		const char *form, *json;
	} cases[] = {
		{"", "{}"},
		{"&&", "{}"},
		{"a=1", "{\"a\":\"1\"}"},
		{"a", "{\"a\":\"\"}"},
		{"a=", "{\"a\":\"\"}"},
		{"=x", "{\"\":\"x\"}"},
		{"a=1=2", "{\"a\":\"1=2\"}"},
		{"a=b+c%20d%2B%C3%A9&e%5Bf%5D=%26", "{\"a\":\"b c d+\u00e9\","
						    "\"e\":{\"f\":\"&\"}}"},
		{"a=100%", "{\"a\":\"100%\"}"},
		{"a=1&b=2&a=3&a=4", "{\"a\":[\"1\",\"3\",\"4\"],\"b\":\"2\"}"},
		{"a[]=1", "{\"a\":[\"1\"]}"},
		{"a[]=1&a[]=2", "{\"a\":[\"1\",\"2\"]}"},
		{"a=1&a[]=2", "{\"a\":[\"1\",\"2\"]}"},
		{"a[]=1&a=2", "{\"a\":[\"1\",\"2\"]}"},
		{"a[][]=1&a[][]=2", "{\"a\":[[\"1\"],[\"2\"]]}"},
		{"a[][b]=1&a[][c]=2&a[][b]=3",
		 "{\"a\":[{\"b\":\"1\",\"c\":\"2\"},{\"b\":\"3\"}]}"},
		{"a[][b][c]=1&a[][b][c]=2",
		 "{\"a\":[{\"b\":{\"c\":\"1\"}},{\"b\":{\"c\":\"2\"}}]}"},
		{"a[][][b]=1", "{\"a\":[[{\"b\":\"1\"}]]}"},
		{"a[b]=1&a[c]=2", "{\"a\":{\"b\":\"1\",\"c\":\"2\"}}"},
		{"a[b]=1&a[b]=2", "{\"a\":{\"b\":[\"1\",\"2\"]}}"},
		{"a[b][]=1&a[b][]=2", "{\"a\":{\"b\":[\"1\",\"2\"]}}"},
		{"a[0]=x&a[1]=y", "{\"a\":{\"0\":\"x\",\"1\":\"y\"}}"},
		{"a[b.c d]=1", "{\"a\":{\"b.c d\":\"1\"}}"},
		{"[a]=1", "{\"[a]\":\"1\"}"},
		{"a[b=1", "{\"a[b\":\"1\"}"},
		{"a]b=1", "{\"a]b\":\"1\"}"},
		{"a[b]c=1", "{\"a[b]c\":\"1\"}"},
		{"a[b][c=1", "{\"a[b][c\":\"1\"}"},
		{"a[b[c]]=1", "{\"a[b[c]]\":\"1\"}"},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_text(parsed(str_of(cases[i].form)), cases[i].json);
}

static void what_contradicts_itself_or_is_no_text_is_refused(void **state)
{
	static const char *const forms[] = {
		"a=1&a[b]=2",
		"a[b]=1&a=2",
		"a[]=1&a[b]=2",
		"a[b]=1&a[]=2",
		"a[0]=1&a[]=2",
		"a[b]=1&a[b][c]=2",
		"a[b][]=1&a[b][c]=2",
		"a=%FF",
		"a%FF=1",
		"a=%00",
		"a%00b=1",
		"a[%FF]=1",
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
		assert_null(form_parse(&arena, str_of(forms[i])));
}

static void a_form_costs_no_more_than_json_may(void **state)
{
	(void)state;
	assert_non_null(
		form_parse(&arena, repeated("a[]&", JSON_VALUES_MAX - 2)));
	assert_null(form_parse(&arena, repeated("a[]&", JSON_VALUES_MAX - 1)));
	/* two containers and a text each */
	size_t third = JSON_VALUES_MAX / 3;
	assert_non_null(form_parse(&arena, repeated("#[][]&", third)));
	assert_null(form_parse(&arena, repeated("#[][]&", third + 1)));
	struct str deep = repeated("[x]", JSON_DEPTH_MAX - 1);
	assert_non_null(form_parse(&arena, arena_join(&arena, STR("a"), deep)));
	deep = repeated("[]", JSON_DEPTH_MAX);
	assert_null(form_parse(&arena, arena_join(&arena, STR("a"), deep)));
	struct str text = repeated("x", FORM_TEXT_MAX - 1);
	assert_non_null(
		form_parse(&arena, arena_join(&arena, STR("a="), text)));
	assert_null(form_parse(&arena, arena_join(&arena, STR("ab="), text)));
}

static void pairs_of_another_kind_say_the_same(void **state)
{
	static const struct form_pair pairs[] = {
		{STR("a[b]"), STR("1&2")},
		{STR("c[]"), STR("x")},
		{STR("c[]"), STR("y+")},
	};
	static const struct form_pair contrary[] = {{STR("a"), STR("")},
						    {STR("a[b]"), STR("")}};
	(void)state;
	assert_text(of_pairs(pairs, 3, 100),
		    "{\"a\":{\"b\":\"1&2\"},\"c\":[\"x\",\"y+\"]}");
	assert_text(of_pairs(pairs, 0, 0), "{}");
	assert_null(form_of(&arena, pairs, 3, 15));
	assert_null(form_of(&arena, contrary, 2, 100));
}

static void positions_make_a_list_in_their_order(void **state)
{
	static const struct {
		const char *form, *list; /* NULL: none */
	} cases[] = {
		{"a[]=x&a[]=y", "[\"x\",\"y\"]"},
		{"a[0]=x&a[1]=y", "[\"x\",\"y\"]"},
		{"a[10]=z&a[9]=y&a[0]=x", "[\"x\",\"y\",\"z\"]"},
		{"a[999999999]=y&a[7]=x", "[\"x\",\"y\"]"},
		{"a[0][b]=x", "[{\"b\":\"x\"}]"},
		{"a=x", NULL},
		{"a[b]=x", NULL},
		{"a[0]=x&a[b]=y", NULL},
		{"a[00]=x", NULL},
		{"a[-1]=x", NULL},
		{"a[1000000000]=x", NULL},
		{"a[18446744073709551616]=x", NULL},
		{"b=x", NULL},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *form = form_parse(&arena, str_of(cases[i].form));
		json_t *list = form_list(json_object_get(form, "a"));
		if (cases[i].list)
			assert_text(json_write(&arena, list), cases[i].list);
		else
			assert_null(list);
		json_decref(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(names_say_what_is_in_what),
		WITH_ARENA(what_contradicts_itself_or_is_no_text_is_refused),
		WITH_ARENA(a_form_costs_no_more_than_json_may),
		WITH_ARENA(pairs_of_another_kind_say_the_same),
		WITH_ARENA(positions_make_a_list_in_their_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
