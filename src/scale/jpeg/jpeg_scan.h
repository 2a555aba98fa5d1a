/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one scan of a baseline JPEG (ITU-T T.81, F.2 and A.2), from its bits to
 * rows of samples. Most of what decoding costs is Huffman codes, and the reader
 * that knows how small the result will be, and looks up a code together with
 * its number, takes half of libjpeg's time for them. libjpeg has read the
 * tables; and whatever is not as it should be is left to it as well: this one
 * then only says that it cannot.
 */
#ifndef SCALE_JPEG_JPEG_SCAN_H
#define SCALE_JPEG_JPEG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

#define JPEG_SCAN_PLANES 3
#define JPEG_FAST_BITS 10 /* that are looked up at once */
#define JPEG_CODE_MAX 16  /* bits of a code */

/* A Huffman table, both ways of reading it. */
struct jpeg_codes {
	/* By the next bits: value << 16 | run << 8 | bits, of code and number
	 * together; 0: more than these. */
	uint32_t fast[1 << JPEG_FAST_BITS];
	/* By length: codes are below the limit, as 16 bits from the left, and
	 * their symbols are at the code plus the offset. */
	uint32_t limit[JPEG_CODE_MAX + 1];
	int offset[JPEG_CODE_MAX + 1];
	uint8_t symbols[256];
};

struct jpeg_bits {
	const uint8_t *p, *end;
	uint64_t buffer; /* from the left */
	int n;           /* bits in it that there are; below 0: used more */
};

struct jpeg_scan_plane {
	/* for the caller to set: 8, 4, 2 or 1 samples of each 8 in a row, the
	 * blocks that are wanted of a row, from first on, and where they go: as
	 * many rows as the MCUs of a row have, of whole MCUs */
	unsigned size;
	unsigned first, end;
	uint8_t *rows;
	size_t stride;
	/* from jpeg_scan_init(): blocks in an MCU */
	unsigned across, down;
	/* private */
	const struct jpeg_codes *dc, *ac;
	int last_dc;
	/* by place in the order of the file, and what is behind its end */
	uint16_t quant[80];
	uint8_t place[80];
};

struct jpeg_scan {
	unsigned n;
	unsigned mcus, mcu_rows; /* in a row, and rows */
	struct jpeg_scan_plane plane[JPEG_SCAN_PLANES];
	/* private */
	struct jpeg_bits bits;
	unsigned interval, left; /* MCUs to the next restart; 0: none come */
	unsigned restarts;
	struct jpeg_codes dc[2], ac[2];
};

/* From what libjpeg has read before the scan, of which the quantisation tables
 * and the bytes must stay. False: not for this reader. */
bool jpeg_scan_init(struct jpeg_scan *scan,
		    const struct jpeg_decompress_struct *jpeg);

/* After the planes' sizes are set. */
void jpeg_scan_start(struct jpeg_scan *scan,
		     const struct jpeg_decompress_struct *jpeg);

/* The next row of MCUs, of those planes that have bit i of `wanted`. False:
 * something is wrong with the file. */
bool jpeg_scan_row(struct jpeg_scan *scan, unsigned wanted);

#endif
