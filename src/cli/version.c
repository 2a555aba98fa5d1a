/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage version`
 */
#include "base/version.h"
#include "cli/commands.h"

#include <stdio.h>

static enum cli_status print_version(const struct call *call)
{
	(void)call;
	puts("stowage " STOWAGE_VERSION);
	return CLI_DONE;
}

static const struct action actions[] = {{"", "", "", print_version, ""}};

const struct command command_version = {
	.name = "version",
	.summary = "print the version",
	.about = "",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
