/* SPDX-License-Identifier: Apache-2.0 */
#include "library/accounts/token.h"
#include "base/encode.h"
#include "library/library_internal.h"
#include "library/row.h"

struct use_call {
	int64_t account_id, expires_ms;
	struct str token;
	int used; /* rows that were made: 0 or 1 */
};

static int use_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct use_call *call = arg;
	call->used = db_change(
		tx,
		"INSERT INTO used_token (account_id, token, expires_at)"
		" VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		DB_ARGS(DB_INT(call->account_id), DB_TEXT(call->token),
			DB_INT(call->expires_ms)),
		err);
	return call->used < 0 ? -1 : 0;
}

int token_use(const struct view *view, struct str token, int64_t expires_ms,
	      struct err *err)
{
	struct use_call call = {view->account_id, expires_ms, token, 0};
	if (token.n > TOKEN_TEXT_MAX || !str_is_utf8(token)) {
		uint8_t hash[SHA256_BYTES];
		sha256_of(token, hash);
		/* a blank cannot be in a hash of another token */
		call.token =
			arena_join(view->arena, STR("sha256 "),
				   hex_encode(view->arena, hash, sizeof(hash)));
	}
	int result = row_write(view, use_row, &call, err);
	return result < 0 ? -1 : call.used;
}

int token_sweep(struct library *library, int64_t now_ms, struct err *err)
{
	return row_sweep(library->db,
			 "DELETE FROM used_token WHERE (account_id, token) IN"
			 " (SELECT account_id, token FROM used_token"
			 " WHERE expires_at <= $1 LIMIT $2)",
			 DB_INT(now_ms), err);
}
