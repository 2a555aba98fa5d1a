/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains that are asked for again. What the last segment of a path names is
 * looked for without the rest having been read: if the words have made a
 * picture of the same content before, this is it, whatever else they mean.
 */
#include "api/made/derive.h"
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"

#include <glib.h>

static struct str recipe_of(struct request *rq)
{
	struct buf out;
	const struct str parts[] = {rq->path, rq->x->head.query,
				    request_header(rq, "Accept")};
	size_t n =
		sizeof("filestack") + parts[0].n + parts[1].n + parts[2].n + 64;
	buf_init(&out, request_arena(rq), n);
	buf_reserve(&out, n);
	buf_add(&out, STR("filestack"));
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		buf_add_char(&out, ' ');
		buf_add_u64(&out, parts[i].n);
		buf_add_char(&out, ':');
		buf_add(&out, parts[i]);
	}
	return buf_str(&out);
}

/* A key in an own URL would have to be looked for, and its query be read, each
 * time; and what is posted may be read in another way. */
struct str cdn_recipe(struct request *rq)
{
	const struct chain *chain = &cdn_wish_of(rq)->chain;
	bool says_all = !cdn_wish_of(rq)->is_command && !chain->has_own &&
			rq->x->head.method != HTTP_POST &&
			str_eq(chain->query, rq->x->head.query);
	return says_all ? recipe_of(rq) : STR_NONE;
}

/* ".../HANDLE", ".../HANDLE+name.png", ".../HANDLE/convert" */
static bool read_handle(struct str path, struct id *out)
{
	if (str_ends(path, STR("/convert")))
		path.n -= sizeof("/convert") - 1;
	return filestack_handle(str_after_last(path, '/'), out);
}

/* What a revoked key opened is open no more. */
static bool key_is_known(const struct request *rq)
{
	struct str rest = str_skip(rq->path, 1);
	struct str first = str_split(&rest, '/');
	if (str_find(first, '=') >= 0 || cdn_is_task(first))
		return true;
	return filestack_key(rq, first) != NULL;
}

/* With credentials, or a body, a chain may be about something else. */
static bool may_be_known(const struct request *rq)
{
	return rq->on_loop && rq->proof == PROOF_NONE &&
	       rq->x->head.method != HTTP_POST && key_is_known(rq);
}

/* By the policy in the chain, which is not read: it has been proven in these
 * very bytes, or this is not for here. */
static bool may_read(struct request *rq, const struct file *file,
		     struct str recipe)
{
	rq->policy.raw = recipe;
	bool may = request_may_read(rq, file);
	if (!may)
		rq->policy.raw = STR_NONE;
	return may;
}

/* True: the picture is to be sent. */
static bool recall(struct request *rq, const struct hot_entry *entry,
		   struct cdn_wanted *wanted, struct derive_again *again)
{
	struct str recipe = recipe_of(rq);
	if (!request_recall(rq, entry, recipe, again))
		return false;
	bool has_policy = cdn_read_note(wanted, again->note);
	if (may_read(rq, &entry->file, has_policy ? recipe : STR_NONE))
		return true;
	request_drop_again(again);
	return false;
}

bool cdn_send_again(struct request *rq)
{
	struct id id;
	struct err err;
	struct hot_entry *entry;
	struct derive_again again;
	rq->calls = POLICY_CONVERT;
	if (!may_be_known(rq) || !read_handle(rq->path, &id) ||
	    request_find_id(rq, &id, &entry, &err) != 0)
		return false;
	struct cdn_wish *wish = arena_zalloc(request_arena(rq), sizeof(*wish));
	if (!recall(rq, entry, &wish->wanted, &again)) {
		hot_unref(entry);
		return false;
	}
	rq->dialect_data = wish;
	const struct delivery how = filestack_delivery(
		rq, &entry->file, rq->x->head.query,
		cdn_cache_control(rq, &entry->file, NULL, CDN_CACHE_MADE));
	request_send_again(rq, entry, &again, &how);
	return true;
}
