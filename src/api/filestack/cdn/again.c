/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains that are asked for again. What the last segment of a path names is
 * looked for without the rest having been read: if the words have made a
 * picture of the same content before, this is it, whatever else they mean.
 */
#include "api/derive.h"
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"

#include <glib.h>

struct str cdn_recipe(struct request *rq)
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
	if (!request_may_read(rq, &entry->file) ||
	    !request_recall(rq, entry, cdn_recipe(rq), &again)) {
		hot_unref(entry);
		return false;
	}
	struct cdn_wish *wish = arena_zalloc(request_arena(rq), sizeof(*wish));
	rq->dialect_data = wish;
	cdn_read_note(&wish->wanted, again.note);
	const struct delivery how = filestack_delivery(
		rq, &entry->file, rq->x->head.query,
		cdn_cache_control(rq, &entry->file, NULL, CDN_CACHE_MADE));
	request_send_again(rq, entry, &again, &how);
	return true;
}
