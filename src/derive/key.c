/* SPDX-License-Identifier: Apache-2.0 */
#include "derive/key.h"
#include "base/encode.h"
#include "base/version.h"

/* Numbers of a text that is hashed: fixed width, so that no two lists of parts
 * make the same text. */
static void add_number(GByteArray *text, uint64_t number)
{
	uint64_t big = GUINT64_TO_BE(number);
	g_byte_array_append(text, (const guint8 *)&big, sizeof(big));
}

static void add_text(GByteArray *text, struct str part)
{
	add_number(text, part.n);
	if (part.n)
		g_byte_array_append(text, (const guint8 *)part.p,
				    (guint)part.n);
}

void derive_source(const struct derive_content *content,
		   uint8_t out[DERIVE_SOURCE_BYTES])
{
	const uint64_t numbers[] = {
		GUINT64_TO_BE((uint64_t)content->store),
		GUINT64_TO_BE((uint64_t)content->blob_id),
	};
	G_STATIC_ASSERT(sizeof(numbers) == DERIVE_SOURCE_BYTES);
	memcpy(out, numbers, sizeof(numbers));
}

void derive_key(const struct derive_content *contents, size_t n,
		struct str plan, struct derive_key *out)
{
	uint8_t digest[SHA256_BYTES];
	GByteArray *text = g_byte_array_sized_new(512);
	g_assert(n > 0);
	add_text(text, STR(STOWAGE_VERSION));
	add_text(text, str_of(version_commit));
	add_number(text, n);
	for (size_t i = 0; i < n; i++) {
		add_number(text, (uint64_t)contents[i].store);
		add_number(text, (uint64_t)contents[i].blob_id);
		g_byte_array_append(text, contents[i].checksum, CHECKSUM_BYTES);
	}
	add_text(text, plan);
	sha256_of((struct str){(const char *)text->data, text->len}, digest);
	g_byte_array_free(text, TRUE);
	derive_source(&contents[0], out->source);
	memcpy(out->picture, digest, DERIVE_PICTURE_BYTES);
}

/* The picture's part is a digest already. */
guint derive_key_hash(const void *key)
{
	guint hash;
	memcpy(&hash, ((const struct derive_key *)key)->picture, sizeof(hash));
	return hash;
}

gboolean derive_key_equal(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct derive_key)) == 0;
}

guint derive_source_hash(const void *source)
{
	uint8_t sum[CHECKSUM_BYTES];
	guint hash;
	checksum_of(source, DERIVE_SOURCE_BYTES, sum);
	memcpy(&hash, sum, sizeof(hash));
	return hash;
}

gboolean derive_source_equal(const void *a, const void *b)
{
	return memcmp(a, b, DERIVE_SOURCE_BYTES) == 0;
}

static char *add_hex(char *to, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
	return to;
}

void derive_key_name(const struct derive_key *key,
		     char out[DERIVE_NAME_LEN + 1])
{
	char *to = add_hex(out, key->picture, 1);
	*to++ = '/';
	to = add_hex(to, key->source, sizeof(key->source));
	to = add_hex(to, key->picture, sizeof(key->picture));
	*to = '\0';
}

bool derive_key_parse(struct str digits, struct derive_key *out)
{
	if (digits.n != 2 * sizeof(*out))
		return false;
	return hex_decode(str_sub(digits, 0, 2 * sizeof(out->source)),
			  out->source, sizeof(out->source)) &&
	       hex_decode(str_skip(digits, 2 * sizeof(out->source)),
			  out->picture, sizeof(out->picture));
}
