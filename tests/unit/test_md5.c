/* SPDX-License-Identifier: Apache-2.0 */
/* MD5, beside the RFC's examples and GLib's own. */
#include "base/arena.h"
#include "base/encode.h"
#include "base/md5.h"
#include "unit.h"

#include <glib.h>

#define LONGEST 300u

static uint8_t noise[MD5_LANES][LONGEST + 8 * MD5_BLOCK];

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
		{"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
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

/* Each has had something else before, and gets something else behind. */
static void streams_beside_each_other_do_not_mix(void **state)
{
	(void)state;
	for (size_t n = 0; n <= MD5_LANES; n++)
		for (size_t blocks = 0; blocks < 5; blocks++) {
			struct md5 md5[MD5_LANES];
			struct md5_lane lanes[MD5_LANES];
			for (size_t i = 0; i < n; i++) {
				size_t before = i * MD5_BLOCK;
				md5_init(&md5[i]);
				md5_update(
					&md5[i],
					(struct str){(char *)noise[i], before});
				lanes[i] = (struct md5_lane){&md5[i],
							     noise[i] + before};
			}
			md5_update_lanes(lanes, n, blocks);
			for (size_t i = 0; i < n; i++) {
				size_t size = (i + blocks) * MD5_BLOCK;
				md5_update(&md5[i],
					   (struct str){(char *)noise[i] + size,
							i * 31});
				assert_md5(&md5[i], noise[i], size + i * 31);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfc),
		cmocka_unit_test(any_length_in_any_pieces),
		cmocka_unit_test(streams_beside_each_other_do_not_mix),
	};
	for (size_t i = 0; i < sizeof(noise); i++)
		((uint8_t *)noise)[i] = (uint8_t)(g_random_int() >> 24);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
