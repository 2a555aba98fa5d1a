/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time it is. (How long something takes is g_get_monotonic_time()'s.)
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since the epoch (CLOCK_REALTIME). */
int64_t now_ms(void);

#endif
