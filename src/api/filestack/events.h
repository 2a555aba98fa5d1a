/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's events: what a webhook is told, and how it is signed.
 */
#ifndef API_FILESTACK_EVENTS_H
#define API_FILESTACK_EVENTS_H

#include "webhooks/wording.h"

/* {"id", "action", "timestamp", "text": {…}} */
extern const struct webhook_wording filestack_events;

/*
 * As validateWebhookSignature() of the vendor's SDKs checks it:
 *   FS-Timestamp: SECONDS    of the attempt
 *   FS-Signature: HEX        HMAC-SHA256 of "SECONDS.body"
 */
void filestack_event_sign(struct arena *arena,
			  const struct webhook_telling *telling,
			  struct str body, const char *fields[POST_FIELDS_MAX]);

#endif
