/* SPDX-License-Identifier: Apache-2.0 */
#include "api/jigsawstack/ask.h"

/* A thread that makes calls: leave at once. */
static void asked(void *user)
{
	request_resume(user);
}

int jigsawstack_ask(struct request *rq, struct upstream *upstream,
		    struct upstream_ask *ask,
		    int (*next)(struct request *rq, struct err *err),
		    struct err *err)
{
	ask->owner = rq->account->id;
	ask->guest = request_guest(rq, rq->account->id);
	ask->left_us = &rq->x->left_us;
	ask->done = asked;
	ask->user = rq;
	rq->resume = next;
	return upstream_ask(upstream, ask, err) < 0 ? -1 : HANDLE_PENDING;
}
