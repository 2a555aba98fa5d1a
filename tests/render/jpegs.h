/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEGs made when a test runs, of a picture whose colour is known everywhere,
 * and read again by nothing but libjpeg.
 */
#ifndef RENDER_JPEGS_H
#define RENDER_JPEGS_H

#include "base/str.h"
#include "pixels/picture.h"

#include <glib.h>
#include <stdio.h>

#include <jpeglib.h>

struct jpeg_kind {
	unsigned width, height;
	int across, down;    /* samples of brightness to one of colour */
	J_COLOR_SPACE space; /* of the file; 0: YCbCr */
	bool progressive;
	int quality;            /* 0: 95 */
	unsigned restart;       /* MCUs from a restart to the next; 0: none */
	unsigned noise;         /* what a sample may be off its colour */
	const GString *exif;    /* a TIFF; NULL: none */
	const GString *profile; /* ICC */
};

/* The colour at a place of the picture, both from 0 to 1: a slope in each
 * channel, so that a place is told by its colour. */
void jpeg_colour(double x, double y, double rgb[3]);

GString *jpeg_made(const struct jpeg_kind *kind);

/* RGBA; fails the test when libjpeg does. */
struct picture jpeg_decoded(struct str bytes);

/* A TIFF that says nothing but this. */
GString *jpeg_exif(unsigned orientation, bool big_endian);

#endif
