/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every dialect has: a table of routes, an error writer, and the headers
 * its answers carry. A dialect never includes another dialect.
 */
#ifndef API_DIALECT_H
#define API_DIALECT_H

#include "base/err.h"
#include "http/http.h"

#define ROUTE_PARAMS_MAX 4

struct request;
struct webhook_wording;

/* What a handler returns besides 0 (the response is filled in) and -1 (*err
 * is). */
#define HANDLE_LATER 1   /* only on the loop: run me again on a worker */
#define HANDLE_PENDING 2 /* request_resume() will be called; rq is not ours */

enum route_flags {
	ROUTE_BODY = 1, /* takes a body: `begin` must set up an intake */
	ROUTE_HOT = 2,  /* `handle` is tried on the loop first, where it must
			   not block: request_find_*() and upload_*() know.
			   It runs again from its start on a worker, so
			   nothing that must not happen twice may come before
			   them */
	ROUTE_DELIVERY = 4, /* answers a file's bytes: the error writer words
			       its refusals for browsers, not for API clients */
	ROUTE_HEAVY = 8,    /* a worker may take long over it, or needs much
			       memory: few at once (http_exchange.heavy). So are
			       others with many values (intake.h) */
	ROUTE_REST = 16,    /* takes no path whose first segment stands first in
			       another pattern of the table */
	ROUTE_SHARED = 32,  /* ... but for those of the routes with this */
	ROUTE_SIGNED_IN = 64, /* pages ask with their browser's credentials: its
				 answer, the same to all, names their origin */
};

enum route_methods {
#define X(name) METHOD_##name = 1u << HTTP_##name,
	HTTP_METHODS(X)
#undef X
};

struct route {
	unsigned methods; /* METHOD_GET serves HEAD too */
	/* Segments after '/': literal text, "{}" for one non-empty segment,
	 * "{account}" for one that names an account, a last "{*}" for the
	 * whole non-empty rest. Captures stay percent-encoded. One slash more
	 * at the end of the path changes nothing, or belongs to the rest. */
	const char *pattern;
	unsigned flags;
	/* Loop thread, head only: authenticate and, for ROUTE_BODY, call
	 * request_expect_body(). NULL: nothing to check. */
	int (*begin)(struct request *rq, struct err *err);
	/* Worker thread (ROUTE_HOT: perhaps the loop). */
	int (*handle)(struct request *rq, struct err *err);
	const char *summary; /* for the reference pages */
};

/* For browsers of any origin (Fetch standard): what a preflight allows in any
 * case, and which answer headers scripts may read. The lists of all dialects
 * begin with these: players and viewers load in ranges, and libraries that
 * upload say things of their own. */
#define CORS_HEADERS                                                           \
	"Authorization, Content-Type, Range, If-Range, If-Match, "             \
	"If-None-Match, If-Modified-Since, If-Unmodified-Since, "              \
	"Cache-Control, X-Requested-With, X-Request-Id"
#define CORS_ANY_ORIGIN "Access-Control-Allow-Origin: *\r\n"
#define CORS_EXPOSED                                                           \
	CORS_ANY_ORIGIN                                                        \
	"Access-Control-Expose-Headers: Accept-Ranges, Content-Range, "        \
	"Content-Length, Content-Disposition, "                                \
	"ETag, Date, Retry-After, X-Request-Id"
struct cors {
	const char *methods, *headers;
	const char *max_age; /* seconds */
	/* Whole lines, from CORS_EXPOSED to a line's end: every answer has
	 * them. */
	const char *answer;
};

/* A path that begins with `from` and has no route for the method is looked for
 * again with `to` in its place. */
struct path_alias {
	const char *from, *to;
};

/* What the operator has set for one dialect. */
struct dialect_limits {
	uint64_t max_bytes;   /* of one file */
	unsigned temp_url_ms; /* how long its temporary links open */
};

enum dialect_kind {
	DIALECT_IMAGEKIT,
	DIALECT_FILESTACK,
	DIALECT_STASHFYLE,
	DIALECT_JIGSAWSTACK,
	DIALECT_COUNT
};

struct dialect {
	enum dialect_kind kind;
	const char *name;           /* also its path prefix: "/imagekit" */
	const struct route *routes; /* first match wins */
	size_t n_routes;
	const struct path_alias *aliases;
	size_t n_aliases;
	/* Fills in the response for *err. Any thread; also for requests with no
	 * route, and before authentication. */
	void (*error)(struct request *rq, const struct err *err);
	/* Adds what every answer carries besides CORS: request ids, limits. */
	void (*finish)(struct request *rq);
	struct cors cors;
	const struct webhook_wording *events; /* NULL: it has none */
};

extern const struct dialect imagekit_dialect;
extern const struct dialect filestack_dialect;
extern const struct dialect stashfyle_dialect;
extern const struct dialect jigsawstack_dialect;

#endif
