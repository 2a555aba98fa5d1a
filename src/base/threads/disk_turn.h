/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who goes first at the disk: a commit, which many wait for, before the bytes
 * of large files, which are much and which nobody waits for one by one. A sync
 * that is behind megabytes of others takes as long as these do. Any thread.
 */
#ifndef BASE_THREADS_DISK_TURN_H
#define BASE_THREADS_DISK_TURN_H

/* A commit begins, and ends; several may be under way. */
void disk_turn_begin(void);
void disk_turn_end(void);

/* Before some bytes of a large file: waits until no commit is under way, but no
 * longer than that, so that commits without an end leave the others something.
 */
void disk_turn_wait(unsigned max_ms);

#endif
