/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/webp/video_range.h"

#define BITS 15

/* From the middle value of one range to that of the other, by a factor of
 * `above` in `below`; what is beyond the range is cut off. */
static inline void map(uint8_t *samples, size_t n, int from, int to, int above,
		       int below)
{
	int factor = ((above << BITS) + below / 2) / below;
	for (size_t i = 0; i < n; i++) {
		int value = (samples[i] - from) * factor + (1 << (BITS - 1));
		value = (value >> BITS) + to;
		value = value < 0 ? 0 : value;
		samples[i] = (uint8_t)(value > 255 ? 255 : value);
	}
}

void full_range(uint8_t *samples, size_t n, bool chroma)
{
	if (chroma)
		map(samples, n, 128, 128, 255, 224);
	else
		map(samples, n, 16, 0, 255, 219);
}

void video_range(uint8_t *samples, size_t n, bool chroma)
{
	if (chroma)
		map(samples, n, 128, 128, 224, 255);
	else
		map(samples, n, 0, 16, 219, 255);
}
