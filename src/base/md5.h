/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 (RFC 1321), of one stream or of several at once. Each of its steps waits
 * for the one before, so a processor makes four streams side by side in little
 * more time than one: three times as many bytes as OpenSSL's. And it is there
 * where OpenSSL's is not allowed (FIPS): here it only finds bytes that were
 * damaged on the way, and proves nothing. For all other hashes: digest.h.
 */
#ifndef BASE_MD5_H
#define BASE_MD5_H

#include "base/str.h"

#define MD5_BYTES 16
#define MD5_BLOCK 64 /* bytes */
#define MD5_LANES 4

struct md5 {
	uint32_t state[4];
	uint64_t size; /* bytes so far */
	uint8_t rest[MD5_BLOCK];
};

void md5_init(struct md5 *md5);
void md5_update(struct md5 *md5, struct str data);
void md5_final(struct md5 *md5, uint8_t out[MD5_BYTES]);

/* Some of several streams: whole blocks, of each as many. None of them has got
 * a part of a block before. */
struct md5_lane {
	struct md5 *md5;
	const uint8_t *data;
};
/* n: up to MD5_LANES. */
void md5_update_lanes(const struct md5_lane *lanes, size_t n, size_t blocks);

#endif
