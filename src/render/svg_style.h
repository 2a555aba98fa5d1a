/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the styles of an SVG refer to: url(#id) in attributes and style sheets,
 * in all spellings that CSS has for it.
 */
#ifndef RENDER_SVG_STYLE_H
#define RENDER_SVG_STYLE_H

#include <glib.h>
#include <stdbool.h>

/* How often what is referred to is drawn. */
enum svg_times {
	SVG_ONCE,
	SVG_BY_SHAPE,  /* once for each shape within: a fill is inherited */
	SVG_BY_VERTEX, /* once for each vertex of each of them: markers */
};

/* id: as svg_name() has it. False: no more is wanted. */
typedef bool svg_refer(void *user, const char *id, enum svg_times times);

/* The text of an attribute as names are compared here; to be freed. */
char *svg_name(const char *text);

/* Calls `refer` for what an attribute of that name refers to. */
void svg_attribute(const char *name, const char *value, svg_refer *refer,
		   void *user);

struct svg_rules;

struct svg_rules *svg_rules_new(void);
void svg_rules_free(struct svg_rules *rules);

/* The text of one <style>. False: it says too much, or brings in another one,
 * which nobody looks into. */
bool svg_rules_add(struct svg_rules *rules, const char *text);

/* What selectors tell elements apart by. */
struct svg_names {
	const char *tag;
	const char *id;      /* NULL: none */
	const char *classes; /* a list, with blanks; NULL: none */
};

/* Calls `refer` for what rules may say of an element. Of a selector only its
 * last part counts, so that these are too many rather than too few. */
void svg_rules_find(const struct svg_rules *rules,
		    const struct svg_names *names, svg_refer *refer,
		    void *user);

#endif
