/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many bodies are being taken at once from senders who prove themselves
 * only at their end: so many in all, a quarter of that from one address. What
 * one of them can cost is bounded by the dialect's file size and the slowest
 * body rate.
 */
#ifndef API_UNPROVEN_H
#define API_UNPROVEN_H

#include "api/request.h"

struct unproven;

struct unproven *unproven_new(unsigned max);
/* NULL is fine. */
void unproven_free(struct unproven *unproven);

/* In begin: takes a place until the request ends. ERR_BUSY. */
int unproven_enter(struct request *rq, struct err *err) MUST_CHECK;

#endif
