/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom metadata fields of an account: names, and definitions kept as the
 * JSON text that the dialect wrote. What a definition means is the dialect's.
 * All calls block.
 */
#ifndef LIBRARY_SEARCH_CUSTOM_FIELD_H
#define LIBRARY_SEARCH_CUSTOM_FIELD_H

#include "library/view.h"

#define CUSTOM_FIELDS_MAX 500 /* of an account, deleted ones too */
#define CUSTOM_FIELDS_BYTES_MAX (1024u * 1024) /* of all their definitions */
#define CUSTOM_FIELD_TEXT_MAX 255              /* bytes of a name or label */
#define CUSTOM_FIELD_DEFINITION_MAX (64u * 1024)

struct custom_field {
	struct id id;
	int64_t account_id;
	struct str name, label;
	struct str definition; /* JSON object text */
	int64_t created_ms, updated_ms;
	int64_t deleted_ms; /* 0: in use */
};

/* Fills in id and times. When there is no room for it, those that were deleted
 * long ago are forgotten. ERR_EXISTS: a field in use has the name; ERR_LIMIT:
 * those in use leave no room; ERR_INVALID: texts too long. */
int custom_field_create(const struct view *view, struct custom_field *field,
			struct err *err) MUST_CHECK;
struct custom_field_list {
	struct custom_field *items;
	size_t n;
};

/* Oldest first. */
int custom_field_list(const struct view *view, bool with_deleted,
		      struct custom_field_list *out,
		      struct err *err) MUST_CHECK;
/* Also a deleted one. 1, 0, -1. */
int custom_field_find(const struct view *view, const struct id *id,
		      struct custom_field *out, struct err *err) MUST_CHECK;
/* Gives a field in use that still is as it was read another label and
 * definition, and notes when. 1 changed, 0 it is not so any more, -1: as
 * custom_field_create(). */
int custom_field_update(const struct view *view, const struct custom_field *was,
			struct custom_field *field, struct err *err) MUST_CHECK;
/* What files have of it stays in their rows. 1, 0, -1. */
int custom_field_delete(const struct view *view, const struct id *id,
			struct err *err) MUST_CHECK;

#endif
