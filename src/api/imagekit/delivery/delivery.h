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

/* signature.c: whether the request's query signs the path (raw, what follows
 * the account's name) with a valid secret key of rq->account, for now (ms). */
enum imagekit_signature {
	IMAGEKIT_UNSIGNED,
	IMAGEKIT_SIGNED,
	IMAGEKIT_MISSIGNED, /* altered, expired, or of no valid key */
};
enum imagekit_signature imagekit_url_signature(struct request *rq,
					       struct str path, int64_t now);

#endif
