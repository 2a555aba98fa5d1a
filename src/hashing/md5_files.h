/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 of bytes that were written just now, and are read from the page cache:
 * no buffers of what comes in, and nothing of it on a loop. Who asks waits, and
 * one of those who wait does the work of up to four, side by side (base/md5.h).
 */
#ifndef HASHING_MD5_FILES_H
#define HASHING_MD5_FILES_H

#include "base/err.h"
#include "base/fd.h"
#include "base/md5.h"

struct md5_files;

struct md5_files *md5_files_new(void);
/* Nobody asks any more. NULL is fine. */
void md5_files_free(struct md5_files *files);

/* Any thread; blocks. Those who ask take turns of 8 MiB. -1: ERR_INTERNAL, the
 * file has not so many bytes, or they cannot be read. */
int md5_files_sum(struct md5_files *files, const struct fd_run *run,
		  uint8_t out[MD5_BYTES], struct err *err) MUST_CHECK;

#endif
