/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Since when content is at its path, as dates in whole seconds tell it: a later
 * one has a later date, also when both came within a second. What was at a path
 * until a moment ago and has gone is in no row: for its second the process
 * remembers it, in a slot that several paths share.
 *
 * Nobody is told of a date beyond the clock (content_add_fields()), so a date a
 * little ahead of it is later than any that was told: however often content
 * changes, it need not go further, but for as long as a commit may take.
 */
#include "base/clock.h"
#include "base/digest.h"
#include "base/id.h"
#include "library/files/file_tx.h"

#include <glib.h>

#define SLOTS 4096u

/* The last date of what has gone, and whose it was. */
struct slot {
	int64_t account_id;
	uint8_t path[CHECKSUM_BYTES];
	int64_t left_s;
};

static GMutex mutex; /* guards the slots; nothing is taken inside */
static struct slot slots[SLOTS];

/* Nobody outside can tell who shares a slot with whom. */
static uint64_t seed(void)
{
	static uint64_t seed;
	static gsize known;
	if (g_once_init_enter(&known)) {
		random_bytes(&seed, sizeof(seed));
		g_once_init_leave(&known, 1);
	}
	return seed;
}

/* What would be in the slot, were the file the last to have left it. */
static struct slot *slot_of(const struct file *file, struct slot *own)
{
	uint64_t number;
	*own = (struct slot){.account_id = file->account_id};
	checksum_seeded(file->path, seed(), own->path);
	memcpy(&number, own->path, sizeof(number));
	return &slots[(number + (uint64_t)file->account_id) % SLOTS];
}

/* The last date of what has gone from there. Of another path's only that it may
 * be of this very second: no account moves the dates of another. */
static int64_t left_s(const struct file *file, int64_t now_s)
{
	struct slot own;
	struct slot *slot = slot_of(file, &own);
	g_mutex_lock(&mutex);
	int64_t left = slot->left_s;
	bool same = slot->account_id == own.account_id &&
		    memcmp(slot->path, own.path, sizeof(own.path)) == 0;
	g_mutex_unlock(&mutex);
	return same ? left : MIN(left, now_s);
}

/* Never goes back, also where the clock did. */
static int64_t later(int64_t last, int64_t now_s)
{
	int64_t most = MAX(now_s, now_ms() / 1000) + FILE_AHEAD_MAX_S;
	return MAX(last, MIN(last, most - 1) + 1);
}

void file_place(struct file *file, int64_t now, int64_t before)
{
	int64_t now_s = now / 1000;
	int64_t last = MAX(before, left_s(file, now_s));
	file->placed_ms = now == file->content_ms ? 0 : now;
	file->modified_s = last >= now_s ? later(last, now_s) : 0;
}

/* A slot never goes back. */
void file_leaves(const struct file *file, int64_t now)
{
	struct slot own;
	struct slot *slot = slot_of(file, &own);
	own.left_s = MAX(now / 1000, file_modified_s(file));
	g_mutex_lock(&mutex);
	if (own.left_s > slot->left_s)
		*slot = own;
	g_mutex_unlock(&mutex);
}
