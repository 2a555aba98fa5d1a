/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chain can be about, by how it begins.
 */
#ifndef API_FILESTACK_CDN_CHAIN_SOURCE_H
#define API_FILESTACK_CDN_CHAIN_SOURCE_H

#include "base/arena.h"

/* "https://", "src:%2F%2F": also with one slash or three, which is what proxies
 * make of them. What begins with "www." is http. */
struct source_scheme {
	struct str word; /* STR_NONE: there is none */
	struct str rest; /* behind the slashes */
	bool is_encoded; /* the colon or a slash is: then so is the rest */
};

void source_scheme(struct str text, struct source_scheme *out);

/* Cuts a URL behind its scheme: the path, with its slash, and what follows. */
struct str source_authority(struct str rest, struct str *path);

/* A host of the vendor's own. */
bool source_is_vendors(struct str authority);

#endif
