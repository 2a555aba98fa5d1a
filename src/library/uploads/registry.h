/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The uploads that are open, of a library; open.h has what others see of it.
 * Private to src/library.
 */
#ifndef LIBRARY_UPLOADS_REGISTRY_H
#define LIBRARY_UPLOADS_REGISTRY_H

#include "library/uploads/open.h"

#include <glib.h>
#include <stdatomic.h>

struct uploads;

struct open_upload {
	struct library *library;
	struct upload row;
	char *told; /* row.told's */
	struct store_stage *stage;
	_Atomic uint64_t layout;
	_Atomic uint64_t reserved;
	_Atomic int64_t touched_ms;
	/* under the registry's lock */
	unsigned users;
	int64_t used_us; /* monotonic, when it was last found */
	bool is_known;
	GList link;
};

/* max: how many stay open that nobody uses, and how many may be kept open by
 * who uses them for long; two descriptors each. */
struct uploads *uploads_new(unsigned max);
/* Nobody has one open. NULL is fine. */
void uploads_free(struct uploads *uploads);

/* As upload_find_open(); account_id: if not 0, no other's. */
struct open_upload *registry_find(struct library *library, struct str token,
				  int64_t account_id);
/* Takes one that has just been opened, and gives back the one that was there
 * before, or this; to be closed. */
struct open_upload *registry_add(struct open_upload *open);
/* Whoever has it open goes on; nobody finds it any more. Any thread. */
void registry_forget(struct library *library, struct str token);
/* Whether somebody has it open just now. */
bool registry_is_used(struct library *library, struct str token);
/* Locked by whoever makes the staged blob of that one, or finds that it cannot
 * be made: before the registry's own lock. */
GMutex *registry_making(struct library *library, int64_t id);
/* Closes those that nobody has used for so long. */
void registry_close_idle(struct library *library, int64_t idle_ms);
/* If it is open. Any thread. */
void registry_set_layout(struct library *library, struct str token,
			 uint64_t layout);

#endif
