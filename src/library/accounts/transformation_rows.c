/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading named transformations, with all accounts at once, and finding one in
 * memory.
 */
#include "library/accounts/key_rows.h"
#include "library/accounts/transformation.h"
#include "library/row.h"

#include <glib.h>
#include <stdlib.h>

static bool name_is_valid(struct str name)
{
	if (name.n == 0 || name.n > TRANSFORMATION_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!g_ascii_isalnum(name.p[i]) && name.p[i] != '_' &&
		    name.p[i] != '-' && name.p[i] != '$')
			return false;
	return true;
}

int transformation_check(const struct transformation *wanted, struct err *err)
{
	struct str value = wanted->value;
	if (!name_is_valid(wanted->name))
		return err_set(err, ERR_INVALID,
			       "The name of a transformation must be 1 to %d "
			       "of A-Z a-z 0-9 _ - $.",
			       TRANSFORMATION_NAME_MAX);
	if (value.n == 0 || value.n > TRANSFORMATION_VALUE_MAX ||
	    !str_is_utf8(value) || str_has_control(value))
		return err_set(err, ERR_INVALID,
			       "A transformation must be 1 to %d bytes of "
			       "UTF-8 without control characters.",
			       TRANSFORMATION_VALUE_MAX);
	return 0;
}

static int compare_names(struct str a, struct str b)
{
	int order = memcmp(a.p, b.p, MIN(a.n, b.n));
	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_account_and_name(const void *left, const void *right)
{
	const struct transformation *a = left, *b = right;
	if (a->account_id != b->account_id)
		return a->account_id < b->account_id ? -1 : 1;
	return compare_names(a->name, b->name);
}

/* Both are by account: each account gets its own. */
static void share_out(struct key_rows *rows, struct transformation *all,
		      size_t n)
{
	qsort(all, n, sizeof(*all), by_account_and_name);
	for (size_t i = 0, next = 0; i < rows->n_accounts; i++) {
		struct account *account = &rows->accounts[i];
		while (next < n && all[next].account_id < account->id)
			next++;
		account->transformations = all + next;
		while (next < n && all[next].account_id == account->id) {
			account->n_transformations++;
			next++;
		}
	}
}

int transformation_rows_load(struct db_tx *tx, struct arena *arena,
			     struct key_rows *rows, struct err *err)
{
	g_autoptr(GArray) found =
		g_array_new(FALSE, FALSE, sizeof(struct transformation));
	struct db_stmt *stmt = db_prepare(tx, "SELECT account_id, name, value, "
					      "changed_at FROM transformation");
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		struct err why;
		struct transformation row = {
			.account_id = db_int(stmt, 0),
			.name = arena_str(arena, db_text(stmt, 1)),
			.value = arena_str(arena, db_text(stmt, 2)),
			.changed_ms = db_int(stmt, 3),
		};
		/* a damaged one is as good as none */
		if (transformation_check(&row, &why) == 0)
			g_array_append_val(found, row);
	}
	size_t n;
	struct transformation *all = row_array_take(found, arena, &n);
	share_out(rows, all, n);
	return more;
}

static int by_name(const void *wanted, const void *row)
{
	return compare_names(*(const struct str *)wanted,
			     ((const struct transformation *)row)->name);
}

const struct transformation *transformation_find(const struct account *account,
						 struct str name)
{
	if (account->n_transformations == 0 || name.n == 0)
		return NULL;
	return bsearch(&name, account->transformations,
		       account->n_transformations,
		       sizeof(*account->transformations), by_name);
}
