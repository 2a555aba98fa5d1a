/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `stowage`: a table, and what they share. Each is in a file
 * of its own name. Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "library/library.h"
#include "server/settings/settings.h"

enum cli_status {
	CLI_DONE = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
};

struct command {
	const char *name;
	/* args: what follows the command word, NULL at the end */
	enum cli_status (*run)(char **args);
	const char *summary;
	const char *usage;         /* behind "usage: stowage " */
	const char *about;         /* more lines for --help, may be "" */
	enum settings_scope scope; /* settings for --help; 0: none */
};

enum cli_status command_serve(char **args);
enum cli_status command_accounts(char **args);
enum cli_status command_keys(char **args);
enum cli_status command_webhooks(char **args);
enum cli_status command_fsck(char **args);
enum cli_status command_gc(char **args);
enum cli_status command_version(char **args);

/* args: the words behind the program's name. */
int cli_run(char **args);

/* Print "stowage: ..." on stderr and give the status to return. */
enum cli_status cli_usage_error(const struct err *err);
enum cli_status cli_failed(const struct err *err);

/* settings_load() for a command about a data directory, the log set up from
 * it. CLI_DONE, or what to return. */
enum cli_status cli_load(struct settings *out, char **args,
			 const GOptionEntry *extra, char ***rest) MUST_CHECK;
/* The library in --data, which must exist; beside a running server. */
int cli_open(struct library **out, const struct settings *settings,
	     struct err *err) MUST_CHECK;

#endif
