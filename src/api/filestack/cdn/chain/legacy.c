/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/legacy.h"
#include "base/encode.h"

#include <glib.h>

enum form {
	WITH,  /* goes along with the task, if something else makes it be */
	VALUE, /* makes the task be */
	LIST,  /* the same: "1,2,3" */
	WITH_PLACE, /* a list that goes along; bottom,right without */
	FLAG,       /* the same without a parameter: "true" */
	WORD,       /* the same: the task's name */
};

struct row {
	const char *task, *key;
	const char *names[3]; /* in the query */
	enum form form;
};

/* clang-format off */
static const struct row resize[] = {
	{"resize", "width", {"w", "width"}, VALUE},
	{"resize", "height", {"h", "height"}, VALUE},
	{"resize", "fit", {"fit", NULL}, WITH},
	{"resize", "align", {"align", NULL}, WITH},
};
static const struct row crop[] = {
	{"crop", "dim", {"crop", NULL}, LIST},
};
static const struct row others[] = {
	{"watermark", "file", {"watermark", NULL}, VALUE},
	{"watermark", "share",
	 {"watermark_size", "watermarkSize", "watersize"}, WITH},
	{"watermark", "position",
	 {"watermark_position", "watermarkPosition", "waterposition"},
	 WITH_PLACE},
	{"blur", NULL, {"filter", NULL}, WORD},
	{"blur", "amount", {"blurAmount", "blur_amount"}, WITH},
	{"sharpen", NULL, {"filter", NULL}, WORD},
	{"sharpen", "amount", {"sharpenAmount", "sharpen_amount"}, WITH},
	{"rotate", "deg", {"rotate", NULL}, VALUE},
	{"quality", "value", {"quality", "q"}, VALUE},
	{"output", "format", {"format", NULL}, VALUE},
	{"output", "page", {"page", NULL}, VALUE},
	{"output", "density", {"density", NULL}, VALUE},
	{"output", "colorspace", {"colorspace", NULL}, VALUE},
	{"output", "background", {"background", NULL}, VALUE},
	{"output", "secure", {"secure", NULL}, VALUE},
	{"output", "strip", {"strip", NULL}, VALUE},
	{"compress", NULL, {"compress", NULL}, FLAG},
};
static const struct row storing[] = {
	{"store", NULL, {NULL, NULL}, WORD},
	{"store", "location", {"storeLocation", "location"}, WITH},
	{"store", "path", {"storePath", "path"}, WITH},
	{"store", "container", {"storeContainer", "container"}, WITH},
	{"store", "access", {"storeAccess", "access"}, WITH},
	{"store", "filename", {"storeFilename", "filename"}, WITH},
};
/* clang-format on */

struct pair {
	struct str name, value;
};

struct legacy {
	struct builder *builder;
	struct pair *pairs;
	size_t n;
};

static void read_pairs(struct legacy *legacy, struct str query)
{
	size_t most = 1;
	for (size_t i = 0; i < query.n; i++)
		most += query.p[i] == '&';
	legacy->pairs = arena_alloc(legacy->builder->arena,
				    most * sizeof(*legacy->pairs));
	struct pair *to = legacy->pairs;
	while (form_next(legacy->builder->arena, &query, &to->name, &to->value))
		to = &legacy->pairs[++legacy->n];
}

static struct str get(const struct legacy *legacy, const char *name)
{
	for (size_t i = 0; i < legacy->n; i++)
		if (str_eq(legacy->pairs[i].name, str_of(name)))
			return str_trim(legacy->pairs[i].value);
	return STR_NONE;
}

static bool is_zero(struct str list)
{
	for (size_t i = 0; i < list.n; i++)
		if (list.p[i] != '0' && list.p[i] != ',')
			return false;
	return true;
}

/* Empty ones are none. */
static struct str value_of(const struct legacy *legacy, const struct row *row)
{
	struct str value = STR_NONE;
	for (size_t i = 0; i < G_N_ELEMENTS(row->names) && value.n == 0; i++)
		if (row->names[i])
			value = get(legacy, row->names[i]);
	/* "crop=0,0,0,0" of a form that nobody filled in */
	if (row->form == LIST && is_zero(value))
		return STR_NONE;
	/* "rotate=:exif" of a language that has symbols */
	return str_starts(value, STR(":")) ? str_skip(value, 1) : value;
}

static bool is_true(struct str text)
{
	return str_eq_nocase(text, STR("true")) || str_eq(text, STR("1"));
}

/* Whether a row makes its task be. */
static bool makes(const struct legacy *legacy, const struct row *row)
{
	if (row->form == WITH || row->form == WITH_PLACE)
		return false;
	if (row->names[0] == NULL)
		return true;
	struct str value = value_of(legacy, row);
	if (row->form == FLAG)
		return is_true(value);
	if (row->form == WORD)
		return str_eq_nocase(value, str_of(row->task));
	return value.n > 0;
}

static int add_param(const struct legacy *legacy, const struct row *row)
{
	struct arena *arena = legacy->builder->arena;
	struct str value = row->key ? value_of(legacy, row) : STR_NONE;
	if (value.n == 0 && row->form == WITH_PLACE)
		value = STR("bottom,right");
	if (value.n == 0)
		return 0;
	bool is_list = row->form == LIST || row->form == WITH_PLACE;
	if (is_list && value.p[0] != '[')
		value = arena_join(arena, arena_join(arena, STR("["), value),
				   STR("]"));
	return builder_param(legacy->builder, str_of(row->key), value);
}

/* Rows of one task are beside each other. */
static int add_rows(const struct legacy *legacy, const struct row *rows,
		    size_t n)
{
	for (size_t from = 0, to; from < n; from = to) {
		bool is_made = false;
		for (to = from;
		     to < n && strcmp(rows[to].task, rows[from].task) == 0;
		     to++)
			is_made = is_made || makes(legacy, &rows[to]);
		if (!is_made)
			continue;
		if (builder_task(legacy->builder, str_of(rows[from].task)) < 0)
			return -1;
		for (size_t i = from; i < to; i++)
			if (add_param(legacy, &rows[i]) < 0)
				return -1;
	}
	return 0;
}

static int add_cache(const struct legacy *legacy)
{
	struct str value = get(legacy, "cache");
	if (value.n == 0)
		return 0;
	if (builder_task(legacy->builder, STR("cache")) < 0)
		return -1;
	if (str_eq_nocase(value, STR("false")))
		return builder_param(legacy->builder, STR("false"), STR_NONE);
	return builder_param(legacy->builder, STR("expiry"),
			     is_true(value) ? STR("max") : value);
}

int legacy_read(struct builder *builder, struct str query, bool stores)
{
	struct legacy legacy = {.builder = builder};
	read_pairs(&legacy, query);
	bool crop_first = is_true(get(&legacy, "crop_first"));
	if ((crop_first && add_rows(&legacy, crop, G_N_ELEMENTS(crop)) < 0) ||
	    add_rows(&legacy, resize, G_N_ELEMENTS(resize)) < 0 ||
	    (!crop_first && add_rows(&legacy, crop, G_N_ELEMENTS(crop)) < 0) ||
	    add_rows(&legacy, others, G_N_ELEMENTS(others)) < 0 ||
	    add_cache(&legacy) < 0)
		return -1;
	return stores ? add_rows(&legacy, storing, G_N_ELEMENTS(storing)) : 0;
}
