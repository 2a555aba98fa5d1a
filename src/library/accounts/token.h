/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that may be used once: noted until they expire, so that a restart
 * does not make them good again.
 */
#ifndef LIBRARY_ACCOUNTS_TOKEN_H
#define LIBRARY_ACCOUNTS_TOKEN_H

#include "library/view.h"

#define TOKEN_TEXT_MAX 1024 /* bytes; longer ones are noted by their hash */

/* 1 it is used now and durably noted, 0 it was used before, -1. Of any number
 * of callers at once one gets 1. Blocks. */
int token_use(const struct view *view, struct str token, int64_t expires_ms,
	      struct err *err) MUST_CHECK;

/* Forgets those that have expired (sweeper); some hundred a transaction. */
int token_sweep(struct library *library, int64_t now_ms,
		struct err *err) MUST_CHECK;

#endif
