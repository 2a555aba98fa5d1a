/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one home of jansson, whose values and functions are used as they are.
 * Here is what stands between a text and a value: what a text may cost, and
 * values as text in an arena.
 *
 * jansson spends up to 400 bytes on a value of three: the number of values is
 * what bounds the memory, and it is counted before any is made. A text of 64
 * KiB cannot have more than JSON_VALUES_MAX, so that the texts which are kept
 * with a file are always read; a body of any size costs 13 MiB at most, and its
 * own length. How long a text may be is bounded by who takes it in.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/arena.h"
#include "base/id.h"

#include <glib.h>
#include <jansson.h>

#define JSON_VALUES_MAX (32u * 1024)
#define JSON_DEPTH_MAX 128

/* A new reference; NULL when the text is absent, not JSON, or over a limit. A
 * byte order mark before it is passed over. flags: jansson's,
 * JSON_REJECT_DUPLICATES for what a client sends. */
json_t *json_parse(struct str text, size_t flags);
/* The same, released with the arena. */
json_t *json_parse_arena(struct arena *arena, struct str text, size_t flags);

/* Whether a text begins as an object or a list does. */
bool json_begins(struct str text);

/* Whether it is what PHP writes for an object without members. */
bool json_is_empty_list(const json_t *value);

/* The value, whose reference is released with the arena. NULL is fine. */
json_t *json_keep(struct arena *arena, json_t *value);

/* The first member of an object whose key is name, but for ASCII case; NULL
 * when there is none, or it is no object. Borrowed. */
json_t *json_member_nocase(json_t *object, const char *name);

/* Whether two keys of an object are the same but for ASCII case, so that
 * another reader may take the other one. */
bool json_has_twins(json_t *object);

/* A value of any kind in the fewest bytes, in the arena; STR_NONE for NULL. */
struct str json_write(struct arena *arena, const json_t *value);

/* Puts the value's text behind what is there. */
void json_append(GString *text, const json_t *value);
/* The same of what need not become a value for it. The text is valid UTF-8. */
void json_append_text(GString *text, struct str utf8);
void json_append_integer(GString *text, json_int_t value);

/*
 * An object that is a text from the beginning, for what is answered with each
 * upload: values would cost four times as much. json_open(), its members in the
 * order of the answer, json_close(). Names are our own, with nothing to escape.
 */
GString *json_open(void);
/* As json_str() makes it. */
void json_add_text(GString *object, const char *name, struct str text);
void json_add_integer(GString *object, const char *name, json_int_t value);
/* Takes over the reference; NULL adds nothing. */
void json_add_new(GString *object, const char *name, json_t *value);
/* The text, in the arena. The object is gone. */
struct str json_close(struct arena *arena, GString *object);

/* The text of a JSON string, STR_NONE for anything else (also NULL); lives as
 * long as the value. */
struct str json_text(const json_t *value);
/* The string, made valid UTF-8; JSON null when absent. */
json_t *json_str(struct str s);
/* As hex. */
json_t *json_id(const struct id *id);

#endif
