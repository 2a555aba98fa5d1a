/* SPDX-License-Identifier: Apache-2.0 */
#include "render/svg.h"

#include <expat.h>
#include <glib.h>

#define NAMESPACE_END ':' /* of names as they stand in the text */
#define REFERENCE "url(#"
#define NEST_MAX 1000 /* elements within, and used by, each other */
#define NOTHING UINT32_MAX

struct element {
	uint32_t parent;
	uint32_t first_child, next; /* NOTHING: none */
	uint32_t first_use;         /* of uses */
	uint32_t cost;              /* with all within; 0: not known yet */
	bool is_open;               /* being counted: it is used by itself */
};

struct use {
	char *id;
	uint32_t next;
};

struct drawing {
	XML_Parser parser;
	GArray *elements, *uses;
	GHashTable *ids; /* to an element's index + 1 */
	uint32_t here;
	unsigned nested;
};

static struct element *element_at(const struct drawing *d, uint32_t i)
{
	return &g_array_index(d->elements, struct element, i);
}

static const char *local(const char *name)
{
	const char *end = strrchr(name, NAMESPACE_END);
	return end ? end + 1 : name;
}

static void add_use(struct drawing *d, uint32_t i, const char *id, size_t n)
{
	const struct use use = {g_strndup(id, n), element_at(d, i)->first_use};
	element_at(d, i)->first_use = d->uses->len;
	g_array_append_val(d->uses, use);
}

static void add_references(struct drawing *d, uint32_t i, const char *value)
{
	const char *at = value;
	while ((at = strstr(at, REFERENCE)) != NULL) {
		at += strlen(REFERENCE);
		add_use(d, i, at, strcspn(at, ")"));
	}
}

static void add_attributes(struct drawing *d, uint32_t i, bool uses,
			   const char **attributes)
{
	for (; attributes[0]; attributes += 2) {
		const char *name = attributes[0], *value = attributes[1];
		if (!strcmp(name, "id"))
			g_hash_table_insert(d->ids, g_strdup(value),
					    GUINT_TO_POINTER(i + 1));
		else if (uses && !strcmp(local(name), "href") &&
			 value[0] == '#')
			add_use(d, i, value + 1, strlen(value + 1));
		else
			add_references(d, i, value);
	}
}

static void open_element(void *user, const char *name, const char **attributes)
{
	struct drawing *d = user;
	const uint32_t i = d->elements->len;
	const struct element element = {
		.parent = d->here,
		.first_child = NOTHING,
		.next = d->here == NOTHING
				? NOTHING
				: element_at(d, d->here)->first_child,
		.first_use = NOTHING,
	};
	if (i >= SVG_ELEMENTS_MAX || ++d->nested > NEST_MAX) {
		XML_StopParser(d->parser, XML_FALSE);
		return;
	}
	if (d->here != NOTHING)
		element_at(d, d->here)->first_child = i;
	g_array_append_val(d->elements, element);
	/* what a pattern or a gradient is of counts as used, too */
	add_attributes(d, i, strcmp(local(name), "a") != 0, attributes);
	d->here = i;
}

static void close_element(void *user, const char *name)
{
	struct drawing *d = user;
	(void)name;
	d->here = element_at(d, d->here)->parent;
	d->nested--;
}

static uint32_t sum(uint32_t a, uint32_t b)
{
	return MIN(a + b, SVG_ELEMENTS_MAX + 1);
}

static uint32_t cost_of(const struct drawing *d, uint32_t i, unsigned nested)
{
	struct element *element = element_at(d, i);
	uint32_t cost = 1;
	if (element->cost || element->is_open) /* drawn once, or never */
		return element->cost;
	if (nested > NEST_MAX)
		return SVG_ELEMENTS_MAX + 1;
	element->is_open = true;
	for (uint32_t c = element->first_child; c != NOTHING;
	     c = element_at(d, c)->next)
		cost = sum(cost, cost_of(d, c, nested + 1));
	for (uint32_t u = element->first_use; u != NOTHING;
	     u = g_array_index(d->uses, struct use, u).next) {
		const struct use *use = &g_array_index(d->uses, struct use, u);
		uint32_t used =
			GPOINTER_TO_UINT(g_hash_table_lookup(d->ids, use->id));
		if (used)
			cost = sum(cost, cost_of(d, used - 1, nested + 1));
	}
	element->is_open = false;
	element->cost = cost;
	return cost;
}

static void release_use(void *use)
{
	g_free(((struct use *)use)->id);
}

/* Compressed, which nobody looks into here. */
static bool is_gzip(struct str text)
{
	return text.n > 1 && text.p[0] == '\x1f';
}

bool svg_is_bounded(struct str text)
{
	struct drawing d = {
		.parser = XML_ParserCreate(NULL),
		.elements = g_array_new(FALSE, FALSE, sizeof(struct element)),
		.uses = g_array_new(FALSE, FALSE, sizeof(struct use)),
		.ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					     NULL),
		.here = NOTHING,
	};
	g_array_set_clear_func(d.uses, release_use);
	XML_SetUserData(d.parser, &d);
	XML_SetElementHandler(d.parser, open_element, close_element);
	(void)XML_Parse(d.parser, text.p, (int)MIN(text.n, INT_MAX), XML_TRUE);
	bool is_bounded =
		!is_gzip(text) &&
		XML_GetErrorCode(d.parser) != XML_ERROR_ABORTED &&
		(d.elements->len == 0 || cost_of(&d, 0, 0) <= SVG_ELEMENTS_MAX);
	XML_ParserFree(d.parser);
	g_array_free(d.elements, TRUE);
	g_array_free(d.uses, TRUE);
	g_hash_table_destroy(d.ids);
	return is_bounded;
}
