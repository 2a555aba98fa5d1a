/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the operator's services that a request waits for.
 */
#ifndef API_JIGSAWSTACK_ASK_H
#define API_JIGSAWSTACK_ASK_H

#include "api/request.h"
#include "upstream/upstream.h"

/* Makes the call that ask->call says, which stays with all it points to until
 * `next` runs, on the loop: by then there is ask->result. HANDLE_PENDING, or
 * -1: ERR_BUSY; then `next` does not run. */
int jigsawstack_ask(struct request *rq, struct upstream *upstream,
		    struct upstream_ask *ask,
		    int (*next)(struct request *rq, struct err *err),
		    struct err *err) MUST_CHECK;

#endif
