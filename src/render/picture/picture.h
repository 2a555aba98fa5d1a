/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture while a plan is followed (image/plan.h): its pixels, and what the
 * operations need to know of it. An operation reads picture->image and replaces
 * it; the rest is kept right here. Inside stowage-render only, one thread.
 *
 * Pixels are sRGB of 8 bits: red, green, blue, and alpha if there is any, which
 * is not multiplied in. Several frames stand below each other in one image.
 */
#ifndef RENDER_PICTURE_PICTURE_H
#define RENDER_PICTURE_PICTURE_H

#include "image/geometry.h"
#include "image/plan.h"
#include "image/protocol.h"
#include "render/decode.h"

#include <vips/vips.h>

#define PICTURE_INPUTS_MAX (1 + IMAGE_PLAN_INPUTS_MAX)
#define PICTURE_FRAMES_MAX 1000 /* of an animation that stays one */

struct picture_input {
	int fd; /* read from its start; not closed here */
	uint64_t size;
};

struct picture;

/* picture_follow() or picture_measure(). */
typedef int picture_way(struct picture *picture, const struct image_plan *plan,
			struct err *err);

/* What a job brings: the source, then the images that the plan names. */
struct picture_job {
	const struct image_plan *plan; /* the outermost */
	bool is_alone; /* may take more memory than RENDER_SMALL */
	/* For operations that have plans of their own: they are in the table of
	 * whoever follows plans. */
	picture_way *follow, *measure;
	unsigned n;
	struct picture_input inputs[PICTURE_INPUTS_MAX];
};

/* What is looked for in the pixels is looked for in the first frame, and is
 * then the same for all. */
struct picture_found {
	struct image_box kept;
	uint32_t colors[4];  /* 0xRRGGBBAA */
	double gain, offset; /* of values */
	double gains[3];     /* of red, green, blue */
};

struct picture {
	VipsImage *image;
	unsigned frames;
	bool stands_still;        /* the plan leaves the first frame only */
	struct image_sizes sizes; /* of a frame, now */
	const struct picture_job *job;

	/* Where it came from; of a document, or a text: format 0. */
	struct source source;
	uint32_t format;

	/* For each pixel of `sizes` so many are stored, the first of them
	 * starting at an offset: a source that was decoded smaller, until its
	 * first resize. */
	struct {
		double scale_x, scale_y, x, y;
	} stored;
	/* Pixels are not as said above yet: they may become fewer first. */
	bool is_raw;
	bool is_memory; /* they are there, to be read in any order */

	/* The first of the pictures that the operation which comes after them
	 * is given (IMAGE_WITH); NULL: none. */
	const struct image_op *with;
	/* Of frames that were several pictures. */
	struct {
		bool is_set;
		int delay; /* ms */
		int loop;
	} pace;

	unsigned frame; /* of them, the one that an operation is at */
	struct picture_found found;
	VipsImage *scope; /* what picture_scratch() gave lives as long */
};

/*
 * Opens what a plan begins with, and follows it up to its end but `encode`.
 * *picture has `job` and the base's sizes, all else is 0. ERR_INVALID: cannot
 * be read; ERR_NOT_FOUND: the plan is about something outside of it;
 * ERR_TOO_LARGE; ERR_BUSY: takes more memory than the job may have;
 * ERR_UNSUPPORTED. To be closed in any case.
 */
int picture_follow(struct picture *picture, const struct image_plan *plan,
		   struct err *err) MUST_CHECK;
void picture_close(struct picture *picture);

/* Only what the size of all that would be, into picture->sizes, as far as it
 * can be told without pixels; the same errors, and to be closed as well. */
int picture_measure(struct picture *picture, const struct image_plan *plan,
		    struct err *err) MUST_CHECK;

/* From this operation on. */
int picture_run(struct picture *picture, const struct image_op *from,
		struct err *err) MUST_CHECK;

/* Which input of the job an operation names, or the source when it names none;
 * NULL if it was not given. */
const struct picture_input *picture_input(const struct picture *picture,
					  const struct image_op *op);

/*
 * For operations.
 */

/* NULLs for images that are let go with the scope; of one picture after the
 * operation. */
static inline VipsImage **picture_room(VipsImage *scope, int n)
{
	return (VipsImage **)vips_object_local_array(VIPS_OBJECT(scope), n);
}
VipsImage **picture_scratch(struct picture *picture, int n);
/* Another image, of one frame; takes a reference of its own. It may still have
 * to be computed. ERR_TOO_LARGE. */
int picture_set(struct picture *picture, VipsImage *image,
		struct err *err) MUST_CHECK;
/* The first one, of a picture that comes from no file. */
int picture_begin(struct picture *picture, VipsImage *image,
		  struct err *err) MUST_CHECK;
/* ERR_BUSY: so many bytes may only be taken when no other picture is made. */
int picture_afford(const struct picture *picture, double bytes,
		   struct err *err) MUST_CHECK;
/* Computes what there is. */
int picture_settle(struct picture *picture, struct err *err) MUST_CHECK;
/* What libvips complains about. Returns -1. */
int picture_failed(struct err *err);
bool picture_has_alpha(const struct picture *picture);
/* Whether its source's profile goes into the result, whose colours then stay
 * what they are. */
bool picture_keeps_profile(const struct picture *picture);

#endif
