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
	bool planes; /* nothing is ever RGBA */
	bool full;   /* planes of colour are as large as that of brightness */
};

static uint64_t pixels_of(unsigned width, unsigned height)
{
	return (uint64_t)width * height;
}

/* Bytes of pictures of so many pixels. */
static uint64_t memory_for(const struct work *work, uint64_t pixels)
{
	if (!work->planes)
		return pixels * RGBA;
	return work->full ? pixels * PLANES_MAX : pixels + pixels / 2;
}

/* The most that is needed at once: a cut has what the one before it gave, its
 * canvas, and what is turned onto that; in the end it is encoded. */
static uint64_t memory_of(const struct work *work)
{
	const struct shape *shape = &work->shape;
	uint64_t before = work->source.memory, most = 0, pixels = 0;
	for (unsigned i = 0; i < shape->n; i++) {
		const struct shape_cut *cut = &shape->cuts[i];
		uint64_t turned = cut->orientation == 1
					  ? 0
					  : pixels_of(cut->width, cut->height);
		pixels = pixels_of(cut->canvas_width, cut->canvas_height);
		most = MAX(most, before + memory_for(work, pixels + turned));
		before = memory_for(work, pixels);
	}
	return MAX(most, before + encode_memory(&work->encoding, pixels));
}

/* A source can be transparent, and so can a canvas. */
static bool has_alpha(const struct work *work)
{
	const struct shape *shape = &work->shape;
	for (unsigned i = 0; i < shape->n; i++)
		if (shape_has_canvas(&shape->cuts[i]) &&
		    (shape->cuts[i].background & 255) != 255)
			return true;
	return work->source.has_alpha;
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
		.has_alpha = has_alpha(work),
	};
	/* a background shows only through what is transparent */
	if (work->shape.has_background && work->encoding.has_alpha)
		return RENDER_ELSEWHERE;
	work->planes =
		work->source.has_planes && encode_takes_planes(&work->encoding);
	work->full = encode_takes_full_colour(&work->encoding);
	uint64_t memory = memory_of(work);
	if (memory > JOB_MEMORY_MAX)
		return RENDER_ELSEWHERE;
	return memory > RENDER_SMALL && !job->alone ? RENDER_CROWDED
						    : RENDER_OK;
}

/* The source is closed as soon as it is not needed any more. */
static int cut_all(struct work *work, struct picture *out, struct err *err)
{
	const struct shape *shape = &work->shape;
	int result = source_cut(&work->source, &shape->cuts[0], out, err);
	source_close(&work->source);
	for (unsigned i = 1; result == 0 && i < shape->n; i++) {
		struct picture next;
		result = cut_picture(out, &shape->cuts[i], &next, err);
		picture_release(out);
		if (result == 0)
			*out = next;
	}
	return result;
}

static int cut_all_planes(struct work *work, struct planes *out,
			  struct err *err)
{
	const struct shape *shape = &work->shape;
	int result =
		source_cut_planes(&work->source, &shape->cuts[0], out, err);
	source_close(&work->source);
	for (unsigned i = 1; result == 0 && i < shape->n; i++) {
		struct planes next = {.full = work->full};
		result = planes_cut(out, &shape->cuts[i], &next, err);
		planes_release(out);
		if (result == 0)
			*out = next;
	}
	return result;
}

static int make_encoded(struct work *work, struct encoded *out, struct err *err)
{
	struct picture rgba;
	struct planes planes = {.full = work->full};
	struct finished finished = {0};
	int result;
	if (work->planes) {
		finished.planes = &planes;
		result = cut_all_planes(work, &planes, err);
	} else {
		finished.rgba = &rgba;
		result = cut_all(work, &rgba, err);
	}
	if (result < 0)
		return -1;
	result = encode_picture(&finished, &work->encoding, out, err);
	if (work->planes)
		planes_release(&planes);
	else
		picture_release(&rgba);
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
	struct encoded encoded;
	struct err err;
	if (make_encoded(work, &encoded, &err) < 0)
		return RENDER_ELSEWHERE;
	out->picture = (struct render_picture){
		.format = formats[encoded.format],
		.width = (uint32_t)work->shape.sizes.width,
		.height = (uint32_t)work->shape.sizes.height,
		.pages = 1,
	};
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
