/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage gc`: one sweep, now.
 */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>

static enum cli_status sweep(const struct call *call)
{
	struct err err;
	uint64_t removed = 0;
	if (library_sweep(call->library, call->settings->trash_grace, &removed,
			  &err) < 0)
		return cli_failed(&err);
	printf("removed %" PRIu64 "\n", removed);
	return CLI_DONE;
}

static const struct action actions[] = {{"", "", "", sweep, ""}};

const struct command command_gc = {
	.name = "gc",
	.summary = "remove expired files and the bytes of deleted ones",
	.about = "A running server does the same at every sweep-interval.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.scope = SETTINGS_TOOL,
	.opens_library = true,
};
