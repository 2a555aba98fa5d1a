/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_STATIC_LINKING_ONLY /* the state's size, to allocate it */
#include "base/digest.h"

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <xxhash.h>
/* In place of those that any processor has: what this one can. Installed where
 * the library has it. */
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

struct checksum {
	XXH3_state_t state;
};

static void write_canonical(XXH128_hash_t hash, uint8_t out[CHECKSUM_BYTES])
{
	XXH128_canonical_t canonical;
	XXH128_canonicalFromHash(&canonical, hash);
	memcpy(out, canonical.digest, CHECKSUM_BYTES);
}

struct checksum *checksum_new(void)
{
	struct checksum *sum = g_aligned_alloc0(1, sizeof(*sum), 64);
	XXH3_128bits_reset(&sum->state);
	return sum;
}

void checksum_update(struct checksum *sum, const void *p, size_t n)
{
	XXH3_128bits_update(&sum->state, p, n);
}

void checksum_final(const struct checksum *sum, uint8_t out[CHECKSUM_BYTES])
{
	write_canonical(XXH3_128bits_digest(&sum->state), out);
}

void checksum_free(struct checksum *sum)
{
	g_aligned_free(sum);
}

void checksum_of(const void *p, size_t n, uint8_t out[CHECKSUM_BYTES])
{
	write_canonical(XXH3_128bits(p, n), out);
}

void checksum_seeded(struct str data, uint64_t seed,
		     uint8_t out[CHECKSUM_BYTES])
{
	write_canonical(XXH3_128bits_withSeed(data.p, data.n, seed), out);
}

uint64_t text_hash(struct str text, uint64_t seed)
{
	return XXH3_64bits_withSeed(text.p, text.n, seed);
}

static const struct {
	const char *name; /* OpenSSL's; NULL: it is not asked */
	size_t bytes;
} digests[DIGEST_COUNT] = {
	[DIGEST_MD5] = {NULL, MD5_BYTES}, [DIGEST_SHA1] = {"SHA1", 20},
	[DIGEST_SHA224] = {"SHA224", 28}, [DIGEST_SHA256] = {"SHA256", 32},
	[DIGEST_SHA384] = {"SHA384", 48}, [DIGEST_SHA512] = {"SHA512", 64},
};

size_t digest_bytes(enum digest_kind kind)
{
	return digests[kind].bytes;
}

/* Looked up once: by EVP_sha256() and its like OpenSSL looks each time it is
 * used. */
static const EVP_MD *kind_of(enum digest_kind kind)
{
	static EVP_MD *kinds[DIGEST_COUNT];
	static gsize known;
	if (g_once_init_enter(&known)) {
		for (size_t i = 0; i < DIGEST_COUNT; i++)
			kinds[i] = digests[i].name
					   ? EVP_MD_fetch(NULL, digests[i].name,
							  NULL)
					   : NULL;
		g_once_init_leave(&known, 1);
	}
	return kinds[kind];
}

/* These fail only when OpenSSL has no memory or no default provider. */
static void digest_of(const EVP_MD *kind, struct str data, uint8_t *out)
{
	int ok = EVP_Digest(data.p, data.n, out, NULL, kind, NULL);
	g_assert(ok == 1);
}

static void hmac_of(const EVP_MD *kind, struct str key, struct str data,
		    uint8_t *out)
{
	g_assert(key.n <= INT32_MAX);
	const uint8_t *bytes = (const uint8_t *)(data.p ? data.p : "");
	const void *ok = HMAC(kind, key.p ? key.p : "", (int)key.n, bytes,
			      data.n, out, NULL);
	g_assert(ok != NULL);
}

void sha256_of(struct str data, uint8_t out[SHA256_BYTES])
{
	digest_of(kind_of(DIGEST_SHA256), data, out);
}

struct digest {
	EVP_MD_CTX *context; /* NULL: it is MD5 */
	struct md5 md5;
};

struct digest *digest_begin(enum digest_kind kind)
{
	struct digest *digest = g_new0(struct digest, 1);
	if (kind == DIGEST_MD5) {
		md5_init(&digest->md5);
		return digest;
	}
	digest->context = EVP_MD_CTX_new();
	int ok = digest->context &&
		 EVP_DigestInit_ex2(digest->context, kind_of(kind), NULL) == 1;
	g_assert(ok);
	return digest;
}

void digest_update(struct digest *digest, struct str data)
{
	if (digest->context == NULL) {
		md5_update(&digest->md5, data);
		return;
	}
	int ok = EVP_DigestUpdate(digest->context, data.p, data.n);
	g_assert(ok == 1);
}

void digest_end(struct digest *digest, uint8_t *out)
{
	if (digest->context) {
		int ok = EVP_DigestFinal_ex(digest->context, out, NULL);
		g_assert(ok == 1);
		EVP_MD_CTX_free(digest->context);
	} else {
		md5_final(&digest->md5, out);
	}
	g_free(digest);
}

void hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_BYTES])
{
	hmac_of(EVP_sha256(), key, data, out);
}

void hmac_sha1(struct str key, struct str data, uint8_t out[SHA1_BYTES])
{
	hmac_of(EVP_sha1(), key, data, out);
}

bool secret_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void secret_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

void secret_free(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	g_free(text);
}

const char *digest_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
