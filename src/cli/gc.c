/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage gc`: one sweep, now.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

static enum cli_status sweep(const struct settings *settings)
{
	struct library *library;
	struct err err;
	uint64_t removed = 0;
	if (cli_open(&library, settings, &err) < 0)
		return cli_failed(&err);
	int result =
		library_sweep(library, settings->trash_grace, &removed, &err);
	library_close(library);
	if (result < 0)
		return cli_failed(&err);
	printf("removed %" PRIu64 "\n", removed);
	return CLI_DONE;
}

enum cli_status command_gc(char **args)
{
	struct settings settings;
	enum cli_status status = cli_load(&settings, args, NULL, NULL);
	if (status != CLI_DONE)
		return status;
	status = sweep(&settings);
	settings_release(&settings);
	return status;
}
