/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JigsawStack's keys: the x-api-key header, or, for public keys only, the
 * query parameter of the same name (the header wins). What a public key may do
 * is decided in docs/decisions/0009-what-a-public-key-may-do.md.
 */
#include "api/jigsawstack/jigsawstack.h"

#include <glib.h>

static int refuse_key(struct err *err)
{
	return err_set(err, ERR_UNAUTHORIZED, "Invalid API key");
}

struct str jigsawstack_url_host(struct str url)
{
	ptrdiff_t colon = str_find(url, ':');
	if (colon < 0 || !str_starts(str_skip(url, (size_t)colon), STR("://")))
		return STR_NONE;
	struct str host = str_skip(url, (size_t)colon + 3);
	for (size_t i = 0; i < host.n; i++)
		if (strchr("/?#\\", host.p[i]))
			host.n = i;
	ptrdiff_t at = str_rfind(host, '@');
	host = str_skip(host, (size_t)(at + 1));
	colon = str_rfind(host, ':');
	if (colon >= 0 && str_find(str_skip(host, (size_t)colon), ']') < 0)
		host.n = (size_t)colon;
	return host.n ? host : STR_NONE;
}

/* "*.example.com": below it, and a host is more than what follows a dot. */
static bool is_below(struct str host, struct str pattern)
{
	if (!str_starts(pattern, STR("*.")) || host.n < pattern.n)
		return false;
	struct str end = str_skip(pattern, 1);
	return str_eq_nocase(str_skip(host, host.n - end.n), end);
}

bool jigsawstack_host_allowed(const char *const *domains, struct str host)
{
	if (str_find(host, '*') >= 0)
		return false;
	for (; host.n && *domains; domains++)
		if (str_eq_nocase(str_of(*domains), host) ||
		    is_below(host, str_of(*domains)))
			return true;
	return false;
}

/* Browsers say where a page is from; nothing else has to. */
static int check_domain(struct request *rq, const struct api_key *key,
			struct err *err)
{
	if (key->domains == NULL)
		return 0;
	struct str from = request_header(rq, "Origin");
	if (from.p == NULL)
		from = request_header(rq, "Referer");
	if (jigsawstack_host_allowed(key->domains, jigsawstack_url_host(from)))
		return 0;
	return err_set(err, ERR_FORBIDDEN,
		       "This key may not be used on this domain");
}

/* All keys of an account share its limit. */
static int check_rate(struct request *rq, struct err *err)
{
	const struct account *account = rq->account;
	const struct rate_limit limit = {account->limits.rate_per_second, 1000};
	if (request_rate(rq, account->id, limit))
		return 0;
	return err_set(err, ERR_RATE,
		       "Rate limit exceeded: at most %" G_GUINT64_FORMAT
		       " requests a second",
		       account->limits.rate_per_second);
}

int jigsawstack_any_key(struct request *rq, struct err *err)
{
	struct str text = request_header(rq, "x-api-key");
	bool from_query = text.p == NULL;
	if (from_query)
		text = request_query(rq, "x-api-key");
	const struct api_key *key = text.p ? request_use_key(rq, text) : NULL;
	if (key == NULL)
		return refuse_key(err);
	/* Secret keys do not belong into URLs, where logs keep them. */
	if (from_query && key->kind == KEY_SECRET) {
		rq->proof = PROOF_NONE;
		return refuse_key(err);
	}
	if (key->kind == KEY_PUBLIC && check_domain(rq, key, err) != 0)
		return -1;
	return check_rate(rq, err);
}

static bool may_call(const struct api_key *key, const char *api)
{
	for (const char *const *name = key->apis; name && *name; name++)
		if (strcmp(*name, api) == 0)
			return true;
	return false;
}

int jigsawstack_api_key(struct request *rq, const char *api, struct err *err)
{
	if (jigsawstack_any_key(rq, err) != 0)
		return -1;
	if (rq->proof == PROOF_SECRET_KEY || may_call(rq->key, api))
		return 0;
	return err_set(err, ERR_FORBIDDEN,
		       "This public key has not been given the API %s", api);
}

int jigsawstack_store_key(struct request *rq, struct err *err)
{
	return jigsawstack_api_key(rq, "store", err);
}
