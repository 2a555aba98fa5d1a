/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures as JPEG and lossy WebP store them: brightness, and two planes of
 * colour, mostly with half as many columns and rows. To cut, scale, turn and
 * pad one each plane is resampled for itself, straight to where it belongs, so
 * that nothing is ever converted to RGB and the colour is never enlarged.
 *
 * The ranges are those of JPEG (JFIF 1.02): 0 to 255, colour around 128. A
 * sample of colour lies in the middle of the pixels that it is for.
 */
#ifndef SCALE_PLANES_H
#define SCALE_PLANES_H

#include "pixels/picture.h"
#include "pixels/resample.h"
#include "scale/shape.h"

#define PLANES_MAX 3

/* 1: gray; 3: luma, then Cb and Cr of half as many columns and rows, rounded
 * up, or of as many. Zeroed, or released with planes_release(). */
struct planes {
	unsigned n;
	bool full; /* as many; of a result: what is wanted, set before */
	struct picture plane[PLANES_MAX];
};

void planes_release(struct planes *planes);

/* A plane of a source: so many samples lie in a column and a row of the picture
 * (0.5: one for two). At first width and height are those that are stored,
 * then those of the part that is needed, which begins at left, top. */
struct planes_part {
	double across, down;
	unsigned left, top, width, height; /* samples */
};

struct planes_source {
	unsigned n; /* 1 or 3 */
	bool full;  /* of the result */
	struct planes_part part[PLANES_MAX];
};

struct plane_cut {
	struct resampler *resampler;
	struct picture place;  /* of the canvas's plane */
	struct picture turned; /* what is to be turned into it, or nothing */
	struct picture rows;   /* where what is resampled goes: one of them */
	unsigned pulled, n_rows;
};

struct planes_cutter {
	unsigned n;
	unsigned orientation;
	struct plane_cut cut[PLANES_MAX];
	struct planes canvas;
};

/*
 * Makes room for what a cut gives, and says what of the source is needed. A
 * gray picture on a coloured background becomes one of three planes.
 * planes_cut_release() in any case. ERR_TOO_LARGE: no memory.
 */
int planes_cut_begin(struct planes_cutter *cutter, const struct shape_cut *cut,
		     struct planes_source *source, struct err *err) MUST_CHECK;

/* The next row of a plane's part; what comes behind its last one is for
 * nothing. */
void planes_cut_push(struct planes_cutter *cutter, unsigned plane,
		     const uint8_t *row);

/* All rows of all planes have been pushed; fills in *out, the caller's then. */
void planes_cut_end(struct planes_cutter *cutter, struct planes *out);
void planes_cut_release(struct planes_cutter *cutter);

/* The same with a picture that is there, which stays. */
int planes_cut(const struct planes *in, const struct shape_cut *cut,
	       struct planes *out, struct err *err) MUST_CHECK;

#endif
