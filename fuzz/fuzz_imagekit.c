/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's delivery URLs, "PATH?QUERY": whatever is read is a plan within its
 * bounds, whose text reads as itself.
 */
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/grammar/url.h"
#include "whole_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names stand for their own text behind the first letter, so that the fuzzer
 * reaches what they can hold. */
static struct str resolve(const void *user, struct str name)
{
	(void)user;
	return name.n > 1 ? str_skip(name, 1) : STR_NONE;
}

static void check_reading(const struct imagekit_url *url, unsigned i,
			  struct arena *arena)
{
	struct err err;
	struct imagekit_wanted wanted;
	const struct imagekit_transformation in = {
		.path = url->readings[i].steps,
		.query = url->query,
		.resolve = resolve,
		.hints = {.accept = STR("image/avif,image/webp"),
			  .width = STR("333"),
			  .dpr = STR("1.5")},
		.custom_coordinates = STR("1,2,30,40"),
		.automatic_format = true,
	};
	(void)imagekit_grammar_is_named(&in, arena);
	if (imagekit_grammar(&in, arena, &wanted, &err) == 0)
		assert_whole_plan(&wanted.plan, arena);
	else
		g_assert(err.code == ERR_INVALID || err.code == ERR_LIMIT ||
			 err.code == ERR_UNSUPPORTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct imagekit_url url;
	struct str query = {(const char *)data, size};
	arena_init(&arena);
	struct str path = str_split(&query, '?');
	imagekit_url_read(&arena, path, query, &url);
	g_assert(url.n > 0 && url.n <= IMAGEKIT_READINGS_MAX);
	check_reading(&url, 0, &arena);
	arena_release(&arena);
	return 0;
}
