/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of an upload, wherever a client has put them. In order of
 * precedence: the JSON of the `body` part, form fields, the query.
 */
#include "api/jigsawstack/call_text.h"
#include "api/jigsawstack/jigsawstack.h"

#include <glib.h>

/* A key that is a number or a list was not meant as "choose one for me". */
static int check_strings(json_t *body, struct err *err)
{
	static const char *const names[] = {"key", "filename", "content_type",
					    "contentType"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		json_t *value = json_object_get(body, names[i]);
		if (value && !json_is_string(value) && !json_is_null(value))
			return err_set(err, ERR_INVALID, "%s must be a string",
				       names[i]);
	}
	return 0;
}

int jigsawstack_body_part(const struct request *rq, json_t **out,
			  struct err *err)
{
	struct str body = intake_get(rq->intake, STR("body"));
	*out = NULL;
	/* SDKs send the text "undefined" when called without options. */
	if (body.n == 0 || str_eq(body, STR("undefined")))
		return 0;
	json_auto_t *value =
		json_parse(body, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY);
	if (value == NULL)
		return err_set(err, ERR_INVALID, "body is not valid JSON");
	/* an array without members is written as a list in PHP */
	if (json_is_null(value) || json_is_empty_list(value))
		return 0;
	if (!json_is_object(value))
		return err_set(err, ERR_INVALID, "body must be a JSON object");
	*out = json_incref(value);
	return 0;
}

int jigsawstack_options_read(struct jigsawstack_options *out,
			     struct request *rq, struct err *err)
{
	*out = (struct jigsawstack_options){.rq = rq};
	if (jigsawstack_body_part(rq, &out->body, err) != 0)
		return -1;
	json_keep(request_arena(rq), out->body);
	return check_strings(out->body, err);
}

static struct str json_option(const struct jigsawstack_options *options,
			      const char *name)
{
	json_t *value = json_object_get(options->body, name);
	if (value == NULL || json_is_null(value))
		return STR_NONE;
	if (!json_is_string(value))
		return json_is_true(value) ? STR("true") : STR("false");
	struct str text = json_text(value);
	return text.n ? text : STR_NONE;
}

/* Old SDKs write their language's word for "not set" into the query. */
static struct str text_option(struct str text)
{
	return call_text_is_none(text) ? STR_NONE : text;
}

struct str jigsawstack_option(const struct jigsawstack_options *options,
			      const char *name, const char *older)
{
	const char *const names[] = {name, older};
	struct request *rq = options->rq;
	for (unsigned place = 0; place < 3; place++) {
		for (unsigned i = 0; i < 2 && names[i]; i++) {
			struct str name_text = str_of(names[i]);
			struct str text =
				place == 0 ? json_option(options, names[i])
				: place == 1
					? text_option(intake_get(rq->intake,
								 name_text))
					: text_option(
						  request_query(rq, names[i]));
			if (text.p)
				return text;
		}
	}
	return STR_NONE;
}

bool jigsawstack_option_is_true(const struct jigsawstack_options *options,
				const char *name)
{
	return text_is_true(jigsawstack_option(options, name, NULL));
}
