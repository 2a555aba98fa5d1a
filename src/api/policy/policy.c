/* SPDX-License-Identifier: Apache-2.0 */
#include "api/policy/policy.h"
#include "base/pattern.h"
#include "library/files/file.h"

int policy_refuse(struct err *err, const char *why)
{
	return err_set(err, ERR_FORBIDDEN, "policy error: %s", why);
}

int policy_allows(const struct policy *policy, unsigned calls,
		  const struct id *file, struct err *err)
{
	char handle[ID_HANDLE_LEN + 1];
	if ((policy->calls & calls) != calls)
		return policy_refuse(err, "call not allowed");
	if (policy->handle.p == NULL)
		return 0;
	if (file == NULL)
		return policy_refuse(err, "handle not allowed");
	id_to_handle(file, handle);
	return str_eq(policy->handle, str_of(handle))
		       ? 0
		       : policy_refuse(err, "handle not allowed");
}

/* With a slash in front as without one an expression forbids the same: what it
 * would allow there, but for what it forbids, it does not allow here. */
static bool is_forbidden(const struct policy *policy, struct str path)
{
	return policy->path_at_most && !pattern_matches(policy->path, path) &&
	       pattern_try(policy->path_at_most, path) != 0;
}

static bool path_fits(const struct policy *policy, struct str path)
{
	char text[FILE_PATH_MAX + 2];
	while (path.n && path.p[0] == '/')
		path = str_skip(path, 1);
	if (path.n > FILE_PATH_MAX)
		return false;
	text[0] = '/';
	if (path.n)
		memcpy(text + 1, path.p, path.n);
	const struct str rooted = {text, path.n + 1};
	const struct str bare = str_skip(rooted, 1);
	return pattern_matches(policy->path, policy->rooted ? rooted : bare) &&
	       !is_forbidden(policy, policy->rooted ? bare : rooted);
}

int policy_allows_place(const struct policy *policy, struct str path,
			struct str container, struct err *err)
{
	if (policy->path && !path_fits(policy, path))
		return policy_refuse(err, "path not allowed");
	if (policy->container && !pattern_matches(policy->container, container))
		return policy_refuse(err, "container not allowed");
	return 0;
}

int policy_allows_size(const struct policy *policy, uint64_t size,
		       struct err *err)
{
	if (size < policy->min_size)
		return policy_refuse(err, "the file is smaller than allowed");
	if (size > policy->max_size)
		return policy_refuse(err, "the file is larger than allowed");
	return 0;
}

int policy_allows_url(const struct policy *policy, struct str url,
		      struct err *err)
{
	if (policy->url && !pattern_matches(policy->url, url))
		return policy_refuse(err, "url not allowed");
	return 0;
}
