/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was signed with a secret key of an account (HMAC, RFC 2104): the one
 * check for all that do, our own links and the vendors' signatures.
 */
#ifndef API_MAC_H
#define API_MAC_H

#include "base/str.h"

struct keyring;

enum mac_form {
	MAC_SHA1_HEX, /* lower case */
	MAC_SHA256_HEX,
	MAC_SHA256_RAW,
};

/* A signature as it came, and the texts that it may be of. */
struct mac_claim {
	enum mac_form form;
	struct str given;
	const struct str *texts;
	size_t n;
};

/* Whether a valid secret key of the account has signed one of the texts. In
 * time that does not depend on how much of the signature is right. */
bool mac_proves(const struct keyring *keyring, int64_t account_id,
		const struct mac_claim *claim);

#endif
