/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image processes, for a command that asks them one thing and waits.
 */
#ifndef CLI_PICTURES_IMAGES_H
#define CLI_PICTURES_IMAGES_H

#include "image/programs.h"
#include "image/renderers.h"

#include <glib.h>

struct cli_images {
	struct image_programs programs;
	struct renderers *renderers;
	GMutex lock;
	GCond changed;
	bool done, failed;
	struct err err;
};

/* To be closed in any case. ERR_UNSUPPORTED: they are not installed. */
int cli_images_open(struct cli_images *images, struct err *err) MUST_CHECK;
void cli_images_close(struct cli_images *images);

/* For the renderers' thread: the answer has been taken, or is err. */
void cli_images_answer(struct cli_images *images, const struct err *err);
/* Until then. */
int cli_images_wait(struct cli_images *images, struct err *err) MUST_CHECK;

#endif
