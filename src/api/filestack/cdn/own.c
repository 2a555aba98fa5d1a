/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/own.h"
#include "api/filestack/cdn/grammar/wanted.h"
#include "api/filestack/filestack.h"
#include "api/own_url.h"
#include "base/encode.h"

#include <glib.h>

static bool is_key(const void *user, struct str text)
{
	return filestack_key(user, text) != NULL;
}

/* What other dialects have of the paths at the root (choose_root() in
 * server/router.c): URLs of theirs are no chains. */
static bool is_others(const struct request *rq, struct str path)
{
	static const char *const words[] = {"v1",        "v2",   "imagekit",
					    "stashfyle", "live", "jigsawstack",
					    "test"};
	if (path.n == 0)
		return true;
	path = str_skip(path, 1);
	struct str first = str_split(&path, '/');
	if (str_eq(first, STR("api"))) {
		first = str_split(&path, '/');
		return str_eq(first, STR("v1")) || str_eq(first, STR("v2"));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (str_eq(first, str_of(words[i])))
			return true;
	return path.n && keyring_account(rq->keyring, first);
}

static bool is_own(const void *user, struct str authority, struct str *path)
{
	const struct request *rq = user;
	struct str rest = *path;
	if (!own_authority(rq, authority))
		return false;
	own_take_prefix(rq, &rest);
	if (rest.n == path->n && is_others(rq, rest))
		return false;
	*path = rest;
	return true;
}

struct chain_reading cdn_reading(const struct request *rq, struct str path,
				 struct str query)
{
	return (struct chain_reading){
		.path = path,
		.query = query,
		.user = rq,
		.is_key = is_key,
		.is_task = cdn_is_task,
		.is_own = is_own,
	};
}
