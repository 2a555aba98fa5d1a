/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes what was derived of contents that are gone, for tools that work on a
 * data directory. A server that runs on it finds out when it looks for a file.
 * Blocks.
 */
#ifndef DERIVE_GONE_H
#define DERIVE_GONE_H

#include <stdint.h>

struct derive_gone;

struct derive_gone *derive_gone_new(void);
/* Of a content: its store and blob, as for library_on_gone(). */
void derive_gone_add(void *gone, int64_t store, int64_t blob_id);
/* Removes what was made of all that were added from the data directory, and
 * frees. */
void derive_gone_end(struct derive_gone *gone, const char *dir);

#endif
