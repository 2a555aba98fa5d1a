/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialect and route of a request. The tables below are the whole rule; the
 * first segment of the path leads into them.
 */
#include "server/router.h"

#include <glib.h>

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
	NAMED("upload.filestackapi.com",   filestack),
	NAMED("process.filestackapi.com",  filestack),
	NAMED("cloud.filestackapi.com",    filestack),
	NAMED("cdn.filestackcontent.com",  filestack),
	NAMED("api.stashfyle.com",         stashfyle),
	NAMED("cdn.stashfyle.com",         stashfyle),
	NAMED("api.jigsawstack.com",       jigsawstack),
};

static const struct named prefixes[] = {
	NAMED("imagekit",    imagekit),
	NAMED("filestack",   filestack),
	NAMED("stashfyle",   stashfyle),
	NAMED("jigsawstack", jigsawstack),
};

/* What stands behind /v1/ or /api/v1/. Not here: "files", which two dialects
 * own, and unknown words; see choose_v1(). */
static const struct named v1_words[] = {
	NAMED("upload",               stashfyle),
	NAMED("usage",                stashfyle),
	NAMED("health",               stashfyle),
	NAMED("store",                jigsawstack),
	NAMED("vocr",                 jigsawstack),
	NAMED("ai",                   jigsawstack),
	NAMED("object_detection",     jigsawstack),
	NAMED("validate",             jigsawstack),
	NAMED("embedding",            jigsawstack),
	NAMED("folder",               imagekit),
	NAMED("bulkJobs",             imagekit),
	NAMED("customMetadataFields", imagekit),
	NAMED("metadata",             imagekit),
	NAMED("accounts",             imagekit),
	NAMED("saved-extensions",     imagekit),
};

static const struct named roots[] = {
	NAMED("multipart", filestack),
	NAMED("process",   filestack),
	NAMED("prefetch",  filestack),
	NAMED("live",      stashfyle),
	NAMED("test",      stashfyle),
};
/* clang-format on */

static const struct dialect *named_find(const struct named *table, size_t n,
					struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(table[i].name, name))
			return table[i].dialect;
	return NULL;
}

#define FIND(table, name) named_find(table, G_N_ELEMENTS(table), name)

/* Takes "/segment" off *path, which then starts with '/' or is empty. */
static struct str take_segment(struct str *path)
{
	if (path->n == 0 || path->p[0] != '/')
		return STR_NONE;
	struct str rest = str_skip(*path, 1);
	ptrdiff_t slash = str_find(rest, '/');
	size_t n = slash < 0 ? rest.n : (size_t)slash;
	*path = str_skip(rest, n);
	return str_sub(rest, 0, n);
}

static const struct dialect *choose_host(struct str authority)
{
	ptrdiff_t colon = str_rfind(authority, ':');
	if (colon >= 0)
		authority.n = (size_t)colon;
	for (size_t i = 0; i < G_N_ELEMENTS(vendor_hosts); i++)
		if (str_eq_nocase(vendor_hosts[i].name, authority))
			return vendor_hosts[i].dialect;
	return NULL;
}

/* Basic is ImageKit, Bearer StashFyle, x-api-key JigsawStack; else NULL. */
static const struct dialect *choose_credential(const struct request *rq)
{
	struct str value = request_header(rq, "Authorization");
	if (str_starts_nocase(value, STR("Basic ")))
		return &imagekit_dialect;
	if (str_starts_nocase(value, STR("Bearer")))
		return &stashfyle_dialect;
	if (value.p == NULL && request_header(rq, "x-api-key").p)
		return &jigsawstack_dialect;
	return NULL;
}

/* rest: behind the "files" that ImageKit and StashFyle share. */
static const struct dialect *choose_files(const struct request *rq,
					  struct str rest)
{
	struct str id = take_segment(&rest);
	if (str_eq(id, STR("upload")))
		return &imagekit_dialect;
	const struct dialect *dialect = choose_credential(rq);
	if (dialect == &imagekit_dialect || dialect == &stashfyle_dialect)
		return dialect;
	return str_starts(id, STR("f_")) ? &stashfyle_dialect
					 : &imagekit_dialect;
}

static const struct dialect *choose_v1(const struct request *rq,
				       struct str rest)
{
	struct str word = take_segment(&rest);
	if (str_eq(word, STR("files")))
		return choose_files(rq, rest);
	const struct dialect *dialect = FIND(v1_words, word);
	if (dialect == NULL)
		dialect = choose_credential(rq);
	return dialect ? dialect : &imagekit_dialect;
}

static const struct dialect *choose_v2(struct str rest)
{
	return str_eq(take_segment(&rest), STR("embedding"))
		       ? &jigsawstack_dialect
		       : &imagekit_dialect;
}

static const struct dialect *choose_api(const struct request *rq,
					struct str rest)
{
	struct str word = take_segment(&rest);
	if (str_eq(word, STR("v1")))
		return choose_v1(rq, rest);
	if (str_eq(word, STR("v2")))
		return choose_v2(rest);
	return &filestack_dialect;
}

/* The router, a route and its handler ask one after the other. */
static const struct account *account_named(struct request *rq, struct str name)
{
	bool known = rq->named && str_eq(str_of(rq->named->name), name);
	if (!known)
		rq->named =
			rq->keyring ? keyring_account(rq->keyring, name) : NULL;
	return rq->named;
}

static const struct dialect *choose_root(struct request *rq, struct str path)
{
	struct str rest = path;
	struct str first = take_segment(&rest);
	if (str_eq(first, STR("v1")))
		return choose_v1(rq, rest);
	if (str_eq(first, STR("v2")))
		return choose_v2(rest);
	if (str_eq(first, STR("api")))
		return choose_api(rq, rest);
	const struct dialect *dialect = FIND(roots, first);
	if (dialect)
		return dialect;
	if (rest.n > 1 && account_named(rq, first))
		return &imagekit_dialect;
	return &filestack_dialect;
}

const char *router_vendor_host(size_t i)
{
	return i < G_N_ELEMENTS(vendor_hosts) ? vendor_hosts[i].name.p : NULL;
}

const struct dialect *router_dialect(struct str name)
{
	return FIND(prefixes, name);
}

/* The dialect whose prefix *path has; then *path goes on behind it. */
static const struct dialect *choose_prefix(struct str *path)
{
	struct str rest = *path;
	const struct dialect *dialect = router_dialect(take_segment(&rest));
	if (dialect == NULL)
		return NULL;
	while (rest.n > 1 && rest.p[0] == '/' && rest.p[1] == '/')
		rest = str_skip(rest, 1); /* a base URL ending in '/' */
	*path = rest.n ? rest : STR("/");
	return dialect;
}

void router_choose_dialect(struct request *rq)
{
	const struct http_head *head = &rq->x->head;
	struct str path = head->path;
	const struct dialect *dialect = choose_host(head->authority);
	rq->vendor_host = dialect != NULL;
	if (dialect == NULL)
		dialect = choose_prefix(&path);
	if (dialect == NULL)
		dialect = choose_root(rq, path);
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
		struct str want = take_segment(&wanted);
		if (str_eq(want, STR("{*}"))) {
			g_assert(n < ROUTE_PARAMS_MAX && wanted.n == 0);
			captures[n] = str_skip(path, 1);
			return captures[n].n > 0;
		}
		struct str got = take_segment(&path);
		if (!segment_fits(rq, want, got, &captured))
			return false;
		if (!captured)
			continue;
		g_assert(n < ROUTE_PARAMS_MAX);
		captures[n++] = got;
	}
	if (!(route->flags & ROUTE_DELIVERY) && str_eq(path, STR("/")))
		path.n = 0;
	return wanted.n == 0 && path.n == 0;
}

/* What is before the first capture tells most routes of a table apart, and
 * each request is held against all of them. */
static bool begins_alike(const char *pattern, struct str path)
{
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
		if (strncmp(first, segment.p, segment.n) == 0 &&
		    (first[segment.n] == '/' || first[segment.n] == '\0'))
			return true;
	}
	return false;
}

static bool is_rest(const struct request *rq)
{
	struct str path = rq->path;
	struct str first = take_segment(&path);
	return first.n == 0 || !begins_route(rq->dialect, first);
}

static bool route_matches(const struct route *route, struct request *rq,
			  struct str captures[ROUTE_PARAMS_MAX])
{
	if (!begins_alike(route->pattern, rq->path) ||
	    (route->flags & ROUTE_REST && !is_rest(rq)))
		return false;
	for (unsigned i = 0; i < ROUTE_PARAMS_MAX; i++)
		captures[i] = STR_NONE;
	return rq->path.n && rq->path.p[0] == '/' &&
	       pattern_matches(rq, route, captures);
}

/* Whether rq->path has a route, and rq->route when it is for the method. */
static bool find_route(struct request *rq, unsigned method)
{
	struct str captures[ROUTE_PARAMS_MAX];
	const struct route *routes = rq->dialect->routes;
	size_t n = rq->dialect->n_routes;
	for (size_t i = 0; i < n; i++) {
		if (!(routes[i].methods & method) ||
		    !route_matches(&routes[i], rq, captures))
			continue;
		rq->route = &routes[i];
		memcpy(rq->param, captures, sizeof(captures));
		return true;
	}
	for (size_t i = 0; i < n; i++)
		if (route_matches(&routes[i], rq, captures))
			return true;
	return false;
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
	for (size_t i = 0; i < rq->dialect->n_routes; i++) {
		const struct route *route = &rq->dialect->routes[i];
		if (route_matches(route, rq, captures))
			has |= route->methods;
	}
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
