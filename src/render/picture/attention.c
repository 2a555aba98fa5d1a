/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/attention.h"
#include "render/picture/scale.h"

#include <math.h>

/* What draws the eye is looked for in a picture of about this size. */
#define SEARCH_EDGE 96

/* The place of a cut, by the point of a small picture that draws the eye. */
static int look(VipsImage *small, const struct image_sizes *sizes,
		struct image_box *kept)
{
	SCOPED_IMAGE ignored = NULL;
	double scale_x = sizes->width / small->Xsize;
	double scale_y = sizes->height / small->Ysize;
	int width = CLAMP((int)lrint(kept->width / scale_x), 1, small->Xsize);
	int height = CLAMP((int)lrint(kept->height / scale_y), 1, small->Ysize);
	if (vips_smartcrop(small, &ignored, width, height, "interesting",
			   VIPS_INTERESTING_ATTENTION, NULL) != 0)
		return -1;
	kept->x = CLAMP(-ignored->Xoffset * scale_x, 0,
			sizes->width - kept->width);
	kept->y = CLAMP(-ignored->Yoffset * scale_y, 0,
			sizes->height - kept->height);
	return 0;
}

int attention_find(struct picture *picture, VipsImage *bytes,
		   struct image_box *kept, struct err *err)
{
	double edge = MAX(bytes->Xsize, bytes->Ysize);
	double scale = MIN(1, SEARCH_EDGE / edge);
	const struct scale to = {
		.part = {0, 0, bytes->Xsize, bytes->Ysize},
		.width = (unsigned)MAX(1, lrint(bytes->Xsize * scale)),
		.height = (unsigned)MAX(1, lrint(bytes->Ysize * scale)),
	};
	VipsImage **t = picture_scratch(picture, 1);
	if (scale_part(bytes, &to, &t[0], err) < 0)
		return -1;
	if (look(t[0], &picture->sizes, kept) != 0)
		return picture_failed(err);
	/* pixels that are not scaled stay whole */
	if (kept->width == floor(kept->width))
		kept->x = floor(kept->x);
	if (kept->height == floor(kept->height))
		kept->y = floor(kept->y);
	return 0;
}
