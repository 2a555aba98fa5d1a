/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's events: what a webhook is told, and how it is signed.
 */
#ifndef API_IMAGEKIT_EVENTS_H
#define API_IMAGEKIT_EVENTS_H

#include "webhooks/wording.h"

/* {"type", "id", "created_at", "data"} */
extern const struct webhook_wording imagekit_events;

/*
 * Both kinds that the vendor's SDKs check:
 *   x-ik-signature: t=MS,v1=HEX     HMAC-SHA256 of "MS.body"
 *   webhook-id, webhook-timestamp (seconds), webhook-signature: v1,BASE64
 *                                   HMAC-SHA256 of "id.seconds.body"
 * The key is the secret as it is spelled, with its prefix.
 */
void imagekit_event_sign(struct arena *arena,
			 const struct webhook_telling *telling, struct str body,
			 const char *fields[POST_FIELDS_MAX]);

#endif
