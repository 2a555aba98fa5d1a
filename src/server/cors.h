/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of other origins (Fetch standard, "CORS protocol"): what they may send
 * and read. Who may call at all is no matter of these fields: keys are.
 */
#ifndef SERVER_CORS_H
#define SERVER_CORS_H

#include "api/request.h"

/* The fields of every answer of a dialect: any page may read it. */
void cors_answer(struct request *rq);
/* The fields of the answer to an OPTIONS besides. The dialect's headers are
 * allowed, and what the browser asks for, if that is a list of names of a
 * sensible length: libraries and tracers add their own to every request. */
void cors_preflight(struct request *rq);

#endif
