/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a command's row and the words of the command line to the call of an
 * action: its options, the settings, the library.
 */
#include "cli/command.h"

#include <stdio.h>

enum cli_status cli_usage_error(const struct err *err)
{
	fprintf(stderr, "stowage: %s\n", err->text);
	return CLI_USAGE;
}

enum cli_status cli_failed(const struct err *err)
{
	fprintf(stderr, "stowage: %s\n", err->text);
	return CLI_FAILED;
}

static void *field_of(const struct option *option, void *options)
{
	return (char *)options + option->field;
}

/* GLib's rows for ours; g_free() them. */
static GOptionEntry *entries_of(const struct command *command, void *options)
{
	static const GOptionArg args[] = {
		[OPTION_FLAG] = G_OPTION_ARG_NONE,
		/* FILENAME: bytes as they are, whatever the locale */
		[OPTION_TEXT] = G_OPTION_ARG_FILENAME,
		[OPTION_TEXTS] = G_OPTION_ARG_FILENAME_ARRAY,
	};
	GOptionEntry *entries = g_new0(GOptionEntry, command->n_options + 1);
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option *option = &command->options[i];
		entries[i].long_name = option->name;
		entries[i].arg = args[option->kind];
		entries[i].arg_data = field_of(option, options);
	}
	return entries;
}

static bool is_given(const struct option *option, void *options)
{
	void *field = field_of(option, options);
	return option->kind == OPTION_FLAG ? *(gboolean *)field
					   : *(void **)field != NULL;
}

static void free_options(const struct command *command, void *options)
{
	for (size_t i = 0; i < command->n_options; i++) {
		void *field = field_of(&command->options[i], options);
		if (command->options[i].kind == OPTION_TEXT)
			g_free(*(char **)field);
		if (command->options[i].kind == OPTION_TEXTS)
			g_strfreev(*(char ***)field);
	}
	g_free(options);
}

/* Whether the action takes the option, and must be given it. */
static bool takes(const struct action *action, const char *name, bool *must)
{
	g_auto(GStrv) taken = g_strsplit(action->options, " ", -1);
	g_autofree char *marked = g_strconcat(name, "!", NULL);
	*must = g_strv_contains((const char *const *)taken, marked);
	return *must || g_strv_contains((const char *const *)taken, name);
}

static int check_options(const struct command *command,
			 const struct action *action, void *options,
			 struct err *err)
{
	const char *blank = *action->word ? " " : "";
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option *option = &command->options[i];
		bool must, given = is_given(option, options);
		if (given && !takes(action, option->name, &must))
			return err_set(err, ERR_INVALID, "%s%s%s takes no --%s",
				       command->name, blank, action->word,
				       option->name);
		if (!given && takes(action, option->name, &must) && must)
			return err_set(err, ERR_INVALID, "%s%s%s needs --%s %s",
				       command->name, blank, action->word,
				       option->name, option->value);
	}
	return 0;
}

/* "keys: list, create, set ID or revoke ID; see stowage keys --help", and
 * "dev-cert takes one DIR; ..." of a command that does one thing */
static int refuse_words(const struct command *command, struct err *err)
{
	g_autoptr(GString) list = g_string_new(NULL);
	if (!*command->actions[0].word)
		return err_set(err, ERR_INVALID,
			       "%s takes one %s; see stowage %s --help",
			       command->name, command->actions[0].operand,
			       command->name);
	for (size_t i = 0; i < command->n_actions; i++) {
		const struct action *action = &command->actions[i];
		const char *before = i == 0                        ? ""
				     : i + 1 == command->n_actions ? " or "
								   : ", ";
		const char *blank =
			*action->word && *action->operand ? " " : "";
		g_string_append_printf(list, "%s%s%s%s", before, action->word,
				       blank, action->operand);
	}
	return err_set(err, ERR_INVALID, "%s: %s; see stowage %s --help",
		       command->name, list->str, command->name);
}

static bool fits(const struct action *action, char **words)
{
	guint n = g_strv_length(words);
	if (*action->word && (n-- == 0 || strcmp(action->word, *words) != 0))
		return false;
	if (*action->operand == '[')
		return n <= 1;
	g_auto(GStrv) operands = g_strsplit(action->operand, " ", -1);
	return n == g_strv_length(operands);
}

static const struct action *find_action(const struct command *command,
					char **words, void *options,
					struct err *err)
{
	for (size_t i = 0; i < command->n_actions; i++) {
		const struct action *action = &command->actions[i];
		if (!fits(action, words))
			continue;
		if (check_options(command, action, options, err) < 0)
			return NULL;
		return action;
	}
	const struct action *first = &command->actions[0];
	if (*first->word || *first->operand || words[0] == NULL)
		refuse_words(command, err);
	else
		err_set(err, ERR_INVALID,
			"%s: \"%.80s\" is one argument too many", command->name,
			words[0]);
	return NULL;
}

/* The library in --data, which must exist; beside a running server. */
static int open_library(struct library **out, const struct settings *settings,
			struct err *err)
{
	if (!g_file_test(settings->data, G_FILE_TEST_IS_DIR))
		return err_set(err, ERR_NOT_FOUND,
			       "there is no data directory \"%.150s\"; name it "
			       "with --data",
			       settings->data);
	const struct library_options options = {
		.dir = settings->data,
		.inline_limit = settings->inline_limit,
		.readers = 1,
	};
	return library_open(out, &options, err);
}

static enum cli_status run_action(const struct command *command,
				  struct settings *settings, void *options,
				  char **words)
{
	struct err err;
	const struct action *action =
		find_action(command, words, options, &err);
	if (action == NULL)
		return cli_usage_error(&err);
	struct cli_call call = {
		.settings = settings,
		.options = options,
		.words = words + (*action->word != '\0'),
	};
	if (command->opens_library &&
	    open_library(&call.library, settings, &err) < 0)
		return cli_failed(&err);
	enum cli_status status = action->run(&call);
	library_close(call.library);
	return status;
}

static void begin_log(const struct settings *settings)
{
	log_init(settings->log_level, settings->log_format == LOG_FORMAT_JSON);
	for (char **warning = settings->warnings; *warning; warning++)
		log_warn("%s", *warning);
}

/* GLib leaves the "--" in which stands before a word that looks like a flag. */
static void drop_separator(char **words)
{
	while (*words && strcmp(*words, "--") != 0)
		words++;
	g_free(*words);
	for (; *words; words++)
		words[0] = words[1];
}

static enum cli_status run_with_settings(const struct command *command,
					 char **args, void *options)
{
	struct err err;
	struct settings settings;
	g_auto(GStrv) words = NULL;
	g_auto(GStrv) env = g_get_environ();
	g_autofree GOptionEntry *entries = entries_of(command, options);
	const struct settings_input in = {command->scope, args, env, entries};
	if (settings_load(&settings, &in, &words, &err) < 0)
		return cli_usage_error(&err);
	drop_separator(words);
	if (command->scope)
		begin_log(&settings);
	enum cli_status status = run_action(command, &settings, options, words);
	settings_release(&settings);
	return status;
}

enum cli_status command_run(const struct command *command, char **args)
{
	void *options = g_malloc0(command->options_size + 1);
	enum cli_status status = run_with_settings(command, args, options);
	free_options(command, options);
	return status;
}
