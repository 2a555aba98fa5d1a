/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery URLs in answers, and the text that names an old version in them.
 */
#include "api/imagekit/imagekit.h"
#include "base/digest.h"
#include "base/encode.h"

#define CHECK_BYTES 4

struct imagekit_place imagekit_place(struct request *rq)
{
	return (struct imagekit_place){
		.arena = request_arena(rq),
		.base = request_base_url(rq, "ik.imagekit.io"),
		.account = rq->account,
	};
}

struct str imagekit_url(const struct imagekit_place *place,
			const struct file *file, const char *transformation,
			struct str query)
{
	struct str path = percent_encode(place->arena, file->path, true);
	return arena_printf(place->arena, "%.*s/%s%s/%.*s%s%.*s",
			    STR_ARG(place->base), place->account->name,
			    transformation, STR_ARG(path), query.n ? "?" : "",
			    STR_ARG(query));
}

/* The first bytes of a hash over the hex: a mistyped one names nothing. */
static struct str check_of(struct arena *arena, struct str hex)
{
	uint8_t hash[SHA256_BYTES];
	sha256_of(hex, hash);
	return hex_encode(arena, hash, CHECK_BYTES);
}

struct str imagekit_object_version(struct arena *arena, const struct id *id)
{
	char hex[ID_HEX_LEN + 1];
	id_to_hex(id, hex);
	struct str text = arena_str(arena, str_of(hex));
	return arena_join(arena, text, check_of(arena, text));
}

bool imagekit_object_version_parse(struct arena *arena, struct str text,
				   struct id *out)
{
	if (text.n != ID_HEX_LEN + (size_t)2 * CHECK_BYTES)
		return false;
	struct str hex = str_sub(text, 0, ID_HEX_LEN);
	return id_from_hex(hex, out) &&
	       str_eq(str_skip(text, ID_HEX_LEN), check_of(arena, hex));
}
