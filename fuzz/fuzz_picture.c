/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures by plans: a plan up to the first line feed, then an image. What
 * comes out can be opened, and is as large as it says.
 */
#include "render/document/vector.h"
#include "render/picture/encode.h"

#include <glib.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIXELS_MAX 250000 /* so that an input takes no seconds */

static void start(void)
{
	struct err err;
	if (vips_version(0) && g_getenv("VIPS_DISC_THRESHOLD"))
		return;
	g_assert(decode_init("fuzz_picture", &err) == 0);
}

static int file_of(struct str bytes)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	g_assert(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
	return fd;
}

/* Small in itself, and nothing large on the way. */
static bool is_small(const struct picture_job *job)
{
	struct image_extent extent;
	struct source source;
	bool small = true;
	if (source_open_picture(&source, job->inputs[0].fd, job->inputs[0].size,
				NULL) < 0)
		return true; /* refused */
	double pages = vips_image_get_n_pages(source.image);
	if (image_plan_extent(job->plan, (unsigned)source.image->Xsize,
			      (unsigned)source.image->Ysize, &extent,
			      NULL) == 0)
		small = (double)extent.pixels_max * MAX(pages, 1) <= PIXELS_MAX;
	source_close(&source);
	return small;
}

/* A document has points, and no format of images. */
static void check(const struct encoded *encoded)
{
	struct source source;
	if (encoded->format == RENDER_HTML) {
		g_assert(str_starts(encoded->bytes, STR("<!DOCTYPE html>")) &&
			 str_is_utf8(encoded->bytes));
		return;
	}
	int fd = file_of(encoded->bytes);
	g_assert(source_open_picture(&source, fd, encoded->bytes.n, NULL) == 0);
	g_assert(encoded->format == RENDER_PDF
			 ? source_is(&source, "pdfload")
			 : source_format(&source) == encoded->format &&
				   source.image->Xsize == (int)encoded->width &&
				   source.image->Ysize == (int)encoded->height);
	source_close(&source);
	close(fd);
}

static void follow(struct picture_job *job)
{
	struct picture picture = {.job = job};
	struct encoded encoded = {0};
	struct err err;
	bool copies = vector_is_wanted(job);
	int result = copies ? vector_render(job, &encoded, &err)
			    : picture_follow(&picture, job->plan, &err);
	if (result == 0 && !copies)
		result = encode_picture(&picture, job->plan->last, &encoded,
					&err);
	picture_close(&picture);
	if (result == 0)
		check(&encoded);
	encoded_release(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = {(const char *)data, size};
	const char *end = size ? memchr(data, '\n', size) : NULL;
	struct image_plan plan;
	struct arena arena;
	if (end == NULL)
		return 0;
	start();
	arena_init(&arena);
	struct str text = str_sub(input, 0, (size_t)(end - input.p));
	if (image_plan_parse(text, &arena, &plan, NULL) == 0) {
		struct str image = str_skip(input, text.n + 1);
		struct picture_job job = {
			.follow = picture_follow,
			.measure = picture_measure,
			.plan = &plan,
			.is_alone = true,
			.n = 1,
			.inputs = {{file_of(image), image.n}},
		};
		if (is_small(&job))
			follow(&job);
		close(job.inputs[0].fd);
	}
	arena_release(&arena);
	return 0;
}
