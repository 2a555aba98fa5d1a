/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a file's header to the pixels that are read: at which size a page is
 * rendered, and where its pixels are in the source. Numbers only.
 */
#ifndef RECOGNITION_LAYOUT_H
#define RECOGNITION_LAYOUT_H

#include "image/renderers.h"
#include "recognition/protocol.h"

/* Dots an inch of a document's page, if that is within the limits. */
#define LAYOUT_DENSITY 300

struct layout {
	unsigned density; /* of a document; 0: of a picture */
	/* A picture is rendered at this size, upright; 0: as it is. */
	unsigned width, height;
};

/* What to render of what is so large, so that it is at most OCR_PIXELS_MAX. */
void layout_choose(const struct image_info *info, struct layout *out);

/* The request, but for offset and flags, of what came out: a picture of that
 * size. False: it cannot have come of it. */
bool layout_request(const struct image_info *info, const struct layout *layout,
		    const struct image_picture *picture,
		    struct ocr_request *out);

#endif
