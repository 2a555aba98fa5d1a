/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transformations as vendors write them, for commands: as a plan.
 */
#ifndef CLI_PICTURES_PLANS_H
#define CLI_PICTURES_PLANS_H

#include "image/plan.h"

struct cli_plan {
	struct image_plan plan; /* finished */
	bool is_original;       /* the file as it is */
};

struct cli_wish {
	const char *grammar; /* "imagekit", "filestack"; NULL: imagekit */
	struct str text;
	const char
		*out; /* whose name says the format where the text does not */
};

/* What ImageKit's grammar ignores is said on stderr. ERR_INVALID,
 * ERR_UNSUPPORTED, ERR_LIMIT. */
int cli_plan_read(const struct cli_wish *wish, struct arena *arena,
		  struct cli_plan *out, struct err *err) MUST_CHECK;

#endif
