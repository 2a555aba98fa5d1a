/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for answers that are long and take little to ask for. They stay until
 * the client has them, and it may be slow; so all that are on their way have an
 * end, and no account has all of that.
 */
#ifndef API_ROOM_H
#define API_ROOM_H

#include "api/request.h"

#define ROOM_UNIT (64u * 1024) /* bytes; an answer takes whole ones */

struct room;

struct room *room_new(uint64_t bytes);
/* No request has any. NULL is fine. */
void room_free(struct room *room);

/* So many bytes until the request ends, for that account; any thread. ERR_BUSY.
 */
int request_take_room(struct request *rq, int64_t owner, uint64_t bytes,
		      struct err *err) MUST_CHECK;

#endif
