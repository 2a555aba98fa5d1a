/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/own.h"
#include "api/filestack/cdn/grammar/wanted.h"
#include "api/filestack/filestack.h"
#include "api/own_url.h"
#include "api/paths.h"

static bool is_key(const void *user, struct str text)
{
	return filestack_key(user, text) != NULL;
}

/* What is another dialect's is no chain. */
static bool is_own(const void *user, struct str authority, struct str *path)
{
	const struct request *rq = user;
	struct str rest = *path;
	if (!own_authority(rq, authority))
		return false;
	own_take_prefix(rq, &rest);
	if (path_dialect(rq, &rest) != rq->dialect)
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
