/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain that was read, as a text again: for people, who get it as it was
 * understood.
 */
#include "api/filestack/cdn/chain/chain.h"
#include "base/buf.h"

#include <glib.h>

#define TEXT_MAX (16u * 1024)

static void add_task(const struct chain_task *task, struct buf *out)
{
	buf_add(out, task->name);
	char before = '=';
	for (const struct chain_param *param = task->params; param;
	     param = param->next) {
		buf_add_char(out, before);
		buf_add(out, param->key);
		if (param->key.n && param->value.p)
			buf_add_char(out, ':');
		buf_add(out, param->value);
		before = ',';
	}
}

static void add_tasks(const struct chain *chain, struct str without,
		      struct buf *out)
{
	for (const struct chain_task *task = chain->tasks; task;
	     task = task->next) {
		if (str_eq(task->name, without))
			continue;
		if (out->n)
			buf_add_char(out, '/');
		add_task(task, out);
	}
}

struct str chain_tasks_text(const struct chain *chain, struct str without,
			    struct arena *arena)
{
	struct buf out;
	buf_init(&out, arena, TEXT_MAX);
	add_tasks(chain, without, &out);
	return buf_str(&out);
}

/* In the next three the compiler tells of a kind that is new. */

bool chain_is_remote(const struct chain_source *source)
{
	switch (source->kind) {
	case CHAIN_HANDLE:
	case CHAIN_ALIAS:
		return false;
	case CHAIN_URL:
		return true;
	}
	g_assert_not_reached();
}

struct str chain_source_text(const struct chain_source *source,
			     struct arena *arena)
{
	switch (source->kind) {
	case CHAIN_HANDLE:
	case CHAIN_URL:
		return source->text;
	case CHAIN_ALIAS:
		return arena_join(arena, STR("src://"), source->text);
	}
	g_assert_not_reached();
}

const char *chain_source_word(enum chain_source_kind kind)
{
	switch (kind) {
	case CHAIN_HANDLE:
		return "handle";
	case CHAIN_URL:
		return "url";
	case CHAIN_ALIAS:
		return "alias";
	}
	g_assert_not_reached();
}

struct str chain_text(const struct chain *chain, struct str without,
		      struct arena *arena)
{
	struct buf out;
	const struct str tasks = chain_tasks_text(chain, without, arena);
	buf_init(&out, arena, TEXT_MAX);
	buf_add_char(&out, '/');
	buf_add(&out, tasks);
	const char *before = chain->is_list ? "/[" : "/";
	for (const struct chain_source *source = chain->sources; source;
	     source = source->next) {
		if (tasks.n || source != chain->sources)
			buf_add(&out, str_of(before));
		buf_add(&out, chain_source_text(source, arena));
		before = ",";
	}
	if (chain->is_list)
		buf_add_char(&out, ']');
	return buf_str(&out);
}
