/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checksums (XXH3-128, for content) and cryptographic hashes (OpenSSL; MD5 is
 * md5.h's). The only home of xxHash and libcrypto digests.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/md5.h"

#define CHECKSUM_BYTES 16
#define SHA256_BYTES 32
#define SHA1_BYTES 20

/* Streaming XXH3-128 in canonical (big-endian) byte order. Heap-allocated
 * because the state must be 64-byte aligned. */
struct checksum;
struct checksum *checksum_new(void);
void checksum_update(struct checksum *sum, const void *p, size_t n);
void checksum_final(const struct checksum *sum, uint8_t out[CHECKSUM_BYTES]);
void checksum_free(struct checksum *sum);
/* The same of one buffer. */
void checksum_of(const void *p, size_t n, uint8_t out[CHECKSUM_BYTES]);
/* For tables in memory: another one for each seed. */
void checksum_seeded(struct str data, uint64_t seed,
		     uint8_t out[CHECKSUM_BYTES]);

/* The same, cheaper, for those that compare the whole text afterwards. */
uint64_t text_hash(struct str text, uint64_t seed);

void sha256_of(struct str data, uint8_t out[SHA256_BYTES]);

/* Hashes that clients know contents by. */
enum digest_kind {
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_COUNT
};

#define DIGEST_BYTES_MAX 64

size_t digest_bytes(enum digest_kind kind);

/* One of them, a piece at a time; digest_end() writes digest_bytes(), and
 * frees. */
struct digest;
struct digest *digest_begin(enum digest_kind kind);
void digest_update(struct digest *digest, struct str data);
void digest_end(struct digest *digest, uint8_t *out);

void hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_BYTES]);
void hmac_sha1(struct str key, struct str data, uint8_t out[SHA1_BYTES]);

/* Equal in time that depends on the lengths only. */
bool secret_eq(struct str a, struct str b);
/* Overwrites memory that held a secret. */
void secret_wipe(void *p, size_t n);
/* The same of a text of g_malloc(), and frees it. NULL is fine. */
void secret_free(char *text);

/* The version of the OpenSSL that runs: "3.0.19". Static. */
const char *digest_library_version(void);

#endif
