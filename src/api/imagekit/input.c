/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calls of the media library take: bodies and ids.
 *
 * A body is a JSON object, or a form of either kind, as older SDKs for Ruby,
 * Python, PHP and .NET send them. Handlers see one thing: a form's texts have
 * become what the parameter of that name is in JSON, as far as they can be read
 * as such. What cannot is left, and refused as it would be in JSON.
 */
#include "api/imagekit/imagekit.h"
#include "api/body_values.h"
#include "api/imagekit/values/form_values.h"
#include "http/syntax/head.h"
#include "json/form.h"
#include "store/store.h"

#include <glib.h>

static const struct intake_plan body_plan = {
	.max_file = IMAGEKIT_BODY_MAX,
	.max_values = IMAGEKIT_BODY_MAX,
	.too_large = "Your request body is too large.",
};

int imagekit_body_begin(struct request *rq, struct err *err)
{
	if (imagekit_private_key(rq, err) != 0)
		return -1;
	return request_expect_body(rq, &body_plan, err);
}

int imagekit_query_begin(struct request *rq, struct err *err)
{
	if (imagekit_private_key(rq, err) != 0)
		return -1;
	if (rq->x->head.content_length > (int64_t)IMAGEKIT_BODY_MAX)
		return 0;
	return request_expect_body(rq, &body_plan, err);
}

/* curl -d names this type for whatever it sends. What names none is a form when
 * it cannot be JSON: libraries name one for pairs, and none for their text. */
bool imagekit_sent_form(const struct request *rq)
{
	struct str type = http_media_type(request_header(rq, "Content-Type"));
	if (rq->intake == NULL)
		return false;
	if (body_has_parts(rq))
		return true;
	struct str head = store_sink_head(rq->intake->file);
	return (type.n == 0 ? str_find(head, '=') > 0
			    : str_eq_nocase(type, STR("application/x-www-form-"
						      "urlencoded"))) &&
	       !json_begins(head);
}

/* "all" is a value of its own. */
static json_t *ai_tags(const json_t *value)
{
	return str_eq(json_text(value), STR("all")) ? NULL
						    : imagekit_form_list(value);
}

/* What is no text, wherever it stands: a parameter of one name is the same in
 * every call. */
static const struct {
	const char *in; /* NULL: the body itself */
	const char *name;
	imagekit_form_value *read;
} parameters[] = {
	{NULL, "fileIds", imagekit_form_list},
	{NULL, "tags", imagekit_form_list},
	{NULL, "AITags", imagekit_form_list},
	{NULL, "removeAITags", ai_tags},
	{NULL, "extensions", imagekit_form_list},
	{NULL, "purgeCache", imagekit_form_flag},
	{NULL, "includeVersions", imagekit_form_flag},
	{NULL, "includeFileVersions", imagekit_form_flag},
	{NULL, "customMetadata", imagekit_form_object},
	{NULL, "publish", imagekit_form_object},
	{"publish", "isPublished", imagekit_form_flag},
	{"publish", "includeFileVersions", imagekit_form_flag},
	{NULL, "schema", imagekit_form_object},
	{"schema", "isValueRequired", imagekit_form_flag},
	{"schema", "selectOptions", imagekit_form_list},
	{"schema", "minValue", form_number},
	{"schema", "maxValue", form_number},
	{"schema", "minLength", form_number},
	{"schema", "maxLength", form_number},
};

static void convert_form(json_t *form)
{
	for (size_t i = 0; i < G_N_ELEMENTS(parameters); i++) {
		const char *in = parameters[i].in, *name = parameters[i].name;
		json_t *object = in ? json_object_get(form, in) : form;
		const json_t *value = json_object_get(object, name);
		json_t *converted = value ? parameters[i].read(value) : NULL;
		if (converted)
			json_object_set_new(object, name, converted);
	}
}

bool imagekit_is_object(const json_t *value)
{
	return json_is_object(value) || json_is_empty_list(value);
}

static void mend_objects(json_t *body)
{
	for (size_t i = 0; i < G_N_ELEMENTS(parameters); i++) {
		const char *name = parameters[i].name;
		if (parameters[i].read == imagekit_form_object &&
		    json_is_empty_list(json_object_get(body, name)))
			json_object_set_new(body, name, json_object());
	}
}

static json_t *no_members(struct request *rq)
{
	return json_parse_arena(request_arena(rq), STR("{}"), 0);
}

static bool is_blank(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!g_ascii_isspace(text.p[i]))
			return false;
	return true;
}

/* NULL: it is no object. */
static json_t *parse_json(struct request *rq, struct str text)
{
	json_t *body = json_parse_arena(request_arena(rq), text,
					JSON_REJECT_DUPLICATES);
	return is_blank(text) || json_is_empty_list(body) ? no_members(rq)
	       : json_is_object(body)                     ? body
							  : NULL;
}

static int read_form(struct request *rq, struct str text, json_t **out,
		     struct err *err)
{
	*out = body_form(rq, request_arena(rq), text, FORM_TEXT_MAX);
	if (*out == NULL)
		return err_set(err, ERR_INVALID,
			       "Your request contains an invalid form body.");
	convert_form(*out);
	return 0;
}

int imagekit_body(struct request *rq, json_t **out, struct err *err)
{
	struct str text;
	int result = request_body(rq, IMAGEKIT_BODY_MAX, &text, err);
	if (result != 0)
		return result;
	if (imagekit_sent_form(rq)) {
		if (read_form(rq, text, out, err) != 0)
			return -1;
	} else {
		*out = parse_json(rq, text);
		if (*out == NULL)
			return err_set(err, ERR_INVALID,
				       "Your request contains an invalid JSON "
				       "body.");
	}
	mend_objects(*out);
	return 0;
}

int imagekit_query_body(struct request *rq, json_t **out, struct err *err)
{
	struct str text;
	*out = no_members(rq);
	if (rq->intake == NULL || imagekit_sent_form(rq))
		return 0;
	int result = request_body(rq, IMAGEKIT_BODY_MAX, &text, err);
	if (result != 0)
		return result;
	json_t *options = parse_json(rq, text);
	if (options)
		*out = options;
	return 0;
}

int imagekit_id_param(struct str param, const char *name, struct id *out,
		      struct err *err)
{
	if (!id_from_hex(param, out))
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid %s parameter.",
			       name);
	return 0;
}

int imagekit_text_member(const json_t *body, const char *name, struct str *out,
			 struct err *err)
{
	const json_t *value = json_object_get(body, name);
	*out = json_text(value);
	if (out->n)
		return 0;
	if (value == NULL || json_is_null(value) || out->p)
		return err_set_reason(err, ERR_INVALID, "MISSING_PARAMETER",
				      "%s parameter is missing.", name);
	return err_set_reason(err, ERR_INVALID, "INVALID_PARAMETER",
			      "%s parameter should be a string.", name);
}

int imagekit_flag_member(const json_t *body, const char *name, bool *out,
			 struct err *err)
{
	const json_t *value = json_object_get(body, name);
	if (json_is_true(value))
		*out = true;
	if (value == NULL || json_is_null(value) || json_is_boolean(value))
		return 0;
	return err_set_reason(err, ERR_INVALID, "INVALID_PARAMETER",
			      "%s parameter should be a boolean.", name);
}
