/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage transformations`: set, list, remove. A running server sees the
 * change by itself.
 */
#include "api/imagekit/delivery/named.h"
#include "base/date.h"
#include "cli/commands.h"
#include "cli/pictures/ignored.h"
#include "json/json.h"
#include "library/accounts/transformation.h"

#include <stdio.h>

struct transformations_options {
	gboolean json;
};

static enum cli_status set(const struct cli_call *call, struct arena *arena)
{
	struct transformation wanted = {.name = str_of(call->words[1])};
	struct err err;
	if (imagekit_named_read(arena, str_of(call->words[2]), &wanted.value,
				&err) < 0)
		return cli_usage_error(&err);
	if (transformation_set(call->library, str_of(call->words[0]), &wanted,
			       &err) < 0)
		return cli_failed(&err);
	note_ignored(arena, wanted.value);
	return CLI_DONE;
}

static enum cli_status transformations_set(const struct cli_call *call)
{
	struct arena arena;
	arena_init(&arena);
	enum cli_status status = set(call, &arena);
	arena_release(&arena);
	return status;
}

static void print_json(struct arena *arena, const struct account *account)
{
	json_t *list = json_array();
	for (size_t i = 0; i < account->n_transformations; i++) {
		const struct transformation *row = &account->transformations[i];
		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:s}", "name",
				  json_str(row->name), "transformation",
				  json_str(row->value), "changed",
				  iso_date(arena, row->changed_ms, true).p));
	}
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
}

static void print_table(struct arena *arena, const struct account *account)
{
	static const char line[] = "%-24s %-20s %s\n";
	printf(line, "NAME", "CHANGED", "TRANSFORMATION");
	for (size_t i = 0; i < account->n_transformations; i++) {
		const struct transformation *row = &account->transformations[i];
		printf(line, arena_cstr(arena, row->name),
		       iso_date(arena, row->changed_ms, false).p,
		       arena_cstr(arena, row->value));
	}
}

static enum cli_status print_all(const struct cli_call *call,
				 const struct account *account)
{
	const struct transformations_options *options = call->options;
	struct arena arena;
	struct err err;
	if (account == NULL) {
		err_set(&err, ERR_NOT_FOUND, "There is no account \"%.*s\".",
			ACCOUNT_NAME_MAX, call->words[0]);
		return cli_failed(&err);
	}
	arena_init(&arena);
	if (options->json)
		print_json(&arena, account);
	else
		print_table(&arena, account);
	arena_release(&arena);
	return CLI_DONE;
}

static enum cli_status transformations_list(const struct cli_call *call)
{
	struct keyring *keyring = library_keyring(call->library);
	enum cli_status status = print_all(
		call, keyring_account(keyring, str_of(call->words[0])));
	keyring_unref(keyring);
	return status;
}

static enum cli_status transformations_remove(const struct cli_call *call)
{
	struct err err;
	const char *name = call->words[1];
	int removed = transformation_remove(
		call->library, str_of(call->words[0]), str_of(name), &err);
	if (removed == 0)
		err_set(&err, ERR_NOT_FOUND, "there is no transformation %.*s",
			TRANSFORMATION_NAME_MAX, name);
	if (removed <= 0)
		return cli_failed(&err);
	printf("removed transformation %s\n", name);
	return CLI_DONE;
}

static const struct option options[] = {
	{"json", OPTION_FLAG, offsetof(struct transformations_options, json),
	 NULL, "As a JSON array"},
};

static const struct action actions[] = {
	{"set", "ACCOUNT NAME STRING", "", transformations_set,
	 "Calls a transformation, as w-300,h-200, by a name of the account's; "
	 "URLs have it as n-NAME, and a running server knows within a second"},
	{"list", "ACCOUNT", "json", transformations_list,
	 "The names that the account has been given"},
	{"remove", "ACCOUNT NAME", "", transformations_remove,
	 "Takes a name back"},
};

const struct command command_transformations = {
	.name = "transformations",
	.summary = "name ImageKit transformations of an account",
	.about = "",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct transformations_options),
	.scope = SETTINGS_TOOL,
	.opens_library = true,
};
