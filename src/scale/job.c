/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/job.h"
#include "scale/encode.h"
#include "scale/source.h"

#include <glib.h>

#define RGBA 4

/* A job on its way. */
struct work {
	struct arena arena;
	struct image_plan plan;
	struct source source;
	struct shape shape;
	struct encoding encoding;
};

static uint64_t pixels_of(unsigned width, unsigned height)
{
	return (uint64_t)width * height;
}

/* Bytes of what a cut writes: its canvas, and what is turned onto it. */
static uint64_t cut_memory(const struct shape_cut *cut)
{
	uint64_t pixels = pixels_of(cut->canvas_width, cut->canvas_height);
	if (cut->orientation != 1)
		pixels += pixels_of(cut->width, cut->height);
	return pixels * RGBA;
}

/* The most that is needed at once: each step has what the one before it gave;
 * in the end it is encoded. */
static uint64_t memory_of(const struct work *work)
{
	const struct shape *shape = &work->shape;
	uint64_t before = work->source.memory, most = 0;
	for (unsigned i = 0; i < shape->n; i++) {
		const struct shape_cut *cut = &shape->cuts[i];
		most = MAX(most, before + cut_memory(cut));
		before =
			RGBA * pixels_of(cut->canvas_width, cut->canvas_height);
	}
	uint64_t pixels = before / RGBA;
	return MAX(most, before + pixels * encode_memory(&work->encoding));
}

static enum render_status read_plan(const struct job *job, struct work *work)
{
	if (image_plan_parse(job->plan, &work->arena, &work->plan, NULL) < 0)
		return RENDER_REFUSED;
	return image_plan_is_plain(&work->plan) ? RENDER_OK : RENDER_ELSEWHERE;
}

static enum render_status read_header(const struct job *job, struct work *work)
{
	struct err err;
	if (source_open(&work->source, job->source, &err) < 0)
		return RENDER_ELSEWHERE;
	if (shape_of_plan(&work->plan, &work->source.shape, &work->shape,
			  &err) < 0)
		return err.code == ERR_TOO_LARGE ? RENDER_TOO_LARGE
						 : RENDER_IMPOSSIBLE;
	work->encoding = (struct encoding){
		.op = work->plan.last,
		.sizes = &work->shape.sizes,
		.source = work->source.format,
	};
	uint64_t memory = memory_of(work);
	if (memory > JOB_MEMORY_MAX)
		return RENDER_ELSEWHERE;
	return memory > RENDER_SMALL && !job->alone ? RENDER_CROWDED
						    : RENDER_OK;
}

static int cut_first(struct work *work, struct picture *out, struct err *err)
{
	struct shape_cut cut = work->shape.cuts[0];
	struct rows rows;
	if (source_rows(&work->source, &cut, &rows, err) < 0)
		return -1;
	return cut_rows(&rows, &cut, out, err);
}

/* The source is closed as soon as it is not needed any more. */
static int cut_all(struct work *work, struct picture *out, struct err *err)
{
	int result = cut_first(work, out, err);
	source_close(&work->source);
	for (unsigned i = 1; result == 0 && i < work->shape.n; i++) {
		struct picture next;
		result = cut_picture(out, &work->shape.cuts[i], &next, err);
		picture_release(out);
		if (result == 0)
			*out = next;
	}
	return result;
}

static enum render_status make_picture(struct work *work,
				       struct job_result *out)
{
	static const uint8_t formats[] = {
		[IMAGE_FORMAT_JPG] = RENDER_JPG,
		[IMAGE_FORMAT_PNG] = RENDER_PNG,
		[IMAGE_FORMAT_WEBP] = RENDER_WEBP,
	};
	struct picture picture;
	struct encoded encoded;
	struct err err;
	if (cut_all(work, &picture, &err) < 0)
		return RENDER_ELSEWHERE;
	int result = encode_picture(&picture, &work->encoding, &encoded, &err);
	out->picture = (struct render_picture){
		.width = picture.width,
		.height = picture.height,
		.pages = 1,
	};
	picture_release(&picture);
	if (result < 0)
		return RENDER_ELSEWHERE;
	out->picture.format = formats[encoded.format];
	out->bytes = encoded.bytes;
	return RENDER_OK;
}

void job_run(const struct job *job, struct job_result *out)
{
	struct work work = {0};
	arena_init(&work.arena);
	*out = (struct job_result){.status = read_plan(job, &work)};
	if (out->status == RENDER_OK)
		out->status = read_header(job, &work);
	if (out->status == RENDER_OK)
		out->status = make_picture(&work, out);
	source_close(&work.source);
	arena_release(&work.arena);
}
