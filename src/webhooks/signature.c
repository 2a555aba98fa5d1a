/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "base/encode.h"
#include "webhooks/post.h"

static void sign(struct arena *arena, const struct post_message *message,
		 struct str head, uint8_t mac[SHA256_BYTES])
{
	hmac_sha256(message->secret, arena_join(arena, head, message->body),
		    mac);
}

void post_sign(struct arena *arena, const struct post_message *message,
	       const char *fields[POST_SIGNATURE_FIELDS + 1])
{
	long long ms = message->now_ms, seconds = ms / 1000;
	uint8_t mac[SHA256_BYTES];
	sign(arena, message, arena_printf(arena, "%lld.", ms), mac);
	struct str hex = hex_encode(arena, mac, sizeof(mac));
	fields[0] = arena_printf(arena, "x-ik-signature: t=%lld,v1=%.*s", ms,
				 STR_ARG(hex))
			    .p;
	sign(arena, message,
	     arena_printf(arena, "%.*s.%lld.", STR_ARG(message->id), seconds),
	     mac);
	struct str base64 = base64_encode(arena, mac, sizeof(mac));
	fields[1] =
		arena_printf(arena, "webhook-id: %.*s", STR_ARG(message->id)).p;
	fields[2] = arena_printf(arena, "webhook-timestamp: %lld", seconds).p;
	fields[3] = arena_printf(arena, "webhook-signature: v1,%.*s",
				 STR_ARG(base64))
			    .p;
	fields[4] = NULL;
}
