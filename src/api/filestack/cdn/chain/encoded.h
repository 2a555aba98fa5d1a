/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks as JSON: [{"name": "resize", "params": {"width": 300}}], in URLs in
 * base64, as "b64/TEXT". SDKs differ in the case of the keys, so none is told
 * apart.
 */
#ifndef API_FILESTACK_CDN_CHAIN_ENCODED_H
#define API_FILESTACK_CDN_CHAIN_ENCODED_H

#include "api/filestack/cdn/chain/builder.h"
#include "json/json.h"

/* raw: percent-encoded or not, of either alphabet. ERR_INVALID, ERR_LIMIT. */
int encoded_read(struct builder *builder, struct str raw) MUST_CHECK;
/* The array itself; NULL, or JSON's null: no tasks. Likewise. */
int encoded_add(struct builder *builder, json_t *tasks) MUST_CHECK;

#endif
