/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that sign an event, as the vendor's SDKs check them. What the
 * event says is in events.c.
 */
#include "api/imagekit/events.h"
#include "base/digest.h"
#include "base/encode.h"

static void sign(struct arena *arena, struct str secret, struct str head,
		 struct str body, uint8_t mac[SHA256_BYTES])
{
	hmac_sha256(secret, arena_join(arena, head, body), mac);
}

void imagekit_event_sign(struct arena *arena,
			 const struct webhook_telling *telling, struct str body,
			 const char *fields[POST_FIELDS_MAX])
{
	long long ms = telling->now_ms, seconds = ms / 1000;
	char id[ID_HEX_LEN + 1];
	uint8_t mac[SHA256_BYTES];
	id_to_hex(&telling->event->id, id);
	sign(arena, telling->secret, arena_printf(arena, "%lld.", ms), body,
	     mac);
	struct str hex = hex_encode(arena, mac, sizeof(mac));
	fields[0] = arena_printf(arena, "x-ik-signature: t=%lld,v1=%.*s", ms,
				 STR_ARG(hex))
			    .p;
	sign(arena, telling->secret,
	     arena_printf(arena, "%s.%lld.", id, seconds), body, mac);
	struct str base64 = base64_encode(arena, mac, sizeof(mac));
	fields[1] = arena_printf(arena, "webhook-id: %s", id).p;
	fields[2] = arena_printf(arena, "webhook-timestamp: %lld", seconds).p;
	fields[3] = arena_printf(arena, "webhook-signature: v1,%.*s",
				 STR_ARG(base64))
			    .p;
}
