/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named transformations, `n-NAME` in a URL: the account's own ones, and those
 * that every account has, because the vendor's media library and its SDKs ask
 * for them. An account may give these names another value.
 */
#ifndef API_IMAGEKIT_DELIVERY_NAMED_H
#define API_IMAGEKIT_DELIVERY_NAMED_H

#include "base/err.h"
#include "base/str.h"
#include "library/accounts/account.h"

/* What the name stands for, without "tr:"; STR_NONE: nothing. Lives as long as
 * the keyring that the account is of; any thread, touches no disk. */
struct str imagekit_named(const struct account *account, struct str name);

/* What an account may give a name, from how people write it: a leading "tr:" is
 * taken off. ERR_INVALID: it uses a name itself. */
int imagekit_named_read(struct str text, struct str *value,
			struct err *err) MUST_CHECK;

#endif
