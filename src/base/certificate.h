/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate for names that one does not own, for development: signed by an
 * authority of its own, which may sign these names only and whose key is
 * forgotten. Any thread.
 */
#ifndef BASE_CERTIFICATE_H
#define BASE_CERTIFICATE_H

#include "base/err.h"
#include "base/str.h"

#define CERTIFICATE_NAMES_MAX 200
/* What clients take at most for a server's, 825, and a day for clocks. */
#define CERTIFICATE_DAYS 824

struct certificate {
	char *authority; /* PEM: its certificate */
	char *server;    /* PEM: the certificate */
	char *key;       /* PEM: its private key, EC P-256, without password */
};

/* Whether a certificate can have it: a DNS name, perhaps with "*." before it,
 * or a numeric address. */
bool certificate_name_valid(const char *name);

/* names ends with NULL, all are valid, 1 to CERTIFICATE_NAMES_MAX of them.
 * certificate_release() it. ERR_INTERNAL: OpenSSL cannot. */
int certificate_make(struct certificate *out, const char *const *names,
		     struct err *err) MUST_CHECK;
/* Wipes the key. */
void certificate_release(struct certificate *certificate);

#endif
