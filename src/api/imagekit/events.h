/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event looks like to a webhook: {"type", "id", "created_at", "data"}.
 */
#ifndef API_IMAGEKIT_EVENTS_H
#define API_IMAGEKIT_EVENTS_H

#include "library/files/event.h"

/* JSON text in the arena. base_url: of the delivery URLs in it. */
struct str imagekit_event_body(struct arena *arena, struct str base_url,
			       const char *account, const struct event *event);

#endif
