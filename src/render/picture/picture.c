/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/picture.h"

void picture_close(struct picture *picture)
{
	g_clear_object(&picture->image);
	g_clear_object(&picture->scope);
	source_close(&picture->source);
}

const struct picture_input *picture_input(const struct picture *picture,
					  const struct image_op *op)
{
	const struct picture_job *job = picture->job;
	struct str path = image_op_input(op), paths[IMAGE_PLAN_INPUTS_MAX];
	unsigned n, i = 0;
	if (path.p == NULL)
		return &job->inputs[0];
	n = image_plan_inputs(job->plan, paths);
	/* the same path may be there twice: it is the text itself that counts
	 */
	while (i < n && paths[i].p != path.p)
		i++;
	return i < n && i + 1 < job->n ? &job->inputs[i + 1] : NULL;
}

VipsImage **picture_scratch(struct picture *picture, int n)
{
	return picture_room(picture->scope, n);
}

int picture_failed(struct err *err)
{
	vips_error_clear();
	return err_set(err, ERR_INVALID, "the picture cannot be rendered");
}

int picture_set(struct picture *picture, VipsImage *image, struct err *err)
{
	double width = vips_image_get_width(image);
	double height = vips_image_get_height(image);
	if (image_check_size(width, height, err) < 0)
		return -1;
	g_object_ref(image);
	g_clear_object(&picture->image);
	picture->image = image;
	picture->is_memory = false;
	picture->sizes.width = width;
	picture->sizes.height = height;
	return 0;
}

int picture_begin(struct picture *picture, VipsImage *image, struct err *err)
{
	if (picture_set(picture, image, err) < 0)
		return -1;
	picture->sizes.source_width = picture->sizes.width;
	picture->sizes.source_height = picture->sizes.height;
	picture->stored.scale_x = picture->stored.scale_y = 1;
	return 0;
}

int picture_afford(const struct picture *picture, double bytes, struct err *err)
{
	if (bytes > RENDER_SMALL && !picture->job->is_alone)
		return err_set(err, ERR_BUSY, "too large beside others");
	return 0;
}

int picture_settle(struct picture *picture, struct err *err)
{
	if (picture->is_memory)
		return 0;
	VipsImage *memory = vips_image_copy_memory(picture->image);
	if (memory == NULL)
		return picture_failed(err);
	g_object_unref(picture->image);
	picture->image = memory;
	picture->is_memory = true;
	return 0;
}

bool picture_has_alpha(const struct picture *picture)
{
	return vips_image_hasalpha(picture->image);
}

bool picture_keeps_profile(const struct picture *picture)
{
	const struct image_op *last = picture->job->plan->last;
	return last->kind == IMAGE_ENCODE && picture->sizes.base_width == 0 &&
	       image_flag(last, IMAGE_ENCODE_PROFILE) &&
	       !image_plan_joins(picture->job->plan);
}
