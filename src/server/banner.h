/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For people at a terminal (--banner): address, keys and one curl line for
 * each API, on stderr. The only place that shows keys.
 */
#ifndef SERVER_BANNER_H
#define SERVER_BANNER_H

#include "library/accounts/account.h"

/* base: "http(s)://HOST:PORT" or the public URL. */
void banner_print(const char *base, const struct account *account);

#endif
