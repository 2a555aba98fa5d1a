/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of custom metadata, as uploads and updates bring them.
 */
#include "api/imagekit/custom_schema.h"
#include "api/imagekit/imagekit.h"
#include "library/search/custom_field.h"
#include "library/files/edit.h"

static const struct custom_field *find(const struct custom_field *fields,
				       size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(fields[i].name, str_of(name)))
			return &fields[i];
	return NULL;
}

static bool is_required(const json_t *schema)
{
	return json_is_true(json_object_get(schema, "isValueRequired"));
}

/* Why it cannot be, NULL when it can; *kept gets the value. */
static const char *judge(const struct custom_field *field, json_t *value,
			 bool patch, json_t **kept)
{
	const char *reason = NULL;
	*kept = NULL;
	if (field == NULL)
		return "is not a custom metadata field";
	json_t *schema = json_parse(field->definition, JSON_DECODE_ANY);
	bool required = is_required(schema);
	if (!json_is_null(value))
		reason = imagekit_custom_value_error(schema, value);
	else if (!patch || required)
		reason = required ? "is required" : "should not be null";
	if (reason == NULL)
		*kept = json_is_null(value)
				? json_null()
				: imagekit_custom_value_kept(schema, value);
	json_decref(schema);
	return reason;
}

static json_t *judge_all(const struct custom_field *fields, size_t n,
			 const json_t *values, bool patch, json_t *errors)
{
	json_t *kept = json_object(), *value, *one;
	const char *name;
	json_object_foreach ((json_t *)(uintptr_t)values, name, value) {
		const char *reason =
			judge(find(fields, n, name), value, patch, &one);
		if (reason)
			json_object_set_new(errors, name, json_string(reason));
		else
			json_object_set_new(kept, name, one);
	}
	return kept;
}

/* What a file that gets any values must have. */
static void find_missing(const struct custom_field *fields, size_t n,
			 const json_t *values, json_t *errors)
{
	for (size_t i = 0; i < n; i++) {
		struct str name = fields[i].name;
		json_t *schema =
			json_parse(fields[i].definition, JSON_DECODE_ANY);
		if (is_required(schema) &&
		    !json_object_getn(values, name.p, name.n))
			json_object_setn_new(errors, name.p, name.n,
					     json_string("is required"));
		json_decref(schema);
	}
}

static int read_values(struct request *rq, const json_t *values, bool patch,
		       struct str *text, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct custom_field_list fields;
	if (rq->on_loop)
		return HANDLE_LATER;
	if (custom_field_list(request_view(rq), false, &fields, err) < 0)
		return -1;
	json_t *wrong = json_object();
	json_t *kept = judge_all(fields.items, fields.n, values, patch, wrong);
	if (!patch && json_object_size(values))
		find_missing(fields.items, fields.n, values, wrong);
	*text = json_write(arena, kept);
	json_decref(kept);
	if (json_object_size(wrong)) {
		err_set(err, ERR_INVALID, "Invalid custom metadata.");
		return imagekit_err_more(rq, err, "errors", wrong);
	}
	json_decref(wrong);
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
