/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many bodies are being taken at once from senders who prove themselves
 * only at their end: so many in all, a quarter of that from one network
 * (http_network()). Each must come with a rate of its own over all its time.
 *
 * Who finds no place takes one of the network that has most of them, the new
 * one counted: that of the slowest there, if it is slower than
 * UNPROVEN_SAFE_RATE. Of networks that have as many, the slowest of all. So
 * places cannot be held by trickling, and who takes many takes them from
 * itself. docs/decisions/0014 says why.
 */
#ifndef API_UPLOADS_UNPROVEN_H
#define API_UPLOADS_UNPROVEN_H

#include "api/request.h"

#define UNPROVEN_SAFE_RATE (64u * 1024) /* bytes/s since the body began */

struct unproven;

/* least_rate: bytes/s, as http_exchange's. */
struct unproven *unproven_new(unsigned max, unsigned least_rate);
/* NULL is fine. */
void unproven_free(struct unproven *unproven);

/* In begin: takes a place until the request ends, or until another needs it
 * more. ERR_BUSY: those it may take one from are quick. */
int unproven_enter(struct request *rq, struct err *err) MUST_CHECK;

#endif
