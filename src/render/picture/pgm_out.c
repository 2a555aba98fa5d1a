/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/pgm_out.h"
#include "image/pgm.h"

#include <string.h>

#define STRIP_ROWS 64

/* ITU-R BT.601, in 256ths that add up, so that grey stays what it is. */
static void write_row(VipsPel *to, const VipsPel *from, int width)
{
	for (int x = 0; x < width; x++, from += 3)
		to[x] = (VipsPel)((77 * from[0] + 150 * from[1] + 29 * from[2] +
				   128) >>
				  8);
}

static int write_rows(VipsImage *image, VipsPel *to)
{
	VipsRegion *region = vips_region_new(image);
	size_t width = (size_t)image->Xsize;
	int failed = 0;
	for (int y = 0; y < image->Ysize && !failed; y += STRIP_ROWS) {
		const VipsRect strip = {0, y, image->Xsize,
					MIN(STRIP_ROWS, image->Ysize - y)};
		failed = vips_region_prepare(region, &strip);
		for (int row = 0; row < strip.height && !failed; row++)
			write_row(to + (size_t)(y + row) * width,
				  VIPS_REGION_ADDR(region, 0, y + row),
				  image->Xsize);
	}
	g_object_unref(region);
	return failed;
}

int pgm_write(VipsImage *image, void **p, size_t *n)
{
	char buffer[IMAGE_PGM_HEAD_MAX];
	struct str head = image_pgm_head((unsigned)image->Xsize,
					 (unsigned)image->Ysize, buffer);
	*n = head.n + (size_t)image->Xsize * (size_t)image->Ysize;
	g_autofree VipsPel *file = g_try_malloc(*n);
	if (file == NULL)
		return -1;
	memcpy(file, head.p, head.n);
	if (write_rows(image, file + head.n) != 0)
		return -1;
	*p = g_steal_pointer(&file);
	return 0;
}
