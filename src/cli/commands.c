/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All commands, and which of them the first word names.
 */
#include "cli/commands.h"
#include "base/err.h"

#include <stdio.h>

const struct command *const commands[] = {
	&command_serve,    &command_accounts,
	&command_keys,     &command_transformations,
	&command_webhooks, &command_uploads,
	&command_render,   &command_inspect,
	&command_fsck,     &command_gc,
	&command_dev_cert, &command_clients,
	&command_version,  NULL,
};

static const struct command *find(const char *name)
{
	for (const struct command *const *row = commands; *row; row++)
		if (strcmp((*row)->name, name) == 0)
			return *row;
	if (*name == '-')
		fprintf(stderr,
			"stowage: flags follow the command: stowage COMMAND "
			"%s; see stowage --help\n",
			name);
	else
		fprintf(stderr,
			"stowage: there is no command \"%s\"; see stowage "
			"--help\n",
			name);
	return NULL;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static bool wants_help(char **args)
{
	for (; *args; args++)
		if (is_one_of(*args, "--help", "-h"))
			return true;
	return false;
}

static void help_commands(GString *out)
{
	g_string_append(out, "usage: stowage COMMAND [ARGUMENT]...\n\n");
	for (const struct command *const *row = commands; *row; row++)
		g_string_append_printf(out, "  %-17s%s\n", (*row)->name,
				       (*row)->summary);
	g_string_append(out, "\n`stowage COMMAND --help` tells more.\n"
			     "Exit status: 0 done, 1 failed, 2 wrong usage.\n");
}

/* NULL: of all commands. */
static enum cli_status print_help(const struct command *command, FILE *stream)
{
	g_autoptr(GString) text = g_string_new(NULL);
	if (command)
		help_command(text, command);
	else
		help_commands(text);
	fputs(text->str, stream);
	return CLI_DONE;
}

static enum cli_status run_word(char **args)
{
	const char *word = args[0];
	if (word == NULL) {
		print_help(NULL, stderr);
		return CLI_USAGE;
	}
	if (is_one_of(word, "--version", "-V") || strcmp(word, "-v") == 0)
		word = "version";
	bool help =
		is_one_of(word, "--help", "-h") || strcmp(word, "help") == 0;
	if (help && args[1] == NULL)
		return print_help(NULL, stdout);
	const struct command *command = find(help ? args[1] : word);
	if (command == NULL)
		return CLI_USAGE;
	if (help || wants_help(args + 1))
		return print_help(command, stdout);
	return command_run(command, args + 1);
}

int cli_run(char **args)
{
	enum cli_status status = run_word(args);
	/* what was printed may be all that the command is for */
	if (fflush(stdout) != 0 && status == CLI_DONE) {
		perror("stowage: stdout");
		return CLI_FAILED;
	}
	return status;
}
