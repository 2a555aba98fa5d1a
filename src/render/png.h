/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a PNG (W3C PNG, third edition) could make its decoder do before there is
 * a pixel.
 */
#ifndef RENDER_PNG_H
#define RENDER_PNG_H

#include <stdbool.h>
#include <stddef.h>

#define PNG_COMPRESSED_TEXT_MAX (64u * 1024) /* bytes, all texts together */

bool png_is(const char *bytes, size_t n);

/*
 * Hides texts from the decoder, in place, by making them chunks of a kind that
 * nobody knows (4.7.2): those that would be longer than the file, for which it
 * takes the memory before it looks, and compressed ones beyond the limit, since
 * each byte can be a thousand.
 */
void png_hush(char *bytes, size_t n);

#endif
