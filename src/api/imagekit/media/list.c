/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /v1/files: listing and searching files, versions and folders. The oldest
 * SDK sends its options as a JSON body.
 */
#include "api/imagekit/media/media.h"
#include "api/imagekit/media/search_query.h"

#include <glib.h>

#define LIMIT_DEFAULT 1000
#define NUMBER_SHOWN 40 /* bytes of a wrong one in an answer */
#define OFFSET_MAX INT64_C(1000000000)
#define TAGS_MAX 1000 /* in one filter; SQLite is slow with more values */
#define ROWS_AT_ONCE 16
#define EMBEDDED_MAX (16u * 1024 * 1024) /* bytes of it in an answer */

/* An option of the query or, without it there, of the body; STR_NONE. */
static struct str option(struct request *rq, const json_t *body,
			 const char *name)
{
	struct str text = request_query(rq, name);
	const json_t *value = json_object_get(body, name);
	if (text.p || value == NULL || json_is_null(value))
		return text;
	if (json_is_string(value))
		return json_text(value);
	return json_write(request_arena(rq), value);
}

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!g_ascii_isdigit(s.p[i]))
			return false;
	return s.n > 0;
}

static int read_page(struct request *rq, const json_t *body, struct search *out,
		     struct err *err)
{
	struct str skip = option(rq, body, "skip");
	struct str limit = option(rq, body, "limit");
	uint64_t number;
	if (skip.n) {
		if (!str_to_u64(str_trim(skip), OFFSET_MAX, &number))
			return err_set(err, ERR_INVALID,
				       "The value of skip parameter should be "
				       "greater than or equal to 0. Value sent "
				       "is %.*s.",
				       STR_ARG(str_cut(skip, NUMBER_SHOWN)));
		out->offset = (size_t)number;
	}
	if (limit.n == 0)
		return 0;
	struct str digits = str_trim(limit);
	bool fits = str_to_u64(digits, SEARCH_LIMIT_MAX, &number);
	if (!is_digits(digits) || (fits && number == 0))
		return err_set(err, ERR_INVALID,
			       "Minimum value of limit parameter is 1. Value "
			       "sent is %.*s.",
			       STR_ARG(str_cut(limit, NUMBER_SHOWN)));
	if (!fits)
		return err_set(err, ERR_INVALID,
			       "Maximum value of limit parameter is %d. Value "
			       "sent is %.*s.",
			       SEARCH_LIMIT_MAX,
			       STR_ARG(str_cut(limit, NUMBER_SHOWN)));
	out->limit = (size_t)number;
	return 0;
}

static int read_sort(struct str text, struct search *out, struct err *err)
{
	static const struct {
		const char *name;
		enum search_sort sort;
	} sorts[] = {
		{"NAME", SORT_NAME},         {"CREATED", SORT_CREATED},
		{"UPDATED", SORT_UPDATED},   {"HEIGHT", SORT_HEIGHT},
		{"WIDTH", SORT_WIDTH},       {"SIZE", SORT_SIZE},
		{"RELEVANCE", SORT_CREATED},
	};
	if (text.n == 0)
		return 0;
	out->descending = str_starts(text, STR("DESC_"));
	struct str name = out->descending                 ? str_skip(text, 5)
			  : str_starts(text, STR("ASC_")) ? str_skip(text, 4)
							  : STR("");
	for (size_t i = 0; i < G_N_ELEMENTS(sorts); i++)
		if (str_eq(name, str_of(sorts[i].name))) {
			out->sort = sorts[i].sort;
			return 0;
		}
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid value for sort "
		       "parameters.");
}

static int read_type(struct str text, struct search *out, struct err *err)
{
	static const struct {
		const char *name;
		unsigned kinds;
	} types[] = {
		{"file", SEARCH_FILES},
		{"file-version", SEARCH_VERSIONS},
		{"folder", SEARCH_FOLDERS},
		{"all", SEARCH_FILES | SEARCH_FOLDERS},
	};
	if (text.n == 0)
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (str_eq(text, str_of(types[i].name))) {
			out->kinds = types[i].kinds;
			return 0;
		}
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid value for type "
		       "parameter. Please provide one of the following: file, "
		       "file-version, folder, all.");
}

static int read_file_type(struct str text, struct search *out, struct err *err)
{
	if (text.n == 0 || str_eq(text, STR("all")))
		return 0;
	if (str_eq(text, STR("image")))
		out->type = SEARCH_IMAGES;
	else if (str_eq(text, STR("non-image")))
		out->type = SEARCH_OTHERS;
	else
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid value for "
			       "fileType parameter.");
	return 0;
}

/* Joined by AND to what is there. */
static void require(struct arena *arena, struct search_condition **where,
		    enum search_field field, enum search_op op,
		    struct search_value *values, size_t n)
{
	struct search_condition *term = arena_zalloc(arena, sizeof(*term));
	*term = (struct search_condition){
		.field = field, .op = op, .values = values, .n = n};
	struct search_condition *both = arena_zalloc(arena, sizeof(*both));
	both->join = SEARCH_AND;
	both->first = term;
	term->next = *where;
	*where = *where ? both : term;
}

/* NULL: there are too many. */
static struct search_value *csv_values(struct arena *arena, struct str csv,
				       size_t *n)
{
	size_t max = 1;
	for (size_t i = 0; i < csv.n && max < TAGS_MAX; i++)
		max += csv.p[i] == ',';
	struct search_value *values = arena_alloc(arena, max * sizeof(*values));
	*n = 0;
	while (csv.p) {
		struct str one = str_trim(str_split(&csv, ','));
		if (one.n == 0)
			continue;
		if (*n == TAGS_MAX)
			return NULL;
		values[(*n)++] =
			(struct search_value){.kind = SEARCH_TEXT, .text = one};
	}
	return values;
}

static void require_name(struct request *rq, struct search_condition **where,
			 struct str name)
{
	struct arena *arena = request_arena(rq);
	struct search_value *values =
		arena_zalloc(arena, SEARCH_SPELLINGS * sizeof(*values));
	size_t n = 1;
	values->text = name;
	if (!imagekit_keeps_names(rq))
		n = imagekit_search_spellings(arena, SEARCH_NAME, name, values);
	require(arena, where, SEARCH_NAME, n > 1 ? SEARCH_IN : SEARCH_EQ,
		values, n);
}

/* Nothing is in what no folder can be. */
static int read_folder(struct request *rq, struct str path, struct search *out,
		       struct err *err)
{
	if (path.n == 0)
		return 0;
	out->folder = str_trim_char(path, '/');
	if (out->folder.n == 0)
		out->folder = STR("");
	struct str found;
	if (!path_valid(out->folder))
		return 0;
	if (imagekit_folder_at(rq, out->folder, &found, err) != 0)
		return err->code == ERR_LIMIT ? 0 : -1;
	out->folder = found;
	return 0;
}

/* The filters from before there was a searchQuery. */
static int read_filters(struct request *rq, const json_t *body,
			struct search *search, struct search_condition **where,
			struct err *err)
{
	struct arena *arena = request_arena(rq);
	bool folders = text_is_true(option(rq, body, "includeFolder")) &&
		       option(rq, body, "type").n == 0;
	struct str name = option(rq, body, "name");
	struct str tags = option(rq, body, "tags");
	if (folders) {
		search->kinds |= SEARCH_FOLDERS;
		search->type = SEARCH_ALL_TYPES;
		tags = STR_NONE;
	}
	if (name.n)
		require_name(rq, where, name);
	if (tags.n) {
		size_t n;
		struct search_value *values = csv_values(arena, tags, &n);
		if (values == NULL)
			return err_set(err, ERR_INVALID,
				       "Your request contains invalid value "
				       "for tags parameter. It can have at "
				       "most %d tags.",
				       TAGS_MAX);
		if (n) /* commas alone ask for nothing */
			require(arena, where, SEARCH_TAGS, SEARCH_IN, values,
				n);
	}
	return 0;
}

static int read_search(struct request *rq, const json_t *body,
		       struct search *out, struct err *err)
{
	struct search_query query = {.exact = imagekit_keeps_names(rq)};
	struct str text = option(rq, body, "searchQuery");
	*out = (struct search){
		.kinds = SEARCH_FILES,
		.limit = LIMIT_DEFAULT,
	};
	if (read_page(rq, body, out, err) < 0 ||
	    read_sort(option(rq, body, "sort"), out, err) < 0 ||
	    read_type(option(rq, body, "type"), out, err) < 0 ||
	    read_file_type(option(rq, body, "fileType"), out, err) < 0 ||
	    read_folder(rq, option(rq, body, "path"), out, err) < 0)
		return -1;
	if (text.n == 0) {
		if (read_filters(rq, body, out, &query.where, err) < 0)
			return -1;
	} else {
		if (imagekit_search_query_parse(request_view(rq), text, &query,
						err) < 0)
			return -1;
		if (query.names_kind)
			out->kinds =
				SEARCH_FOLDERS | SEARCH_FILES | SEARCH_VERSIONS;
	}
	out->where = query.where;
	return 0;
}

/* What was found, on its way into the answer: some rows at a time, which are
 * large. */
struct page {
	struct search_list found;
	struct view view;
	struct arena arena; /* of the rows that are loaded */
	size_t loaded;      /* items so far */
	size_t embedded;    /* bytes of embedded metadata so far */
	struct err err;     /* ERR_NONE: all is well */
};

static bool load_more(const struct request *rq, struct page *page)
{
	size_t n = MIN(ROWS_AT_ONCE, page->found.n - page->loaded);
	struct search_item *items = &page->found.items[page->loaded];
	arena_release(&page->arena);
	arena_init(&page->arena);
	page->view.arena = &page->arena;
	page->view.until_us = request_read_end(rq);
	if (search_load(&page->view, items, n, &page->err) < 0)
		return false;
	page->loaded += n;
	return true;
}

/* Where photographs bring much metadata along, the last ones show none. */
static void bound_embedded(struct page *page, struct file *file)
{
	page->embedded += file->embedded_metadata.n;
	if (page->embedded > EMBEDDED_MAX)
		file->embedded_metadata = STR_NONE;
}

/* NULL: it has gone, or the page cannot be had. */
static json_t *shape(struct request *rq, const void *of, size_t i)
{
	struct page *page = (struct page *)(uintptr_t)of;
	struct search_item *item = &page->found.items[i];
	if (page->err.code != ERR_NONE ||
	    (i == page->loaded && !load_more(rq, page)))
		return NULL;
	if (item->kind == SEARCH_FOLDERS)
		return imagekit_folder_shape(rq, &item->folder);
	if (item->kind == SEARCH_GONE)
		return NULL;
	bound_embedded(page, &item->file);
	return imagekit_file_shape(rq, &item->file);
}

int imagekit_list(struct request *rq, struct err *err)
{
	json_t *body;
	struct search search;
	struct page page = {.err.code = ERR_NONE};
	if (imagekit_query_body(rq, &body, err) != 0 ||
	    read_search(rq, body, &search, err) < 0 ||
	    search_run(request_view(rq), &search, &page.found, err) < 0)
		return -1;
	page.view = *request_view(rq);
	arena_init(&page.arena);
	imagekit_reply_list(rq, shape, &page, page.found.n);
	arena_release(&page.arena);
	*err = page.err;
	return page.err.code == ERR_NONE ? 0 : -1;
}
