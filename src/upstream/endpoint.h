/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service of the operator's that this server calls: where it is, what opens
 * it, and which addresses its name may stand for. Any thread, but for new and
 * free.
 */
#ifndef UPSTREAM_ENDPOINT_H
#define UPSTREAM_ENDPOINT_H

#include "base/err.h"
#include "base/str.h"

struct endpoint;
struct guard;

#define ENDPOINT_KEY_MAX 4096 /* bytes */

/* Borrowed while it is made. */
struct endpoint_options {
	const char *name; /* of the setting of its URL, for the log; static */
	const char *key_name; /* likewise of its key's; NULL: it has none */
	const char *url; /* http(s), of its root, slashes at the end or not */
	/* Holds the key that it wants, and nothing else but a line's end; "" or
	 * NULL: it wants none. */
	const char *key_file;
	const char *key_field; /* the header, up to the key: "x-api-key: ";
				  static */
	/* CIDRs: where else than to public addresses its name may lead. A
	 * numeric address is the operator's choice, whichever it is, and
	 * localhost is this machine. NULL: a name may lead anywhere. */
	const char *allow;
	unsigned timeout_ms; /* for one call, all of it */
};

/* ERR_INVALID: no URL of that kind, or the file has no key. */
int endpoint_new(struct endpoint **out, const struct endpoint_options *options,
		 struct err *err) MUST_CHECK;
/* NULL is fine. */
void endpoint_free(struct endpoint *endpoint);
/* Reads the key again. When that fails it stays as it was. */
int endpoint_reload(struct endpoint *endpoint, struct err *err) MUST_CHECK;

/* Without slashes at the end. */
struct str endpoint_url(const struct endpoint *endpoint);
const char *endpoint_name(const struct endpoint *endpoint);
unsigned endpoint_timeout_ms(const struct endpoint *endpoint);
/* NULL: any address. */
const struct guard *endpoint_guard(const struct endpoint *endpoint);
/* The header with the key as a line, and the key in it; NULL: none.
 * secret_wipe() and g_free() it. */
char *endpoint_key_line(struct endpoint *endpoint, struct str *key);

#endif
