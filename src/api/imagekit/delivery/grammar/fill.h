/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bg`: what fills padding and what is transparent.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_FILL_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_FILL_H

#include "api/imagekit/delivery/grammar/values.h"

struct tr_fill {
	unsigned kind;     /* IMAGE_FILL_* */
	uint32_t color;    /* IMAGE_FILL_COLOR: 0xRRGGBBAA */
	unsigned colors;   /* IMAGE_FILL_GRADIENT */
	double blur;       /* IMAGE_FILL_BLURRED: sigma, 0: as it fits */
	double brightness; /* IMAGE_FILL_BLURRED */
};

/* False: no value that there is. */
bool tr_fill_read(struct str text, struct tr_fill *out);

/* What only a model can fill: "genfill", with or without a prompt. */
bool tr_fill_takes_model(struct str text);

#endif
