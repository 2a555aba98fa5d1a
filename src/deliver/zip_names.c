/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/zip_names.h"

#include <glib.h>

#include "deliver/zip_record.h"

#define OWN_MAX 255 /* bytes, before a number is added */

_Static_assert(OWN_MAX + sizeof(" (4294967295)") <= ZIP_NAME_MAX,
	       "a name with a number fits");

struct zip_names {
	GHashTable *next; /* name as it is compared → its next number */
};

struct zip_names *zip_names_new(void)
{
	struct zip_names *names = g_new(struct zip_names, 1);
	names->next =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return names;
}

void zip_names_free(struct zip_names *names)
{
	g_hash_table_destroy(names->next);
	g_free(names);
}

/* What would be a path, or a drive, to somebody. */
static struct str safe(struct str wanted, struct arena *arena)
{
	bool is_text = str_is_utf8(wanted);
	wanted = str_after_last(str_after_last(wanted, '/'), '\\');
	if (wanted.n == 0 || str_eq(wanted, STR(".")) ||
	    str_eq(wanted, STR("..")))
		return STR("file");
	char *name = arena_alloc(arena, wanted.n);
	for (size_t i = 0; i < wanted.n; i++) {
		unsigned char c = (unsigned char)wanted.p[i];
		bool bad = c < ' ' || c == 0x7f || c == ':' ||
			   (c >= 0x80 && !is_text);
		name[i] = bad ? '_' : (char)c;
	}
	return str_cut((struct str){name, wanted.n}, OWN_MAX);
}

/* As file systems compare that do not tell cases apart. */
static char *folded(struct str name)
{
	g_autofree char *plain =
		g_utf8_normalize(name.p, (gssize)name.n, G_NORMALIZE_DEFAULT);
	return g_utf8_casefold(plain, -1);
}

static struct str numbered(struct str name, unsigned number,
			   struct arena *arena)
{
	ptrdiff_t dot = str_rfind(name, '.');
	size_t stem = dot > 0 ? (size_t)dot : name.n;
	struct str end = str_skip(name, stem);
	return arena_printf(arena, "%.*s (%u)%.*s", (int)stem, name.p, number,
			    STR_ARG(end));
}

struct str zip_names_add(struct zip_names *names, struct str wanted,
			 struct arena *arena)
{
	struct str name = safe(wanted, arena), given = name;
	char *key = folded(name);
	unsigned number =
		GPOINTER_TO_UINT(g_hash_table_lookup(names->next, key));
	if (number == 0) {
		g_hash_table_insert(names->next, key, GUINT_TO_POINTER(1));
		return name;
	}
	char *other = NULL;
	do {
		g_free(other);
		given = numbered(name, number++, arena);
		other = folded(given);
	} while (g_hash_table_contains(names->next, other));
	g_hash_table_insert(names->next, other, GUINT_TO_POINTER(1));
	g_hash_table_insert(names->next, key, GUINT_TO_POINTER(number));
	return given;
}
