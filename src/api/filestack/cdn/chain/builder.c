/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/builder.h"

void builder_init(struct builder *builder, struct arena *arena, struct err *err)
{
	*builder = (struct builder){.arena = arena, .err = err};
	builder->next_task = &builder->tasks;
}

int builder_check_text(struct builder *builder, struct str text)
{
	return str_is_utf8(text) ? 0
				 : err_set(builder->err, ERR_INVALID,
					   "The URL is not UTF-8");
}

int builder_task(struct builder *builder, struct str name)
{
	if (builder->n == CHAIN_TASKS_MAX)
		return err_set(builder->err, ERR_LIMIT,
			       "There are more than %d tasks", CHAIN_TASKS_MAX);
	if (builder_check_text(builder, name) < 0)
		return -1;
	struct chain_task *task = arena_zalloc(builder->arena, sizeof(*task));
	task->name = name;
	builder->last = task;
	*builder->next_task = task;
	builder->next_task = &task->next;
	builder->n++;
	builder->next_param = &task->params;
	builder->n_params = 0;
	return 0;
}

int builder_param(struct builder *builder, struct str key, struct str value)
{
	if (builder->n_params++ == CHAIN_PARAMS_MAX)
		return err_set(builder->err, ERR_LIMIT,
			       "A task has more than %d parameters",
			       CHAIN_PARAMS_MAX);
	if (builder_check_text(builder, key) < 0 ||
	    builder_check_text(builder, value) < 0)
		return -1;
	struct chain_param *param =
		arena_zalloc(builder->arena, sizeof(*param));
	param->key = key;
	param->value = value;
	builder->last->has_equals = true;
	*builder->next_param = param;
	builder->next_param = &param->next;
	return 0;
}
