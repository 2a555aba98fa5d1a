/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, folders and tags as ImageKit cleans and limits them.
 */
#include "api/imagekit/imagekit.h"

#include <glib.h>

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
	char suffix[10];
	random_token(suffix, 9);
	ptrdiff_t dot = str_rfind(name, '.');
	size_t stem = dot > 0 ? (size_t)dot : name.n;
	return arena_printf(arena, "%.*s_%s%.*s", (int)stem, name.p, suffix,
			    (int)(name.n - stem), name.p + stem);
}

static bool is_folder_char(gunichar c)
{
	return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '_' ||
	       c == '-';
}

int imagekit_clean_folder(struct arena *arena, struct str folder,
			  struct str *out, struct err *err)
{
	struct buf path;
	unsigned levels = 0;
	buf_init(&path, arena, folder.n);
	while (folder.p) {
		struct str segment = str_split(&folder, '/');
		if (segment.n == 0)
			continue;
		if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
			return err_set(err, ERR_INVALID,
				       "Your request contains invalid folder "
				       "parameter.");
		if (++levels > IMAGEKIT_FOLDER_LEVELS)
			return err_set(err, ERR_INVALID,
				       "Your request contains invalid folder "
				       "parameter. Folders can be nested up to "
				       "%d levels.",
				       IMAGEKIT_FOLDER_LEVELS);
		if (path.n)
			buf_add_char(&path, '/');
		buf_add(&path, clean(arena, segment, is_folder_char));
	}
	*out = buf_str(&path);
	return 0;
}

int imagekit_tags(struct arena *arena, struct str csv, struct str *out,
		  struct err *err)
{
	json_t *tags = json_array();
	size_t characters = 0;
	bool percent = str_find(csv, '%') >= 0;
	while (csv.p) {
		struct str tag = str_trim(str_split(&csv, ','));
		if (tag.n == 0)
			continue;
		characters += (size_t)g_utf8_strlen(tag.p, (gssize)tag.n);
		json_array_append_new(tags, json_str(tag));
	}
	*out = STR_NONE;
	if (json_array_size(tags)) {
		char *text = json_dumps(tags, JSON_COMPACT);
		*out = arena_str(arena, str_of(text));
		free(text);
	}
	json_decref(tags);
	if (percent)
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid value for tags "
			       "parameter. The %% character is not allowed.");
	if (characters > IMAGEKIT_TAGS_MAX)
		return err_set(err, ERR_INVALID,
			       "Your request contains invalid value for tags "
			       "parameter. Combined length of all tags should "
			       "be less than or equal to %d.",
			       IMAGEKIT_TAGS_MAX);
	return 0;
}
