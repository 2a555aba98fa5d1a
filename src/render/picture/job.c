/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/job.h"
#include "render/metadata.h"
#include "render/document/vector.h"
#include "render/picture/encode.h"
#include "render/text/fonts.h"

/* What a plan may name besides its source, together: of pictures as cameras
 * make them all that it can name. */
#define INPUT_PIXELS_MAX 400e6

_Static_assert(PICTURE_INPUTS_MAX <= RENDER_INPUTS_MAX, "each has its size");

static uint32_t status_of(const struct err *err)
{
	switch (err->code) {
	case ERR_TOO_LARGE:
		return RENDER_TOO_LARGE;
	case ERR_NOT_FOUND:
		return RENDER_IMPOSSIBLE;
	case ERR_UNSUPPORTED:
		return RENDER_UNSUPPORTED;
	case ERR_BUSY:
		return RENDER_CROWDED;
	default:
		return RENDER_UNREADABLE;
	}
}

/* All that is laid over a picture, before a pixel of it is decoded. */
static int check_inputs(const struct picture_job *job, struct err *err)
{
	double pixels = 0;
	for (unsigned i = 1; i < job->n; i++)
		pixels += source_pixels(job->inputs[i].fd, job->inputs[i].size);
	if (pixels > INPUT_PIXELS_MAX)
		return err_set(err, ERR_TOO_LARGE, "too many pixels in all");
	return 0;
}

static int render(const struct picture_job *job, struct encoded *out,
		  struct err *err)
{
	struct picture picture = {.job = job};
	if (vector_is_wanted(job))
		return vector_render(job, out, err);
	int result = check_inputs(job, err);
	if (result == 0)
		result = picture_follow(&picture, job->plan, err);
	if (result == 0)
		result = encode_picture(&picture, job->plan->last, out, err);
	out->frames = picture.frames;
	picture_close(&picture);
	return result;
}

static uint32_t give(const struct encoded *encoded, struct render_reply *reply,
		     struct serve_answer *answer)
{
	if (encoded->bytes.n > RENDER_OUTPUT_MAX ||
	    serve_output(answer, encoded->bytes.p, encoded->bytes.n) < 0)
		return RENDER_TOO_LARGE;
	reply->picture = (struct render_picture){
		.format = encoded->format,
		.width = encoded->width,
		.height = encoded->height,
		.pages = encoded->frames,
	};
	return RENDER_OK;
}

static bool can_be_read(const struct picture_input *input)
{
	struct source source;
	struct render_metadata ignored;
	g_autofree char *text = g_malloc(RENDER_TEXT_MAX);
	char name[FONTS_NAME_MAX];
	struct err err;
	size_t n;
	if (source_open_picture(&source, input->fd, input->size, &err) == 0) {
		int result = metadata_read(&source, &ignored, text, &n, &err);
		source_close(&source);
		return result == 0 || err.code == ERR_TOO_LARGE;
	}
	if (err.code == ERR_TOO_LARGE)
		return true;
	if (fonts_borrow(input->fd, name, &err) < 0)
		return false;
	fonts_give_back();
	return true;
}

/* Libraries complain alike about what they cannot read and about what there is
 * no memory for. So when something has failed all else is let go of, and files
 * that can be read then were not the cause. */
static uint32_t find_cause(const struct picture_job *job)
{
	for (unsigned i = 0; i < job->n; i++)
		if (!can_be_read(&job->inputs[i]))
			return RENDER_UNREADABLE;
	return RENDER_TOO_LARGE;
}

static uint32_t run(const struct picture_job *job, struct render_reply *reply,
		    struct serve_answer *answer)
{
	struct encoded encoded;
	struct err err;
	uint32_t status;
	if (render(job, &encoded, &err) < 0) {
		status = status_of(&err);
		return status == RENDER_UNREADABLE ? find_cause(job) : status;
	}
	status = give(&encoded, reply, answer);
	encoded_release(&encoded);
	return status;
}

void job_answer(const struct serve_job *job,
		const struct render_request *request,
		struct render_reply *reply, struct serve_answer *answer)
{
	struct arena arena;
	struct image_plan plan;
	struct err err;
	struct picture_job what = {
		.plan = &plan,
		.is_alone = (request->flags & RENDER_ALONE) != 0,
		.follow = picture_follow,
		.measure = picture_measure,
		.n = MIN(job->n_fds, PICTURE_INPUTS_MAX),
	};
	reply->status = RENDER_REFUSED;
	arena_init(&arena);
	for (unsigned i = 0; i < what.n; i++)
		what.inputs[i] =
			(struct picture_input){job->fds[i], request->sizes[i]};
	if (what.n > 0 &&
	    image_plan_parse(str_skip(job->text, sizeof(*request)), &arena,
			     &plan, &err) == 0)
		reply->status = run(&what, reply, answer);
	arena_release(&arena);
}
