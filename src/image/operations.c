/* SPDX-License-Identifier: Apache-2.0 */
#include "image/operations.h"

#include <stddef.h>

#define W(name, text) text,
static const char *const words_0[] = {NULL}; /* of parameters without words */
#define WORDS(words) static const char *const words_##words[] = {words(W) NULL}
WORDS(IMAGE_FITS);
WORDS(IMAGE_FOCUSES);
WORDS(IMAGE_FILLS);
WORDS(IMAGE_ALIGNS);
WORDS(IMAGE_BLENDS);
WORDS(IMAGE_DISTORTIONS);
WORDS(IMAGE_LAYOUTS);
WORDS(IMAGE_FRAME_FITS);
WORDS(IMAGE_REDACTIONS);
WORDS(IMAGE_SHAPES);
WORDS(IMAGE_FALLOFFS);
WORDS(IMAGE_FORMATS);
WORDS(IMAGE_COLORSPACES);
WORDS(IMAGE_PAPERS);
WORDS(IMAGE_ORIENTATIONS);

/* An operation without parameters has a row that nobody counts. */
#define P(operation, parameter, text, type, least, most, fallback, words)      \
	{text, IMAGE_TYPE_##type, least, most, fallback, words_##words},
#define O(operation, text)                                                     \
	static const struct image_param params_##operation[] = {               \
		IMAGE_PARAMS_##operation(P){.name = NULL}};
IMAGE_OPERATIONS(O)
#undef O
#undef P

#define O(operation, text)                                                     \
	{text, IMAGE_##operation##_PARAMS, params_##operation},
const struct image_operation_info image_operations[IMAGE_OPERATION_COUNT] = {
	IMAGE_OPERATIONS(O)};
#undef O
