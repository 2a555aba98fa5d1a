/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A processing URL's path and what it wants, in words.
 */
#ifndef UNIT_FILESTACK_WANTED_H
#define UNIT_FILESTACK_WANTED_H

#include "api/filestack/cdn/grammar/wanted.h"
#include "unit.h"

static bool is_key(const void *user, struct str text)
{
	(void)user;
	return str_eq(text, STR("APIKEY")) || str_eq(text, STR("KEY"));
}

static bool is_own(const void *user, struct str authority, struct str *path)
{
	(void)user, (void)authority, (void)path;
	return false;
}

static int read_chain(struct arena *arena, const char *url, struct chain *chain,
		      struct err *err)
{
	struct str query = str_of(url);
	struct str path = str_split(&query, '?');
	const struct chain_reading reading = {
		.path = path,
		.query = query,
		.is_key = is_key,
		.is_task = cdn_is_task,
		.is_own = is_own,
	};
	*err = (struct err){0};
	return chain_read(&reading, arena, chain, err);
}

struct words {
	struct arena *arena;
	struct str text;
};

static void add_text(struct words *words, const char *name, struct str text)
{
	if (text.p)
		words->text =
			arena_printf(words->arena, "%.*s %s=%.*s",
				     STR_ARG(words->text), name, STR_ARG(text));
}

static void add_number(struct words *words, const char *name, int64_t number)
{
	if (number)
		add_text(words, name,
			 arena_printf(words->arena, "%lld", (long long)number));
}

static void add_store(struct words *words, const struct cdn_store *store)
{
	if (!store->wanted)
		return;
	add_text(words, "store", STR("yes"));
	add_text(words, "filename", store->filename);
	add_text(words, "mimetype", store->mimetype);
	add_text(words, "location", store->location);
	add_text(words, "path", store->path);
	add_text(words, "container", store->container);
	add_text(words, "region", store->region);
	add_text(words, "access", store->access);
	add_number(words, "base64decode", store->base64decode);
}

static void add_document(struct words *words,
			 const struct cdn_document *document)
{
	add_text(words, "format", document->format);
	add_text(words, "pageformat", document->pageformat);
	add_text(words, "orientation", document->orientation);
	add_number(words, "secure", document->secure);
}

static void add_screenshot(struct words *words, const struct cdn_screenshot *s)
{
	if (!s->wanted)
		return;
	add_text(words, "screenshot",
		 arena_printf(words->arena, "%ux%u,%u,%s,%s,%s", s->width,
			      s->height, s->delay_ms,
			      s->is_mobile ? "mobile" : "desktop",
			      s->is_landscape ? "landscape" : "portrait",
			      s->whole_page ? "all" : "window"));
	add_text(words, "device", s->device);
}

/* The plan alone where nothing else was said. */
static struct str describe(struct arena *arena, const struct cdn_wanted *wanted)
{
	static const char *const answers[] = {
		"file",    "",    "metadata", "imagesize",
		"docinfo", "ocr", "zip",      "document"};
	struct err err;
	struct str plan;
	struct words words = {arena, str_of(answers[wanted->answer])};
	if (image_plan_text(&wanted->plan, arena, &plan, &err) < 0)
		fail_msg("%s", err.text);
	if (wanted->has_picture)
		words.text = arena_printf(arena, "%.*s %.*s",
					  STR_ARG(words.text), STR_ARG(plan));
	add_number(&words, "debug", wanted->is_debug);
	add_number(&words, "varies", wanted->varies);
	add_number(&words, "pages", wanted->keeps_pages);
	add_document(&words, &wanted->document);
	add_screenshot(&words, &wanted->screenshot);
	add_store(&words, &wanted->store);
	if (wanted->cache == CDN_CACHE_NEVER)
		add_text(&words, "cache", STR("never"));
	if (wanted->cache == CDN_CACHE_SECONDS)
		add_text(&words, "cache",
			 arena_printf(arena, "%lld",
				      (long long)wanted->cache_seconds));
	add_text(&words, "fallback", wanted->fallback);
	add_number(&words, "seconds", wanted->fallback_seconds);
	add_text(&words, "policy", wanted->policy);
	add_text(&words, "signature", wanted->signature);
	for (unsigned i = 0; i < wanted->n_fields; i++)
		add_text(&words, "field", wanted->fields[i]);
	return str_trim(words.text);
}

#endif
