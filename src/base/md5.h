/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 (RFC 1321), of one stream or of several at once. Each of its steps waits
 * for the one before, so a processor makes four streams side by side in little
 * more time than one, and eight if it has registers for them. And it is there
 * where OpenSSL's is not allowed (FIPS): here it only finds bytes that were
 * damaged on the way, and proves nothing. For all other hashes: digest.h.
 */
#ifndef BASE_MD5_H
#define BASE_MD5_H

#include "base/str.h"

#define MD5_BYTES 16
#define MD5_BLOCK 64 /* bytes */
#define MD5_LANES 8

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

/* How that is done. All give the same. */
struct md5_way;
#define MD5_WAYS_MAX 3
/* Those that this processor has, the fastest first: how many. */
unsigned md5_ways(const struct md5_way *out[MD5_WAYS_MAX]);
/* In that way, for who compares them. */
void md5_update_lanes_by(const struct md5_way *way,
			 const struct md5_lane *lanes, size_t n, size_t blocks);

#endif
