/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command of `stowage` is: a row in a file of its own name, with its
 * actions and their options. Parsing, usage, --help, the manual page and the
 * reference are made from these rows; commands.c lists the commands. Main
 * thread only.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "library/library.h"
#include "server/settings/settings.h"

/* The exit status. */
enum cli_status {
	CLI_DONE = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
};

enum option_kind {
	OPTION_FLAG,  /* gboolean */
	OPTION_TEXT,  /* char *; NULL: not given */
	OPTION_TEXTS, /* char **, as often as it is given; NULL: not given */
};

struct option {
	const char *name;
	enum option_kind kind;
	size_t field;      /* offset in the command's struct of options */
	const char *value; /* what it takes, as help calls it; NULL: a flag */
	const char *help;
};

/* What an action is run with. All is borrowed. */
struct cli_call {
	struct library *library;   /* NULL unless the command opens it */
	struct settings *settings; /* empty where the command has no scope */
	const void *options;       /* the command's struct of options */
	char **words;              /* what stands behind the action's word */
};

struct action {
	const char *word;    /* "": the command has this one only */
	const char *operand; /* the words behind it, [ID] may be left out; "" */
	const char *options; /* names of those it takes; "kind!" must be */
	enum cli_status (*run)(const struct cli_call *call);
	const char *help; /* "" where the command's summary says it */
};

struct command {
	const char *name;
	const char *summary;
	const char *about; /* sentences; "" */
	const struct action *actions;
	size_t n_actions;
	const struct option *options;
	size_t n_options;
	size_t options_size;       /* of the struct of options */
	enum settings_scope scope; /* the settings that it takes */
	bool opens_library;
};

extern const struct command *const commands[]; /* NULL at the end */

/* args: the words behind the program's name. The exit status. */
int cli_run(char **args);

/* Runs the action that args name, behind the command's own word. */
enum cli_status command_run(const struct command *command, char **args);

/* The text of --help; alone: without the settings. */
void help_command(GString *out, const struct command *command);
void help_command_alone(GString *out, const struct command *command);
/* "keys create --kind secret|public [--label TEXT] [SETTING]..." */
void help_usage(GString *out, const struct command *command,
		const struct action *action);

/* "stowage: ..." on stderr and the status to return; usage: CLI_USAGE for
 * ERR_INVALID words, failed: CLI_FAILED. */
enum cli_status cli_usage_error(const struct err *err);
enum cli_status cli_failed(const struct err *err);

#endif
