/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks as JSON in base64, of "b64/TEXT": [{"name": "resize", "params":
 * {"width": 300}}]. SDKs differ in the case of the keys, so none is told apart.
 */
#ifndef API_FILESTACK_CDN_CHAIN_ENCODED_H
#define API_FILESTACK_CDN_CHAIN_ENCODED_H

#include "api/filestack/cdn/chain/builder.h"

/* raw: percent-encoded or not, of either alphabet. ERR_INVALID, ERR_LIMIT. */
int encoded_read(struct builder *builder, struct str raw) MUST_CHECK;

#endif
