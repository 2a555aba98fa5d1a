/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes to a helper as a descriptor, and what comes back as one: nothing
 * that the one could change under the other's hands.
 */
#ifndef HELPERS_INPUT_H
#define HELPERS_INPUT_H

#include "helpers/pool.h"

/* A descriptor that can only be read from, which the caller closes. */
int input_open(const struct pool_input *input, struct err *err) MUST_CHECK;

/* A memory file with HELPER_SEALS of at most `max` bytes; fills in its size. */
bool output_is_sound(int fd, uint64_t max, uint64_t *size);

#endif
