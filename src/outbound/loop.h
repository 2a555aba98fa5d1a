/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How this server knows a request of its own when it comes back, by a name that
 * it does not know as its own, a redirect, a proxy, or another server: each
 * says in CDN-Loop (RFC 8586) who it is, a pseudonym that is new with each
 * start, behind those on whose behalf it is made. Any thread.
 */
#ifndef OUTBOUND_LOOP_H
#define OUTBOUND_LOOP_H

#include "base/str.h"

#define LOOP_TOLD_MAX 1024 /* bytes; what is longer is not passed on */
#define LOOP_LINE_MAX (LOOP_TOLD_MAX + 64)

/* Whether a field with that value comes of a request of this server's. */
bool loop_is_own(struct str value);

/* The line of a request's head, without its end. told: the field of the request
 * on whose behalf it is; STR_NONE: nobody's, or it had none. */
void loop_line(struct str told, char out[LOOP_LINE_MAX]);

#endif
