/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named transformations, `n-NAME` in a URL: the account's own ones, and those
 * that every account has, because the vendor's media library and its SDKs ask
 * for them. An account may give these names another value.
 */
#ifndef API_IMAGEKIT_DELIVERY_NAMED_H
#define API_IMAGEKIT_DELIVERY_NAMED_H

#include "base/arena.h"
#include "base/err.h"
#include "library/accounts/account.h"

/* What the name stands for, without "tr:"; STR_NONE: nothing. Lives as long as
 * the keyring that the account is of; any thread, touches no disk. */
struct str imagekit_named(const struct account *account, struct str name);
/* The same as imagekit_grammar() asks for it: an imagekit_resolve, whose user
 * is the account. */
struct str imagekit_named_resolve(const void *account, struct str name);

/* What an account may give a name, as it would stand in a URL: a leading "tr:"
 * is taken off. ERR_INVALID: it uses a name itself; ERR_UNSUPPORTED, ERR_LIMIT:
 * no URL with it would be answered. */
int imagekit_named_read(struct arena *arena, struct str text, struct str *value,
			struct err *err) MUST_CHECK;

#endif
