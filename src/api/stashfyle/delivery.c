/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StashFyle's files as bytes: links that open private files for a time, and
 * delivery by URL. A link is good for one file of one account; whose it is and
 * what it is called must be right as well.
 */
#include "api/stashfyle/stashfyle.h"
#include "api/body_values.h"
#include "api/sign.h"
#include "base/clock.h"
#include "base/date.h"
#include "json/form.h"

#include <glib.h>

#define CACHE_SECONDS 3600
#define SIGN_PURPOSE "stashfyle"
#define SIGN_BODY_MAX (64u * 1024)

int stashfyle_sign_begin(struct request *rq, struct err *err)
{
	static const struct intake_plan plan = {
		.max_file = SIGN_BODY_MAX,
		.max_values = SIGN_BODY_MAX,
		.too_large = "The request body must not exceed 64 KB",
	};
	if (stashfyle_secret_key(rq, err) != 0) {
		if (err->code == ERR_FORBIDDEN)
			err_set(err, ERR_FORBIDDEN,
				"Signed URLs require a secret key");
		return -1;
	}
	return request_expect_body(rq, &plan, err);
}

/* Seconds from the body; fractions are dropped. */
static int read_expires_in(struct request *rq, int64_t *out, struct err *err)
{
	struct body_values said;
	int result =
		body_values(rq, SIGN_BODY_MAX, JSON_DECODE_ANY, &said, err);
	if (result != 0)
		return result;
	if (said.value == NULL)
		return err_set(err, ERR_INVALID,
			       "The request body must be a JSON object with "
			       "expires_in");
	const json_t *value = json_object_get(said.value, "expires_in");
	if (said.is_form)
		value = json_keep(request_arena(rq), form_number(value));
	double seconds = json_number_value(value);
	if (!json_is_number(value))
		return err_set(err, ERR_INVALID,
			       "expires_in is required and must be a number "
			       "(seconds)");
	if (seconds < STASHFYLE_SIGN_MIN_S ||
	    seconds >= STASHFYLE_SIGN_MAX_S + 1)
		return err_set(err, ERR_INVALID,
			       "expires_in must be between %d and %d seconds "
			       "(1 minute to 7 days)",
			       STASHFYLE_SIGN_MIN_S, STASHFYLE_SIGN_MAX_S);
	*out = (int64_t)seconds;
	return 0;
}

int stashfyle_sign(struct request *rq, struct err *err)
{
	struct file file;
	int64_t seconds = 0;
	int result = read_expires_in(rq, &seconds, err);
	if (result != 0)
		return result;
	if (stashfyle_find_own(rq, &file, err) != 0)
		return -1;
	int64_t until_s = now_ms() / 1000 + seconds;
	struct str query =
		sign_query(rq, SIGN_PURPOSE, stashfyle_id(rq, &file), until_s);
	g_assert(query.p); /* the caller has a secret key */
	struct str url = arena_printf(request_arena(rq), "%.*s?%.*s",
				      STR_ARG(stashfyle_cdn_url(rq, &file)),
				      STR_ARG(query));
	reply_json(rq, 200, "application/json",
		   json_pack("{s:o, s:o}", "url", json_str(url), "expires_at",
			     json_str(iso_date(request_arena(rq),
					       until_s * 1000, false))));
	return 0;
}

/* Not longer than the file lives, nor the link or the policy that opened it. */
static const char *cache_control(struct request *rq, const struct file *file,
				 int64_t link_until_s)
{
	int64_t now_s = now_ms() / 1000;
	int64_t seconds = request_cache_seconds(file, CACHE_SECONDS);
	if (link_until_s)
		seconds = MIN(seconds, link_until_s - now_s);
	if (rq->proven.policy)
		seconds = MIN(seconds, rq->proven.policy->expires_s - now_s);
	return arena_printf(request_arena(rq), "%s, max-age=%lld",
			    request_access(rq, file) == ACCESS_PUBLIC
				    ? "public"
				    : "private",
			    (long long)MAX(seconds, 0))
		.p;
}

/* What the request may see of the file. A link that is not good opens nothing,
 * not even what is open without one. */
static int check_access(struct request *rq, const struct file *file,
			int64_t *link_until_s, struct err *err)
{
	const struct sign_claim claim = {SIGN_PURPOSE, stashfyle_id(rq, file),
					 rq->x->head.query};
	if (!str_eq(file->name, request_param(rq, 2)))
		return stashfyle_not_found(err);
	*link_until_s = 0;
	switch (sign_check(rq, &claim, link_until_s)) {
	case SIGN_VALID:
		rq->proof = PROOF_SIGNATURE;
		break;
	case SIGN_ABSENT:
		break;
	case SIGN_INVALID:
		return err_set(err, ERR_FORBIDDEN,
			       "The signature of this URL is not valid");
	case SIGN_EXPIRED:
		return err_set(err, ERR_FORBIDDEN, "This URL has expired");
	}
	if (!request_may_read(rq, file))
		return err_set(err, ERR_FORBIDDEN,
			       "This file takes a signed URL");
	return 0;
}

int stashfyle_deliver(struct request *rq, struct err *err)
{
	struct id id;
	struct hot_entry *entry;
	int64_t link_until_s;
	rq->account = keyring_account(rq->keyring, request_param(rq, 0));
	if (rq->account == NULL || !stashfyle_parse_id(rq->param[1], &id))
		return stashfyle_not_found(err);
	int found = request_find_own_id(rq, &id, &entry, err);
	if (found < 0 && err->code == ERR_NOT_FOUND)
		return stashfyle_not_found(err);
	if (found != 0)
		return found;
	if (check_access(rq, &entry->file, &link_until_s, err) != 0) {
		hot_unref(entry);
		return -1;
	}
	struct delivery how = {
		.cache_control = cache_control(rq, &entry->file, link_until_s),
	};
	request_deliver_or_refuse(rq, entry, &how, stashfyle_refusal);
	return 0;
}
