/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a page that are bright on dark where the rest is dark on bright:
 * heads of tables, buttons, notices.
 */
#ifndef OCR_PICTURE_PANELS_H
#define OCR_PICTURE_PANELS_H

#include "pixels/picture.h"

/*
 * In a sketch: what is darker than `level`, wide, solid, and has holes as
 * letters leave them. *out is a map of it: how dark the ground is where a panel
 * is, more by one, PANELS_EDGE along its edge, else 0. 1: there are some, and
 * the caller releases it; 0: none; -1: ERR_TOO_LARGE, no memory.
 */
int panels_find(const struct picture *sketch, unsigned level,
		struct picture *out, struct err *err) MUST_CHECK;

#define PANELS_EDGE 255

/* Makes them dark on white, in a picture `n` times as large as the map. */
void panels_invert(const struct picture *picture, unsigned n,
		   const struct picture *map);

#endif
