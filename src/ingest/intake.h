/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intake: a request body on its way to becoming fields and one file.
 *
 * The loop feeds it decoded body bytes; the parts of a form are sorted into
 * small fields (capped, in memory) and one file, which streams into a store
 * sink. A body that is no form is the file, whole; a handler that knows better
 * (a form, a JSON command) reads it back from the sink. Knows no dialect:
 * the plan says which part is what.
 */
#ifndef INGEST_INTAKE_H
#define INGEST_INTAKE_H

#include "base/arena.h"
#include "base/err.h"
#include "http/syntax/multipart.h"

#define INTAKE_FIELDS_MAX 64
#define INTAKE_FIELD_MAX (64u * 1024)     /* bytes of one field, usually */
#define INTAKE_FIELDS_BYTES (256u * 1024) /* of all fields */

struct store;
struct store_part;
struct store_sink;

enum part_use {
	PART_FIELD,
	PART_FILE,      /* bytes as they are; a second one: ERR_INVALID */
	PART_FILE_TEXT, /* a URL, a data: URI, or base64 */
	PART_SKIP,
};

struct intake_plan {
	uint64_t max_file; /* bytes of the file, decoded */
	size_t max_field;  /* bytes of one field; 0: INTAKE_FIELD_MAX */
	/* Bytes of a body that a handler may read as values, JSON or a form;
	 * what is longer is a file. 0: none. */
	uint64_t max_values;
	/* NULL: forms are not wanted, everything is the file */
	enum part_use (*classify)(const struct multipart_part *part,
				  bool have_file);
	bool form_only;     /* other bodies are ERR_INVALID */
	bool takes_json;    /* an object is a form, and so are pairs (object.h,
			     * pairs.h) */
	bool base64;        /* the file arrives as base64 text */
	bool empty_is_file; /* even a part with filename="" and no bytes */
	/* classify may say PART_FILE_TEXT: base64 is longer than the file */
	bool takes_text;
	/* The dialect's own sentences; NULL for plain ones. */
	const char *bad_base64;
	const char *not_multipart;
	const char *too_large;
};

struct intake_field {
	struct str name, value;
};

struct intake {
	/* of a form; in order, repeated names too */
	struct intake_field *fields;
	size_t n_fields;
	/* The file, NULL when none came: no file part, one in which none was
	 * chosen (filename="" and no bytes), an empty PART_FILE_TEXT, or a URL.
	 * Any other body has one, even when empty. Freed by intake_release().
	 */
	struct store_sink *file;
	/* In place of .file, what intake_body.part was: not finished yet. Freed
	 * by intake_release(), or as soon as anything fails. */
	struct store_part *part;
	struct str file_name; /* the part's filename, STR_NONE without */
	struct str file_type; /* the part's Content-Type, unless it is a text;
				 for a body that is no form the
				 request's; of a data: URI its own */
	struct str url;       /* a PART_FILE_TEXT that is a URL, else NONE */
	bool form;            /* multipart, or a JSON object */
	struct intake_private *private;
};

/* A body that is to come, and where to. */
struct intake_body {
	struct arena *arena;
	struct store *store;
	const struct intake_plan *plan; /* lives as long as the arena */
	struct str content_type;        /* STR_NONE: none */
	struct str content_encoding;    /* likewise */
	int64_t length;                 /* the Content-Length or -1 */
	/* The file is a part of an upload, and goes there: the intake's from
	 * then on, also when intake_new() fails. NULL: into a new sink. The
	 * plan wants no forms. */
	struct store_part *part;
};

/*
 * Prepares for a body. What must be over the limit is refused at once with
 * ERR_TOO_LARGE (a form gets 1 MiB for its framing and fields, base64
 * half as much again for its text); a body that turns out longer fails in
 * intake_feed(). The type and the bytes fed are copied where they are kept.
 * Loop thread.
 */
int intake_new(struct intake **out, const struct intake_body *body,
	       struct err *err) MUST_CHECK;
/* Where the next bytes may be put before they are fed, and how many; *n 0:
 * nowhere. Loop thread. */
char *intake_room(struct intake *intake, size_t *n);
/* -1: ERR_INVALID, ERR_TOO_LARGE, or of the store; nothing more may be fed. */
int intake_feed(struct intake *intake, const char *p, size_t n,
		struct err *err) MUST_CHECK;
int intake_end(struct intake *intake, struct err *err) MUST_CHECK;
/* After the end: whether bytes of the file may still be on their way, so that
 * nobody can read all of them. */
bool intake_is_behind(const struct intake *intake);
/* Until they are there. Blocks. -1 as store_sink_write(). */
int intake_settle(struct intake *intake, struct err *err) MUST_CHECK;
/* Frees the file's sink (what was not kept is gone). NULL is fine. */
void intake_release(struct intake *intake);

/* The value of the last field of that name, STR_NONE without. */
struct str intake_get(const struct intake *intake, struct str name);
/* "true" in any of the spellings clients send: true True TRUE 1. */
bool text_is_true(struct str text);
/* Likewise "false": false False FALSE 0. */
bool text_is_false(struct str text);

#endif
