/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's processing URLs, "PATH?QUERY": what is read stays within the
 * limits and has texts that can go into answers; what it wants is a plan within
 * its bounds.
 */
#include "api/filestack/cdn/grammar/wanted.h"
#include "whole_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_key(const void *user, struct str text)
{
	(void)user;
	return str_eq(text, STR("KEY"));
}

static bool is_own(const void *user, struct str authority, struct str *path)
{
	(void)user;
	if (!str_eq(authority, STR("own")) || path->n == 0)
		return false;
	*path = str_skip(*path, 1);
	return true;
}

static void check_value(struct arena *arena, struct str value)
{
	struct str items[4];
	ptrdiff_t n = chain_list(arena, value, items, G_N_ELEMENTS(items));
	g_assert(n >= -1 && str_is_utf8(value));
	for (ptrdiff_t i = 0; i < n && i < (ptrdiff_t)G_N_ELEMENTS(items); i++)
		g_assert(str_is_utf8(items[i]));
}

static void check_chain(const struct chain *chain, struct arena *arena)
{
	unsigned tasks = 0, sources = 0;
	for (const struct chain_task *task = chain->tasks; task;
	     task = task->next, tasks++) {
		g_assert(str_is_utf8(task->name));
		g_assert(task->has_equals || task->params == NULL);
		for (const struct chain_param *param = task->params; param;
		     param = param->next) {
			g_assert(str_is_utf8(param->key));
			check_value(arena, param->value);
		}
	}
	for (const struct chain_source *source = chain->sources; source;
	     source = source->next, sources++)
		g_assert(str_is_utf8(source->text));
	g_assert(tasks == chain->n_tasks && tasks <= CHAIN_TASKS_MAX);
	g_assert(sources == chain->n_sources && sources <= CHAIN_SOURCES_MAX);
	g_assert(chain->is_list || sources <= 1);
}

static void check_wanted(const struct chain *chain, struct arena *arena)
{
	struct err err;
	struct cdn_wanted wanted;
	const struct cdn_transformation in = {
		.chain = chain, .accept = STR("image/avif,image/webp")};
	if (cdn_grammar(&in, arena, &wanted, &err) == 0)
		assert_whole_plan(&wanted.plan, arena);
	else
		g_assert(err.code == ERR_INVALID || err.code == ERR_LIMIT ||
			 err.code == ERR_UNSUPPORTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct chain chain;
	struct err err;
	struct chain_reading in = {.is_key = is_key,
				   .is_task = cdn_is_task,
				   .is_own = is_own,
				   .stores = true};
	in.query = (struct str){(const char *)data, size};
	in.path = str_split(&in.query, '?');
	arena_init(&arena);
	if (chain_read(&in, &arena, &chain, &err) == 0) {
		check_chain(&chain, &arena);
		check_wanted(&chain, &arena);
	} else {
		g_assert(err.code == ERR_INVALID || err.code == ERR_LIMIT ||
			 err.code == ERR_UNSUPPORTED);
	}
	arena_release(&arena);
	return 0;
}
