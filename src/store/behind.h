/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write-behind: bytes of a large file gather in blocks, which a few threads
 * write past the page cache while more come in. So they are copied once less,
 * a loop does not wait for a disk, and who sums them finds them in memory.
 *
 * What comes in small pieces, or when there is no block left, or faster than
 * the disk takes it, is written by whoever brings it, by way of the page cache:
 * nobody waits for a block.
 */
#ifndef STORE_BEHIND_H
#define STORE_BEHIND_H

#include "store/block.h"
#include "store/store_backend.h"

struct behind;     /* of a store */
struct behind_run; /* bytes of one file on their way, one after the other */

struct behind *behind_new(void);
/* There are no runs any more. NULL is fine. */
void behind_free(struct behind *behind);

struct behind_file {
	/* Several threads may write to different places of the file. */
	store_write_fn *write;
	/* Blocks are about to be written there, by the thread that calls it and
	 * others: as far as the file goes, space for them may be reserved. It
	 * is a few MiB at a time, as nobody knows whether more will come. NULL:
	 * nobody wants to know. */
	void (*reserve)(void *user, uint64_t offset, uint64_t size);
	void *user;
	int64_t owner;   /* files of different ones take turns */
	uint64_t offset; /* where the run begins */
};

struct behind_run *behind_run_new(struct behind *behind,
				  const struct behind_file *file);
/* Before anything is put. */
void behind_run_watch(struct behind_run *run, const struct block_watch *watch);
/* Room in a block for the next *n bytes; 0: none. Whoever brings them puts them
 * from there. Of no run, NULL, there is none. */
char *behind_run_room(struct behind_run *run, size_t *n);
/* The next bytes; one thread at a time. -1: these, or others before, cannot be
 * written, and nothing else can. Blocks no longer than a write to the page
 * cache does. */
int behind_run_put(struct behind_run *run, const void *p, size_t n,
		   struct err *err) MUST_CHECK;
/* All that was put is written (and not durable). -1: it is not. Blocks. */
int behind_run_settle(struct behind_run *run, struct err *err) MUST_CHECK;
/* What waits to be written is not; what is being written is waited for. NULL is
 * fine. */
void behind_run_free(struct behind_run *run);

#endif
