/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, folders, tags and other texts as ImageKit cleans and limits them.
 */
#include "api/imagekit/imagekit.h"

#include <glib.h>

#include "base/clock.h"

#define COORDINATES 4
#define SUFFIX_CHARACTERS 9
#define DESCRIPTION_MAX (8u * 1024)
#define COORDINATES_MAX 64 /* bytes of them, which are kept as they came */

static bool is_name_char(gunichar c)
{
	return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '.' ||
	       c == '_' || c == '-';
}

static struct str clean(struct arena *arena, struct str text,
			bool (*keeps)(gunichar c))
{
	struct buf out;
	buf_init(&out, arena, text.n);
	for (const char *p = text.p, *end = p + text.n; p < end;) {
		const char *next = p + g_utf8_skip[(guchar)*p];
		if (keeps(g_utf8_get_char(p)))
			buf_add(&out, (struct str){p, (size_t)(next - p)});
		else
			buf_add_char(&out, '_');
		p = next;
	}
	return buf_str(&out);
}

struct str imagekit_clean_name(struct arena *arena, struct str name)
{
	return clean(arena, name, is_name_char);
}

struct str imagekit_unique_name(struct arena *arena, struct str name)
{
	char suffix[SUFFIX_CHARACTERS + 1];
	size_t room = FILE_NAME_MAX - SUFFIX_CHARACTERS - 1;
	ptrdiff_t dot = str_rfind(name, '.');
	random_token_at(suffix, SUFFIX_CHARACTERS, now_ms());
	if (dot <= 0 || name.n - (size_t)dot > room)
		dot = (ptrdiff_t)name.n;
	struct str extension = str_skip(name, (size_t)dot);
	struct str stem =
		str_cut(str_sub(name, 0, (size_t)dot), room - extension.n);
	return arena_printf(arena, "%.*s_%s%.*s", STR_ARG(stem), suffix,
			    STR_ARG(extension));
}

static bool is_folder_char(gunichar c)
{
	return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '_' ||
	       c == '-';
}

static bool is_path_char(gunichar c)
{
	return is_folder_char(c) || c == '/';
}

struct str imagekit_clean_folder(struct arena *arena, struct str path)
{
	return clean(arena, path, is_path_char);
}

struct str imagekit_path(struct arena *arena, struct str text)
{
	struct buf path;
	buf_init(&path, arena, text.n);
	while (text.p) {
		struct str segment = str_split(&text, '/');
		if (segment.n == 0)
			continue;
		if (path.n)
			buf_add_char(&path, '/');
		buf_add(&path, segment);
	}
	return buf_str(&path);
}

int imagekit_folder_path(struct arena *arena, struct str text, struct str *out,
			 struct err *err)
{
	unsigned levels = 0;
	*out = imagekit_path(arena, text);
	for (struct str rest = *out; rest.n;) {
		struct str segment = str_split(&rest, '/');
		if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
			return err_set(err, ERR_INVALID,
				       "'.' & '..' can not be used as "
				       "folder-name");
		if (++levels > IMAGEKIT_FOLDER_LEVELS)
			return err_set(err, ERR_LIMIT,
				       "Your request contains invalid folder "
				       "parameter. Folders can be nested up to "
				       "%d levels.",
				       IMAGEKIT_FOLDER_LEVELS);
	}
	return 0;
}

/* The tags as the text of a JSON array; takes over the reference. */
static struct str tags_text(struct arena *arena, json_t *tags)
{
	struct str out = STR_NONE;
	if (json_array_size(tags))
		out = json_write(arena, tags);
	json_decref(tags);
	return out;
}

static int check_tags(const json_t *tags, struct err *err)
{
	const json_t *tag;
	size_t i, characters = 0;
	json_array_foreach (tags, i, tag) {
		const char *text = json_string_value(tag);
		if (strchr(text, '%'))
			return err_set(err, ERR_INVALID,
				       "Your request contains invalid value "
				       "for tags parameter. The %% character "
				       "is not allowed.");
		characters += (size_t)g_utf8_strlen(text, -1);
	}
	if (characters > IMAGEKIT_TAGS_MAX)
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid value for tags "
			       "parameter. Combined length of all tags should "
			       "be less than or equal to %d.",
			       IMAGEKIT_TAGS_MAX);
	return 0;
}

int imagekit_tags(struct arena *arena, struct str csv, struct str *out,
		  struct err *err)
{
	json_t *tags = json_array();
	while (csv.p) {
		struct str tag = str_trim(str_split(&csv, ','));
		if (tag.n)
			json_array_append_new(tags, json_str(tag));
	}
	int result = check_tags(tags, err);
	*out = tags_text(arena, tags);
	return result;
}

int imagekit_tag_list(struct arena *arena, const json_t *list, struct str *out,
		      struct err *err)
{
	const json_t *tag;
	size_t i;
	*out = STR_NONE;
	if (json_is_null(list))
		return 0;
	if (!json_is_array(list))
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid value for tags "
			       "parameter. It should be an array of strings.");
	json_t *tags = json_array();
	bool texts = true;
	json_array_foreach (list, i, tag) {
		struct str text = str_trim(json_text(tag));
		texts = texts && text.p;
		if (text.n)
			json_array_append_new(tags, json_str(text));
	}
	int result = texts ? check_tags(tags, err)
			   : err_set(err, ERR_INVALID,
				     "Your request contains invalid value for "
				     "tags parameter. It should be an array "
				     "of strings.");
	*out = tags_text(arena, tags);
	return result;
}

int imagekit_coordinates(struct str text, struct str *out, struct err *err)
{
	text = str_trim(text);
	struct str rest = text;
	bool valid = text.n <= COORDINATES_MAX;
	*out = STR_NONE;
	if (text.n == 0)
		return 0;
	for (int i = 0; valid && i < COORDINATES; i++) {
		uint64_t number;
		struct str one = str_trim(str_split(&rest, ','));
		valid = str_to_u64(one, UINT32_MAX, &number);
	}
	if (!valid || rest.p != NULL)
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid "
			       "customCoordinates parameter.");
	*out = text;
	return 0;
}

int imagekit_description(struct str text, struct str *out, struct err *err)
{
	*out = text.n ? text : STR_NONE;
	if (text.n > DESCRIPTION_MAX)
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid description "
			       "parameter.");
	return 0;
}
