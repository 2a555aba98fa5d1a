/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom metadata fields: create, list, update, delete.
 */
#include "api/imagekit/values/custom_schema.h"
#include "api/imagekit/media/media.h"
#include "library/search/custom_field.h"

static json_t *shape(const struct custom_field *field)
{
	json_t *object = json_object();
	json_t *schema = json_parse(field->definition, JSON_DECODE_ANY);
	json_object_set_new(object, "id", json_id(&field->id));
	json_object_set_new(object, "name", json_str(field->name));
	json_object_set_new(object, "label", json_str(field->label));
	json_object_set_new(object, "schema", schema ? schema : json_object());
	return object;
}

/* Only now is it known which type the default value has. */
static void read_default(json_t *schema)
{
	json_t *value = json_object_get(schema, "defaultValue");
	if (value)
		json_object_set_new(
			schema, "defaultValue",
			imagekit_custom_value_of_form(schema, value));
}

static int check_schema(struct request *rq, json_t *schema, struct err *err)
{
	if (imagekit_sent_form(rq))
		read_default(schema);
	json_t *errors = imagekit_custom_schema_errors(schema);
	if (json_object_size(errors) == 0) {
		json_decref(errors);
		return 0;
	}
	err_set(err, ERR_INVALID, "Invalid schema object.");
	return imagekit_err_more(rq, err, "errors", errors);
}

/* A name can stand in quotes behind "customMetadata." */
static bool is_name(struct str name)
{
	return name.n && !str_has_control(name) && str_find(name, '"') < 0 &&
	       str_find(name, '\\') < 0;
}

int imagekit_field_create(struct request *rq, struct err *err)
{
	json_t *body;
	if (imagekit_body(rq, &body, err) != 0)
		return -1;
	json_t *schema = json_object_get(body, "schema");
	struct custom_field field = {
		.account_id = rq->account->id,
		.name = json_text(json_object_get(body, "name")),
		.label = json_text(json_object_get(body, "label")),
	};
	if (!is_name(field.name))
		return err_set(err, ERR_INVALID,
			       "name parameter is missing or invalid.");
	if (field.label.n == 0)
		return err_set(err, ERR_INVALID,
			       "label parameter is missing or invalid.");
	if (check_schema(rq, schema, err) != 0)
		return -1;
	field.definition = json_write(request_arena(rq), schema);
	if (custom_field_create(request_view(rq), &field, err) < 0)
		return err->code == ERR_EXISTS
			       ? err_recode(err, ERR_INVALID, NULL)
			       : -1;
	imagekit_reply(rq, 201, shape(&field));
	return 0;
}

static json_t *list_shape(struct request *rq, const void *fields, size_t i)
{
	(void)rq;
	return shape((const struct custom_field *)fields + i);
}

int imagekit_fields(struct request *rq, struct err *err)
{
	struct custom_field_list fields;
	bool deleted = text_is_true(request_query(rq, "includeDeleted"));
	if (custom_field_list(request_view(rq), deleted, &fields, err) < 0)
		return -1;
	imagekit_reply_list(rq, list_shape, fields.items, fields.n);
	return 0;
}

static int no_field(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "No such custom metadata field exists.");
}

static int field_id(struct request *rq, struct id *id, struct err *err)
{
	return imagekit_id_param(request_param(rq, 0), "ID", id, err);
}

/* The field, in use. */
static int find_field(struct request *rq, const struct id *id,
		      struct custom_field *out, struct err *err)
{
	int found = custom_field_find(request_view(rq), id, out, err);
	if (found <= 0)
		return found < 0 ? -1 : no_field(err);
	if (out->deleted_ms == 0)
		return 0;
	return err_set(err, ERR_INVALID,
		       "Cannot update a deleted custom metadata fields.");
}

/* What the update leaves out stays; the type cannot change. */
static json_t *merged_schema(struct request *rq,
			     const struct custom_field *field,
			     const json_t *changes)
{
	json_t *all = json_parse_arena(request_arena(rq), field->definition, 0);
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)changes, name, value)
		if (strcmp(name, "type") != 0 ||
		    json_equal(value, json_object_get(all, "type")))
			json_object_set(all, name, value);
		else
			json_object_set_new(all, name, json_null());
	return all;
}

static int merge_schema(struct request *rq, json_t *schema,
			struct custom_field *field, struct err *err)
{
	json_t *merged = merged_schema(rq, field, schema);
	if (check_schema(rq, json_is_object(schema) ? merged : schema, err) !=
	    0)
		return -1;
	field->definition = json_write(request_arena(rq), merged);
	return 0;
}

/* Somebody else may have changed it since it was read: then once more. */
int imagekit_field_update(struct request *rq, struct err *err)
{
	struct id id;
	json_t *body;
	struct custom_field was, field;
	if (field_id(rq, &id, err) != 0 || imagekit_body(rq, &body, err) != 0)
		return -1;
	const json_t *label = json_object_get(body, "label");
	json_t *schema = json_object_get(body, "schema");
	if (json_object_get(body, "name"))
		return err_set(err, ERR_INVALID, "Name cannot be updated.");
	if (label == NULL && schema == NULL)
		return err_set(err, ERR_INVALID,
			       "Either label or schema should be provided.");
	if (label && json_text(label).n == 0)
		return err_set(err, ERR_INVALID,
			       "label parameter is missing or invalid.");
	int done;
	do {
		if (find_field(rq, &id, &was, err) != 0)
			return -1;
		field = was;
		if (label)
			field.label = json_text(label);
		if (schema && merge_schema(rq, schema, &field, err) < 0)
			return -1;
		done = custom_field_update(request_view(rq), &was, &field, err);
	} while (done == 0);
	if (done < 0)
		return -1;
	imagekit_reply(rq, 200, shape(&field));
	return 0;
}

int imagekit_field_delete(struct request *rq, struct err *err)
{
	struct id id;
	if (field_id(rq, &id, err) != 0)
		return -1;
	int done = custom_field_delete(request_view(rq), &id, err);
	if (done <= 0)
		return done < 0 ? -1 : no_field(err);
	http_reply_empty(rq->x, 204);
	return 0;
}
