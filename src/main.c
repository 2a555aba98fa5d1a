/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands the words on; src/cli/commands.c has the table of commands.
 */
#include "cli/command.h"

int main(int argc, char **argv)
{
	(void)argc;
	return cli_run(argv + 1);
}
