/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts beside the first: making and listing them, their plans and limits.
 */
#include "base/clock.h"
#include "library/accounts/account_row.h"
#include "library/accounts/key_rows.h"
#include "library/library_internal.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* StashFyle's, as its pages give them. */
static const struct {
	struct str name;
	struct account_limits limits;
} plans[] = {
	{{"", 0}, {0}},
	{{"free", 4},
	 {.max_file_bytes = 10 * MIB,
	  .max_storage_bytes = 1 * GIB,
	  .max_uploads = 1000,
	  .rate_per_minute = 100}},
	{{"hobby", 5},
	 {.max_file_bytes = 100 * MIB,
	  .max_storage_bytes = 10 * GIB,
	  .max_uploads = 50000,
	  .rate_per_minute = 500}},
	{{"pro", 3},
	 {.max_file_bytes = 500 * MIB,
	  .max_storage_bytes = 100 * GIB,
	  .max_uploads = 500000,
	  .rate_per_minute = 2000}},
};

bool account_plan_limits(struct str plan, struct account_limits *out)
{
	for (size_t i = 0; i < G_N_ELEMENTS(plans); i++) {
		if (!str_eq(plans[i].name, plan))
			continue;
		*out = plans[i].limits;
		return true;
	}
	return false;
}

static int no_such_plan(struct str plan, struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "There is no plan \"%.*s\": use free, hobby or pro.",
		       STR_ARG(str_cut(plan, 40)));
}

/* Making */

struct create_call {
	const struct account_preset *new;
	struct account account;
	int64_t now;
	struct key_text secret_key, public_key;
};

static int create_key(struct db_tx *tx, const struct create_call *call,
		      enum key_kind kind, struct err *err)
{
	bool secret = kind == KEY_SECRET;
	const char *given =
		secret ? call->new->secret_key : call->new->public_key;
	struct api_key key = {
		.kind = kind,
		.text = secret ? call->secret_key.text : call->public_key.text,
		.label = given ? "preset" : "generated",
		.created_ms = call->now,
	};
	return key_insert(tx, &key, call->account.id, err);
}

static int create_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct create_call *call = arg;
	struct account *account = &call->account;
	int found = account_id_tx(tx, str_of(account->name), &account->id, err);
	if (found > 0)
		return err_set(err, ERR_EXISTS,
			       "There is an account \"%s\" already.",
			       account->name);
	if (found < 0 ||
	    key_text_check_new(tx, call->secret_key.text, err) < 0 ||
	    key_text_check_new(tx, call->public_key.text, err) < 0 ||
	    key_revision_bump(tx, err) < 0 ||
	    account_insert(tx, account, call->now, err) < 0 ||
	    create_key(tx, call, KEY_SECRET, err) < 0)
		return -1;
	return create_key(tx, call, KEY_PUBLIC, err);
}

int account_create(struct library *library, const struct account_preset *new,
		   struct str plan, struct err *err)
{
	struct create_call call = {.new = new, .now = now_ms()};
	if (account_preset_check(new, err) < 0)
		return -1;
	if (!account_plan_limits(plan, &call.account.limits))
		return no_such_plan(plan, err);
	g_autofree char *plan_text = g_strndup(plan.n ? plan.p : "", plan.n);
	call.account.name = new->name;
	call.account.plan = plan_text;
	key_text_init(&call.secret_key, KEY_SECRET, new->secret_key);
	key_text_init(&call.public_key, KEY_PUBLIC, new->public_key);
	int result = db_write(library->db, create_rows, &call, err);
	secret_wipe(&call.secret_key, sizeof(call.secret_key));
	if (result == 0)
		keyring_refresh_now(library);
	return result;
}

/* Listing */

struct list_call {
	struct arena *arena;
	struct key_rows rows;
};

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct list_call *call = arg;
	return key_rows_load(tx, call->arena, &call->rows, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct account *)a)->name,
		      ((const struct account *)b)->name);
}

/* Sorted in a copy: the keys point to the accounts where they are. */
int account_list(const struct view *view, struct account_rows *out,
		 struct err *err)
{
	struct list_call call = {.arena = view->arena};
	if (view_read(view, list_rows, &call, err) < 0)
		return -1;
	out->n = call.rows.n_accounts;
	out->items = arena_alloc(view->arena, out->n * sizeof(*out->items));
	for (size_t i = 0; i < out->n; i++)
		out->items[i] = call.rows.accounts[i];
	qsort(out->items, out->n, sizeof(*out->items), by_name);
	return 0;
}

/* Changing */

struct set_call {
	struct str name;
	unsigned columns;
	struct account account;
};

#define OTHER_PARAMETERS 2 /* the name, and the bits of what changes */

/* Whoever changes other columns at the same time loses nothing. */
static const char *update_text(void)
{
	static char *made;
	if (!g_once_init_enter(&made))
		return made;
	g_autoptr(GString) text = g_string_new("UPDATE account SET");
	for (unsigned i = 0; i < ACCOUNT_LIMIT_COLUMNS; i++) {
		const char *name = account_limit_names[i];
		/* the plan is the first one, and the last bit */
		unsigned bit = i ? 1U << (i - 1) : ACCOUNT_PLAN;
		g_string_append_printf(
			text,
			"%s %s = CASE WHEN ($2 & %u) <> 0 THEN $%u ELSE %s END",
			i ? "," : "", name, bit, OTHER_PARAMETERS + 1 + i,
			name);
	}
	g_string_append(text, " WHERE name = $1");
	g_once_init_leave(&made, g_string_free(g_steal_pointer(&text), FALSE));
	return made;
}

static int set_rows(struct db_tx *tx, void *arg, struct err *err)
{
	const struct set_call *call = arg;
	if (key_revision_bump(tx, err) < 0)
		return -1;
	struct db_value values[OTHER_PARAMETERS + ACCOUNT_LIMIT_COLUMNS] = {
		DB_TEXT(call->name), DB_INT(call->columns)};
	account_limit_values(&call->account, values + OTHER_PARAMETERS);
	int changed =
		db_change(tx, update_text(),
			  (struct db_args){values, G_N_ELEMENTS(values)}, err);
	if (changed == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "There is no account \"%.*s\".",
			       STR_ARG(str_cut(call->name, ACCOUNT_NAME_MAX)));
	return changed < 0 ? -1 : 0;
}

#define IS_TOO_LARGE(kind, member, whose, option, json, help)                  \
	|| (uint64_t)limits->member > INT64_MAX

static bool is_too_large(const struct account_limits *limits)
{
	return false ACCOUNT_LIMITS(IS_TOO_LARGE);
}

int account_set(struct library *library, struct str name,
		const struct account_change *change, struct err *err)
{
	const struct account_limits *limits = &change->limits;
	struct str plan = change->plan;
	struct account_limits ignored;
	struct set_call call = {
		.name = name,
		.columns = change->columns,
		.account.limits = *limits,
	};
	if (!account_plan_limits(plan, &ignored))
		return no_such_plan(plan, err);
	if (is_too_large(limits))
		return err_set(err, ERR_INVALID, "A limit is too large.");
	g_autofree char *plan_text = g_strndup(plan.n ? plan.p : "", plan.n);
	call.account.plan = plan_text;
	if (db_write(library->db, set_rows, &call, err) < 0)
		return -1;
	keyring_refresh_now(library);
	return 0;
}
