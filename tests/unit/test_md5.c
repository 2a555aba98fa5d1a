/* SPDX-License-Identifier: Apache-2.0 */
/* MD5, beside the RFC's examples and GLib's own, in each way that it is done.
 */
#include "base/arena.h"
#include "base/encode.h"
#include "base/md5.h"
#include "unit.h"

#include <glib.h>

#define LONGEST 300u

static uint8_t noise[MD5_LANES][LONGEST + 16 * MD5_BLOCK];

static void assert_md5(struct md5 *md5, const uint8_t *data, size_t n)
{
	uint8_t out[MD5_BYTES], expected[MD5_BYTES];
	gsize size = sizeof(expected);
	GChecksum *other = g_checksum_new(G_CHECKSUM_MD5);
	g_checksum_update(other, data, (gssize)n);
	g_checksum_get_digest(other, expected, &size);
	g_checksum_free(other);
	md5_final(md5, out);
	assert_memory_equal(out, expected, MD5_BYTES);
}

static void examples_of_the_rfc(void **state)
{
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{"", "d41d8cd98f00b204e9800998ecf8427e"},
		{"a", "0cc175b9c0f1b6a831c399e269772661"},
		{"abc", "900150983cd24fb0d6963f7d28e17f72"},
		{"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
		{"abcdefghijklmnopqrstuvwxyz",
		 "c3fcd3d76192e4007dfb496cca67e13b"},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012345678"
		 "9",
		 "d174ab98d277d9f5a5611c2c9f419d9f"},
		{"1234567890123456789012345678901234567890123456789012345678901"
		 "2345678901234567890",
		 "57edf4a22be3c955ac49da2e2107b67a"},
	};
	struct arena arena;
	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct md5 md5;
		uint8_t out[MD5_BYTES];
		md5_init(&md5);
		md5_update(&md5, str_of(rows[i].text));
		md5_final(&md5, out);
		assert_str(hex_encode(&arena, out, sizeof(out)),
			   str_of(rows[i].hex));
	}
	arena_release(&arena);
}

static void any_length_in_any_pieces(void **state)
{
	static const size_t pieces[] = {1, 3, 55, 63, 64, 65, 129, LONGEST};
	(void)state;
	for (size_t n = 0; n <= LONGEST; n++)
		for (size_t i = 0; i < COUNT(pieces); i++) {
			struct md5 md5;
			md5_init(&md5);
			for (size_t at = 0; at < n; at += pieces[i])
				md5_update(
					&md5,
					(struct str){(char *)noise[0] + at,
						     MIN(pieces[i], n - at)});
			assert_md5(&md5, noise[0], n);
		}
}

/* As many blocks of each as all have, and then the rest of each. */
static void assert_side_by_side(const struct md5_way *way, const size_t sizes[],
				size_t n)
{
	struct md5 md5[MD5_LANES];
	struct md5_lane lanes[MD5_LANES] = {0};
	size_t blocks = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		md5_init(&md5[i]);
		lanes[i] = (struct md5_lane){&md5[i], noise[i]};
		blocks = MIN(blocks, sizes[i] / MD5_BLOCK);
	}
	md5_update_lanes_by(way, lanes, n, n ? blocks : 0);
	for (size_t i = 0; i < n; i++) {
		const char *bytes = (const char *)noise[i];
		size_t at = blocks * MD5_BLOCK;
		md5_update(&md5[i], (struct str){bytes + at, sizes[i] - at});
		assert_md5(&md5[i], noise[i], sizes[i]);
	}
}

static void any_lengths_side_by_side_in_any_way(void **state)
{
	const struct md5_way *ways[MD5_WAYS_MAX];
	unsigned n_ways = md5_ways(ways);
	(void)state;
	for (unsigned way = 0; way < n_ways; way++)
		for (size_t n = 0; n <= MD5_LANES; n++)
			for (size_t size = 0; size <= 260; size++) {
				size_t sizes[MD5_LANES], other[MD5_LANES];
				for (size_t i = 0; i < n; i++) {
					sizes[i] = size;
					other[i] = size + i * 5;
				}
				assert_side_by_side(ways[way], sizes, n);
				assert_side_by_side(ways[way], other, n);
			}
}

/* Each has had something else before, and gets something else behind. */
static void assert_apart(const struct md5_way *way, size_t n, size_t blocks)
{
	struct md5 md5[MD5_LANES];
	struct md5_lane lanes[MD5_LANES] = {0};
	for (size_t i = 0; i < n; i++) {
		size_t before = i * MD5_BLOCK;
		md5_init(&md5[i]);
		md5_update(&md5[i], (struct str){(char *)noise[i], before});
		lanes[i] = (struct md5_lane){&md5[i], noise[i] + before};
	}
	md5_update_lanes_by(way, lanes, n, blocks);
	for (size_t i = 0; i < n; i++) {
		size_t size = (i + blocks) * MD5_BLOCK;
		md5_update(&md5[i],
			   (struct str){(char *)noise[i] + size, i * 31});
		assert_md5(&md5[i], noise[i], size + i * 31);
	}
}

static void streams_beside_each_other_do_not_mix(void **state)
{
	const struct md5_way *ways[MD5_WAYS_MAX];
	unsigned n_ways = md5_ways(ways);
	(void)state;
	for (unsigned way = 0; way < n_ways; way++)
		for (size_t n = 0; n <= MD5_LANES; n++)
			for (size_t blocks = 0; blocks < 5; blocks++)
				assert_apart(ways[way], n, blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfc),
		cmocka_unit_test(any_length_in_any_pieces),
		cmocka_unit_test(any_lengths_side_by_side_in_any_way),
		cmocka_unit_test(streams_beside_each_other_do_not_mix),
	};
	for (size_t i = 0; i < sizeof(noise); i++)
		((uint8_t *)noise)[i] = (uint8_t)(g_random_int() >> 24);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
