/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tesseract: the one home of its C interface. It is given pixels and nothing
 * else, reads its training data when it is opened, and works in one thread.
 */
#ifndef OCR_ENGINE_H
#define OCR_ENGINE_H

#include "base/err.h"
#include "ocr/found.h"

#include <stdint.h>

struct engine;

/*
 * Reads all training data of the languages, as "eng+deu"; tessdata is the
 * folder that has it, NULL: Tesseract's own. Lives as long as the process.
 * ERR_INVALID: there is none for one of them; the text names those that there
 * are.
 */
int engine_open(const char *tessdata, const char *languages,
		struct engine **out, struct err *err);

/* The installed languages, each once, sorted; to free by g_strfreev(). */
char **engine_languages(const char *tessdata);

/* Grey, a byte a pixel, rows without padding. */
struct engine_picture {
	const uint8_t *pixels;
	int width, height;
	int density; /* dots an inch */
};

/* Appends what is in the picture. -1: it could not be read. */
int engine_read(struct engine *engine, const struct engine_picture *picture,
		struct found *found);

#endif
