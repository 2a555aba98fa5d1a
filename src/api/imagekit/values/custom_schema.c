/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/values/custom_schema.h"
#include "api/imagekit/values/form_values.h"
#include "api/imagekit/values/literals.h"
#include "base/date.h"
#include "json/form.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 500

enum kind {
	TEXT,
	TEXTAREA,
	NUMBER,
	DATE,
	BOOLEAN,
	SINGLE_SELECT,
	MULTI_SELECT,
	KINDS,
};

#define BIT(kind) (1u << (kind))
#define TEXTS (BIT(TEXT) | BIT(TEXTAREA))
#define RANGES (BIT(NUMBER) | BIT(DATE))
#define SELECTS (BIT(SINGLE_SELECT) | BIT(MULTI_SELECT))
#define ALL (BIT(KINDS) - 1)

static const char *const kind_names[KINDS] = {
	"Text",    "Textarea",     "Number",      "Date",
	"Boolean", "SingleSelect", "MultiSelect",
};

/* KINDS when there is none. */
static enum kind kind_of(const json_t *schema)
{
	const char *name = json_string_value(json_object_get(schema, "type"));
	for (unsigned i = 0; name && i < KINDS; i++)
		if (strcmp(kind_names[i], name) == 0)
			return (enum kind)i;
	return KINDS;
}

static bool date_of(const json_t *value, int64_t *ms)
{
	struct str text = json_text(value);
	return text.p && imagekit_literal_date(text, ms);
}

static bool is_date(const json_t *value)
{
	int64_t ms;
	return date_of(value, &ms);
}

/* -1, 0, 1; 0 too unless both are numbers, or both dates. */
static int compare(const json_t *a, const json_t *b)
{
	int64_t from = 0, to = 0;
	if (json_is_number(a) && json_is_number(b)) {
		double x = json_number_value(a), y = json_number_value(b);
		return (x > y) - (x < y);
	}
	if (!date_of(a, &from) || !date_of(b, &to))
		return 0;
	return (from > to) - (from < to);
}

/* 1 and 1.0 are one number in JSON. */
static bool is_same(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return compare(a, b) == 0;
	return json_equal(a, b);
}

static bool has_option(const json_t *schema, const json_t *value)
{
	const json_t *option;
	size_t i;
	json_array_foreach (json_object_get(schema, "selectOptions"), i, option)
		if (is_same(option, value))
			return true;
	return false;
}

static const char *text_error(const json_t *schema, const json_t *value)
{
	const json_t *least = json_object_get(schema, "minLength");
	const json_t *most = json_object_get(schema, "maxLength");
	if (!json_is_string(value))
		return "should be a string";
	json_int_t n = g_utf8_strlen(json_string_value(value), -1);
	if (least && n < json_integer_value(least))
		return "is shorter than minLength";
	if (most && n > json_integer_value(most))
		return "is longer than maxLength";
	return NULL;
}

static const char *range_error(const json_t *schema, const json_t *value)
{
	const json_t *least = json_object_get(schema, "minValue");
	const json_t *most = json_object_get(schema, "maxValue");
	if (least && compare(value, least) < 0)
		return "is less than minValue";
	if (most && compare(value, most) > 0)
		return "is greater than maxValue";
	return NULL;
}

/* The same text for what is_same(), and for nothing else; NULL for what no
 * option is. g_free() it. */
static char *option_text(const json_t *value)
{
	if (json_is_number(value))
		return g_strdup_printf("%.17g", json_number_value(value) + 0.0);
	if (json_is_boolean(value))
		return g_strdup(json_is_true(value) ? "true" : "false");
	return json_is_string(value)
		       ? g_strconcat("\"", json_string_value(value), NULL)
		       : NULL;
}

/* There can be tens of thousands of values, and hundreds of options. */
static const char *multi_error(const json_t *schema, const json_t *value)
{
	const json_t *one;
	size_t i;
	bool known = true;
	if (!json_is_array(value))
		return "should be an array";
	g_autoptr(GHashTable) options =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	json_array_foreach (json_object_get(schema, "selectOptions"), i, one) {
		char *text = option_text(one);
		if (text)
			g_hash_table_add(options, text);
	}
	json_array_foreach (value, i, one) {
		g_autofree char *text = option_text(one);
		known = known && text && g_hash_table_contains(options, text);
	}
	return known ? NULL : "is not among selectOptions";
}

const char *imagekit_custom_value_error(const json_t *schema,
					const json_t *value)
{
	switch (kind_of(schema)) {
	case TEXT:
	case TEXTAREA:
		return text_error(schema, value);
	case NUMBER:
		return json_is_number(value) ? range_error(schema, value)
					     : "should be a number";
	case DATE:
		return is_date(value) ? range_error(schema, value)
				      : "should be an ISO 8601 date";
	case BOOLEAN:
		return json_is_boolean(value) ? NULL : "should be a boolean";
	case SINGLE_SELECT:
		return has_option(schema, value) ? NULL
						 : "is not among selectOptions";
	case MULTI_SELECT:
		return multi_error(schema, value);
	case KINDS:
	default:
		return "has a field of unknown type";
	}
}

json_t *imagekit_custom_value_kept(const json_t *schema, json_t *value)
{
	char text[ISO_DATE_MAX + 1];
	int64_t ms;
	if (kind_of(schema) != DATE || !date_of(value, &ms))
		return json_incref(value);
	iso_date_write(ms, true, text);
	return json_string(text);
}

/* Texts of a form */

/* The option that a text is, when none is that very text. */
static json_t *option_of(const json_t *schema, json_t *text)
{
	json_t *number = form_number(text);
	json_t *flag = imagekit_form_flag(text);
	json_t *out = has_option(schema, text)               ? text
		      : number && has_option(schema, number) ? number
		      : flag && has_option(schema, flag)     ? flag
							     : text;
	json_incref(out);
	json_decref(number);
	json_decref(flag);
	return out;
}

static json_t *options_of(const json_t *schema, const json_t *value)
{
	json_t *list = imagekit_form_list(value), *options, *one;
	size_t i;
	if (list == NULL)
		return NULL;
	options = json_array();
	json_array_foreach (list, i, one)
		json_array_append_new(options, option_of(schema, one));
	json_decref(list);
	return options;
}

json_t *imagekit_custom_value_of_form(const json_t *schema, json_t *value)
{
	enum kind kind = kind_of(schema);
	json_t *read = NULL;
	bool empty = json_is_string(value) && json_string_length(value) == 0;
	if (empty && !(BIT(kind) & TEXTS))
		return json_null();
	if (kind == NUMBER)
		read = form_number(value);
	else if (kind == BOOLEAN)
		read = imagekit_form_flag(value);
	else if (kind == SINGLE_SELECT)
		read = option_of(schema, value);
	else if (kind == MULTI_SELECT)
		read = options_of(schema, value);
	return read ? read : json_incref(value);
}

/* Members of a schema */

static const char *check_boolean(const json_t *schema, const json_t *value)
{
	(void)schema;
	return json_is_boolean(value) ? NULL : "should be a boolean";
}

static const char *check_length(const json_t *schema, const json_t *value)
{
	const json_t *least = json_object_get(schema, "minLength");
	const json_t *most = json_object_get(schema, "maxLength");
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return "should be a whole number";
	if (json_is_integer(least) && json_is_integer(most) &&
	    json_integer_value(least) > json_integer_value(most))
		return "minLength should not be greater than maxLength";
	return NULL;
}

static const char *check_bound(const json_t *schema, const json_t *value)
{
	bool dates = kind_of(schema) == DATE;
	const json_t *least = json_object_get(schema, "minValue");
	const json_t *most = json_object_get(schema, "maxValue");
	if (dates ? !is_date(value) : !json_is_number(value))
		return dates ? "should be an ISO 8601 date"
			     : "should be a number";
	if (least && most && compare(least, most) > 0)
		return "minValue should not be greater than maxValue";
	return NULL;
}

static const char *check_options(const json_t *schema, const json_t *value)
{
	const json_t *option, *other;
	size_t i, k;
	(void)schema;
	if (!json_is_array(value) || json_array_size(value) == 0)
		return "should be an array that is not empty";
	if (json_array_size(value) > OPTIONS_MAX)
		return "has too many options";
	json_array_foreach (value, i, option) {
		if (!json_is_string(option) && !json_is_number(option) &&
		    !json_is_boolean(option))
			return "should have strings, numbers and booleans";
		for (k = 0; k < i; k++) {
			other = json_array_get(value, k);
			if (is_same(option, other))
				return "should not have an option twice";
		}
	}
	return NULL;
}

static const char *check_default(const json_t *schema, const json_t *value)
{
	return imagekit_custom_value_error(schema, value);
}

static const struct {
	const char *name;
	unsigned kinds;
	const char *(*check)(const json_t *schema, const json_t *value);
} members[] = {
	{"selectOptions", SELECTS, check_options},
	{"minValue", RANGES, check_bound},
	{"maxValue", RANGES, check_bound},
	{"minLength", TEXTS, check_length},
	{"maxLength", TEXTS, check_length},
	{"isValueRequired", ALL, check_boolean},
	{"defaultValue", ALL, check_default},
};

static const char *member_error(const json_t *schema, const char *name,
				const json_t *value)
{
	enum kind kind = kind_of(schema);
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
		if (strcmp(members[i].name, name) != 0)
			continue;
		if (!(members[i].kinds & BIT(kind)))
			return "not allowed for this type";
		return members[i].check(schema, value);
	}
	return "not allowed";
}

static void set_error(json_t *errors, const char *name, const char *reason)
{
	json_object_set_new(errors, name, json_string(reason));
}

json_t *imagekit_custom_schema_errors(const json_t *schema)
{
	json_t *errors = json_object();
	const char *name;
	json_t *value;
	if (!json_is_object(schema) || kind_of(schema) == KINDS) {
		set_error(errors, "type",
			  "should be one of Text, Textarea, Number, Date, "
			  "Boolean, SingleSelect, MultiSelect");
		return errors;
	}
	json_object_foreach ((json_t *)(uintptr_t)schema, name, value) {
		const char *reason =
			strcmp(name, "type") == 0
				? NULL
				: member_error(schema, name, value);
		if (reason)
			set_error(errors, name, reason);
	}
	if ((BIT(kind_of(schema)) & SELECTS) &&
	    json_object_get(schema, "selectOptions") == NULL)
		set_error(errors, "selectOptions", "is required");
	if (json_is_true(json_object_get(schema, "isValueRequired")) &&
	    json_object_get(schema, "defaultValue") == NULL)
		set_error(errors, "defaultValue", "is required");
	return errors;
}
