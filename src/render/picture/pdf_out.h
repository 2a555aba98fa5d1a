/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture as a PDF of one page that holds its pixels (ISO 32000-1). Without
 * dates and identifiers: the same picture is the same file.
 */
#ifndef RENDER_PICTURE_PDF_OUT_H
#define RENDER_PICTURE_PDF_OUT_H

#include "base/str.h"

#include <stdbool.h>

#define PDF_POINTS_PER_INCH 72.0

/* A page in points, and where on it lies what it shows. */
struct pdf_page {
	double width, height;
	double left, below, across, up;
};

/* For what is so wide and high, in points. paper: IMAGE_PAPER_*, on which it is
 * as large as fits, in the middle; orientation: IMAGE_ORIENTATION_*. */
struct pdf_page pdf_page_of(double width, double height, unsigned paper,
			    unsigned orientation);

struct pdf_image {
	unsigned width, height;      /* pixels */
	double density;              /* of them, an inch */
	unsigned paper, orientation; /* as above */
	struct str file; /* JPEG, or PNG of true colours, not interlaced */
	bool is_png;
	bool is_cmyk; /* a JPEG's, which stores it inverted */
};

/* -1: the file is none that it takes. *p is for g_free(). */
int pdf_write(const struct pdf_image *image, void **p, size_t *n);

#endif
