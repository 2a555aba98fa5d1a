/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels of the architecture that is built for.
 */
#ifndef PIXELS_KERNELS_ARCH_H
#define PIXELS_KERNELS_ARCH_H

#include "pixels/kernels.h"

#if defined(__x86_64__) || defined(__aarch64__)
#define KERNELS_OF_PROCESSOR
/* How many, the fastest first; at most KERNELS_MAX - 1. */
unsigned kernels_of_processor(const struct kernels *out[]);
#endif

#endif
