/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of PNG (W3C PNG, third edition, section 9): what makes a line of
 * bytes easier to compress, and back.
 */
#ifndef SCALE_PNG_PNG_FILTER_H
#define SCALE_PNG_PNG_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PNG_LINE_SLACK 4 /* bytes behind every line that may be read */

struct png_line {
	const uint8_t *before; /* the line above; zeros above the first */
	size_t n;              /* bytes, without the one that says the filter */
	unsigned step;         /* bytes from a pixel to the next, 1 to 4 */
};

/* Takes the filter off again, in place; false: there is none of that number. */
bool png_unfilter(const struct png_line *line, unsigned filter, uint8_t *bytes);

/* Writes the filter's number and n filtered bytes to `out`: of all filters the
 * one whose bytes, taken as signed, have the smallest sum (12.7). `spare`: room
 * for n bytes. */
void png_filter(const struct png_line *line, const uint8_t *bytes,
		uint8_t *spare, uint8_t *out);

#endif
