/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliveries: GET /{account}/{path}, and the signatures of their URLs.
 */
#ifndef API_IMAGEKIT_DELIVERY_DELIVERY_H
#define API_IMAGEKIT_DELIVERY_DELIVERY_H

#include "api/imagekit/imagekit.h"

/* delivery.c */
int imagekit_delivery_begin(struct request *rq, struct err *err);
int imagekit_deliver(struct request *rq, struct err *err);

/* signature.c: whether the query signs the path (both raw, the path behind the
 * account's name) with a valid secret key of the account, for now (ms). */
enum imagekit_signature {
	IMAGEKIT_UNSIGNED,
	IMAGEKIT_SIGNED,
	IMAGEKIT_MISSIGNED, /* altered, expired, or of no valid key */
};
enum imagekit_signature imagekit_url_signature(struct arena *arena,
					       const struct keyring *keyring,
					       int64_t account_id,
					       struct str path,
					       struct str query, int64_t now);

#endif
