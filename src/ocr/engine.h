/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tesseract: the one home of its C interface. It is given pixels and nothing
 * else, reads its training data when it is opened, and works in one thread.
 */
#ifndef OCR_ENGINE_H
#define OCR_ENGINE_H

#include "base/err.h"
#include "ocr/words/found.h"
#include "pixels/picture.h"

struct engine;

/*
 * Reads all training data of the languages, as "eng+deu"; tessdata is the
 * folder that has it, NULL: Tesseract's own. Lives as long as the process.
 * ERR_INVALID: there is none for one of them; the text names those that there
 * are.
 */
int engine_open(const char *tessdata, const char *languages,
		struct engine **out, struct err *err) MUST_CHECK;

/* The installed languages, each once, sorted; to free by g_strfreev(). */
char **engine_languages(const char *tessdata);

enum engine_layout {
	ENGINE_PAGE,  /* of columns, tables and whatever */
	ENGINE_BLOCK, /* of lines */
};

/* Appends what is in the picture, of one channel. -1: it could not be read. */
int engine_read(struct engine *engine, const struct picture *picture,
		enum engine_layout layout, struct found *found) MUST_CHECK;

#endif
