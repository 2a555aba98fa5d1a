/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's processing URLs, read: which tasks, with which parameters, of
 * which sources. A pure function over texts, which knows the syntax and none of
 * the tasks: what they do, and which there are, is for whoever reads the chain.
 *
 *     /KEY/resize=width:300,fit:crop/output=f:webp/HANDLE
 *
 * Real URLs are not well formed. A slash inside of quotes or brackets cuts
 * nothing; quotes, brackets and separators may be percent-encoded; a whole
 * chain may be. docs/dialects/filestack.md lists the forms.
 *
 * Whatever is read lives in the arena or in the texts that were passed in.
 * Names, keys, values and sources are UTF-8 without NUL.
 */
#ifndef API_FILESTACK_CDN_CHAIN_CHAIN_H
#define API_FILESTACK_CDN_CHAIN_CHAIN_H

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

#define CHAIN_TASKS_MAX 64
#define CHAIN_PARAMS_MAX 64    /* of a task */
#define CHAIN_SOURCES_MAX 1024 /* of a list */
#define CHAIN_OWN_MAX 3        /* own URLs in each other */
#define CHAIN_NESTED_MAX 4     /* lists in each other */

struct chain_param {
	struct str key; /* decoded; of a flag its word; empty: "task=[1,2]" */
	/* Decoded once, without the quotes around it; a list keeps its brackets
	 * and the quotes in it. STR_NONE: a flag ("cache=false"); empty:
	 * "width:" */
	struct str value;
	struct chain_param *next;
};

struct chain_task {
	struct str name;
	bool has_equals; /* "resize=", whatever is behind it */
	struct chain_param *params;
	struct chain_task *next;
};

enum chain_source_kind {
	CHAIN_HANDLE, /* of a file here, perhaps: it was not looked at */
	CHAIN_URL,    /* http:// or https:// */
	CHAIN_ALIAS,  /* "alias/path/name" */
};

struct chain_source {
	enum chain_source_kind kind;
	struct str text;
	json_t *headers; /* of a URL, which its host is to be sent; NULL: none
			  */
	struct chain_source *next;
};

/* It has to be fetched. */
bool chain_is_remote(const struct chain_source *source);
/* As a client writes it. */
struct str chain_source_text(const struct chain_source *source,
			     struct arena *arena);
/* What a kind is called. */
const char *chain_source_word(enum chain_source_kind kind);

struct chain {
	struct str key; /* of the application; STR_NONE without */
	struct chain_task *tasks;
	unsigned n_tasks;
	struct chain_source *sources;
	unsigned n_sources; /* 0: tasks without a source */
	bool is_list;       /* "[a,b]", also of one */
	bool has_own;       /* a URL of this server is in it */
	struct str query;   /* raw: what of the query is not the source's */
};

struct chain_reading {
	struct str path, query; /* raw; the query STR_NONE without */
	bool stores;      /* of HANDLE/convert: the result becomes a file */
	const void *user; /* for the callbacks */
	/* Whether a text is an application's key. */
	bool (*is_key)(const void *user, struct str text);
	bool (*is_task)(struct str name);
	/* Whether a URL's authority and raw path are one of this server's for
	 * this dialect; takes off the path what stands before the dialect's
	 * part. The vendor's own hosts always are. */
	bool (*is_own)(const void *user, struct str authority,
		       struct str *path);
};

/* ERR_INVALID: no chain; ERR_LIMIT: more than one of the limits above;
 * ERR_UNSUPPORTED: a source of a kind that there is not here. Time and memory
 * grow with the length of the texts and no faster. */
int chain_read(const struct chain_reading *in, struct arena *arena,
	       struct chain *out, struct err *err) MUST_CHECK;

/*
 * The same of JSON, {"apikey": KEY, "sources": [SOURCE], "tasks": [TASK]}: a
 * source is a text, as it stands in a URL, or {"source": TEXT, "headers": {}},
 * a task {"name": NAME, "params": {}}. Keys are read in any case, and none may
 * be there twice, as which the whole was looked at before. Of `in` path and
 * query may be absent. The value has to last as long as the chain.
 */
int chain_read_command(const struct chain_reading *in, json_t *command,
		       struct arena *arena, struct chain *out,
		       struct err *err) MUST_CHECK;

/* "resize=width:300/output=format:png", as it was understood, but for tasks of
 * one name; cut where it is very long. */
struct str chain_tasks_text(const struct chain *chain, struct str without,
			    struct arena *arena);
/* The same between a slash and the sources: "/flip/HANDLE". */
struct str chain_text(const struct chain *chain, struct str without,
		      struct arena *arena);

/* Cuts a value that is a list, "[a,[b,c],\"d,e\"]", without blanks and quotes
 * around its items; a list in it stays as it is. Any other value is a list of
 * itself. At most max go to items. Returns how many there are, which may be
 * more; -1: a bracket or quote that nobody closes, or lists nested too deep. */
ptrdiff_t chain_list(struct arena *arena, struct str value, struct str *items,
		     size_t max);

#endif
