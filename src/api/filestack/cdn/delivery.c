/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handler of chains: reads one, finds what it is about, and has it answered
 * in the way that it asks for.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/cdn/own.h"
#include "api/filestack/filestack.h"
#include "api/filestack/said.h"

#include <glib.h>

static bool has_task(const struct chain *chain)
{
	for (const struct chain_task *task = chain->tasks; task;
	     task = task->next)
		if (task->has_equals || cdn_is_task(task->name))
			return true;
	return false;
}

/* A path that nobody knows anything of looks like a key, words and a handle. */
static int name_app(struct request *rq, struct err *err)
{
	const struct chain *chain = &cdn_wish_of(rq)->chain;
	if (filestack_check_query(rq, chain->query, err) < 0)
		return -1;
	int result = filestack_name_app(rq, chain->key, err);
	if (result < 0 && !has_task(chain))
		return filestack_not_found(err);
	return result;
}

/* What is done to a source so that there is that answer. */
static unsigned calls_of(const struct cdn_wanted *wanted)
{
	static const unsigned calls[] = {
		[CDN_FILE] = POLICY_READ,
		[CDN_PICTURE] = POLICY_CONVERT,
		[CDN_METADATA] = POLICY_STAT,
		[CDN_IMAGESIZE] = POLICY_STAT,
		[CDN_DOCINFO] = POLICY_STAT,
		[CDN_OCR] = POLICY_CONVERT,
		[CDN_ZIP] = POLICY_READ | POLICY_CONVERT,
		[CDN_DOCUMENT] = POLICY_CONVERT,
	};
	return wanted->screenshot.wanted ? POLICY_CONVERT
					 : calls[wanted->answer];
}

/* A policy in the chain goes before one in its query. */
static void take_policy(struct request *rq, const struct cdn_wanted *wanted)
{
	if (cdn_has_policy(wanted))
		rq->policy = (struct policy_claim){
			.policy = wanted->policy,
			.signature = wanted->signature,
			.raw = cdn_recipe(rq),
		};
}

static int read_wanted(struct request *rq, struct err *err)
{
	struct cdn_wish *wish = cdn_wish_of(rq);
	const struct cdn_transformation from = {
		.chain = &wish->chain,
		.accept = request_header(rq, "Accept"),
	};
	int result = cdn_grammar(&from, request_arena(rq), &wish->wanted, err);
	wish->calls = calls_of(&wish->wanted);
	take_policy(rq, &wish->wanted);
	if (result < 0)
		return -1;
	if (wish->chain.n_sources == 0)
		return err_set(err, ERR_INVALID, "There is no source");
	if (wish->chain.n_sources > 1 && !wish->wanted.takes_several)
		return err_set(err, ERR_INVALID,
			       "Several sources take a `zip`, `collage` or "
			       "`animate` task");
	return 0;
}

static void send_file(struct request *rq, struct hot_entry *entry)
{
	const struct cdn_wish *wish = cdn_wish_of(rq);
	bool is_plain = wish->wanted.cache == CDN_CACHE_DEFAULT &&
			wish->original == NULL && !wish->is_personal;
	const char *cache = is_plain ? NULL
				     : cdn_cache_control(rq, &entry->file, NULL,
							 CDN_CACHE_MADE);
	if (wish->wanted.varies)
		http_set(rq->x, "Vary", STR("Accept"));
	filestack_send_file(rq, entry, wish->chain.query, cache);
}

/* Takes over the reference. */
static int send_wanted(struct request *rq, struct hot_entry *entry,
		       struct err *err)
{
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	if (wanted->store.wanted)
		return cdn_store_result(rq, entry, err);
	switch (wanted->answer) {
	case CDN_FILE:
	case CDN_DOCUMENT:
		send_file(rq, entry);
		return 0;
	case CDN_PICTURE:
		return cdn_send_picture(rq, entry, err);
	case CDN_METADATA:
		return cdn_send_metadata(rq, entry, err);
	case CDN_IMAGESIZE:
	case CDN_DOCINFO:
		return cdn_send_size(rq, entry, err);
	case CDN_OCR:
		return cdn_send_text(rq, entry, err);
	case CDN_ZIP:
		break;
	}
	hot_unref(entry);
	return cdn_send_archive(rq, err);
}

/* One file of the library: it may have been shown this way before. */
static bool is_here(const struct chain *chain)
{
	return chain->n_sources == 1 && !chain_is_remote(chain->sources);
}

/* A document becomes a PDF with all its pages, and only a picture one of what
 * it shows. */
static void keep_pages(struct request *rq, const struct hot_entry *entry)
{
	struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	if (wanted->keeps_pages && wanted->answer == CDN_PICTURE &&
	    !str_starts_nocase(entry->file.type, STR("image/")))
		wanted->answer = CDN_DOCUMENT;
}

/* What the chain wants is read; *entry is NULL if its source is not found yet.
 */
static int find_all(struct request *rq, struct hot_entry **entry,
		    struct err *err)
{
	const struct cdn_wish *wish = cdn_wish_of(rq);
	struct hot_entry *found = *entry;
	if (wish->wanted.screenshot.wanted) {
		hot_unref(found);
		return cdn_find_screenshot(rq, entry, err);
	}
	int result = cdn_fetch(rq, err);
	if (result != 0) {
		hot_unref(found);
		return result;
	}
	if (found == NULL)
		result = cdn_find_source(rq, wish->chain.sources, entry, err);
	if (result != 0)
		return result;
	keep_pages(rq, *entry);
	return cdn_convert(rq, entry, err);
}

static int answer(struct request *rq, struct err *err)
{
	const struct cdn_wish *wish = cdn_wish_of(rq);
	struct hot_entry *entry = NULL;
	struct err why = {.code = ERR_NONE};
	int result = 0;
	bool is_found = is_here(&wish->chain);
	if (is_found)
		result = cdn_look(rq, wish->chain.sources, &entry, &why);
	if (result > 0)
		return result;
	int read = read_wanted(rq, err);
	if (is_found)
		result = cdn_judge(rq, wish->chain.sources, result, &entry,
				   &why);
	if (wish->wanted.is_debug) {
		if (read == 0 && result == 0)
			result = cdn_check_layers(rq, &why);
		if (result > 0) {
			hot_unref(entry);
			return result;
		}
		cdn_send_debug(rq, entry, read < 0 ? err : &why);
		return 0;
	}
	if (read < 0) {
		hot_unref(entry);
		return -1;
	}
	if (cdn_only_stores(wish))
		return cdn_store_url(rq, err);
	if (result < 0)
		*err = why;
	else
		result = find_all(rq, &entry, err);
	if (result < 0)
		return cdn_fall_back(rq, err);
	return result ? result : send_wanted(rq, entry, err);
}

int cdn_answer(struct request *rq, struct err *err)
{
	return name_app(rq, err) < 0 ? -1 : answer(rq, err);
}

static int answer_chain(struct request *rq, struct str query, struct err *err)
{
	struct cdn_wish *wish = arena_zalloc(request_arena(rq), sizeof(*wish));
	struct chain_reading reading = cdn_reading(rq, rq->path, query);
	reading.stores = rq->x->head.method == HTTP_POST;
	rq->dialect_data = wish;
	if (chain_read(&reading, request_arena(rq), &wish->chain, err) < 0)
		return -1;
	return cdn_answer(rq, err);
}

int filestack_cdn(struct request *rq, struct err *err)
{
	if (cdn_send_again(rq))
		return 0;
	return answer_chain(rq, rq->x->head.query, err);
}

int filestack_convert_begin(struct request *rq, struct err *err)
{
	if (filestack_basic(rq, err) < 0)
		return -1;
	return filestack_expect_words(rq, err);
}

/* What is waited for runs it again, and a body may take a worker to read. */
int filestack_convert(struct request *rq, struct err *err)
{
	struct filestack_said said;
	if (rq->on_loop)
		return HANDLE_LATER;
	int result = filestack_read_words(rq, &said, err);
	return result ? result
		      : answer_chain(rq, filestack_all_told(&said), err);
}
