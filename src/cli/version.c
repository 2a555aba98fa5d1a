/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage version`
 */
#include "base/version.h"
#include "cli/cli.h"

#include <stdio.h>

enum cli_status command_version(char **args)
{
	struct err err;
	if (*args) {
		err_set(&err, ERR_INVALID, "version takes no arguments");
		return cli_usage_error(&err);
	}
	puts("stowage " STOWAGE_VERSION);
	return CLI_DONE;
}
