/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether bytes that come in pieces have a secret in them, as servers answer
 * that show what they were sent. Not for one that hides it on purpose: it has
 * the secret anyway.
 */
#ifndef UPSTREAM_ECHO_H
#define UPSTREAM_ECHO_H

#include "base/str.h"

struct echo {
	struct str secret; /* the caller's */
	char *seam;        /* the end of what came, and what came behind it */
	size_t n;          /* bytes of the end: fewer than the secret has */
};

/* A secret of a few letters is in many a word, and none to look for. */
#define ECHO_SECRET_MIN 8

/* STR_NONE: there is no secret. The secret stays until echo_release(). */
void echo_init(struct echo *echo, struct str secret);
void echo_release(struct echo *echo);
/* True: the secret has ended in this piece. */
bool echo_has(struct echo *echo, struct str piece);

#endif
