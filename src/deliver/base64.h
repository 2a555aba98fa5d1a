/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A content as base64 text, made while it is sent: any part of it, in memory
 * that does not depend on its size.
 */
#ifndef DELIVER_BASE64_H
#define DELIVER_BASE64_H

#include "deliver/content.h"

/* Describes in *out, for one request, the base64 (RFC 4648 section 4, padded,
 * in one line) of `plain`, which has bytes or a descriptor, and must last as
 * long as the arena. */
void content_base64(struct content *out, const struct content *plain,
		    struct arena *arena);

#endif
