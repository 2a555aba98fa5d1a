/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Since when content is at its path, as dates in whole seconds tell it: a later
 * one has a later date, also when both came within a second. What was at a path
 * until a moment ago and has gone is in no row: for its second the process
 * remembers it, for a path or another one that shares its slot.
 */
#include "base/digest.h"
#include "library/files/file_tx.h"

#include <glib.h>
#include <stdatomic.h>

#define SLOTS 4096u

static _Atomic int64_t left[SLOTS]; /* the last date of what has gone */

static _Atomic int64_t *slot_of(const struct file *file)
{
	uint8_t sum[CHECKSUM_BYTES];
	uint64_t number;
	checksum_of(file->path.p, file->path.n, sum);
	memcpy(&number, sum, sizeof(number));
	return &left[(number + (uint64_t)file->account_id) % SLOTS];
}

void file_place(struct file *file, int64_t now, int64_t before)
{
	int64_t last = MAX(before, atomic_load(slot_of(file)));
	file->placed_ms = now == file->content_ms ? 0 : now;
	file->modified_s = last >= now / 1000 ? last + 1 : 0;
}

/* The writer alone comes here; a slot never goes back. */
void file_leaves(const struct file *file, int64_t now)
{
	_Atomic int64_t *slot = slot_of(file);
	int64_t last = MAX(now / 1000, file_modified_s(file));
	if (last > atomic_load(slot))
		atomic_store(slot, last);
}
