/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed delivery URLs. What is signed is the URL behind the endpoint as its
 * signer had it, followed by the expiry; clients and proxies then encode it in
 * their own ways. So several spellings of what arrived are tried:
 *
 *  a. as it arrived
 *  b. with a slash in front, from SDKs whose endpoint had none at its end
 *  c. with percent-encoded bytes beyond ASCII decoded
 *  d. c, with every other byte that encodeURI() changes encoded again
 *
 * What is not signed must not say anything. So there is one signature and one
 * expiry, each of them nothing but that: a second one, left out of what is
 * compared, could hold a transformation.
 */
#include "api/imagekit/delivery/delivery.h"
#include "api/mac.h"

#include <glib.h>

#define NEVER "9999999999"
/* Nothing stands between URL and expiry in what is signed: were other lengths
 * accepted, digits could be moved from one to the other. */
#define EXPIRY_DIGITS 10
#define SIGNED_MAX 8192 /* bytes of a URL that can be signed */

struct signed_url {
	struct arena *arena;
	struct str given;    /* ik-s, STR_NONE without */
	struct str expiry;   /* ik-t, STR_NONE without; then NEVER */
	bool is_ambiguous;   /* one of them is there twice */
	struct str texts[4]; /* what may have been signed */
	size_t n;
};

/* Whether the pair is the one that begins so, whose value it is then. */
static bool take(struct signed_url *url, struct str pair, struct str name,
		 struct str *value)
{
	if (!str_starts(pair, name))
		return false;
	url->is_ambiguous |= value->p != NULL;
	*value = str_skip(pair, name.n);
	return true;
}

/* The query without what the signature added. */
static struct str unsigned_query(struct arena *arena, struct str query,
				 struct signed_url *out)
{
	struct buf kept;
	buf_init(&kept, arena, query.n);
	while (query.p) {
		struct str pair = str_split(&query, '&');
		if (take(out, pair, STR("ik-s="), &out->given) ||
		    take(out, pair, STR("ik-t="), &out->expiry))
			continue;
		if (kept.n)
			buf_add_char(&kept, '&');
		buf_add(&kept, pair);
	}
	return buf_str(&kept);
}

/* The byte of an escape at s[i], -1 when there is none. */
static int escaped(struct str s, size_t i)
{
	if (s.p[i] != '%' || i + 2 >= s.n ||
	    g_ascii_xdigit_value(s.p[i + 1]) < 0 ||
	    g_ascii_xdigit_value(s.p[i + 2]) < 0)
		return -1;
	return g_ascii_xdigit_value(s.p[i + 1]) << 4 |
	       g_ascii_xdigit_value(s.p[i + 2]);
}

static struct str decode_beyond_ascii(struct arena *arena, struct str s)
{
	struct buf out;
	buf_init(&out, arena, s.n);
	for (size_t i = 0; i < s.n; i++) {
		int byte = escaped(s, i);
		if (byte >= 0x80) {
			buf_add_char(&out, (char)byte);
			i += 2;
		} else {
			buf_add_char(&out, s.p[i]);
		}
	}
	return buf_str(&out);
}

/* ECMAScript's encodeURI() of text that is valid UTF-8. */
static struct str encode_uri(struct arena *arena, struct str s)
{
	static const char digits[] = "0123456789ABCDEF";
	struct buf out;
	buf_init(&out, arena, 3 * s.n);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c &&
		    (g_ascii_isalnum(c) || strchr(";,/?:@&=+$-_.!~*'()#", c))) {
			buf_add_char(&out, (char)c);
			continue;
		}
		buf_add_char(&out, '%');
		buf_add_char(&out, digits[c >> 4]);
		buf_add_char(&out, digits[c & 15]);
	}
	return buf_str(&out);
}

static void add_text(struct signed_url *url, struct str signed_part)
{
	url->texts[url->n++] = arena_join(url->arena, signed_part, url->expiry);
}

/* False when it is longer than what can be signed. */
static bool add_texts(struct signed_url *url, struct str path, struct str query)
{
	struct arena *arena = url->arena;
	struct str raw = query.n ? arena_printf(arena, "%.*s?%.*s",
						STR_ARG(path), STR_ARG(query))
				 : path;
	if (raw.n > SIGNED_MAX)
		return false;
	struct str decoded = decode_beyond_ascii(arena, raw);
	struct str encoded = encode_uri(arena, decoded);
	add_text(url, raw);
	add_text(url, arena_join(arena, STR("/"), raw));
	if (!str_eq(decoded, raw))
		add_text(url, decoded);
	if (!str_eq(encoded, raw))
		add_text(url, encoded);
	return true;
}

/* A URL opens through the second that it names: clients sign with the one that
 * it is now. */
static bool is_over(uint64_t until_s, int64_t now)
{
	return now / 1000 > (int64_t)until_s;
}

enum imagekit_signature imagekit_url_signature(struct request *rq,
					       struct str path, int64_t now)
{
	struct arena *arena = request_arena(rq);
	struct str query = rq->x->head.query;
	struct signed_url url = {.arena = arena};
	uint64_t until;
	if (!str_contains(query, STR("ik-s=")))
		return IMAGEKIT_UNSIGNED;
	struct str rest = unsigned_query(arena, query, &url);
	if (url.given.p == NULL)
		return IMAGEKIT_UNSIGNED;
	if (url.expiry.p == NULL)
		url.expiry = STR(NEVER);
	if (url.is_ambiguous || url.expiry.n != EXPIRY_DIGITS ||
	    !str_to_u64(url.expiry, INT64_MAX / 1000, &until) ||
	    is_over(until, now) || !add_texts(&url, path, rest))
		return IMAGEKIT_MISSIGNED;
	const struct mac_claim claim = {MAC_SHA1_HEX, url.given, url.texts,
					url.n};
	return mac_proves(rq->keyring, rq->account->id, &claim)
		       ? IMAGEKIT_SIGNED
		       : IMAGEKIT_MISSIGNED;
}
