/* SPDX-License-Identifier: Apache-2.0 */
#include "derive/render.h"

static void on_picture(void *user, struct image_picture *picture,
		       const struct err *err)
{
	const struct derive_job *job = user;
	if (picture == NULL) {
		job->done(job->user, NULL, err);
		return;
	}
	struct derive_output out = {
		.fd = picture->fd,
		.size = picture->size,
		.type = str_of(picture->type),
	};
	picture->fd = -1;
	job->done(job->user, &out, NULL);
}

static int render(void *user, struct derive_job *job, struct err *err)
{
	struct image_render *what = arena_alloc(job->arena, sizeof(*what));
	struct image_content *contents =
		arena_alloc(job->arena, job->n_inputs * sizeof(*contents));
	for (size_t i = 0; i < job->n_inputs; i++)
		contents[i] = (struct image_content){job->inputs[i].fd,
						     job->inputs[i].bytes};
	*what = (struct image_render){
		.account = job->owner,
		.guest = job->guest,
		.plan = job->plan,
		.contents = contents,
		.n_contents = (unsigned)job->n_inputs,
		.arena = job->arena,
	};
	return renderers_render(user, what, on_picture, job, err);
}

static void share(void *user, const struct derive_job *job, int64_t guest)
{
	renderers_share(user, job, guest);
}

struct derive_renderer derive_renderer_of(struct renderers *renderers)
{
	return (struct derive_renderer){
		.render = renderers ? render : NULL,
		.share = share,
		.user = renderers,
	};
}
