/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 of bytes that are written to files just now: of blocks on their way there
 * (store/block.h), or, if they went by way of the page cache, read from that;
 * nothing of it on a loop. A few threads sum up to MD5_LANES streams side by
 * side (base/md5.h): first those that somebody waits for, and beside them what
 * has come of others. So little is left when the last byte of one comes.
 */
#ifndef HASHING_MD5_FILES_H
#define HASHING_MD5_FILES_H

#include "base/err.h"
#include "base/fd.h"
#include "base/md5.h"
#include "store/block.h"

struct md5_files;
struct md5_stream;

/* -1: ERR_INTERNAL, there are no threads. */
int md5_files_new(struct md5_files **out, struct err *err) MUST_CHECK;
/* Nobody asks any more, and there are no streams. NULL is fine. */
void md5_files_free(struct md5_files *files);

/* Whoever asks for no more does it, and needs no stream. */
#define MD5_FILES_QUICK (64u * 1024)
/* Any thread; blocks. Those who ask take turns of 8 MiB. -1: ERR_INTERNAL, the
 * file has not so many bytes, or they cannot be read. */
int md5_files_sum(struct md5_files *files, const struct fd_run *run,
		  uint8_t out[MD5_BYTES], struct err *err) MUST_CHECK;

/* Of bytes that will come there one after the other; whoever asks may close the
 * file at any time. NULL: there is no descriptor for it. One thread at a time,
 * any; does not block. */
struct md5_stream *md5_stream_new(struct md5_files *files,
				  const struct fd_run *run) MUST_CHECK;
/* The next n have come, no more than those of the run; NULL: they are in the
 * file, and else they are the first ones of the block, which this then holds.
 * Does not block. */
void md5_stream_add(struct md5_stream *stream, struct block *block, size_t n);
/* All have come: as md5_files_sum(). Once. */
int md5_stream_sum(struct md5_stream *stream, uint8_t out[MD5_BYTES],
		   struct err *err) MUST_CHECK;
/* Also before all have come. Does not block. NULL is fine. */
void md5_stream_free(struct md5_stream *stream);

#endif
