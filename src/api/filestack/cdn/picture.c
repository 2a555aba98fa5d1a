/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture that a chain makes of its source, as the answer.
 */
#include "api/made/derive.h"
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"

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
	what.recipe = cdn_recipe(rq);
	what.note = cdn_note(&wish->wanted);
	what.how = filestack_delivery(
		rq, file, wish->chain.query,
		cdn_cache_control(rq, file, layers, CDN_CACHE_MADE));
	return request_derive(rq, entry, &what, err);
}
