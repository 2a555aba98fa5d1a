/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage keys`: list, create, set, revoke. A running server sees the change
 * by itself.
 */
#include "base/clock.h"
#include "base/date.h"
#include "cli/commands.h"
#include "base/digest.h"
#include "cli/accounts/key_file.h"
#include "json/json.h"
#include "library/accounts/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* of a key that is not shown */
#define SHOWN_MAX 12
#define NONE "none"

struct keys_options {
	gboolean show, json;
	char *kind, *label, *from_file;
	char **origins, **apis, **domains; /* NULL: not named */
};

/* The key, or what tells keys apart without being one. */
static struct str key_text(struct arena *arena, const struct api_key *key,
			   bool show)
{
	if (show)
		return str_of(key->text);
	size_t n = MIN(strlen(key->text) / 3, SHOWN_MAX);
	return arena_printf(arena, "%.*s...", (int)n, key->text);
}

static json_t *list_json(const char *const *list)
{
	if (list == NULL)
		return json_null();
	json_t *array = json_array();
	for (; *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

static json_t *date_json(struct arena *arena, int64_t ms)
{
	return ms ? json_string(iso_date(arena, ms, true).p) : json_null();
}

static json_t *key_json(struct arena *arena, const struct api_key *key,
			bool show)
{
	struct str text = key_text(arena, key, show);
	return json_pack(
		"{s:I, s:s, s:s, s:s%, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
		"id", (json_int_t)key->id, "account", key->account->name,
		"kind", key_kind_name(key->kind), "key", text.p, text.n,
		"label", key->label, "created",
		date_json(arena, key->created_ms), "revoked",
		date_json(arena, key->revoked_ms), "last_used",
		date_json(arena, key->last_used_ms), "origins",
		list_json(key->origins), "apis", list_json(key->apis),
		"domains", list_json(key->domains));
}

static void print_json(struct arena *arena, const struct api_key *keys,
		       size_t n, bool show)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, key_json(arena, &keys[i], show));
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
}

static void add_list(GString *out, const char *name, const char *const *list)
{
	for (; list && *list; list++)
		g_string_append_printf(out, " %s=%s", name, *list);
}

/* "valid origin=https://example.com" */
static char *state_of(const struct api_key *key)
{
	GString *out = g_string_new(key->revoked_ms ? "revoked" : "valid");
	add_list(out, "origin", key->origins);
	add_list(out, "api", key->apis);
	add_list(out, "domain", key->domains);
	return g_string_free(out, FALSE);
}

static void print_table(struct arena *arena, const struct api_key *keys,
			size_t n, bool show)
{
	static const char line[] =
		"%6s  %-16s %-7s %-*s %-16s %-20s %-20s %s\n";
	int width = SHOWN_MAX + 3;
	for (size_t i = 0; show && i < n; i++)
		width = MAX(width, (int)strlen(keys[i].text));
	printf(line, "ID", "ACCOUNT", "KIND", width, "KEY", "LABEL", "CREATED",
	       "LAST USED", "STATE");
	for (size_t i = 0; i < n; i++) {
		const struct api_key *key = &keys[i];
		char id[24];
		snprintf(id, sizeof(id), "%" PRId64, key->id);
		g_autofree char *state = state_of(key);
		printf(line, id, key->account->name, key_kind_name(key->kind),
		       width, key_text(arena, key, show).p, key->label,
		       iso_date(arena, key->created_ms, false).p,
		       key->last_used_ms
			       ? iso_date(arena, key->last_used_ms, false).p
			       : "never",
		       state);
	}
}

static enum cli_status keys_list(const struct cli_call *call)
{
	const struct keys_options *options = call->options;
	struct arena arena;
	struct api_keys keys;
	struct err err;
	enum cli_status status = CLI_DONE;
	arena_init(&arena);
	const struct view view = {.library = call->library, .arena = &arena};
	if (key_list(&view, &keys, &err) < 0)
		status = cli_failed(&err);
	else if (options->json)
		print_json(&arena, keys.items, keys.n, options->show);
	else
		print_table(&arena, keys.items, keys.n, options->show);
	arena_release(&arena);
	return status;
}

static bool is_none(char **option)
{
	return strcmp(option[0], NONE) == 0 && option[1] == NULL;
}

/* Its list; NULL for "none", and when the option was not given. */
static const char *const *named(char **option)
{
	return option && !is_none(option) ? (const char *const *)option : NULL;
}

static struct key_restrictions
restrictions_of(const struct keys_options *options)
{
	return (struct key_restrictions){
		.lists = (options->origins ? KEY_ORIGINS : 0) |
			 (options->apis ? KEY_APIS : 0) |
			 (options->domains ? KEY_DOMAINS : 0),
		.origins = named(options->origins),
		.apis = named(options->apis),
		.domains = named(options->domains),
	};
}

static bool names_restrictions(const struct keys_options *options)
{
	return options->origins || options->apis || options->domains;
}

/* text: one that is brought along, or NULL. */
static int make_key(const struct cli_call *call, const char *text,
		    struct arena *arena, struct api_key *key, struct err *err)
{
	const struct keys_options *options = call->options;
	const struct key_restrictions restrictions = restrictions_of(options);
	const struct key_new new = {
		.account = str_of(call->settings->account),
		.kind = strcmp(options->kind, "secret") == 0 ? KEY_SECRET
							     : KEY_PUBLIC,
		.text = text,
		.label = str_of(options->label ? options->label : ""),
		.restrictions =
			names_restrictions(options) ? &restrictions : NULL,
	};
	const struct view view = {
		.library = call->library, .now = now_ms(), .arena = arena};
	return key_create(&view, &new, key, err);
}

static int read_id(const char *action, const char *text, int64_t *id,
		   struct err *err)
{
	uint64_t number;
	if (!str_to_u64(str_of(text), INT64_MAX, &number))
		return err_set(err, ERR_INVALID,
			       "keys %s: \"%.80s\" is not the ID of a key; see "
			       "stowage keys list",
			       action, text);
	*id = (int64_t)number;
	return 0;
}

static enum cli_status no_such_key(const char *id)
{
	struct err err;
	err_set(&err, ERR_NOT_FOUND, "there is no valid key %s", id);
	return cli_failed(&err);
}

static int check_none(const char *option, char **list, struct err *err)
{
	for (size_t i = 0; list && list[1] && list[i]; i++)
		if (strcmp(list[i], NONE) == 0)
			return err_set(err, ERR_INVALID,
				       "keys: %s none stands alone", option);
	return 0;
}

static int check_restrictions(const struct keys_options *options,
			      struct err *err)
{
	if (check_none("--origin", options->origins, err) < 0 ||
	    check_none("--api", options->apis, err) < 0 ||
	    check_none("--domain", options->domains, err) < 0)
		return -1;
	const struct key_restrictions restrictions = restrictions_of(options);
	struct err why;
	if (key_restrictions_check(&restrictions, &why) < 0)
		return err_set(err, why.code,
			       "keys: --origin, --api, --domain: %s", why.text);
	return 0;
}

static enum cli_status make_and_print(const struct cli_call *call,
				      const char *text)
{
	struct arena arena;
	struct api_key key;
	struct err err;
	enum cli_status status = CLI_DONE;
	arena_init(&arena);
	if (make_key(call, text, &arena, &key, &err) < 0) {
		status = cli_failed(&err);
	} else {
		/* the key alone on stdout, for scripts */
		if (text == NULL)
			puts(key.text);
		fprintf(stderr, "stowage: made %s key %" PRId64 " of %s\n",
			key_kind_name(key.kind), key.id,
			call->settings->account);
	}
	arena_release(&arena);
	return status;
}

static enum cli_status keys_create(const struct cli_call *call)
{
	const struct keys_options *options = call->options;
	struct err err = {0};
	char *text = NULL;
	bool secret = strcmp(options->kind, "secret") == 0;
	if (!secret && strcmp(options->kind, "public") != 0) {
		err_set(&err, ERR_INVALID,
			"keys create: --kind is secret or public");
		return cli_usage_error(&err);
	}
	if (secret && names_restrictions(options)) {
		err_set(&err, ERR_INVALID,
			"keys create: only public keys take restrictions");
		return cli_usage_error(&err);
	}
	if (check_restrictions(options, &err) < 0 ||
	    (options->from_file &&
	     key_file_read("keys create: --from-file", options->from_file,
			   &text, &err) < 0))
		return cli_usage_error(&err);
	enum cli_status status = make_and_print(call, text);
	secret_free(text);
	return status;
}

static enum cli_status keys_set(const struct cli_call *call)
{
	const struct keys_options *options = call->options;
	struct err err;
	int64_t id = 0;
	if (!names_restrictions(options)) {
		err_set(&err, ERR_INVALID,
			"keys set: name an --origin, --api or --domain");
		return cli_usage_error(&err);
	}
	if (check_restrictions(options, &err) < 0 ||
	    read_id("set", call->words[0], &id, &err) < 0)
		return cli_usage_error(&err);
	const struct key_restrictions restrictions = restrictions_of(options);
	int done = key_restrict(call->library, id, &restrictions, &err);
	if (done < 0)
		return cli_failed(&err);
	return done ? CLI_DONE : no_such_key(call->words[0]);
}

static enum cli_status keys_revoke(const struct cli_call *call)
{
	struct err err;
	int64_t id = 0;
	if (read_id("revoke", call->words[0], &id, &err) < 0)
		return cli_usage_error(&err);
	int revoked = key_revoke(call->library, id, &err);
	if (revoked < 0)
		return cli_failed(&err);
	if (revoked == 0)
		return no_such_key(call->words[0]);
	printf("revoked key %s\n", call->words[0]);
	return CLI_DONE;
}

#define FIELD(name) offsetof(struct keys_options, name)

static const struct option options[] = {
	{"show", OPTION_FLAG, FIELD(show), NULL, "Whole keys, not shortened"},
	{"json", OPTION_FLAG, FIELD(json), NULL, "As a JSON array"},
	{"kind", OPTION_TEXT, FIELD(kind), "secret|public",
	 "What the key may do: everything, or what a browser may"},
	{"label", OPTION_TEXT, FIELD(label), "TEXT",
	 "What it is called in the list"},
	{"from-file", OPTION_TEXT, FIELD(from_file), "FILE",
	 "A key to bring along, the one line of FILE (- for stdin); it is not "
	 "printed"},
	{"origin", OPTION_TEXTS, FIELD(origins), "URL",
	 "StashFyle: from where a public key may upload, exactly as browsers "
	 "send it (https://example.com)"},
	{"api", OPTION_TEXTS, FIELD(apis), "NAME",
	 "What a public key with restrictions may call besides reading: store, "
	 "vocr, ai (JigsawStack), filestack"},
	{"domain", OPTION_TEXTS, FIELD(domains), "HOST",
	 "JigsawStack: the only hosts that a public key is used on"},
};

static const struct action actions[] = {
	{"list", "", "show json", keys_list, "All keys"},
	{"create", "", "kind! label from-file origin api domain", keys_create,
	 "Makes a key of the --account and prints it"},
	{"set", "ID", "origin api domain", keys_set,
	 "Changes the restrictions that are named; \"none\" ends those of a "
	 "kind"},
	{"revoke", "ID", "", keys_revoke,
	 "Ends a key; a running server knows within a second"},
};

const struct command command_keys = {
	.name = "keys",
	.summary = "list, make, restrict and revoke API keys",
	.about = "A running server writes down when a key was last used within "
		 "some five\n"
		 "seconds.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct keys_options),
	.scope = SETTINGS_TOOL,
	.opens_library = true,
};
