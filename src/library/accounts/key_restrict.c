/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key is restricted to: lists of texts, kept as JSON. What they mean is
 * the dialects' business, but an origin that no browser can send would lock its
 * key's users out, whoever makes it.
 */
#include "library/accounts/account_row.h"
#include "library/accounts/key_rows.h"
#include "library/library_internal.h"
#include "library/row.h"

/* [a-z][a-z0-9+.-]* */
static bool is_scheme(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!g_ascii_islower(text.p[i]) &&
		    (i == 0 || (!g_ascii_isdigit(text.p[i]) &&
				!strchr("+.-", text.p[i]))))
			return false;
	return text.n > 0;
}

/* A name as it is on the wire, or an address; IPv6 in brackets. */
static bool is_host(struct str text)
{
	bool v6 = text.n > 2 && text.p[0] == '[';
	if (v6 && text.p[text.n - 1] != ']')
		return false;
	for (size_t i = v6; i < text.n - v6; i++)
		if (v6 ? !strchr("0123456789abcdef:.", text.p[i])
		       : !g_ascii_islower(text.p[i]) &&
				    !g_ascii_isdigit(text.p[i]) &&
				    !strchr(".-_", text.p[i]))
			return false;
	return text.n > 0;
}

/* Browsers leave out the port that the scheme has anyway. */
static bool is_port(struct str text, struct str scheme)
{
	uint64_t port;
	if (!str_to_u64(text, UINT16_MAX, &port) || text.p[0] == '0')
		return false;
	return !(port == 80 && str_eq(scheme, STR("http"))) &&
	       !(port == 443 && str_eq(scheme, STR("https")));
}

/* Origins are compared byte by byte: what browsers never send is a mistake. */
static bool is_origin(const char *text)
{
	const char *host = strstr(text, "://");
	if (host == NULL)
		return false;
	struct str scheme = {text, (size_t)(host - text)};
	host += strlen("://");
	const char *inner = strchr(host, ']');
	const char *colon = strchr(inner ? inner : host, ':');
	size_t n = colon ? (size_t)(colon - host) : strlen(host);
	return is_scheme(scheme) && is_host((struct str){host, n}) &&
	       (colon == NULL || is_port(str_of(colon + 1), scheme));
}

static int check_list(const char *const *list, struct err *err)
{
	for (size_t i = 0; list && list[i]; i++) {
		struct str one = str_of(list[i]);
		if (i == KEY_RESTRICTIONS_MAX)
			return err_set(err, ERR_INVALID,
				       "A key takes at most %d entries of a "
				       "kind.",
				       KEY_RESTRICTIONS_MAX);
		if (one.n == 0 || one.n > KEY_RESTRICTION_MAX ||
		    !str_is_utf8(one) || str_has_control(one))
			return err_set(err, ERR_INVALID,
				       "A restriction must be 1 to %d bytes "
				       "without control characters.",
				       KEY_RESTRICTION_MAX);
	}
	return 0;
}

static int check_kind(struct db_tx *tx, int64_t id,
		      const struct key_restrictions *restrictions,
		      struct err *err)
{
	int64_t kind = KEY_PUBLIC;
	if (db_query_int(tx,
			 "SELECT kind FROM api_key"
			 " WHERE id = $1 AND revoked_at IS NULL",
			 DB_ARGS(DB_INT(id)), &kind, err) < 0)
		return -1;
	if (kind != KEY_PUBLIC && (restrictions->origins ||
				   restrictions->apis || restrictions->domains))
		return err_set(
			err, ERR_INVALID,
			"Key %lld is a secret one: only public keys take "
			"restrictions.",
			(long long)id);
	return 0;
}

int key_restrict_tx(struct db_tx *tx, int64_t id,
		    const struct key_restrictions *restrictions,
		    struct err *err)
{
	if (check_kind(tx, id, restrictions, err) < 0)
		return -1;
	char *origins = row_list_text(restrictions->origins);
	char *apis = row_list_text(restrictions->apis);
	char *domains = row_list_text(restrictions->domains);
	int changed =
		db_change(tx,
			  "UPDATE api_key SET origins ="
			  " CASE WHEN ($2 & 1) <> 0 THEN $3 ELSE origins END,"
			  " apis ="
			  " CASE WHEN ($2 & 2) <> 0 THEN $4 ELSE apis END,"
			  " domains ="
			  " CASE WHEN ($2 & 4) <> 0 THEN $5 ELSE domains END"
			  " WHERE id = $1 AND revoked_at IS NULL",
			  DB_ARGS(DB_INT(id), DB_INT(restrictions->lists),
				  DB_OPT(str_of(origins)), DB_OPT(str_of(apis)),
				  DB_OPT(str_of(domains))),
			  err);
	free(origins);
	free(apis);
	free(domains);
	return changed;
}

struct restrict_call {
	int64_t id;
	const struct key_restrictions *restrictions;
	int changed;
};

static int restrict_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct restrict_call *call = arg;
	if (key_revision_bump(tx, err) < 0)
		return -1;
	call->changed = key_restrict_tx(tx, call->id, call->restrictions, err);
	return call->changed < 0 ? -1 : 0;
}

int key_restrictions_check(const struct key_restrictions *restrictions,
			   struct err *err)
{
	const char *const *origin = restrictions->origins;
	if (check_list(restrictions->origins, err) < 0 ||
	    check_list(restrictions->apis, err) < 0 ||
	    check_list(restrictions->domains, err) < 0)
		return -1;
	for (; origin && *origin; origin++)
		if (!is_origin(*origin))
			return err_set(err, ERR_INVALID,
				       "The origin \"%.80s\" is not like "
				       "https://example.com, as browsers send "
				       "it.",
				       *origin);
	return 0;
}

int key_restrict(struct library *library, int64_t id,
		 const struct key_restrictions *restrictions, struct err *err)
{
	if (key_restrictions_check(restrictions, err) < 0)
		return -1;
	struct restrict_call call = {.id = id, .restrictions = restrictions};
	if (db_write(library->db, restrict_rows, &call, err) < 0)
		return -1;
	keyring_refresh_now(library);
	return call.changed > 0;
}
