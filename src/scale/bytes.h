/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an encoder has written.
 */
#ifndef SCALE_BYTES_H
#define SCALE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *p; /* the owner's to free() */
	size_t n;
};

#endif
