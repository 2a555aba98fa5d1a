/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processing URLs as people write them: all of them want something, and nothing
 * of what they say is lost on the way. Each task and each parameter is left out
 * in turn: something else is wanted then, or there is a reason, which is named
 * here.
 */
#include "api/filestack/cdn/grammar/tasks.h"
#include "filestack_chains.h"
#include "filestack_wanted.h"
#include "plan_text.h"

/* Refused, and rightly so. */
static const struct {
	const char *part, *error;
} refused[] = {
	{"/resize=/", "no parameters for `resize` task behind its `=`"},
};

static struct str outcome(struct arena *arena, const struct chain *chain,
			  struct err *err)
{
	struct cdn_wanted wanted;
	const struct cdn_transformation in = {
		.chain = chain,
		.accept = STR("image/webp"),
	};
	*err = (struct err){0};
	if (cdn_grammar(&in, arena, &wanted, err) < 0)
		return str_of(err->text);
	return describe(arena, &wanted);
}

static bool has_refused(const struct chain *chain)
{
	for (const struct chain_task *task = chain->tasks; task;
	     task = task->next) {
		enum cdn_task known = cdn_task_of(task->name);
		if (known != CDN_TASK_COUNT &&
		    cdn_tasks[known].group == CDN_REFUSED)
			return true;
	}
	return false;
}

/* Other spellings of defaults. */
static const struct {
	const char *name, *value;
} same[] = {
	{"deg", "exif"}, /* what is made is upright */
	{"position", "[middle,center]"},
	{"color", "FFFFFFFF"},
	{"color", "white"},
	{"background", "FFFFFFFF"},
	{"background", "white"},
	{"mode", "fill"},
	{"mode", "object"},
	{"width", "max"},
	{"foreground", "black"},
	{"upscale", "false"}, /* a task that does nothing */
};

static bool is_default(const struct cdn_param_info *info, struct str value)
{
	if (str_eq_nocase(value, str_of(info->fallback)) ||
	    str_eq(value, STR("true")))
		return true;
	for (size_t i = 0; i < COUNT(same); i++)
		if (strcmp(info->name, same[i].name) == 0 &&
		    str_eq(value, str_of(same[i].value)))
			return true;
	return false;
}

static bool is_output(const struct chain_task *task)
{
	return cdn_tasks[cdn_task_of(task->name)].group == CDN_OUTPUT;
}

/* A later task says anew what this one has said. */
static bool is_repeated(const struct chain_task *task)
{
	for (const struct chain_task *later = task->next; later;
	     later = later->next)
		if (str_eq(later->name, task->name) ||
		    (is_output(task) && is_output(later)))
			return true;
	return false;
}

/* As a URL of ours has it, too, that is the source of another. */
static bool is_said_twice(const struct chain *chain,
			  const struct chain_task *task)
{
	unsigned n = 0;
	for (const struct chain_task *other = chain->tasks; other;
	     other = other->next)
		n += str_eq(other->name, task->name);
	return n > 1;
}

/* What is kept is asked only where something is cut off. */
static bool lacks_company(const struct chain_task *task,
			  const struct chain_param *param)
{
	bool has_crop = false;
	for (const struct chain_param *other = task->params; other;
	     other = other->next)
		has_crop |= str_eq(other->value, STR("crop"));
	return cdn_task_of(task->name) == CDN_TASK_RESIZE && !has_crop &&
	       str_starts(param->key, STR("a"));
}

static bool is_explained(const struct chain_task *task,
			 const struct chain_param *param)
{
	const struct cdn_task_info *info = &cdn_tasks[cdn_task_of(task->name)];
	const struct cdn_param_info *row =
		&info->params[cdn_param_of(info, param->key)];
	return str_starts(str_of(row->help), STR("accepted")) ||
	       is_default(row, param->value) || lacks_company(task, param) ||
	       (is_output(task) && is_repeated(task));
}

/* Does nothing by itself, and here neither. */
static bool is_idle(const struct chain_task *task)
{
	static const enum cdn_task idle[] = {
		CDN_TASK_RESIZE,  CDN_TASK_CROP,    CDN_TASK_ROTATE,
		CDN_TASK_CACHE,   CDN_TASK_QUALITY, CDN_TASK_OUTPUT,
		CDN_TASK_UPSCALE,
	};
	bool is_able = false, is_said = false;
	for (size_t i = 0; i < COUNT(idle); i++)
		is_able |= cdn_task_of(task->name) == idle[i];
	for (const struct chain_param *param = task->params; param;
	     param = param->next)
		is_said |= !is_explained(task, param);
	return (is_able && !is_said) || is_repeated(task);
}

static void check_params(struct arena *arena, const struct chain *chain,
			 struct chain_task *task, struct str whole)
{
	struct err err;
	for (struct chain_param **at = &task->params; *at; at = &(*at)->next) {
		struct chain_param *param = *at;
		if (is_explained(task, param))
			continue;
		*at = param->next;
		bool is_lost = str_eq(outcome(arena, chain, &err), whole);
		*at = param;
		if (is_lost)
			fail_msg("%.*s of %.*s is lost in %.*s",
				 STR_ARG(param->key), STR_ARG(task->name),
				 STR_ARG(whole));
	}
}

static void check_tasks(struct arena *arena, struct chain *chain,
			struct str whole)
{
	struct err err;
	for (struct chain_task **at = &chain->tasks; *at; at = &(*at)->next) {
		struct chain_task *task = *at;
		check_params(arena, chain, task, whole);
		if (is_idle(task) || is_said_twice(chain, task))
			continue;
		*at = task->next;
		bool is_lost = str_eq(outcome(arena, chain, &err), whole);
		*at = task;
		if (is_lost)
			fail_msg("%.*s is lost in %.*s", STR_ARG(task->name),
				 STR_ARG(whole));
	}
}

static bool is_rightly_refused(const char *url, const struct err *err)
{
	for (size_t i = 0; i < COUNT(refused); i++)
		if (str_contains(str_of(url), str_of(refused[i].part)) &&
		    str_eq(str_of(err->text), str_of(refused[i].error)))
			return true;
	return false;
}

static void nothing_that_people_write_is_lost(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(filestack_chains); i++) {
		struct arena arena;
		struct err err;
		struct chain chain;
		const char *url = filestack_chains[i].url;
		arena_init(&arena);
		if (read_chain(&arena, url, &chain, &err) == 0) {
			struct str whole = outcome(&arena, &chain, &err);
			if (err.code == ERR_NONE)
				check_tasks(&arena, &chain, whole);
			else if (!is_rightly_refused(url, &err) &&
				 (err.code != ERR_UNSUPPORTED ||
				  !has_refused(&chain)))
				fail_msg("%s: %s", url, err.text);
		}
		arena_release(&arena);
	}
}

static void the_text_of_each_plan_reads_as_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(filestack_chains); i++) {
		struct arena arena;
		struct err err;
		struct chain chain;
		struct cdn_wanted wanted;
		const struct cdn_transformation in = {.chain = &chain};
		arena_init(&arena);
		if (read_chain(&arena, filestack_chains[i].url, &chain, &err) ==
			    0 &&
		    cdn_grammar(&in, &arena, &wanted, &err) == 0)
			assert_reads_as_itself(&wanted.plan, &arena);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_people_write_is_lost),
		cmocka_unit_test(the_text_of_each_plan_reads_as_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
