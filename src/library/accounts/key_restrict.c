/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key is restricted to: lists of texts, kept as JSON. What they mean is
 * the dialects' business.
 */
#include "library/accounts/account_row.h"
#include "library/library_internal.h"
#include "library/row.h"

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

struct restrict_call {
	int64_t id;
	unsigned lists;
	char *origins, *apis, *domains;
	int changed;
};

static int check_kind(struct db_tx *tx, const struct restrict_call *call,
		      struct err *err)
{
	int64_t kind = KEY_PUBLIC;
	if (db_query_int(tx,
			 "SELECT kind FROM api_key"
			 " WHERE id = $1 AND revoked_at IS NULL",
			 DB_ARGS(DB_INT(call->id)), &kind, err) < 0)
		return -1;
	if (kind != KEY_PUBLIC &&
	    (call->origins || call->apis || call->domains))
		return err_set(
			err, ERR_INVALID,
			"Key %lld is a secret one: only public keys take "
			"restrictions.",
			(long long)call->id);
	return 0;
}

static int restrict_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct restrict_call *call = arg;
	if (key_revision_bump(tx, err) < 0 || check_kind(tx, call, err) < 0)
		return -1;
	call->changed =
		db_change(tx,
			  "UPDATE api_key SET origins ="
			  " CASE WHEN ($2 & 1) <> 0 THEN $3 ELSE origins END,"
			  " apis ="
			  " CASE WHEN ($2 & 2) <> 0 THEN $4 ELSE apis END,"
			  " domains ="
			  " CASE WHEN ($2 & 4) <> 0 THEN $5 ELSE domains END"
			  " WHERE id = $1 AND revoked_at IS NULL",
			  DB_ARGS(DB_INT(call->id), DB_INT(call->lists),
				  DB_OPT(str_of(call->origins)),
				  DB_OPT(str_of(call->apis)),
				  DB_OPT(str_of(call->domains))),
			  err);
	return call->changed < 0 ? -1 : 0;
}

int key_restrict(struct library *library, int64_t id, unsigned lists,
		 const char *const *origins, const char *const *apis,
		 const char *const *domains, struct err *err)
{
	if (check_list(origins, err) < 0 || check_list(apis, err) < 0 ||
	    check_list(domains, err) < 0)
		return -1;
	struct restrict_call call = {
		.id = id,
		.lists = lists,
		.origins = row_list_text(origins),
		.apis = row_list_text(apis),
		.domains = row_list_text(domains),
	};
	int result = db_write(library->db, restrict_rows, &call, err);
	free(call.origins);
	free(call.apis);
	free(call.domains);
	if (result < 0)
		return -1;
	keyring_refresh_now(library);
	return call.changed > 0;
}
