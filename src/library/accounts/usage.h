/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an account has used: stored bytes exactly, in the transaction of each
 * upload and delete; uploads and bytes sent of the running month (UTC).
 */
#ifndef LIBRARY_ACCOUNTS_USAGE_H
#define LIBRARY_ACCOUNTS_USAGE_H

#include "library/library.h"

struct usage {
	uint64_t storage_bytes;
	uint64_t bandwidth_bytes; /* with what is still only in memory */
	uint64_t upload_count;
	int year, month; /* the period the last two belong to */
};

/* When the library is opened and closed, by that alone. */
void usage_init(struct library *library);
void usage_release(struct library *library);

/* 0, or -1 with ERR_NOT_FOUND (no such account) or another. Blocks. */
int usage_read(struct library *library, int64_t account_id, struct usage *out,
	       struct err *err) MUST_CHECK;
/* Adds bytes sent: memory only, any thread, cheap. */
void usage_add_bandwidth(struct library *library, int64_t account_id,
			 uint64_t bytes);
/* A key was used now: memory only, any thread, cheap. */
void usage_key_used(struct library *library, int64_t key_id);
/* Writes both, if there is anything new, in one transaction. The server calls
 * it every few seconds and at its end. */
int usage_flush(struct library *library, struct err *err) MUST_CHECK;

#endif
