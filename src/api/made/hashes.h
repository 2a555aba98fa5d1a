/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes of what is delivered, of whatever kind it is.
 */
#ifndef API_MADE_HASHES_H
#define API_MADE_HASHES_H

#include "api/request.h"
#include "library/files/hashes.h"

/*
 * Those of the entry's content; *out lives as long as the request. What is of
 * the library, and not small, is read for them once. 0; HANDLE_LATER;
 * HANDLE_PENDING: return it, and what is running now, the handler or
 * rq->resume, runs again from its start, on the loop; it must not touch rq any
 * more. -1: ERR_BUSY, ERR_INTERNAL. The reference stays the caller's in any
 * case, but *entry may be another: that of the file as it was when it was asked
 * for first, when it has been overwritten since. So a request waits once,
 * however often that happens.
 */
int request_find_hashes(struct request *rq, struct hot_entry **entry,
			const struct hashes **out, struct err *err) MUST_CHECK;

#endif
