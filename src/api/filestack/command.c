/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls whose body is a JSON object that names the application, or a form of
 * either kind that says the same.
 */
#include "api/body_values.h"
#include "api/filestack/filestack.h"
#include "json/form.h"

#define COMMAND_MAX (64u * 1024)

/* No form, no file. */
static const struct intake_plan command_plan = {
	.max_file = COMMAND_MAX,
	.max_values = COMMAND_MAX,
};

int filestack_command_begin(struct request *rq, struct err *err)
{
	if (filestack_basic(rq, err) < 0)
		return -1;
	return request_expect_body(rq, &command_plan, err);
}

/* A list may be a text of JSON, or one that has but one member. */
static json_t *list_of(struct arena *arena, json_t *value)
{
	struct str text = json_text(value);
	json_t *list = text.p ? json_parse(text, 0) : form_list(value);
	if (list == NULL && text.n)
		list = json_pack("[O]", value);
	return json_keep(arena, list);
}

static void read_lists(struct arena *arena, json_t *form)
{
	static const char *const names[] = {"settings", "permissions",
					    "sources", "tasks"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		json_t *value = json_object_get(form, names[i]);
		json_t *list = value ? list_of(arena, value) : NULL;
		if (list)
			json_object_set(form, names[i], list);
	}
}

int filestack_command(struct request *rq, json_t **out, struct err *err)
{
	struct body_values said;
	int result = body_values(rq, COMMAND_MAX, JSON_REJECT_DUPLICATES, &said,
				 err);
	if (result != 0)
		return result;
	*out = said.value;
	if (!json_is_object(*out) || json_has_twins(*out))
		return err_set(err, ERR_INVALID,
			       "The body must be a JSON object, or a form, and "
			       "have no key twice");
	if (said.is_form)
		read_lists(request_arena(rq), *out);
	return 0;
}
