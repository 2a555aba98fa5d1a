/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in the id of a blob, and the name that follows from it. For the
 * front and the backends; nothing here knows a store.
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include <stdint.h>

/*
 * Ids: 41 bits of milliseconds since STORE_EPOCH_MS (2020-01-01, which lasts
 * until 2089), 10 bits for the node, 12 bits that count within the millisecond.
 * (Of ids from before there were nodes these 22 bits are random.)
 */
#define STORE_EPOCH_MS INT64_C(1577836800000)
#define STORE_COUNT_BITS 12
#define STORE_NODE_BITS 10
#define STORE_MS_SHIFT (STORE_COUNT_BITS + STORE_NODE_BITS)
/* Some weeks before the end of those milliseconds. */
#define STORE_MS_LAST ((INT64_C(1) << 41) - (INT64_C(1) << 32))

/* The day (UTC) of an id's milliseconds, as the number 20240131. */
int store_day(int64_t id);
/* The name of a blob, "20240131/00ab...": it follows from the id alone. */
#define STORE_KEY_LEN 25
void store_key(int64_t id, char out[STORE_KEY_LEN + 1]);

#endif
