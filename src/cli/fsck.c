/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage fsck`: a line for each finding, then the figures.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

static void print_problem(void *user, const char *text)
{
	(void)user;
	puts(text);
}

static enum cli_status check(const struct settings *settings, bool repair)
{
	struct library *library;
	struct err err;
	struct library_fsck fsck = {
		.repair = repair,
		.problem = print_problem,
	};
	if (cli_open(&library, settings, &err) < 0)
		return cli_failed(&err);
	int result = library_fsck(library, &fsck, &err);
	library_close(library);
	if (result < 0)
		return cli_failed(&err);
	printf("checked %" PRIu64 " files, %" PRIu64 " blobs, %" PRIu64
	       " bytes: %" PRIu64 " problems\n",
	       fsck.files, fsck.blobs, fsck.bytes, fsck.problems);
	return fsck.problems ? CLI_FAILED : CLI_DONE;
}

enum cli_status command_fsck(char **args)
{
	struct settings settings;
	gboolean repair = FALSE;
	const GOptionEntry options[] = {
		{.long_name = "repair",
		 .arg = G_OPTION_ARG_NONE,
		 .arg_data = &repair},
		{0},
	};
	enum cli_status status = cli_load(&settings, args, options, NULL);
	if (status != CLI_DONE)
		return status;
	status = check(&settings, repair);
	settings_release(&settings);
	return status;
}
