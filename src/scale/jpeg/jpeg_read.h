/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG (ITU-T T.81) by libjpeg: for a cut of it, decoded no larger than the cut
 * needs and no further than it reaches. Not here: CMYK, and profiles other than
 * sRGB, which are for the renderer that has libvips.
 *
 * A file that is cut off, or damaged behind its head, gives what there is of
 * it. One that has more scans than a picture can need is refused, since each
 * byte of it could cost a pass over all pixels.
 */
#ifndef SCALE_JPEG_JPEG_READ_H
#define SCALE_JPEG_JPEG_READ_H

#include "base/str.h"
#include "scale/jpeg/jpeg_trap.h"
#include "scale/planes.h"

bool jpeg_is(struct str bytes);

struct jpeg_reader {
	unsigned width, height; /* as stored */
	unsigned orientation;   /* of EXIF */
	bool has_planes; /* gray, or brightness and colour: jpeg_read_planes()
			  */
	/* bytes that decoding takes besides rows: all coefficients of a picture
	 * in several scans, else nothing */
	uint64_t memory;
	/* the rest is private */
	struct jpeg_trap trap;
	struct jpeg_decompress_struct jpeg;
	struct jpeg_source_mgr source;
	struct jpeg_progress_mgr progress;
	struct str exif, profile;
	bool foreign_profile;
	/* of rows of RGBA, when only a part of each is wanted: a whole one, and
	 * the part */
	uint8_t *row;
	unsigned left, wanted; /* pixels */
};

/*
 * Reads the head; refers to `bytes`. ERR_INVALID: no JPEG, or one that cannot
 * be decoded; ERR_UNSUPPORTED: something for the other renderer; ERR_TOO_LARGE:
 * more than IMAGE_PIXELS_MAX. jpeg_reader_close() in any case.
 */
int jpeg_reader_open(struct jpeg_reader *reader, struct str bytes,
		     struct err *err) MUST_CHECK;
void jpeg_reader_close(struct jpeg_reader *reader);

/* How many eighths of a picture are to be decoded that becomes so many times
 * smaller: halves, quarters and eighths cost less, since the transform is
 * smaller; other fractions have no fast one. */
unsigned jpeg_eighths(double across, double down);

/* One of the two, once. Errors: ERR_INVALID, ERR_TOO_LARGE. */

/* The cut, whose box is one of the stored picture. The caller releases. */
int jpeg_read_planes(struct jpeg_reader *reader, const struct shape_cut *cut,
		     struct planes *out, struct err *err) MUST_CHECK;

/* Rows of RGBA, all opaque, for jpeg_reader_row(). They begin and end where the
 * cut does, and cut->kept becomes the same box in their pixels. */
struct jpeg_rows {
	unsigned width, height;
};

int jpeg_reader_start(struct jpeg_reader *reader, struct shape_cut *cut,
		      struct jpeg_rows *rows, struct err *err) MUST_CHECK;
/* At most rows.height times. */
int jpeg_reader_row(struct jpeg_reader *reader, uint8_t *rgba,
		    struct err *err) MUST_CHECK;

#endif
