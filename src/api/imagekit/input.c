/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calls of the media library take: JSON bodies and ids.
 */
#include "api/imagekit/imagekit.h"

static const struct intake_plan json_plan = {
	.max_file = IMAGEKIT_JSON_MAX,
	.too_large = "Your request body is too large.",
};

int imagekit_json_begin(struct request *rq, struct err *err)
{
	if (imagekit_private_key(rq, err) != 0)
		return -1;
	return request_expect_body(rq, &json_plan, err);
}

int imagekit_json(struct request *rq, json_t **out, struct err *err)
{
	struct str text;
	int result = request_body(rq, IMAGEKIT_JSON_MAX, &text, err);
	if (result != 0)
		return result;
	if (str_trim(text).n == 0)
		text = STR("{}");
	*out = json_parse_arena(request_arena(rq), text,
				JSON_REJECT_DUPLICATES);
	if (!json_is_object(*out))
		return err_set(err, ERR_INVALID,
			       "Your request contains an invalid JSON body.");
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
