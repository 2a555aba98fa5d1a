/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage gc`: one sweep, now; and what lies in quarantine.
 */
#include "cli/commands.h"
#include "derive/gone.h"
#include "library/uploads/upload.h"

#include <inttypes.h>
#include <stdio.h>

struct gc_options {
	gboolean quarantine;
};

static enum cli_status sweep(const struct cli_call *call)
{
	const struct gc_options *options = call->options;
	struct library_quarantine aside;
	struct err err;
	uint64_t removed = 0;
	struct derive_gone *gone = derive_gone_new();
	library_on_gone(call->library, derive_gone_add, gone);
	int result = library_sweep(call->library, call->settings->trash_grace,
				   &removed, &err);
	uint64_t uploads = 0;
	if (result == 0)
		result = upload_sweep(call->library,
				      call->settings->upload_expiry, &uploads,
				      &err);
	derive_gone_end(gone, call->settings->data);
	library_on_gone(call->library, NULL, NULL);
	if (result < 0)
		return cli_failed(&err);
	printf("removed %" PRIu64 "\n", removed + uploads);
	if (library_quarantine(call->library, options->quarantine, &aside,
			       &err) < 0)
		return cli_failed(&err);
	if (aside.blobs)
		printf("%s quarantine: %" PRIu64 " blobs, %" PRIu64 " bytes\n",
		       options->quarantine ? "removed from" : "left in",
		       aside.blobs, aside.bytes);
	return CLI_DONE;
}

static const struct option options[] = {
	{"quarantine", OPTION_FLAG, offsetof(struct gc_options, quarantine),
	 NULL,
	 "Remove what lies in quarantine, too: bytes that no row points to, "
	 "moved there by a start after a crash or by fsck --repair. What the "
	 "database knows by now goes back to its place instead"},
};

static const struct action actions[] = {{"", "", "quarantine", sweep, ""}};

const struct command command_gc = {
	.name = "gc",
	.summary = "remove expired files and the bytes of deleted ones",
	.about = "A running server does the same at every sweep-interval.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct gc_options),
	.scope = SETTINGS_TOOL,
	.opens_library = true,
};
