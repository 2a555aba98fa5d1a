/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pictures/images.h"

int cli_images_open(struct cli_images *images, struct err *err)
{
	*images = (struct cli_images){.done = false};
	image_programs_find(&images->programs);
	const struct renderers_options options = {
		.program = images->programs.render,
		.helpers = 1,
		.scaler = images->programs.scale,
		.scalers = 1,
		.timeout_ms = RENDERERS_TIMEOUT_MS,
		.queue_max = 2,
	};
	if (options.program == NULL)
		return err_set(err, ERR_UNSUPPORTED,
			       "There is no stowage-render beside this "
			       "program.");
	return renderers_new(&images->renderers, &options, err);
}

void cli_images_close(struct cli_images *images)
{
	renderers_free(images->renderers);
	image_programs_release(&images->programs);
}

void cli_images_answer(struct cli_images *images, const struct err *err)
{
	g_mutex_lock(&images->lock);
	images->failed = err != NULL;
	if (err)
		images->err = *err;
	images->done = true;
	g_cond_signal(&images->changed);
	g_mutex_unlock(&images->lock);
}

int cli_images_wait(struct cli_images *images, struct err *err)
{
	g_mutex_lock(&images->lock);
	while (!images->done)
		g_cond_wait(&images->changed, &images->lock);
	g_mutex_unlock(&images->lock);
	if (images->failed)
		*err = images->err;
	return images->failed ? -1 : 0;
}
