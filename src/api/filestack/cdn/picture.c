/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture that a chain makes of its source, as the answer.
 */
#include "api/derive.h"
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"

const char *cdn_cache_control(struct request *rq, const struct file *file,
			      const struct layers *layers, int64_t seconds)
{
	const struct file *original = cdn_wish_of(rq)->original;
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	if (wanted->cache == CDN_CACHE_SECONDS)
		seconds = wanted->cache_seconds;
	seconds = request_shown_seconds(rq, file, layers, seconds);
	if (original && seconds >= 0)
		seconds = request_shown_seconds(rq, original, NULL, seconds);
	if (seconds < 0)
		return "private, no-store";
	if (wanted->cache == CDN_CACHE_NEVER)
		return "no-cache";
	return arena_printf(request_arena(rq), "public, max-age=%lld",
			    (long long)seconds)
		.p;
}

/* Everything that the plan is made of. */
static struct str recipe_of(struct request *rq)
{
	struct str query = rq->x->head.query;
	struct str accept = request_header(rq, "Accept");
	return arena_printf(request_arena(rq),
			    "filestack %zu:%.*s %zu:%.*s %.*s", rq->path.n,
			    STR_ARG(rq->path), query.n, STR_ARG(query),
			    STR_ARG(accept));
}

/* In the vendor's words. */
static int failed(struct request *rq, struct err *err)
{
	if (err->code == ERR_TIMEOUT)
		err_set(err, ERR_TIMEOUT,
			"conv20 provider error: The conversion is taking too "
			"long (idx 0)");
	else if (err->code == ERR_INVALID && err->reason)
		err_set(err, ERR_INVALID,
			"conv20 provider error: Failed to identify the file, "
			"probably corrupted image provided (idx 0)");
	return cdn_fall_back(rq, err);
}

int cdn_send_picture(struct request *rq, struct hot_entry *entry,
		     struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct cdn_wish *wish = cdn_wish_of(rq);
	const struct file *file = &entry->file;
	struct layers *layers = arena_zalloc(arena, sizeof(*layers));
	struct derivation what = {.layers = layers->entries, .failed = failed};
	int result = cdn_check_source(file, err);
	if (result == 0)
		result = image_plan_text(&wish->wanted.plan, arena, &what.plan,
					 err);
	if (result == 0)
		result = cdn_find_layers(rq, layers, err);
	if (result != 0) {
		hot_unref(entry);
		return result < 0 ? cdn_fall_back(rq, err) : result;
	}
	what.n_layers = layers->n;
	what.vary = wish->wanted.varies ? "Accept" : NULL;
	what.recipe = recipe_of(rq);
	what.how = filestack_delivery(
		rq, file, wish->chain.query,
		cdn_cache_control(rq, file, layers, CDN_CACHE_MADE));
	return request_derive(rq, entry, &what, err);
}

/* What the answer is, besides the picture, is not what is remembered. */
static bool says_more(const struct chain *chain)
{
	for (const struct chain_task *task = chain->tasks; task;
	     task = task->next)
		if (str_eq(task->name, STR("cache")) ||
		    str_eq(task->name, STR("store")))
			return true;
	return false;
}

bool cdn_send_again(struct request *rq, struct hot_entry *entry)
{
	const struct chain *chain = &cdn_wish_of(rq)->chain;
	if (chain->n_tasks == 0 || says_more(chain))
		return false;
	const struct delivery how = filestack_delivery(
		rq, &entry->file, chain->query,
		cdn_cache_control(rq, &entry->file, NULL, CDN_CACHE_MADE));
	return request_derive_again(rq, entry, recipe_of(rq), &how);
}
