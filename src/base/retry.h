/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that a signal interrupts.
 */
#ifndef BASE_RETRY_H
#define BASE_RETRY_H

#include <errno.h>
#include <sys/types.h>

#define RETRY_MAX 100

/* Makes the call again while it is interrupted, but not for ever: what is
 * interrupted every time is broken, and gives -1 with EINTR. */
#define RETRY_EINTR(call)                                                      \
	({                                                                     \
		ssize_t retry_result;                                          \
		unsigned retry_count = 0;                                      \
		do {                                                           \
			retry_result = (call);                                 \
		} while (retry_result < 0 && errno == EINTR &&                 \
			 ++retry_count < RETRY_MAX);                           \
		retry_result;                                                  \
	})

#endif
