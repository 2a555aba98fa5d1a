/* SPDX-License-Identifier: Apache-2.0 */
#include "recognition/plan.h"
#include "json/json.h"

#define PREFIX STR("recognise ")
#define INFO STR("info")

struct str recognition_plan_write(struct arena *arena,
				  const struct recognition_plan *plan)
{
	if (plan->page == 0)
		return arena_join(arena, PREFIX, INFO);
	return arena_printf(arena,
			    "recognise page=%u fine=%d languages=%.*s "
			    "data=%.*s",
			    plan->page, plan->fine, STR_ARG(plan->languages),
			    STR_ARG(plan->data));
}

/* The value of the next word, which has that name. */
static bool take_value(struct str *left, struct str name, struct str *out)
{
	struct str word = str_split(left, ' ');
	if (!str_starts(word, name))
		return false;
	*out = str_skip(word, name.n);
	return out->n > 0;
}

static bool read_page(struct str left, struct recognition_plan *out)
{
	struct str page, fine;
	uint64_t number, flag;
	if (!take_value(&left, STR("page="), &page) ||
	    !take_value(&left, STR("fine="), &fine) ||
	    !take_value(&left, STR("languages="), &out->languages) ||
	    !take_value(&left, STR("data="), &out->data) || left.p ||
	    !str_to_u64(page, UINT32_MAX, &number) || number == 0 ||
	    !str_to_u64(fine, 1, &flag))
		return false;
	out->page = (unsigned)number;
	out->fine = flag != 0;
	return true;
}

bool recognition_plan_read(struct str plan, struct recognition_plan *out)
{
	*out = (struct recognition_plan){0};
	if (!str_starts(plan, PREFIX))
		return false;
	struct str left = str_skip(plan, PREFIX.n);
	return str_eq(left, INFO) || read_page(left, out);
}

struct str recognition_info_write(struct arena *arena,
				  const struct recognition_info *info)
{
	return arena_printf(arena, "{\"pages\":%u,\"document\":%s}",
			    info->pages, info->is_document ? "true" : "false");
}

int recognition_info_read(struct arena *arena, struct str json,
			  struct recognition_info *out, struct err *err)
{
	json_t *object = json_parse_arena(arena, json, JSON_REJECT_DUPLICATES);
	json_t *pages = json_object_get(object, "pages");
	json_t *document = json_object_get(object, "document");
	json_int_t n = json_integer_value(pages);
	if (!json_is_boolean(document) || n < 1 || n > UINT32_MAX)
		return err_set(err, ERR_INTERNAL,
			       "What was kept of a file's pages is nonsense.");
	out->pages = (uint32_t)n;
	out->is_document = json_is_true(document);
	return 0;
}
