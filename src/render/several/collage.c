/* SPDX-License-Identifier: Apache-2.0 */
#include "render/several/several.h"

#include <math.h>

static unsigned margin_of(const struct image_op *op,
			  const struct image_sizes *sizes)
{
	return (unsigned)lrint(image_number(op, IMAGE_COLLAGE_MARGIN, sizes));
}

int op_collage(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	struct image_sizes sizes = picture->sizes;
	struct image_collage collage = {
		.n = tiles_count(picture),
		.margin = margin_of(op, &sizes),
		.layout = image_word(op, IMAGE_COLLAGE_LAYOUT),
	};
	if (image_size_after(op, &sizes, err) < 0)
		return -1;
	if (collage.n > IMAGE_COLLAGE_MAX)
		return err_set(err, ERR_TOO_LARGE, "too many pictures");
	collage.width = (unsigned)sizes.width;
	collage.height = (unsigned)sizes.height;
	if (tiles_measure(picture, collage.aspects, err) < 0 ||
	    image_collage_lay(&collage, err) < 0)
		return -1;
	struct tiles tiles = {
		.n = collage.n,
		.width = collage.width,
		.height = collage.height,
		.color = image_color(op, IMAGE_COLLAGE_COLOR),
		.fit = IMAGE_FIT_COVER,
	};
	memcpy(tiles.at, collage.tiles, sizeof(tiles.at));
	if (tiles_paint(picture, &tiles, err) < 0)
		return -1;
	picture->sizes.width = sizes.width;
	picture->sizes.height = sizes.height;
	return 0;
}
