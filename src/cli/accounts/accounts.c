/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage accounts`: create, list, set. A running server sees the change by
 * itself.
 */
#include "cli/commands.h"
#include "base/digest.h"
#include "cli/accounts/key_file.h"
#include "json/json.h"
#include "library/accounts/account.h"
#include "library/accounts/usage.h"

#include <inttypes.h>
#include <stdio.h>

#define NONE "none"

#define OPTION_MEMBER(kind, member, whose, option, json, help) char *member;

struct accounts_options {
	gboolean json;
	char *plan;
	ACCOUNT_LIMITS(OPTION_MEMBER)
	char *secret_key_file, *public_key_file;
};

/* "none" is the plan without a name. */
static int read_plan(const char *text, struct str *plan,
		     struct account_limits *limits, struct err *err)
{
	bool none = strcmp(text, NONE) == 0;
	*plan = none ? STR("") : str_of(text);
	if ((plan->n == 0 && !none) || !account_plan_limits(*plan, limits))
		return err_set(err, ERR_INVALID,
			       "accounts: --plan \"%.40s\" is not free, hobby, "
			       "pro or none",
			       text);
	return 0;
}

/* list */

static json_t *limit_json(uint64_t limit)
{
	return limit ? json_integer((json_int_t)limit) : json_null();
}

#define JSON_BYTES(limit) limit_json(limit)
#define JSON_COUNT(limit) limit_json(limit)
#define JSON_SWITCH(limit) json_boolean(limit)
#define SET_JSON(kind, member, whose, option, json, help)                      \
	json_object_set_new(object, json, JSON_##kind(account->limits.member));

static json_t *account_json(const struct account *account,
			    const struct usage *usage)
{
	char period[32];
	snprintf(period, sizeof(period), "%04d-%02d", usage->year,
		 usage->month);
	json_t *object = json_pack("{s:s, s:o}", "name", account->name, "plan",
				   *account->plan ? json_string(account->plan)
						  : json_null());
	ACCOUNT_LIMITS(SET_JSON)
	json_object_set_new(
		object, "usage",
		json_pack("{s:I, s:I, s:I, s:s}", "storage_bytes",
			  (json_int_t)usage->storage_bytes, "bandwidth_bytes",
			  (json_int_t)usage->bandwidth_bytes, "upload_count",
			  (json_int_t)usage->upload_count, "period", period));
	return object;
}

/* Accounts, and what each has used. */
struct accounts {
	struct account_rows rows;
	struct usage *usage;
};

static void print_json(const struct accounts *accounts)
{
	json_t *list = json_array();
	for (size_t i = 0; i < accounts->rows.n; i++)
		json_array_append_new(list,
				      account_json(&accounts->rows.items[i],
						   &accounts->usage[i]));
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
}

/* A size in the units that the options take: "1G", "12.3M". */
static struct str size_text(struct arena *arena, uint64_t size)
{
	static const char units[] = "kMGT";
	double shown = (double)size;
	size_t unit = 0;
	while (shown >= 1024 && unit < sizeof(units) - 1) {
		shown /= 1024;
		unit++;
	}
	return arena_printf(arena, "%.4g%.*s", shown, unit > 0,
			    unit ? units + unit - 1 : "");
}

static struct str number_text(struct arena *arena, uint64_t n, bool bytes)
{
	return bytes ? size_text(arena, n) : arena_printf(arena, "%" PRIu64, n);
}

/* "12.3M of 1G", the second part only where there is a limit. */
static struct str amount(struct arena *arena, uint64_t used, uint64_t limit,
			 bool bytes)
{
	struct str have = number_text(arena, used, bytes);
	if (limit == 0)
		return have;
	return arena_printf(arena, "%s of %s", have.p,
			    number_text(arena, limit, bytes).p);
}

static struct str limit_text(struct arena *arena, uint64_t limit, bool bytes)
{
	return limit ? number_text(arena, limit, bytes) : STR("-");
}

static void print_table(struct arena *arena, const struct accounts *accounts)
{
	static const char line[] =
		"%-20s %-6s %-8s %-16s %-18s %-8s %-8s %-6s %s\n";
	printf(line, "NAME", "PLAN", "MAX FILE", "STORAGE", "UPLOADS", "SENT",
	       "RATE/MIN", "RATE/S", "STATE");
	for (size_t i = 0; i < accounts->rows.n; i++) {
		const struct account *account = &accounts->rows.items[i];
		const struct account_limits *limits = &account->limits;
		const struct usage *used = &accounts->usage[i];
		printf(line, account->name,
		       *account->plan ? account->plan : "-",
		       limit_text(arena, limits->max_file_bytes, true).p,
		       amount(arena, used->storage_bytes,
			      limits->max_storage_bytes, true)
			       .p,
		       amount(arena, used->upload_count, limits->max_uploads,
			      false)
			       .p,
		       amount(arena, used->bandwidth_bytes, 0, true).p,
		       limit_text(arena, limits->rate_per_minute, false).p,
		       limit_text(arena, limits->rate_per_second, false).p,
		       limits->grace ? "grace" : "active");
	}
}

static int read_all(const struct view *view, struct accounts *out,
		    struct err *err)
{
	const struct account_rows *rows = &out->rows;
	if (account_list(view, &out->rows, err) < 0)
		return -1;
	out->usage = arena_zalloc(view->arena, rows->n * sizeof(*out->usage));
	for (size_t i = 0; i < rows->n; i++)
		if (usage_read(view->library, rows->items[i].id, &out->usage[i],
			       err) < 0)
			return -1;
	return 0;
}

static enum cli_status accounts_list(const struct cli_call *call)
{
	const struct accounts_options *options = call->options;
	struct arena arena;
	const struct view view = {.library = call->library, .arena = &arena};
	struct accounts accounts;
	struct err err;
	enum cli_status status = CLI_DONE;
	arena_init(&arena);
	if (read_all(&view, &accounts, &err) < 0)
		status = cli_failed(&err);
	else if (options->json)
		print_json(&accounts);
	else
		print_table(&arena, &accounts);
	arena_release(&arena);
	return status;
}

/* create */

/* Keys that are brought along; NULL ones are generated. */
struct brought {
	char *secret, *public;
};

static int read_keys(const struct accounts_options *options,
		     struct brought *keys, struct err *err)
{
	if (options->secret_key_file &&
	    key_file_read("accounts create: --secret-key-file",
			  options->secret_key_file, &keys->secret, err) < 0)
		return -1;
	if (options->public_key_file &&
	    key_file_read("accounts create: --public-key-file",
			  options->public_key_file, &keys->public, err) < 0)
		return -1;
	return 0;
}

/* Those that nobody knows yet. */
static void print_made(struct library *library, struct str name,
		       const struct brought *keys)
{
	struct keyring *keyring = library_keyring(library);
	const struct account *account = keyring_account(keyring, name);
	if (account && keys->secret == NULL)
		printf("secret %s\n", account->secret_key);
	if (account && keys->public == NULL)
		printf("public %s\n", account->public_key);
	keyring_unref(keyring);
	fprintf(stderr, "stowage: made account %.*s\n", STR_ARG(name));
}

static enum cli_status make_account(const struct cli_call *call,
				    struct str plan, struct brought *keys)
{
	struct err err;
	const char *name = call->words[0];
	if (read_keys(call->options, keys, &err) < 0)
		return cli_usage_error(&err);
	const struct account_preset new = {name, keys->secret, keys->public};
	if (account_create(call->library, &new, plan, &err) < 0)
		return cli_failed(&err);
	print_made(call->library, str_of(name), keys);
	return CLI_DONE;
}

static enum cli_status accounts_create(const struct cli_call *call)
{
	const struct accounts_options *options = call->options;
	struct err err;
	struct str plan;
	struct account_limits limits;
	struct brought keys = {NULL, NULL};
	if (read_plan(options->plan ? options->plan : NONE, &plan, &limits,
		      &err) < 0)
		return cli_usage_error(&err);
	enum cli_status status = make_account(call, plan, &keys);
	secret_free(keys.secret);
	secret_free(keys.public);
	return status;
}

/* set */

static int read_bytes(const char *option, const char *text, uint64_t *limit,
		      struct err *err)
{
	*limit = 0;
	if (strcmp(text, NONE) == 0)
		return 0;
	if (settings_size(text, limit) && *limit && *limit <= INT64_MAX)
		return 0;
	return err_set(err, ERR_INVALID,
		       "accounts set: %s \"%.40s\" is not a size such as 500, "
		       "64k, 100M or 5G or none",
		       option, text);
}

static int read_count(const char *option, const char *text, uint64_t *limit,
		      struct err *err)
{
	*limit = 0;
	if (strcmp(text, NONE) == 0)
		return 0;
	if (str_to_u64(str_of(text), INT64_MAX, limit) && *limit)
		return 0;
	return err_set(err, ERR_INVALID,
		       "accounts set: %s \"%.40s\" is not a number above 0 or "
		       "none",
		       option, text);
}

static int read_switch(const char *option, const char *text, bool *out,
		       struct err *err)
{
	*out = strcmp(text, "on") == 0;
	if (*out || strcmp(text, "off") == 0)
		return 0;
	return err_set(err, ERR_INVALID, "accounts set: %s is on or off",
		       option);
}

#define READ_BYTES read_bytes
#define READ_COUNT read_count
#define READ_SWITCH read_switch
#define READ_OPTION(kind, member, whose, option, json, help)                   \
	if (options->member) {                                                 \
		if (READ_##kind("--" option, options->member,                  \
				&change->limits.member, err) < 0)              \
			return -1;                                             \
		change->columns |= ACCOUNT_COLUMN(member);                     \
	}

/* Those that are named. */
static int change_limits(const struct accounts_options *options,
			 struct account_change *change, struct err *err)
{
	ACCOUNT_LIMITS(READ_OPTION)
	return 0;
}

/* A plan brings its limits along, those named beside it go before; those that
 * no plan has stay. */
static int read_change(const struct accounts_options *options,
		       struct account_change *change, struct err *err)
{
	*change = (struct account_change){.plan = STR("")};
	if (options->plan) {
		if (read_plan(options->plan, &change->plan, &change->limits,
			      err) < 0)
			return -1;
		change->columns = ACCOUNT_PLAN | ACCOUNT_PLAN_LIMITS;
	}
	if (change_limits(options, change, err) < 0)
		return -1;
	if (change->columns == 0)
		return err_set(err, ERR_INVALID,
			       "accounts set: name what to change; see stowage "
			       "accounts --help");
	return 0;
}

static enum cli_status accounts_set(const struct cli_call *call)
{
	struct err err;
	struct account_change change;
	if (read_change(call->options, &change, &err) < 0)
		return cli_usage_error(&err);
	if (account_set(call->library, str_of(call->words[0]), &change, &err) <
	    0)
		return cli_failed(&err);
	return CLI_DONE;
}

#define FIELD(name) offsetof(struct accounts_options, name)
#define TAKES_BYTES "SIZE"
#define TAKES_COUNT "N"
#define TAKES_SWITCH "on|off"
#define OPTION_ROW(kind, member, whose, option, json, help)                    \
	{option, OPTION_TEXT, FIELD(member), TAKES_##kind, help},
#define OPTION_WORD(kind, member, whose, option, json, help) " " option

static const struct option options[] = {
	{"json", OPTION_FLAG, FIELD(json), NULL, "As a JSON array"},
	{"plan", OPTION_TEXT, FIELD(plan), "PLAN",
	 "free, hobby, pro (with that plan's file, storage, upload and request "
	 "limits), or none"},
	{"secret-key-file", OPTION_TEXT, FIELD(secret_key_file), "FILE",
	 "A key to bring along, the one line of FILE (- for stdin); without, "
	 "one is made"},
	{"public-key-file", OPTION_TEXT, FIELD(public_key_file), "FILE",
	 "The same for the public key"},
	ACCOUNT_LIMITS(OPTION_ROW)};

static const struct action actions[] = {
	{"list", "", "json", accounts_list,
	 "All accounts with their limits and what they use"},
	{"create", "NAME", "plan secret-key-file public-key-file",
	 accounts_create,
	 "Makes an account with a key pair and prints the keys that are new"},
	{"set", "NAME", "plan" ACCOUNT_LIMITS(OPTION_WORD), accounts_set,
	 "Changes what is named, nothing else; a running server knows within a "
	 "second"},
};

const struct command command_accounts = {
	.name = "accounts",
	.summary = "make accounts, set their limits, see their usage",
	.about = "",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct accounts_options),
	.scope = SETTINGS_TOOL,
	.opens_library = true,
};
