/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CRC-32 of one large file, taken beside the loop that sends it, in
 * batches: threads of a crew (base/threads/crew.h) take one as sending comes
 * near it, so nobody is held by a client that is slow, and little is summed for
 * one that goes.
 */
#ifndef DELIVER_SUMMING_H
#define DELIVER_SUMMING_H

#include "base/threads/crew.h"

#define SUMMING_LEAST (UINT64_C(8) << 20) /* smaller ones are not worth it */

struct summing;

struct summing_for {
	int64_t owner, guest; /* an account, and whom of its it is for */
	/* Any thread: what was SUMMING_LATER can be looked at again. A lock is
	 * held: leave at once. NULL: there is nobody to be told. */
	void (*more)(void *user);
	void *user;
};

struct summed {
	uint64_t length; /* bytes from its beginning on, */
	uint32_t crc;    /* and of them */
};

enum summing_state {
	SUMMING_ON,
	SUMMING_LATER, /* it is far behind, or all but it is done */
	SUMMING_DONE,
	SUMMING_BUSY,   /* nobody has time for it */
	SUMMING_FAILED, /* the file cannot be read to its end */
};

/* NULL: it cannot be done. The file may be closed from then on. */
struct summing *summing_begin(struct crew *crew, int fd, uint64_t size,
			      const struct summing_for *of);
/* How far it is as so many bytes are sent, and has it go on. After
 * SUMMING_LATER, and then alone, `more` is called. */
enum summing_state summing_look(struct summing *summing, uint64_t sent,
				struct summed *out);
/* From then on no `more`. NULL is fine. */
void summing_leave(struct summing *summing);

#endif
