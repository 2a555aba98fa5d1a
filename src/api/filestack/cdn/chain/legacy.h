/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversions of before there were chains: HANDLE/convert?w=300&fit=crop.
 */
#ifndef API_FILESTACK_CDN_CHAIN_LEGACY_H
#define API_FILESTACK_CDN_CHAIN_LEGACY_H

#include "api/filestack/cdn/chain/builder.h"

/* The tasks that a query asks for, in the order in which they were done:
 * resize, crop (first with crop_first), watermark, filter, and the output. What
 * it has else is passed over. stores: the result becomes a file. ERR_INVALID.
 */
int legacy_read(struct builder *builder, struct str query,
		bool stores) MUST_CHECK;

#endif
