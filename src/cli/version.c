/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage version`: a line for programs, and what the program is made of.
 */
#include "base/digest.h"
#include "base/version.h"
#include "cli/commands.h"
#include "db/db.h"
#include "db/sqlite/db_sqlite.h"
#include "ingest/fetch.h"
#include "ingest/sniff.h"

#include <stdio.h>

static enum cli_status print_version(const struct cli_call *call)
{
	(void)call;
	printf("stowage %s%s%s%s\n", STOWAGE_VERSION,
	       *version_commit ? " (" : "", version_commit,
	       *version_commit ? ")" : "");
	printf("schema %d\n", db_schema());
	printf("SQLite %s, OpenSSL %s, libcurl %s, libmagic %d.%02d, "
	       "GLib %u.%u.%u\n",
	       db_sqlite_version(), digest_library_version(),
	       fetch_library_version(), sniff_library_version() / 100,
	       sniff_library_version() % 100, glib_major_version,
	       glib_minor_version, glib_micro_version);
	return CLI_DONE;
}

static const struct action actions[] = {{"", "", "", print_version, ""}};

const struct command command_version = {
	.name = "version",
	.summary = "print the version, the schema's and the libraries'",
	.about = "",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
