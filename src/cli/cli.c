/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of commands, --help, and what commands share.
 */
#include "cli/cli.h"

#include <stdio.h>

/* clang-format off */
static const struct command commands[] = {
{"serve", command_serve,
 "run the server",
 "serve [SETTING]...",
 "Prints `stowage: ready at http://HOST:PORT` (https:// with --tls-cert) on\n"
 "stdout when it accepts connections; logs go to stderr. SIGTERM or SIGINT ends\n"
 "it when requests in flight are done, a second one at once. SIGHUP reads the\n"
 "settings and the certificate again: log-level, trash-grace and sweep-interval\n"
 "change at run time, and new connections get the new certificate.\n",
 SETTINGS_SERVER},
{"accounts", command_accounts,
 "make accounts, set their limits, see their usage",
 "accounts list [--json] [SETTING]...\n"
 "       stowage accounts create NAME [--plan PLAN]\n"
 "       stowage accounts set NAME [--plan PLAN] [LIMIT]...",
 "list    all accounts with their limits and what they use\n"
 "create  makes an account with a key pair and prints the keys\n"
 "set     changes what is named, nothing else; a running server knows within\n"
 "        a second\n"
 "\n"
 "--plan PLAN           free, hobby, pro (with that plan's file, storage, upload\n"
 "                      and request limits), or none\n"
 "--max-file SIZE       bytes of one file; \"none\" for this and those below\n"
 "--max-storage SIZE    bytes of all files with their versions\n"
 "--max-uploads N       uploads in a calendar month (UTC)\n"
 "--rate-per-minute N   StashFyle requests with one key\n"
 "--rate-per-second N   JigsawStack requests of the account\n"
 "--grace on|off        on: no uploads, everything else works\n"
 "--restrict-unsigned-urls on|off\n"
 "                      on: ImageKit delivery URLs take a signature\n"
 "--restrict-unnamed-transformations on|off\n"
 "                      on: ImageKit delivery URLs may have named\n"
 "                      transformations only\n",
 SETTINGS_TOOL},
{"keys", command_keys,
 "list, make, restrict and revoke API keys",
 "keys list [--show] [--json] [SETTING]...\n"
 "       stowage keys create --kind secret|public [--account NAME] "
 "[--label TEXT]\n"
 "           [RESTRICTION]...\n"
 "       stowage keys set ID RESTRICTION...\n"
 "       stowage keys revoke ID",
 "list    all keys, shortened unless --show is given\n"
 "create  makes a key and prints it\n"
 "set     changes the restrictions that are named\n"
 "revoke  ends a key; a running server knows within a second\n"
 "\n"
 "Restrictions of public keys, each as often as needed, \"none\" to have none of\n"
 "a kind:\n"
 "--origin URL   StashFyle: from where a public key may upload, exactly as\n"
 "               browsers send it (https://example.com)\n"
 "--api NAME     what a public key with restrictions may call besides reading:\n"
 "               store (JigsawStack), filestack\n"
 "--domain HOST  JigsawStack: the only hosts that a key is used on\n",
 SETTINGS_TOOL},
{"webhooks", command_webhooks,
 "say who is told of changed files, and see what became of it",
 "webhooks add URL [--account NAME] [--event NAME]... [--secret TEXT]\n"
 "       stowage webhooks list [--show] [--json] [SETTING]...\n"
 "       stowage webhooks remove ID\n"
 "       stowage webhooks events [--state STATE] [--limit N] [--json]\n"
 "       stowage webhooks replay ID | --dead",
 "add     sends the account's events to URL, from now on; prints the id and the\n"
 "        secret that signs them\n"
 "list    all webhooks with their numbers of events; --show adds the secrets\n"
 "remove  ends a webhook and drops its events\n"
 "events  the newest events of a state: dead (the default: given up after about\n"
 "        a day), waiting or delivered\n"
 "replay  sends an event again that was delivered or given up; --dead: all that\n"
 "        were given up\n"
 "\n"
 "--event NAME   what to send, as often as needed; without: everything.\n"
 "               file.created, file.updated, file.deleted,\n"
 "               file-version.created, file-version.deleted\n"
 "--secret TEXT  16 to 255 visible characters; without: generated\n"
 "--limit N      events to show, 1 to 1000; without: 100\n",
 SETTINGS_TOOL},
{"fsck", command_fsck,
 "check every stored byte and row",
 "fsck [--repair] [SETTING]...",
 "Exit status 1 when anything was found. --repair removes stored bytes that no\n"
 "row points to, and makes missing folder rows; rows without bytes are only\n"
 "reported. It takes the data directory for itself: stop the server first.\n",
 SETTINGS_TOOL},
{"gc", command_gc,
 "remove expired files and the bytes of deleted ones",
 "gc [SETTING]...",
 "A running server does the same at every sweep-interval.\n",
 SETTINGS_TOOL},
{"version", command_version,
 "print the version",
 "version",
 "",
 0},
};
/* clang-format on */

static void print_commands(FILE *out)
{
	fputs("usage: stowage COMMAND [ARGUMENT]...\n\n", out);
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(out, "  %-9s%s\n", commands[i].name,
			commands[i].summary);
	fputs("\n`stowage COMMAND --help` tells more.\n"
	      "Exit status: 0 done, 1 failed, 2 wrong usage.\n",
	      out);
}

static void print_help(const struct command *command)
{
	printf("usage: stowage %s\n\n%s", command->usage, command->about);
	if (command->scope == 0)
		return;
	g_autoptr(GString) settings = g_string_new(NULL);
	settings_help(settings, command->scope);
	fputs(settings->str, stdout);
}

static bool wants_help(char **args)
{
	for (; *args; args++)
		if (strcmp(*args, "--help") == 0 || strcmp(*args, "-h") == 0)
			return true;
	return false;
}

static enum cli_status run_word(char **args)
{
	const char *word = args[0];
	if (word == NULL) {
		print_commands(stderr);
		return CLI_USAGE;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		print_commands(stdout);
		return CLI_DONE;
	}
	if (strcmp(word, "--version") == 0)
		return command_version(args + 1);
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (strcmp(commands[i].name, word) != 0)
			continue;
		if (!wants_help(args + 1))
			return commands[i].run(args + 1);
		print_help(&commands[i]);
		return CLI_DONE;
	}
	fprintf(stderr,
		"stowage: there is no command \"%s\"; see stowage --help\n",
		word);
	return CLI_USAGE;
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

enum cli_status cli_load(struct settings *out, char **args,
			 const GOptionEntry *extra, char ***rest)
{
	struct err err;
	g_auto(GStrv) env = g_get_environ();
	if (settings_load(out, SETTINGS_TOOL, args, env, extra, rest, &err) < 0)
		return cli_usage_error(&err);
	log_init(out->log_level, out->log_format == LOG_FORMAT_JSON);
	for (char **warning = out->warnings; *warning; warning++)
		log_warn("%s", *warning);
	return CLI_DONE;
}

int cli_open(struct library **out, const struct settings *settings,
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
