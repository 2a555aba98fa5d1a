/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage serve`: settings, then the server.
 */
#include "cli/cli.h"
#include "server/server.h"

enum cli_status command_serve(char **args)
{
	struct settings settings;
	struct err err;
	g_auto(GStrv) env = g_get_environ();
	if (settings_load(&settings, SETTINGS_SERVER, args, env, NULL, NULL,
			  &err) < 0)
		return cli_usage_error(&err);
	enum cli_status status = CLI_DONE;
	if (server_run(&settings, &err) < 0)
		status = cli_failed(&err);
	settings_release(&settings);
	return status;
}
