/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pictures/ignored.h"
#include "api/imagekit/delivery/grammar/grammar.h"

#include <glib.h>
#include <stdio.h>

void note_ignored(struct arena *arena, struct str transformation)
{
	struct str item = imagekit_grammar_ignored(arena, transformation);
	if (item.p == NULL)
		return;
	/* it may hold anything, and this is a terminal */
	g_autofree char *shown = g_strescape(arena_cstr(arena, item), NULL);
	fprintf(stderr, "stowage: \"%s\" says nothing and is ignored\n", shown);
}
