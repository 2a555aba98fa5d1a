/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage serve`: the server.
 */
#include "cli/commands.h"
#include "server/server.h"

static enum cli_status serve(const struct cli_call *call)
{
	struct err err;
	return server_run(call->settings, &err) < 0 ? cli_failed(&err)
						    : CLI_DONE;
}

static const struct action actions[] = {{"", "", "", serve, ""}};

const struct command command_serve = {
	.name = "serve",
	.summary = "run the server",
	.about = "Prints `stowage: ready at http://HOST:PORT` (https:// with "
		 "--tls-cert) on\n"
		 "stdout when it accepts connections; logs go to stderr. "
		 "SIGTERM or SIGINT ends\n"
		 "it when requests in flight are done, a second one at once. "
		 "SIGHUP reads the\n"
		 "settings and the certificate again: log-level, trash-grace, "
		 "upload-expiry\n"
		 "and sweep-interval change at run time, and new connections "
		 "get the new\n"
		 "certificate.\n"
		 "SIGUSR1 logs what connections and workers are doing.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.scope = SETTINGS_SERVER,
};
