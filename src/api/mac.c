/* SPDX-License-Identifier: Apache-2.0 */
#include "api/mac.h"
#include "base/digest.h"
#include "base/encode.h"
#include "library/accounts/account.h"

#include <glib.h>

struct form {
	void (*mac)(struct str key, struct str data, uint8_t *out);
	size_t bytes;
	bool hex;
};

static const struct form forms[] = {
	[MAC_SHA1_HEX] = {hmac_sha1, SHA1_BYTES, true},
	[MAC_SHA256_HEX] = {hmac_sha256, SHA256_BYTES, true},
	[MAC_SHA256_RAW] = {hmac_sha256, SHA256_BYTES, false},
};

struct search {
	const struct mac_claim *claim;
	const struct form *form;
	uint8_t given[SHA256_BYTES];
};

/* One spelling only: no changed byte leaves a signature what it was. */
static bool read_given(struct search *search)
{
	struct str given = search->claim->given;
	size_t bytes = search->form->bytes;
	if (!search->form->hex) {
		if (given.n != bytes)
			return false;
		memcpy(search->given, given.p, bytes);
		return true;
	}
	for (size_t i = 0; i < given.n; i++)
		if (g_ascii_isupper(given.p[i]))
			return false;
	return hex_decode(given, search->given, bytes);
}

static bool signed_by(void *user, struct str secret)
{
	const struct search *search = user;
	const struct form *form = search->form;
	struct str given = {(const char *)search->given, form->bytes};
	bool match = false;
	for (size_t i = 0; i < search->claim->n; i++) {
		uint8_t mac[SHA256_BYTES];
		form->mac(secret, search->claim->texts[i], mac);
		match |= secret_eq((struct str){(const char *)mac, form->bytes},
				   given);
	}
	return match;
}

bool mac_proves(const struct keyring *keyring, int64_t account_id,
		const struct mac_claim *claim)
{
	struct search search = {.claim = claim, .form = &forms[claim->form]};
	return read_given(&search) &&
	       keyring_any_secret(keyring, account_id, signed_by, &search);
}
