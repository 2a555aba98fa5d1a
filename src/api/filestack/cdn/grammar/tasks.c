/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/grammar/tasks.h"
#include "api/filestack/cdn/grammar/wanted.h"

/* A task without parameters has a row that nobody counts. */
#define P(task, param, name, aliases, type, least, most, words, fallback,      \
	  help)                                                                \
	{name, aliases, CDN_##type, least, most, words, fallback, help},
#define T(task, ...)                                                           \
	static const struct cdn_param_info params_##task[] = {                 \
		CDN_PARAMS_##task(P){.name = NULL}};                           \
	_Static_assert(CDN_##task##_PARAMS <= CDN_PARAMS_MAX, #task);
CDN_DONE(T)
#undef T
#undef P

const struct cdn_task_info cdn_tasks[CDN_TASK_COUNT] = {
#define T(task, name, aliases, group, help)                                    \
	{name, aliases, CDN_##group, CDN_##task##_PARAMS, params_##task, help},
	CDN_DONE(T)
#undef T
#define T(task, name, aliases, group, help)                                    \
	{name, aliases, CDN_##group, 0, NULL, help},
		CDN_NOT_DONE(T)
#undef T
};

int cdn_word_of(const char *words, struct str text)
{
	struct str rest = str_of(words);
	if (rest.n == 0 || text.n == 0)
		return -1;
	for (int i = 0; rest.p; i++)
		if (str_eq_nocase(str_split(&rest, ' '), text))
			return i;
	return -1;
}

struct str cdn_word(const char *words, int place)
{
	struct str rest = str_of(words), word = str_split(&rest, ' ');
	while (place-- > 0)
		word = str_split(&rest, ' ');
	return word;
}

static bool is_named(const char *name, const char *aliases, struct str text)
{
	return str_eq_nocase(str_of(name), text) ||
	       cdn_word_of(aliases, text) >= 0;
}

enum cdn_task cdn_task_of(struct str name)
{
	unsigned i = 0;
	while (i < CDN_TASK_COUNT &&
	       !is_named(cdn_tasks[i].name, cdn_tasks[i].aliases, name))
		i++;
	return i;
}

unsigned cdn_param_of(const struct cdn_task_info *task, struct str name)
{
	unsigned i = 0;
	while (i < task->n_params &&
	       !is_named(task->params[i].name, task->params[i].aliases, name))
		i++;
	return i;
}

bool cdn_is_task(struct str name)
{
	return cdn_task_of(name) != CDN_TASK_COUNT;
}
