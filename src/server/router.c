/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialect and route of a request: the vendors' host names are here, paths in
 * api/paths.h, routes in the dialects' tables.
 */
#include "server/router.h"
#include "api/paths.h"

#include <glib.h>

#define METHOD_ANY (~0u)

struct named {
	struct str name;
	const struct dialect *dialect;
};

/* clang-format off */
#define NAMED(text, dialect) {{text, sizeof(text) - 1}, &dialect##_dialect}

static const struct named vendor_hosts[] = {
	NAMED("upload.imagekit.io",        imagekit),
	NAMED("api.imagekit.io",           imagekit),
	NAMED("ik.imagekit.io",            imagekit),
	NAMED("www.filestackapi.com",      filestack),
	NAMED("api.filestackapi.com",      filestack),
	NAMED("upload.filestackapi.com",   filestack),
	NAMED("process.filestackapi.com",  filestack),
	NAMED("cloud.filestackapi.com",    filestack),
	NAMED("cdn.filestackcontent.com",  filestack),
	NAMED("www.filepicker.io",         filestack),
	NAMED("cdn.filepicker.io",         filestack),
	NAMED("process.filepicker.io",     filestack),
	NAMED("api.stashfyle.com",         stashfyle),
	NAMED("cdn.stashfyle.com",         stashfyle),
	NAMED("api.jigsawstack.com",       jigsawstack),
};
/* clang-format on */

static const struct dialect *choose_host(struct str authority)
{
	ptrdiff_t colon = str_rfind(authority, ':');
	if (colon >= 0)
		authority.n = (size_t)colon;
	for (size_t i = 0; i < G_N_ELEMENTS(vendor_hosts); i++)
		if (vendor_hosts[i].name.n == authority.n &&
		    str_eq_nocase(vendor_hosts[i].name, authority))
			return vendor_hosts[i].dialect;
	return NULL;
}

/* Routes and their handlers ask one after the other. */
static const struct account *account_named(struct request *rq, struct str name)
{
	bool known = rq->named && str_eq(str_of(rq->named->name), name);
	if (!known)
		rq->named =
			rq->keyring ? keyring_account(rq->keyring, name) : NULL;
	return rq->named;
}

const char *router_vendor_host(size_t i)
{
	return i < G_N_ELEMENTS(vendor_hosts) ? vendor_hosts[i].name.p : NULL;
}

const char *router_vendor_api(size_t i)
{
	g_assert(i < G_N_ELEMENTS(vendor_hosts));
	return vendor_hosts[i].dialect->name;
}

const struct webhook_wording *router_events(struct str name)
{
	const struct dialect *dialect = dialect_named(name);
	return dialect ? dialect->events : NULL;
}

void router_choose_dialect(struct request *rq)
{
	const struct http_head *head = &rq->x->head;
	struct str path = head->path;
	const struct dialect *dialect = choose_host(head->authority);
	rq->vendor_host = dialect != NULL;
	if (dialect == NULL)
		dialect = path_dialect(rq, &path);
	rq->dialect = dialect;
	rq->path = path;
}

/* Whether one segment fits, and whether it is a capture. */
static bool segment_fits(struct request *rq, struct str want, struct str got,
			 bool *captured)
{
	bool account = str_eq(want, STR("{account}"));
	*captured = account || str_eq(want, STR("{}"));
	if (!*captured)
		return str_eq(want, got);
	return got.n > 0 && (!account || account_named(rq, got));
}

/* Fills in the captures also when it does not match. */
static bool pattern_matches(struct request *rq, const struct route *route,
			    struct str *captures)
{
	struct str wanted = str_of(route->pattern), path = rq->path;
	size_t n = 0;
	while (wanted.n && path.n) {
		bool captured;
		struct str want = path_take_segment(&wanted);
		if (str_eq(want, STR("{*}"))) {
			g_assert(n < ROUTE_PARAMS_MAX && wanted.n == 0);
			captures[n] = str_skip(path, 1);
			return captures[n].n > 0;
		}
		struct str got = path_take_segment(&path);
		if (!segment_fits(rq, want, got, &captured))
			return false;
		if (!captured)
			continue;
		g_assert(n < ROUTE_PARAMS_MAX);
		captures[n++] = got;
	}
	if (str_eq(path, STR("/")))
		path.n = 0;
	return wanted.n == 0 && path.n == 0;
}

/* What is before the first capture tells most routes of a table apart, mostly
 * the first letter, and each request is held against all of them. */
static inline bool begins_alike(const char *pattern, struct str path)
{
	if (path.n > 1 && pattern[1] != path.p[1] && pattern[1] != '{' &&
	    pattern[1])
		return false;
	for (size_t i = 0; pattern[i] && pattern[i] != '{'; i++)
		if (i == path.n || pattern[i] != path.p[i])
			return false;
	return true;
}

/* Whether one of the dialect's patterns begins with that segment. */
static bool begins_route(const struct dialect *dialect, struct str segment)
{
	for (size_t i = 0; i < dialect->n_routes; i++) {
		const char *first = dialect->routes[i].pattern + 1;
		if (!(dialect->routes[i].flags & ROUTE_SHARED) &&
		    strncmp(first, segment.p, segment.n) == 0 &&
		    (first[segment.n] == '/' || first[segment.n] == '\0'))
			return true;
	}
	return false;
}

static bool is_rest(const struct request *rq)
{
	struct str path = rq->path;
	struct str first = path_take_segment(&path);
	return first.n == 0 || !begins_route(rq->dialect, first);
}

static bool route_matches(const struct route *route, struct request *rq,
			  struct str captures[ROUTE_PARAMS_MAX])
{
	if (route->flags & ROUTE_REST && !is_rest(rq))
		return false;
	for (unsigned i = 0; i < ROUTE_PARAMS_MAX; i++)
		captures[i] = STR_NONE;
	return rq->path.n && rq->path.p[0] == '/' &&
	       pattern_matches(rq, route, captures);
}

/* The next from *at on that the path fits and that has one of the methods;
 * NULL: none. */
static const struct route *next_route(struct request *rq, unsigned methods,
				      size_t *at,
				      struct str captures[ROUTE_PARAMS_MAX])
{
	const struct dialect *dialect = rq->dialect;
	struct str path = rq->path;
	for (size_t i = *at; i < dialect->n_routes; i++) {
		const struct route *route = &dialect->routes[i];
		if (!(route->methods & methods) ||
		    !begins_alike(route->pattern, path) ||
		    !route_matches(route, rq, captures))
			continue;
		*at = i + 1;
		return route;
	}
	return NULL;
}

/* Whether rq->path has a route, and rq->route when it is for the method. */
static bool find_route(struct request *rq, unsigned method)
{
	struct str captures[ROUTE_PARAMS_MAX];
	size_t at = 0;
	const struct route *route = next_route(rq, method, &at, captures);
	if (route) {
		rq->route = route;
		memcpy(rq->param, captures, sizeof(captures));
		return true;
	}
	at = 0;
	return next_route(rq, METHOD_ANY, &at, captures);
}

/* Tries the path under its other names; rq->path is then the one that has a
 * route. */
static bool find_alias(struct request *rq, unsigned method)
{
	struct str path = rq->path;
	for (size_t i = 0; i < rq->dialect->n_aliases; i++) {
		const struct path_alias *alias = &rq->dialect->aliases[i];
		struct str from = str_of(alias->from);
		if (!str_starts(path, from))
			continue;
		rq->path = arena_join(request_arena(rq), str_of(alias->to),
				      str_skip(path, from.n));
		rq->alias = alias;
		if (find_route(rq, method))
			return true;
	}
	rq->path = path;
	rq->alias = NULL;
	return false;
}

int router_match(struct request *rq, struct err *err)
{
	unsigned method = 1u << rq->x->head.method;
	if (method == METHOD_HEAD)
		method = METHOD_GET;
	bool path_exists = find_route(rq, method);
	if (rq->route == NULL)
		path_exists = find_alias(rq, method) || path_exists;
	if (rq->route)
		return 0;
	if (path_exists)
		return err_set(err, ERR_METHOD,
			       "This method is not allowed here.");
	return err_set(err, ERR_NOT_FOUND,
		       "The requested endpoint does not exist.");
}

struct str router_allowed(struct request *rq)
{
	/* clang-format off */
	static const char *const names[HTTP_METHOD_COUNT] = {
#define X(name) [HTTP_##name] = #name,
		HTTP_METHODS(X)
#undef X
	};
	/* clang-format on */
	struct str captures[ROUTE_PARAMS_MAX];
	unsigned has = METHOD_OPTIONS;
	const struct route *route;
	size_t at = 0;
	while ((route = next_route(rq, METHOD_ANY, &at, captures)))
		has |= route->methods;
	if (has & METHOD_GET)
		has |= METHOD_HEAD;
	struct buf buf;
	buf_init(&buf, request_arena(rq), 128);
	for (size_t i = 0; i < HTTP_METHOD_COUNT; i++) {
		if (!(has & 1u << i))
			continue;
		if (buf.n)
			buf_add(&buf, STR(", "));
		buf_add(&buf, str_of(names[i]));
	}
	return buf_str(&buf);
}
