/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read twice: style sheets first, as they may stand behind what they are about.
 */
#include "render/svg.h"
#include "render/svg_style.h"

#include <expat.h>
#include <string.h>

#define NAMESPACE_END ':' /* of names as they stand in the text */
#define NEST_MAX 1000     /* elements within, and used by, each other */
#define USES_MAX 1000000
#define STEPS_MAX 1000000 /* of counting */
#define NOTHING UINT32_MAX
#define MUCH (SVG_ELEMENTS_MAX + 1u)
#define PRIMITIVE 100u /* what a filter's primitive takes, in elements */

/* With all within, and all that is used. */
struct cost {
	uint32_t elements; /* 0: not known yet */
	uint32_t shapes, vertices;
};

struct element {
	uint32_t parent;
	uint32_t first_child, next; /* NOTHING: none */
	uint32_t first_use;         /* of uses */
	uint32_t vertices;          /* at most */
	uint32_t weight;            /* what it takes alone, in elements */
	struct cost cost;
	bool is_open;     /* being counted */
	bool is_gradient; /* costs the same however often it is used */
};

struct use {
	char *id; /* as svg_name() has it */
	enum svg_times times;
	bool is_copy; /* inherits what is said of who uses it */
	uint32_t next;
};

struct drawing {
	XML_Parser parser;
	GArray *elements, *uses;
	GHashTable *ids; /* to an element's index + 1 */
	struct svg_rules *rules;
	GString *style; /* of the <style> that is read; NULL: none */
	uint32_t here;
	unsigned nested;
	unsigned steps, circles; /* of counting */
	bool is_much;
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

static void stop(struct drawing *d)
{
	d->is_much = true;
	XML_StopParser(d->parser, XML_FALSE);
}

/*
 * Style sheets.
 */

static void open_style(void *user, const char *name, const char **attributes)
{
	struct drawing *d = user;
	(void)attributes;
	if (d->style == NULL && strcmp(local(name), "style") == 0)
		d->style = g_string_new(NULL);
}

static void read_style(void *user, const char *text, int n)
{
	struct drawing *d = user;
	if (d->style)
		g_string_append_len(d->style, text, n);
}

static void close_style(void *user, const char *name)
{
	struct drawing *d = user;
	if (d->style == NULL || strcmp(local(name), "style") != 0)
		return;
	if (!svg_rules_add(d->rules, d->style->str))
		stop(d);
	g_string_free(d->style, TRUE);
	d->style = NULL;
}

/* A sheet in a URL, in any spelling. */
static void read_instruction(void *user, const char *target, const char *data)
{
	g_autofree char *lower = g_ascii_strdown(data, -1);
	if (strcmp(target, "xml-stylesheet") == 0 &&
	    (strstr(lower, "data:") || strchr(lower, '&')))
		stop(user);
}

/*
 * Elements.
 */

static bool add_use(struct drawing *d, const struct use *what)
{
	struct element *element = element_at(d, d->here);
	struct use use = *what;
	use.id = g_strdup(what->id);
	use.next = element->first_use;
	element->first_use = d->uses->len;
	g_array_append_val(d->uses, use);
	if (d->uses->len < USES_MAX)
		return true;
	stop(d);
	return false;
}

static bool add_reference(void *user, const char *id, enum svg_times times)
{
	const struct use use = {.id = (char *)(uintptr_t)id, .times = times};
	return add_use(user, &use);
}

/* What moves is not used by who moves it, nor what a link is about. */
static bool copies(const char *tag)
{
	return strcmp(tag, "a") != 0 && strcmp(tag, "set") != 0 &&
	       !g_str_has_prefix(tag, "animate");
}

/* No fewer than a path or a polygon of these numbers has. */
static uint32_t count_vertices(const char *numbers)
{
	uint32_t n = 1;
	for (const char *at = numbers; *at; at++)
		n += g_ascii_isalpha(*at) ||
		     ((g_ascii_isdigit(*at) || *at == '.') &&
		      (at == numbers || !g_ascii_isdigit(at[-1])));
	return MIN(n, MUCH);
}

/* What a primitive of a filter takes for each pixel, from the attribute that it
 * grows with: octaves of noise, pixels that others spread to, and those of a
 * kernel. 0: it does not. */
static double work_of(const char *tag, const char *name, const char *value)
{
	char *end;
	double first = g_ascii_strtod(value, &end);
	end += strspn(end, " \t\n\r,");
	double second = *end ? g_ascii_strtod(end, NULL) : first;
	if (!strcmp(tag, "feTurbulence") && !strcmp(name, "numOctaves"))
		return 10 * first;
	if (!strcmp(tag, "feMorphology") && !strcmp(name, "radius"))
		return 10 * (1 + MAX(first, second));
	if (!strcmp(tag, "feConvolveMatrix") && !strcmp(name, "order"))
		return first * second;
	return 0;
}

static uint32_t weigh(const char *tag, const char **attributes)
{
	double work = 1;
	if (!g_str_has_prefix(tag, "fe"))
		return 1;
	for (; attributes[0]; attributes += 2)
		work = MAX(work, work_of(tag, attributes[0], attributes[1]));
	return work < MUCH / PRIMITIVE ? (uint32_t)(work * PRIMITIVE) : MUCH;
}

static void add_attributes(struct drawing *d, const char *tag,
			   const char **attributes)
{
	struct svg_names names = {.tag = tag};
	for (; attributes[0] && !d->is_much; attributes += 2) {
		const char *name = attributes[0], *value = attributes[1];
		if (!strcmp(name, "id"))
			names.id = value;
		else if (!strcmp(name, "class"))
			names.classes = value;
		else if (!strcmp(name, "d") || !strcmp(name, "points"))
			element_at(d, d->here)->vertices =
				count_vertices(value);
		else if (strcmp(local(name), "href") != 0)
			svg_attribute(name, value, add_reference, d);
		else if (value[0] == '#' && copies(tag)) {
			g_autofree char *used = svg_name(value + 1);
			add_use(d, &(struct use){.id = used, .is_copy = true});
		}
	}
	if (names.id)
		g_hash_table_insert(d->ids, svg_name(names.id),
				    GUINT_TO_POINTER(d->here + 1));
	if (!d->is_much)
		svg_rules_find(d->rules, &names, add_reference, d);
}

static void open_element(void *user, const char *name, const char **attributes)
{
	struct drawing *d = user;
	const uint32_t i = d->elements->len;
	const char *tag = local(name);
	const struct element element = {
		.parent = d->here,
		.first_child = NOTHING,
		.next = d->here == NOTHING
				? NOTHING
				: element_at(d, d->here)->first_child,
		.first_use = NOTHING,
		.vertices = 2, /* of a line */
		.weight = weigh(tag, attributes),
		.is_gradient = g_str_has_suffix(tag, "Gradient"),
	};
	if (i >= SVG_ELEMENTS_MAX || ++d->nested > NEST_MAX) {
		stop(d);
		return;
	}
	if (d->here != NOTHING)
		element_at(d, d->here)->first_child = i;
	g_array_append_val(d->elements, element);
	d->here = i;
	add_attributes(d, tag, attributes);
}

static void close_element(void *user, const char *name)
{
	struct drawing *d = user;
	(void)name;
	d->here = element_at(d, d->here)->parent;
	d->nested--;
}

/*
 * What they cost.
 */

static uint32_t bounded(uint64_t n)
{
	return (uint32_t)MIN(n, MUCH);
}

static void add_cost(struct cost *sum, const struct cost *more)
{
	sum->elements = bounded((uint64_t)sum->elements + more->elements);
	sum->shapes = bounded((uint64_t)sum->shapes + more->shapes);
	sum->vertices = bounded((uint64_t)sum->vertices + more->vertices);
}

static struct cost cost_of(struct drawing *d, uint32_t i, unsigned nested);

/* NOTHING: an id that nothing has. */
static uint32_t used_by(const struct drawing *d, const struct use *use)
{
	uint32_t used = GPOINTER_TO_UINT(g_hash_table_lookup(d->ids, use->id));
	return used ? used - 1 : NOTHING;
}

static uint32_t times(const struct use *use, const struct cost *of)
{
	if (use->times == SVG_ONCE)
		return 1;
	return use->times == SVG_BY_SHAPE ? of->shapes : of->vertices;
}

/* What is copied makes shapes of its own, for which the rest is drawn. */
static void add_uses(struct drawing *d, const struct element *element,
		     bool copies, unsigned nested, struct cost *sum)
{
	for (uint32_t u = element->first_use; u != NOTHING;
	     u = g_array_index(d->uses, struct use, u).next) {
		const struct use *use = &g_array_index(d->uses, struct use, u);
		uint32_t used = used_by(d, use);
		if (use->is_copy != copies || used == NOTHING)
			continue;
		struct cost cost = cost_of(d, used, nested + 1);
		if (use->is_copy)
			add_cost(sum, &cost);
		else
			sum->elements = bounded(sum->elements +
						(uint64_t)cost.elements *
							times(use, sum));
	}
}

/* What uses itself is left out there, as it is not drawn there. What holds it
 * then costs something else for who comes by another way, and is counted
 * again. */
static struct cost cost_of(struct drawing *d, uint32_t i, unsigned nested)
{
	static const struct cost much = {MUCH, MUCH, MUCH}, nothing = {0};
	struct element *element = element_at(d, i);
	struct cost cost = {element->weight, 1, element->vertices};
	if (element->is_gradient)
		return cost;
	if (element->cost.elements)
		return element->cost;
	if (element->is_open) {
		d->circles++;
		return nothing;
	}
	if (nested > NEST_MAX || ++d->steps > STEPS_MAX)
		return much;
	unsigned circles = d->circles;
	element->is_open = true;
	for (uint32_t c = element->first_child; c != NOTHING;
	     c = element_at(d, c)->next) {
		struct cost child = cost_of(d, c, nested + 1);
		add_cost(&cost, &child);
	}
	add_uses(d, element, true, nested, &cost);
	add_uses(d, element, false, nested, &cost);
	element->is_open = false;
	if (d->circles == circles)
		element->cost = cost;
	return cost;
}

/*
 * Reading.
 */

/* Those that have ASCII's characters as ASCII has them, and a byte for each
 * other: which ones these are is all the same here. */
static int read_encoding(void *user, const char *name, XML_Encoding *out)
{
	static const char *const known[] = {"ISO-8859-", "WINDOWS-125", "CP125",
					    "ASCII", "LATIN"};
	bool is_known = false;
	(void)user;
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		is_known |= g_ascii_strncasecmp(name, known[i],
						strlen(known[i])) == 0;
	for (int i = 0; i < 256; i++)
		out->map[i] = i;
	out->data = NULL;
	out->convert = NULL;
	out->release = NULL;
	return is_known ? XML_STATUS_OK : XML_STATUS_ERROR;
}

/* Whether it is XML to its end, or too much. */
static bool parse(struct drawing *d, struct str text)
{
	XML_SetUserData(d->parser, d);
	XML_SetUnknownEncodingHandler(d->parser, read_encoding, NULL);
	return XML_Parse(d->parser, text.p, (int)MIN(text.n, INT_MAX),
			 XML_TRUE) == XML_STATUS_OK ||
	       d->is_much;
}

static bool read_styles(struct drawing *d, struct str text)
{
	d->parser = XML_ParserCreate(NULL);
	XML_SetElementHandler(d->parser, open_style, close_style);
	XML_SetCharacterDataHandler(d->parser, read_style);
	XML_SetProcessingInstructionHandler(d->parser, read_instruction);
	bool is_whole = parse(d, text);
	XML_ParserFree(d->parser);
	return is_whole;
}

static bool read_elements(struct drawing *d, struct str text)
{
	d->parser = XML_ParserCreate(NULL);
	XML_SetElementHandler(d->parser, open_element, close_element);
	bool is_whole = parse(d, text);
	XML_ParserFree(d->parser);
	return is_whole;
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

int svg_check(struct str text, struct err *err)
{
	struct drawing d = {
		.elements = g_array_new(FALSE, FALSE, sizeof(struct element)),
		.uses = g_array_new(FALSE, FALSE, sizeof(struct use)),
		.ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					     NULL),
		.rules = svg_rules_new(),
		.here = NOTHING,
		.is_much = text.n > SVG_BYTES_MAX || is_gzip(text),
	};
	g_array_set_clear_func(d.uses, release_use);
	bool is_whole = d.is_much || (read_styles(&d, text) &&
				      (d.is_much || read_elements(&d, text)));
	if (is_whole && !d.is_much)
		d.is_much = cost_of(&d, 0, 0).elements > SVG_ELEMENTS_MAX;
	if (d.style)
		g_string_free(d.style, TRUE);
	g_array_free(d.elements, TRUE);
	g_array_free(d.uses, TRUE);
	g_hash_table_destroy(d.ids);
	svg_rules_free(d.rules);
	if (!is_whole)
		return err_set(err, ERR_INVALID, "no drawing");
	if (d.is_much)
		return err_set(err, ERR_TOO_LARGE, "a drawing without end");
	return 0;
}
