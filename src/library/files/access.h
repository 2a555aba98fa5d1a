/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may read what: the one verifier every route of every dialect asks.
 * What a credential proves is established by the dialects; what a file demands
 * is a column of the file.
 */
#ifndef LIBRARY_FILES_ACCESS_H
#define LIBRARY_FILES_ACCESS_H

#include <stdbool.h>

/* Ordered: a larger value is stricter. Stored in the database. */
enum access {
	ACCESS_PUBLIC = 0,  /* whoever has the URL */
	ACCESS_KEY = 1,     /* any key of the account, or a signature */
	ACCESS_PRIVATE = 2, /* secret key or signature */
};

/* What a request has proved about the file's own account. */
enum proof {
	PROOF_NONE,
	PROOF_PUBLIC_KEY,
	PROOF_SIGNATURE, /* a valid one that names this file and this use */
	PROOF_SECRET_KEY,
};

bool access_allows_read(enum access access, enum proof proof);
bool access_allows_delete(enum proof proof);

#endif
