/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables below are the whole rule; the first segment of the path leads into
 * them.
 */
#include "api/paths.h"

struct named {
	struct str name;
	const struct dialect *dialect;
};

/* clang-format off */
#define NAMED(text, dialect) {{text, sizeof(text) - 1}, &dialect##_dialect}

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

struct str path_take_segment(struct str *path)
{
	if (path->n == 0 || path->p[0] != '/')
		return STR_NONE;
	struct str rest = str_skip(*path, 1);
	ptrdiff_t slash = str_find(rest, '/');
	size_t n = slash < 0 ? rest.n : (size_t)slash;
	*path = str_skip(rest, n);
	return str_sub(rest, 0, n);
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
	struct str id = path_take_segment(&rest);
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
	struct str word = path_take_segment(&rest);
	if (str_eq(word, STR("files")))
		return choose_files(rq, rest);
	const struct dialect *dialect = FIND(v1_words, word);
	if (dialect == NULL)
		dialect = choose_credential(rq);
	return dialect ? dialect : &imagekit_dialect;
}

static const struct dialect *choose_v2(struct str rest)
{
	return str_eq(path_take_segment(&rest), STR("embedding"))
		       ? &jigsawstack_dialect
		       : &imagekit_dialect;
}

static const struct dialect *choose_api(const struct request *rq,
					struct str rest)
{
	struct str word = path_take_segment(&rest);
	if (str_eq(word, STR("v1")))
		return choose_v1(rq, rest);
	if (str_eq(word, STR("v2")))
		return choose_v2(rest);
	return &filestack_dialect;
}

/* Whether an account has that name, whose files ImageKit delivers below it. */
static bool is_account(const struct request *rq, struct str name)
{
	if (rq->named && str_eq(str_of(rq->named->name), name))
		return true;
	return rq->keyring && keyring_account(rq->keyring, name);
}

static const struct dialect *choose_root(const struct request *rq,
					 struct str path)
{
	struct str rest = path;
	struct str first = path_take_segment(&rest);
	if (str_eq(first, STR("v1")))
		return choose_v1(rq, rest);
	if (str_eq(first, STR("v2")))
		return choose_v2(rest);
	if (str_eq(first, STR("api")))
		return choose_api(rq, rest);
	const struct dialect *dialect = FIND(roots, first);
	if (dialect)
		return dialect;
	if (rest.n > 1 && is_account(rq, first))
		return &imagekit_dialect;
	return &filestack_dialect;
}

const struct dialect *dialect_named(struct str name)
{
	return FIND(prefixes, name);
}

/* The dialect whose prefix *path has; then *path goes on behind it. */
static const struct dialect *choose_prefix(struct str *path)
{
	struct str rest = *path;
	const struct dialect *dialect = dialect_named(path_take_segment(&rest));
	if (dialect == NULL)
		return NULL;
	while (rest.n > 1 && rest.p[0] == '/' && rest.p[1] == '/')
		rest = str_skip(rest, 1); /* a base URL ending in '/' */
	*path = rest.n ? rest : STR("/");
	return dialect;
}

const struct dialect *path_dialect(const struct request *rq, struct str *path)
{
	const struct dialect *dialect = choose_prefix(path);
	return dialect ? dialect : choose_root(rq, *path);
}
