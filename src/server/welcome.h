/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a browser gets that opens the server's address: a page that says what
 * this is and that it runs. It is the same for everybody, and tells neither
 * keys nor accounts nor the version.
 */
#ifndef SERVER_WELCOME_H
#define SERVER_WELCOME_H

#include "api/request.h"

/* Whether it is a browser that asks for "/" itself, under no vendor's host
 * name: GET or HEAD, and Accept names text/html, which API clients do not. */
bool welcome_is_for(const struct request *rq);
void welcome_answer(struct request *rq);

#endif
