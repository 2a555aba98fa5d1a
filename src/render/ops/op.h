/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations (image/operations.h), one a file: each makes of
 * picture->image another one, by picture_set(). It gets one frame, whose pixels
 * are in memory. Which of them keep an animation is said in picture/run.c.
 */
#ifndef RENDER_OPS_OP_H
#define RENDER_OPS_OP_H

#include "render/picture/picture.h"

#define OP(name)                                                               \
	int op_##name(struct picture *picture, const struct image_op *op,      \
		      struct err *err) MUST_CHECK

/* shape: where pixels are */
OP(resize);
OP(trim);
OP(turn);
OP(flip);
OP(distort);
OP(round);

/* tone: colours, each pixel by itself */
OP(contrast);
OP(grayscale);
OP(colorize);
OP(recolor);
OP(opacity);
OP(negate);
OP(threshold);
OP(sepia);
OP(modulate);
OP(gamma);
OP(balance);

/* detail: pixels by their neighbours */
OP(blur);
OP(sharpen);
OP(unsharp);
OP(median);
OP(pixelate);
OP(oil);
OP(redact);

/* decor: what comes around, below or over a picture */
OP(border);
OP(background);
OP(gradient);
OP(shadow);
OP(drop_shadow);
OP(vignette);
OP(polaroid);
OP(tear);

#undef OP

#endif
