/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage keys`: list, create, revoke. A running server sees the change by
 * itself.
 */
#include "base/encode.h"
#include "cli/cli.h"
#include "library/account.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* of a key that is not shown */
#define SHOWN_MAX 12

struct keys_options {
	gboolean show, json;
	char *kind, *label;
};

typedef enum cli_status keys_fn(struct library *library,
				const struct settings *settings,
				const struct keys_options *options,
				char **words);

static const char *kind_name(enum key_kind kind)
{
	return kind == KEY_SECRET ? "secret" : "public";
}

/* The key, or what tells keys apart without being one. */
static struct str key_text(struct arena *arena, const struct api_key *key,
			   bool show)
{
	if (show)
		return str_of(key->text);
	size_t n = MIN(strlen(key->text) / 3, SHOWN_MAX);
	return arena_printf(arena, "%.*s...", (int)n, key->text);
}

static void print_json(struct arena *arena, const struct api_key *keys,
		       size_t n, bool show)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		const struct api_key *key = &keys[i];
		json_t *revoked = json_null();
		if (key->revoked_ms)
			revoked = json_string(
				iso_date(arena, key->revoked_ms, true).p);
		struct str text = key_text(arena, key, show);
		json_array_append_new(
			list,
			json_pack("{s:I, s:s, s:s, s:s%, s:s, s:s, s:o}", "id",
				  (json_int_t)key->id, "account",
				  key->account->name, "kind",
				  kind_name(key->kind), "key", text.p, text.n,
				  "label", key->label, "created",
				  iso_date(arena, key->created_ms, true).p,
				  "revoked", revoked));
	}
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
}

static void print_table(struct arena *arena, const struct api_key *keys,
			size_t n, bool show)
{
	static const char line[] = "%6s  %-16s %-7s %-*s %-16s %-20s %s\n";
	int width = SHOWN_MAX + 3;
	for (size_t i = 0; show && i < n; i++)
		width = MAX(width, (int)strlen(keys[i].text));
	printf(line, "ID", "ACCOUNT", "KIND", width, "KEY", "LABEL", "CREATED",
	       "STATE");
	for (size_t i = 0; i < n; i++) {
		const struct api_key *key = &keys[i];
		char id[24];
		snprintf(id, sizeof(id), "%" PRId64, key->id);
		printf(line, id, key->account->name, kind_name(key->kind),
		       width, key_text(arena, key, show).p, key->label,
		       iso_date(arena, key->created_ms, false).p,
		       key->revoked_ms ? "revoked" : "valid");
	}
}

static enum cli_status keys_list(struct library *library,
				 const struct settings *settings,
				 const struct keys_options *options,
				 char **words)
{
	(void)settings;
	(void)words;
	struct arena arena;
	struct api_key *keys;
	size_t n;
	struct err err;
	enum cli_status status = CLI_DONE;
	arena_init(&arena);
	if (key_list(library, &arena, &keys, &n, &err) < 0)
		status = cli_failed(&err);
	else if (options->json)
		print_json(&arena, keys, n, options->show);
	else
		print_table(&arena, keys, n, options->show);
	arena_release(&arena);
	return status;
}

static enum cli_status keys_create(struct library *library,
				   const struct settings *settings,
				   const struct keys_options *options,
				   char **words)
{
	(void)words;
	struct arena arena;
	struct api_key key;
	struct err err;
	enum cli_status status = CLI_DONE;
	enum key_kind kind =
		strcmp(options->kind, "secret") == 0 ? KEY_SECRET : KEY_PUBLIC;
	struct str label = str_of(options->label ? options->label : "");
	arena_init(&arena);
	if (key_create(library, str_of(settings->account), kind, NULL, label,
		       &arena, &key, &err) < 0) {
		status = cli_failed(&err);
	} else {
		/* the key alone on stdout, for scripts */
		puts(key.text);
		fprintf(stderr, "stowage: made %s key %" PRId64 " of %s\n",
			kind_name(key.kind), key.id, settings->account);
	}
	arena_release(&arena);
	return status;
}

static enum cli_status keys_revoke(struct library *library,
				   const struct settings *settings,
				   const struct keys_options *options,
				   char **words)
{
	(void)settings;
	(void)options;
	struct err err;
	uint64_t id;
	if (!str_to_u64(str_of(words[1]), INT64_MAX, &id)) {
		err_set(&err, ERR_INVALID,
			"keys revoke: \"%.80s\" is not the ID of a key; see "
			"stowage keys list",
			words[1]);
		return cli_usage_error(&err);
	}
	int revoked = key_revoke(library, (int64_t)id, &err);
	if (revoked < 0)
		return cli_failed(&err);
	if (revoked == 0) {
		err_set(&err, ERR_NOT_FOUND, "there is no valid key %s",
			words[1]);
		return cli_failed(&err);
	}
	printf("revoked key %s\n", words[1]);
	return CLI_DONE;
}

static const struct {
	const char *word;
	keys_fn *run;
	unsigned n_words; /* its own included */
	bool needs_kind;
} actions[] = {
	{"list", keys_list, 1, false},
	{"create", keys_create, 1, true},
	{"revoke", keys_revoke, 2, false},
};

/* The row for the words, or -1 with what is wrong with them. */
static int find_action(char **words, const struct keys_options *options,
		       struct err *err)
{
	for (size_t i = 0; words[0] && i < G_N_ELEMENTS(actions); i++) {
		if (strcmp(actions[i].word, words[0]) != 0)
			continue;
		if (g_strv_length(words) != actions[i].n_words)
			break;
		const char *kind = options->kind ? options->kind : "";
		if (actions[i].needs_kind && strcmp(kind, "secret") != 0 &&
		    strcmp(kind, "public") != 0)
			return err_set(err, ERR_INVALID,
				       "keys create: --kind is secret or "
				       "public");
		return (int)i;
	}
	return err_set(err, ERR_INVALID,
		       "keys: list, create or revoke ID; see stowage keys "
		       "--help");
}

static enum cli_status run_action(const struct settings *settings,
				  const struct keys_options *options,
				  char **words)
{
	struct err err;
	struct library *library;
	int action = find_action(words, options, &err);
	if (action < 0)
		return cli_usage_error(&err);
	if (cli_open(&library, settings, &err) < 0)
		return cli_failed(&err);
	enum cli_status status =
		actions[action].run(library, settings, options, words);
	library_close(library);
	return status;
}

enum cli_status command_keys(char **args)
{
	struct settings settings;
	struct keys_options options = {0};
	g_auto(GStrv) words = NULL;
	const GOptionEntry entries[] = {
		{.long_name = "show",
		 .arg = G_OPTION_ARG_NONE,
		 .arg_data = &options.show},
		{.long_name = "json",
		 .arg = G_OPTION_ARG_NONE,
		 .arg_data = &options.json},
		{.long_name = "kind",
		 .arg = G_OPTION_ARG_FILENAME,
		 .arg_data = &options.kind},
		{.long_name = "label",
		 .arg = G_OPTION_ARG_FILENAME,
		 .arg_data = &options.label},
		{0},
	};
	enum cli_status status = cli_load(&settings, args, entries, &words);
	if (status == CLI_DONE) {
		status = run_action(&settings, &options, words);
		settings_release(&settings);
	}
	g_free(options.kind);
	g_free(options.label);
	return status;
}
