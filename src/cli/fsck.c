/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage fsck`: a line for each finding, then the figures.
 */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>

struct fsck_options {
	gboolean repair;
};

static void print_problem(void *user, const char *text)
{
	(void)user;
	puts(text);
}

static enum cli_status check(const struct cli_call *call)
{
	const struct fsck_options *options = call->options;
	struct library_quarantine aside;
	struct err err;
	struct library_fsck fsck = {
		.repair = options->repair,
		.problem = print_problem,
	};
	if (library_fsck(call->library, &fsck, &err) < 0)
		return cli_failed(&err);
	if (library_quarantine(call->library, false, &aside, &err) < 0)
		return cli_failed(&err);
	if (aside.blobs)
		printf("in quarantine: %" PRIu64 " blobs, %" PRIu64 " bytes\n",
		       aside.blobs, aside.bytes);
	if (fsck.uploads)
		printf("uploads in parts: %" PRIu64 ", %" PRIu64 " bytes\n",
		       fsck.uploads, fsck.staged_bytes);
	printf("checked %" PRIu64 " files, %" PRIu64 " blobs, %" PRIu64
	       " bytes: %" PRIu64 " problems\n",
	       fsck.files, fsck.blobs, fsck.bytes, fsck.problems);
	return fsck.problems ? CLI_FAILED : CLI_DONE;
}

static const struct option options[] = {
	{"repair", OPTION_FLAG, offsetof(struct fsck_options, repair), NULL,
	 "Move stored bytes that no row points to into quarantine (see gc) and "
	 "back when one does, end uploads in parts whose bytes have changed, "
	 "make missing folder rows, put the usage of accounts right, make "
	 "damaged indexes again; rows without bytes are only reported. Takes "
	 "the data directory for itself: stop the server "
	 "first"},
};

static const struct action actions[] = {{"", "", "repair", check, ""}};

const struct command command_fsck = {
	.name = "fsck",
	.summary = "check every stored byte and row",
	.about = "Exit status 1 when anything was found. Without --repair it "
		 "may run beside the\nserver.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct fsck_options),
	.scope = SETTINGS_TOOL,
	.opens_library = true,
};
