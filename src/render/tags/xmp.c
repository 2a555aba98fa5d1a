/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over RDF/XML as XMP uses it:
 *
 *   rdf:RDF > rdf:Description > property > rdf:Bag, Seq or Alt > rdf:li
 *
 * A property is simple text, an attribute of its description, or an array.
 */
#include "render/tags/xmp.h"
#include "render/tags/names.h"

#include <expat.h>
#include <glib.h>

#define MARK '\n' /* between namespace and local name; in neither */
#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#\n"
#define LANGUAGE "http://www.w3.org/XML/1998/namespace\nlang"
#define TIFF "http://ns.adobe.com/tiff/1.0/\n"
#define EXIF "http://ns.adobe.com/exif/1.0/\n"
#define XMP "http://ns.adobe.com/xap/1.0/\n"

/* Where the walk is: the depth inside rdf:RDF. */
enum level {
	OUTSIDE,
	IN_RDF,
	IN_DESCRIPTION,
	IN_PROPERTY,
	IN_ARRAY,
	IN_ITEM,
};

enum kind {
	SIMPLE,
	BAG,
	SEQ,
	ALT,
	OTHER, /* a structure: left out */
};

struct walk {
	const struct tags *out;
	XML_Parser parser;
	enum level level;
	unsigned beyond; /* elements open that are not part of the walk */
	char *property;
	enum kind kind;
	json_t *items;
	bool is_default; /* the item is an Alt's x-default */
	char text[TAG_VALUE_MAX + 1];
	size_t n; /* of text; over TAG_VALUE_MAX: too long */
};

static const char *attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return NULL;
}

/* The name in answers; false when there is none. */
static bool name_of(const char *qualified, char name[TAG_NAME_MAX + 1])
{
	const char *local = strchr(qualified, MARK);
	if (local == NULL || strlen(local + 1) > TAG_NAME_MAX)
		return false;
	g_strlcpy(name, local + 1, TAG_NAME_MAX + 1);
	name[0] = g_ascii_toupper(name[0]);
	return true;
}

/* Numbers and coded values of EXIF and TIFF, which stay text elsewhere. */
static json_t *technical(const char *name, struct str text)
{
	json_t *number = tag_decimal(text);
	const char *word =
		json_is_integer(number)
			? tag_word(name, (long)json_integer_value(number))
			: NULL;
	if (word == NULL)
		return number ? number : tag_text(text);
	json_decref(number);
	return json_string(word);
}

static json_t *value_of(const char *qualified, const char *name,
			struct str text)
{
	json_t *value = strstr(name, "Date") ? tag_date_xmp(text) : NULL;
	if (value == NULL && !strcmp(qualified, XMP "Rating"))
		value = tag_decimal(text);
	if (value)
		return value;
	if (g_str_has_prefix(qualified, TIFF) ||
	    g_str_has_prefix(qualified, EXIF))
		return technical(name, text);
	return tag_text(text);
}

/* The name under which a property is put, NULL when it is not. */
static const char *final_name(const char *qualified, char name[])
{
	if (!name_of(qualified, name))
		return NULL;
	/* positions as degrees with a letter; EXIF itself has them better */
	if (g_str_has_prefix(qualified, EXIF "GPS"))
		return NULL;
	if (g_str_has_prefix(qualified, TIFF) ||
	    g_str_has_prefix(qualified, EXIF))
		return tag_alias(name);
	return name;
}

static void put_text(struct walk *w, const char *qualified, struct str text)
{
	char local[TAG_NAME_MAX + 1];
	const char *name = final_name(qualified, local);
	if (name)
		tags_put(w->out, name, value_of(qualified, name, text));
}

static bool is_rdf(const char *qualified)
{
	return g_str_has_prefix(qualified, RDF);
}

/* Namespaces that are about XML, not about the picture. */
static bool is_foreign(const char *qualified)
{
	return is_rdf(qualified) || strchr(qualified, MARK) == NULL ||
	       g_str_has_prefix(qualified,
				"http://www.w3.org/XML/1998/namespace\n");
}

static void open_description(struct walk *w, const char **attributes)
{
	for (; attributes[0]; attributes += 2)
		if (!is_foreign(attributes[0]))
			put_text(w, attributes[0], str_of(attributes[1]));
}

static void open_property(struct walk *w, const char *name,
			  const char **attributes)
{
	const char *link = attribute(attributes, RDF "resource");
	g_free(w->property);
	w->property = g_strdup(name);
	w->kind = attribute(attributes, RDF "parseType") ? OTHER : SIMPLE;
	w->n = 0;
	json_decref(w->items);
	w->items = json_array();
	for (size_t i = 0; attributes[i]; i += 2)
		if (!is_foreign(attributes[i]))
			w->kind = OTHER; /* a structure, written short */
	if (link && w->kind == SIMPLE && strlen(link) <= TAG_VALUE_MAX) {
		w->n = strlen(link);
		memcpy(w->text, link, w->n);
	}
}

static enum kind kind_of(const char *name)
{
	if (!strcmp(name, RDF "Bag"))
		return BAG;
	if (!strcmp(name, RDF "Seq"))
		return SEQ;
	return strcmp(name, RDF "Alt") ? OTHER : ALT;
}

static void open_item(struct walk *w, const char **attributes)
{
	const char *language = attribute(attributes, LANGUAGE);
	w->is_default = language && !strcmp(language, "x-default");
	w->n = 0;
	if (attribute(attributes, RDF "parseType"))
		w->kind = OTHER;
}

/* Whether the walk goes into an element of the current level. */
static bool enter(struct walk *w, const char *name, const char **attributes)
{
	switch (w->level) {
	case OUTSIDE:
		return !strcmp(name, RDF "RDF");
	case IN_RDF:
		if (strcmp(name, RDF "Description") != 0)
			return false;
		open_description(w, attributes);
		return true;
	case IN_DESCRIPTION:
		if (is_foreign(name))
			return false;
		open_property(w, name, attributes);
		return true;
	case IN_PROPERTY:
		w->kind = w->kind == OTHER ? OTHER : kind_of(name);
		return w->kind != OTHER;
	case IN_ARRAY:
		if (strcmp(name, RDF "li") != 0)
			return false;
		open_item(w, attributes);
		return true;
	default:
		w->kind = OTHER;
		return false;
	}
}

static void XMLCALL open_element(void *user, const char *name,
				 const char **attributes)
{
	struct walk *w = user;
	if (w->beyond == 0 && enter(w, name, attributes))
		w->level++;
	else if (w->level != OUTSIDE) /* there it is the packet's wrapping */
		w->beyond++;
}

static void close_item(struct walk *w)
{
	bool first = json_array_size(w->items) == 0;
	char local[TAG_NAME_MAX + 1];
	const char *name = final_name(w->property, local);
	if (name == NULL || w->n > TAG_VALUE_MAX ||
	    json_array_size(w->items) >= TAG_ITEMS_MAX)
		return;
	if (w->kind == ALT && !first && !w->is_default)
		return;
	json_t *value =
		value_of(w->property, name, (struct str){w->text, w->n});
	if (value == NULL)
		return;
	if (w->kind == ALT)
		json_array_clear(w->items);
	json_array_append_new(w->items, value);
}

static void close_property(struct walk *w)
{
	char local[TAG_NAME_MAX + 1];
	const char *name = final_name(w->property, local);
	size_t n = json_array_size(w->items);
	if (name == NULL || w->kind == OTHER)
		return;
	if (w->kind == SIMPLE && w->n <= TAG_VALUE_MAX)
		put_text(w, w->property, (struct str){w->text, w->n});
	else if (n && (w->kind == BAG || (w->kind == SEQ && n > 1)))
		tags_put(w->out, name, json_incref(w->items));
	else if (n)
		tags_put(w->out, name,
			 json_incref(json_array_get(w->items, 0)));
}

static void XMLCALL close_element(void *user, const char *name)
{
	struct walk *w = user;
	(void)name;
	if (w->level == OUTSIDE)
		return;
	if (w->beyond) {
		w->beyond--;
		return;
	}
	if (w->level == IN_ITEM && w->kind != OTHER)
		close_item(w);
	if (w->level == IN_PROPERTY)
		close_property(w);
	w->level--;
}

static void XMLCALL add_text(void *user, const char *text, int n)
{
	struct walk *w = user;
	if ((w->level != IN_PROPERTY && w->level != IN_ITEM) || w->beyond)
		return;
	if (w->level == IN_PROPERTY && w->kind != SIMPLE)
		return; /* between an array and the tags around it */
	size_t more = (size_t)n;
	if (w->n + more > TAG_VALUE_MAX) {
		w->n = TAG_VALUE_MAX + 1;
		return;
	}
	memcpy(w->text + w->n, text, more);
	w->n += more;
}

/* Entities are declared in a document type, and XMP has none. */
static void XMLCALL refuse_document_type(void *user, const char *name,
					 const char *system, const char *public,
					 int has_subset)
{
	const struct walk *w = user;
	(void)name, (void)system, (void)public, (void)has_subset;
	XML_StopParser(w->parser, XML_FALSE);
}

void xmp_add_flat(struct str packet, const struct tags *out)
{
	while (packet.n && packet.p[packet.n - 1] == '\0')
		packet.n--;
	if (packet.n == 0 || packet.n > TAG_BLOB_MAX)
		return;
	XML_Parser parser = XML_ParserCreateNS(NULL, MARK);
	if (parser == NULL)
		return;
	g_autofree struct walk *w = g_new0(struct walk, 1);
	w->out = out;
	w->parser = parser;
	XML_SetUserData(parser, w);
	XML_SetElementHandler(parser, open_element, close_element);
	XML_SetCharacterDataHandler(parser, add_text);
	XML_SetStartDoctypeDeclHandler(parser, refuse_document_type);
	(void)XML_Parse(parser, packet.p, (int)packet.n, XML_TRUE);
	XML_ParserFree(parser);
	json_decref(w->items);
	g_free(w->property);
}
