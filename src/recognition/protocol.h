/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server asks of stowage-ocr and what it is told, as the texts of the
 * pool's messages (helpers/message.h). A request is a struct ocr_request with
 * one descriptor, a file that has the pixels; an answer is a struct ocr_reply
 * and, with OCR_OK, a memory file of at most OCR_OUTPUT_MAX bytes: the page as
 * compact JSON in UTF-8,
 *
 *     {"width":W,"height":H,"sections":[{"lines":[{"text":"..",
 *      "confidence":0.97,"box":[x0,y0,x1,y1,x2,y2,x3,y3],"words":[{"text":"..",
 *      "confidence":0.99,"box":[8 integers]}]}]}]}
 *
 * width and height are the source's. A box has the corners top left, top right,
 * bottom right and bottom left as they stand in the source (never a negative
 * extent), in its pixels, within 0..width and 0..height; they may be askew, as
 * the text is. Confidences are 0..1. Sections, lines and words are in the order
 * of reading; none is empty. Without text: "sections":[].
 *
 * The program is started with `--languages eng+deu` and, unless the training
 * data is where Tesseract looks by itself, `--tessdata DIR`. Both sides are of
 * one build and host.
 */
#ifndef RECOGNITION_PROTOCOL_H
#define RECOGNITION_PROTOCOL_H

#include "base/version.h"

#include <stdint.h>

#define OCR_GREETING "stowage-ocr " STOWAGE_VERSION
#define OCR_OUTPUT_MAX (8u * 1024 * 1024) /* bytes of JSON */
#define OCR_PIXELS_MAX (40u * 1000 * 1000)
#define OCR_SIDE_MAX 65535u /* pixels, of the picture and of its source */

/* Flags of a request. */
enum {
	OCR_FINE = 1, /* boxes are fitted to the ink */
};

enum ocr_status {
	OCR_OK = 0,
	OCR_REFUSED = 1, /* not a request that the program knows */
	OCR_FAILED = 2,  /* over its memory, or over OCR_OUTPUT_MAX */
};

struct ocr_request {
	uint64_t offset;        /* of the first pixel in the file, bytes */
	uint32_t width, height; /* of grey, a byte each, rows without padding */
	uint64_t flags;         /* OCR_FINE or 0 */
	/* From the picture's pixels to the source's: x' = m0 x + m1 y + m2,
	 * y' = m3 x + m4 y + m5. It can be inverted. */
	double to_source[6];
	uint32_t source_width, source_height; /* that boxes are within */
};

struct ocr_reply {
	uint32_t status;
};

#endif
