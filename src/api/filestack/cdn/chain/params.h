/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment that is a task.
 */
#ifndef API_FILESTACK_CDN_CHAIN_PARAMS_H
#define API_FILESTACK_CDN_CHAIN_PARAMS_H

#include "api/filestack/cdn/chain/builder.h"

/* ERR_INVALID, ERR_LIMIT. */
int params_read(struct builder *builder, struct str raw) MUST_CHECK;

/* Whether what follows a segment after a slash that should have been encoded
 * may be the rest of its last value: of a path, "watermark=file:folder/a.png",
 * or of a policy in base64's usual alphabet.
 * was_open: that of the segment before, whose value this one continues. */
bool params_leave_open(struct str raw, bool was_open);

#endif
