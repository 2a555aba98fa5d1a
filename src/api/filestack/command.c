/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls whose body is a JSON object that names the application.
 */
#include "api/filestack/filestack.h"

#define COMMAND_MAX (64u * 1024)

/* No form, no file. */
static const struct intake_plan command_plan = {.max_file = COMMAND_MAX};

int filestack_command_begin(struct request *rq, struct err *err)
{
	if (filestack_basic(rq, err) < 0)
		return -1;
	return request_expect_body(rq, &command_plan, err);
}

int filestack_command(struct request *rq, json_t **out, struct err *err)
{
	struct str body;
	int result = request_body(rq, COMMAND_MAX, &body, err);
	if (result != 0)
		return result;
	*out = json_parse_arena(request_arena(rq), body,
				JSON_REJECT_DUPLICATES);
	if (json_is_object(*out) && !json_has_twins(*out))
		return 0;
	return err_set(err, ERR_INVALID,
		       "The body must be a JSON object, and have no key twice");
}
