/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of custom metadata, as uploads and updates bring them.
 */
#include "api/imagekit/values/custom_schema.h"
#include "api/imagekit/imagekit.h"
#include "library/search/custom_field.h"
#include "library/files/edit.h"

/* Values against the fields of an account. */
struct judging {
	struct custom_field_list fields;
	bool patch; /* null takes a value away */
	bool form;  /* the values are texts of a form */
	json_t *errors;
};

static const struct custom_field *find(const struct judging *j,
				       const char *name)
{
	for (size_t i = 0; i < j->fields.n; i++)
		if (str_eq(j->fields.items[i].name, str_of(name)))
			return &j->fields.items[i];
	return NULL;
}

static bool is_required(const json_t *schema)
{
	return json_is_true(json_object_get(schema, "isValueRequired"));
}

static const char *judge_value(const struct judging *j, const json_t *schema,
			       const json_t *value)
{
	bool required = is_required(schema);
	if (!json_is_null(value))
		return imagekit_custom_value_error(schema, value);
	if (j->patch && !required)
		return NULL;
	return required ? "is required" : "should not be null";
}

/* Why it cannot be, NULL when it can; *kept gets the value. */
static const char *judge(const struct judging *j,
			 const struct custom_field *field, json_t *given,
			 json_t **kept)
{
	*kept = NULL;
	if (field == NULL)
		return "is not a custom metadata field";
	json_t *schema = json_parse(field->definition, JSON_DECODE_ANY);
	json_t *value = j->form ? imagekit_custom_value_of_form(schema, given)
				: json_incref(given);
	const char *reason = judge_value(j, schema, value);
	if (reason == NULL)
		*kept = json_is_null(value)
				? json_null()
				: imagekit_custom_value_kept(schema, value);
	json_decref(value);
	json_decref(schema);
	return reason;
}

static json_t *judge_all(const struct judging *j, const json_t *values)
{
	json_t *kept = json_object(), *value, *one;
	const char *name;
	json_object_foreach ((json_t *)(uintptr_t)values, name, value) {
		const char *reason = judge(j, find(j, name), value, &one);
		if (reason)
			json_object_set_new(j->errors, name,
					    json_string(reason));
		else
			json_object_set_new(kept, name, one);
	}
	return kept;
}

/* What a file that gets any values must have. */
static void find_missing(const struct judging *j, const json_t *values)
{
	for (size_t i = 0; i < j->fields.n; i++) {
		struct str name = j->fields.items[i].name;
		json_t *schema = json_parse(j->fields.items[i].definition,
					    JSON_DECODE_ANY);
		if (is_required(schema) &&
		    !json_object_getn(values, name.p, name.n))
			json_object_setn_new(j->errors, name.p, name.n,
					     json_string("is required"));
		json_decref(schema);
	}
}

static int read_values(struct request *rq, const json_t *values, bool patch,
		       struct str *text, struct err *err)
{
	struct arena *arena = request_arena(rq);
	/* an upload's are JSON, in a form, too */
	struct judging j = {.patch = patch,
			    .form = patch && imagekit_sent_form(rq)};
	if (rq->on_loop)
		return HANDLE_LATER;
	if (custom_field_list(request_view(rq), false, &j.fields, err) < 0)
		return -1;
	j.errors = json_object();
	json_t *kept = judge_all(&j, values);
	if (!patch && json_object_size(values))
		find_missing(&j, values);
	*text = json_write(arena, kept);
	json_decref(kept);
	if (json_object_size(j.errors)) {
		err_set(err, ERR_INVALID, "Invalid custom metadata.");
		return imagekit_err_more(rq, err, "errors", j.errors);
	}
	json_decref(j.errors);
	if (text->n > EDIT_METADATA_MAX)
		return err_set(err, ERR_INVALID,
			       "The custom metadata of a file can have at "
			       "most %u bytes.",
			       EDIT_METADATA_MAX);
	return 0;
}

int imagekit_custom_metadata(struct request *rq, const json_t *values,
			     struct str *text, struct err *err)
{
	return read_values(rq, values, false, text, err);
}

int imagekit_custom_metadata_patch(struct request *rq, const json_t *values,
				   struct str *text, struct err *err)
{
	return read_values(rq, values, true, text, err);
}
