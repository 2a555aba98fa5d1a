/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a file. Old SDKs have texts where others have numbers and
 * booleans.
 */
#include "api/jigsawstack/vocr/vocr.h"
#include "json/form.h"

/* Source: the vendor's page of vOCR. */
#define PROMPT_DEFAULT STR("Describe the image in detail.")
#define PAGE_MAX 1000000000

static int read_flag(const json_t *options, const char *name, bool *out,
		     struct err *err)
{
	const json_t *value = json_object_get(options, name);
	struct str text = json_text(value);
	if (value == NULL)
		return 0;
	*out = json_is_true(value) || text_is_true(text);
	if (*out || json_is_false(value) || text_is_false(text))
		return 0;
	return err_set(err, ERR_INVALID, "%s must be true or false", name);
}

static unsigned page_of(const json_t *value)
{
	uint64_t page = 0;
	json_int_t number = json_integer_value(value);
	if (json_is_integer(value) && number > 0 && number <= PAGE_MAX)
		return (unsigned)number;
	(void)str_to_u64(json_text(value), PAGE_MAX, &page);
	return (unsigned)page;
}

static int read_range(const json_t *options, struct recognise_ask *out,
		      struct err *err)
{
	const json_t *value = json_object_get(options, "page_range");
	if (value == NULL)
		return 0;
	json_auto_t *range = form_list(value);
	if (json_array_size(range) == 2) {
		out->first = page_of(json_array_get(range, 0));
		out->last = page_of(json_array_get(range, 1));
	}
	if (out->first == 0 || out->last == 0 || out->first > out->last)
		return err_set(err, ERR_INVALID,
			       "page_range must be [first, last], numbers of "
			       "pages from 1, the first no greater than the "
			       "last");
	if (out->last - out->first >= RECOGNISE_PAGES_MAX)
		return err_set(err, ERR_INVALID,
			       "page_range may have at most %u pages",
			       RECOGNISE_PAGES_MAX);
	return 0;
}

static int bad_prompt(struct err *err)
{
	return err_set(
		err, ERR_INVALID,
		"prompt must be a text of at most %u bytes, or a list or "
		"an object of 1 to %u texts, none of over %u bytes",
		VOCR_PROMPT_MAX, PROMPT_KEYS_MAX, VOCR_KEY_MAX);
}

/* Keys that are being read. */
struct keys {
	struct arena *arena;
	struct prompt_key *all;
	size_t n;
};

static bool has_key(const struct keys *keys, struct str name)
{
	for (size_t i = 0; i < keys->n; i++)
		if (str_eq(keys->all[i].name, name))
			return true;
	return false;
}

static bool add_key(struct keys *keys, struct str name, struct str description)
{
	if (name.n == 0 || name.n > VOCR_KEY_MAX ||
	    description.n > VOCR_KEY_MAX)
		return false;
	if (!has_key(keys, name))
		keys->all[keys->n++] = (struct prompt_key){
			arena_str(keys->arena, name),
			arena_str(keys->arena, description)};
	return true;
}

static bool add_list(struct keys *keys, const json_t *list)
{
	size_t i;
	json_t *item;
	json_array_foreach (list, i, item)
		if (!add_key(keys, json_text(item), STR_NONE))
			return false;
	return true;
}

static bool add_object(struct keys *keys, const json_t *object)
{
	const char *name;
	json_t *item;
	json_object_foreach ((json_t *)(uintptr_t)object, name, item)
		if (!json_is_string(item) ||
		    !add_key(keys, str_of(name), json_text(item)))
			return false;
	return true;
}

static int read_keys(struct arena *arena, const json_t *prompt,
		     struct vocr_ask *out, struct err *err)
{
	json_auto_t *list = form_list(prompt);
	size_t n = list ? json_array_size(list) : json_object_size(prompt);
	if (n == 0 || n > PROMPT_KEYS_MAX)
		return bad_prompt(err);
	struct keys keys = {arena, arena_alloc(arena, n * sizeof(*keys.all)),
			    0};
	if (list ? !add_list(&keys, list) : !add_object(&keys, prompt))
		return bad_prompt(err);
	out->prompt = STR_NONE;
	out->keys = keys.all;
	out->n_keys = keys.n;
	return 0;
}

static int read_prompt(struct arena *arena, const json_t *options,
		       struct vocr_ask *out, struct err *err)
{
	const json_t *prompt = json_object_get(options, "prompt");
	struct str text = json_text(prompt);
	out->prompt = PROMPT_DEFAULT;
	if (prompt == NULL || (text.p && text.n == 0))
		return 0;
	if (text.p == NULL)
		return read_keys(arena, prompt, out, err);
	if (text.n > VOCR_PROMPT_MAX)
		return bad_prompt(err);
	out->prompt = arena_str(arena, text);
	return 0;
}

int vocr_ask_read(struct arena *arena, const json_t *options,
		  struct vocr_ask *out, struct err *err)
{
	*out = (struct vocr_ask){.bounds = true};
	if (read_prompt(arena, options, out, err) < 0 ||
	    read_range(options, &out->pages, err) < 0 ||
	    read_flag(options, "fine_grained", &out->pages.fine, err) < 0)
		return -1;
	return read_flag(options, "return_bounds", &out->bounds, err);
}
