/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ground floor: strings, arenas, builders, errors, ids, digests, metrics.
 * Encodings are in test_encode.c, the log in test_log.c.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/encode.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/metrics.h"
#include "arena_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* str */

static void split_takes_pieces_until_nothing_is_left(void **state)
{
	(void)state;
	static const struct {
		const char *whole, *first, *rest;
	} rows[] = {
		{"a,b", "a", "b"},   {"a", "a", NULL},      {"", "", NULL},
		{",b", "", "b"},     {"a,", "a", ""},       {NULL, NULL, NULL},
		{"a,,b", "a", ",b"}, {"a,b,c", "a", "b,c"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str rest = str_of(rows[i].whole);
		assert_str(str_split(&rest, ','), str_of(rows[i].first));
		assert_str(rest, str_of(rows[i].rest));
	}
}

static void numbers_are_digits_within_their_limit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t max;
		bool ok;
		uint64_t value;
	} rows[] = {
		{"0", 9, true, 0},
		{"007", 9, true, 7},
		{"9", 9, true, 9},
		{"10", 9, false, 0},
		{"", 9, false, 0},
		{"-1", 9, false, 0},
		{"+1", 9, false, 0},
		{" 1", 9, false, 0},
		{"1a", 9, false, 0},
		{"9", 5, false, 0},
		{"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, false, 0},
		{"99999999999999999999", UINT64_MAX, false, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 0;
		bool ok = str_to_u64(str_of(rows[i].text), rows[i].max, &value);
		assert_int_equal(ok, rows[i].ok);
		if (ok)
			assert_int_equal(value, rows[i].value);
	}
}

static void cutting_leaves_whole_characters(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t max, n;
	} rows[] = {
		{"abc", 3, 3},
		{"abc", 2, 2},
		{"abc", 0, 0},
		{"", 5, 0},
		{"a\xc3\xa9", 2, 1},
		{"a\xc3\xa9", 3, 3},
		{"\xf0\x9f\x98\x80x", 4, 4},
		{"\xf0\x9f\x98\x80x", 3, 0},
		{"x\xf0\x9f\x98\x80", 3, 1},
		{"\x80\x80\x80", 2, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(str_cut(str_of(rows[i].text), rows[i].max).n,
				 rows[i].n);
	assert_null(str_cut(STR_NONE, 0).p);
}

static void trimming_leaves_the_middle(void **state)
{
	(void)state;
	assert_str(str_trim(STR(" \t a b\t ")), STR("a b"));
	assert_str(str_trim(STR(" \t ")), STR(""));
	assert_str(str_trim(STR_NONE), STR_NONE);
	assert_str(str_trim_char(STR("//a/b/"), '/'), STR("a/b"));
}

static void comparing_and_finding_accept_empty_and_absent(void **state)
{
	(void)state;
	assert_true(str_eq(STR_NONE, STR("")));
	assert_true(str_eq_nocase(STR("Content-Type"), STR("content-type")));
	assert_false(str_eq_nocase(STR("a"), STR("ab")));
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")));
	assert_false(str_ends(STR("c"), STR("bc")));
	assert_int_equal(str_find(STR("abca"), 'a'), 0);
	assert_int_equal(str_rfind(STR("abca"), 'a'), 3);
	assert_int_equal(str_find(STR_NONE, 'a'), -1);
	assert_true(str_contains(STR("abc"), STR("")));
	assert_true(str_contains(STR("abc"), STR("bc")));
	assert_false(str_contains(STR(""), STR("b")));
}

static void text_with_nul_or_broken_utf8_is_not_utf8(void **state)
{
	(void)state;
	assert_true(str_is_utf8(STR("")));
	assert_true(str_is_utf8(STR("gr\xc3\xbc\xc3\x9f")));
	assert_false(str_is_utf8(STR("a\0b")));
	assert_false(str_is_utf8(STR("a long one with\0nothing")));
	assert_true(str_is_utf8(STR("sieben \xc3\xbc and more bytes")));
	assert_true(str_is_utf8(STR("sechzehn bytes..")));
	assert_false(str_is_utf8(STR("sixteen bytes..\xc3")));
	assert_false(str_is_utf8(STR("seven..\xff and more bytes")));
	assert_false(str_is_utf8(STR("\xc3")));
	assert_false(str_is_utf8(STR("\xed\xa0\x80"))); /* a surrogate */
	assert_false(str_is_utf8(STR("\xc0\xaf")));     /* overlong */
	assert_true(str_has_control(STR("a\nb")));
	assert_true(str_has_control(STR("\x7f")));
	assert_false(str_has_control(STR("a b\xc3\xbc")));
}

/* arena, buf */

static char deferred_order[8];

static void note_deferred(void *arg)
{
	size_t n = strlen(deferred_order);
	deferred_order[n] = *(const char *)arg;
}

static void arena_runs_what_was_deferred_last_in_first_out(void **state)
{
	(void)state;
	static char names[] = "abc";
	struct arena own;
	arena_init(&own);
	memset(deferred_order, 0, sizeof(deferred_order));
	for (size_t i = 0; i < 3; i++)
		arena_defer(&own, note_deferred, names + i);
	arena_release(&own);
	assert_string_equal(deferred_order, "cba");
	arena_release(&own);
	assert_string_equal(deferred_order, "cba");
}

static void arena_gives_aligned_separate_memory_of_any_size(void **state)
{
	(void)state;
	static const size_t sizes[] = {1, 0, 15, 16, 17, 2000, 4063, 100000, 3};
	char *got[COUNT(sizes)];
	for (size_t i = 0; i < COUNT(sizes); i++) {
		got[i] = arena_zalloc(&arena, sizes[i]);
		assert_int_equal((uintptr_t)got[i] % 16, 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(got[i][k], 0);
		memset(got[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(got[i][k], i + 1);
}

static void arena_strings_are_copies_that_end_in_nul(void **state)
{
	(void)state;
	char text[] = "abc";
	struct str copy = arena_str(&arena, str_of(text));
	text[0] = 'x';
	assert_string_equal(copy.p, "abc");
	assert_str(arena_str(&arena, STR_NONE), STR_NONE);
	assert_string_equal(arena_cstr(&arena, STR_NONE), "");
	assert_str(arena_printf(&arena, "%d-%s", 7, "x"), STR("7-x"));
	assert_str(arena_join(&arena, STR("a"), STR_NONE), STR("a"));
	assert_str(arena_join(&arena, STR("a"), STR("bc")), STR("abc"));
}

/* Of each length at each end of a block, and longer than what is left there. */
static void arena_prints_whole_texts_wherever_a_block_ends(void **state)
{
	(void)state;
	enum {
		TEXTS = 2000,
		LONGEST = 300
	};
	struct str texts[TEXTS];
	for (int i = 0; i < TEXTS; i++)
		texts[i] = arena_printf(&arena, "%0*d", i % LONGEST + 4, i);
	for (int i = 0; i < TEXTS; i++) {
		char want[LONGEST + 5];
		snprintf(want, sizeof(want), "%0*d", i % LONGEST + 4, i);
		assert_int_equal(texts[i].n, i % LONGEST + 4);
		assert_string_equal(texts[i].p, want);
	}
}

static void builder_drops_what_passes_its_ceiling(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, &arena, 8);
	assert_str(buf_str(&buf), STR(""));
	buf_add(&buf, STR("abc"));
	buf_add_u64(&buf, 1234);
	assert_false(buf.overflow);
	buf_add(&buf, STR("xy"));
	assert_true(buf.overflow);
	assert_str(buf_str(&buf), STR("abc1234"));
	buf_add_char(&buf, '!');
	assert_str(buf_str(&buf), STR("abc1234!"));
}

static void builder_grows_without_losing_text(void **state)
{
	(void)state;
	struct buf buf;
	char want[32];
	buf_init(&buf, &arena, SIZE_MAX);
	for (unsigned i = 0; i < 10000; i++)
		buf_printf(&buf, "%05u", i);
	assert_int_equal(buf_str(&buf).n, 50000);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(want, sizeof(want), "%05u", i);
		assert_memory_equal(buf.p + (size_t)i * 5, want, 5);
	}
	buf_init(&buf, &arena, SIZE_MAX);
	buf_add_u64(&buf, 0);
	buf_add_u64(&buf, UINT64_MAX);
	assert_str(buf_str(&buf), STR("018446744073709551615"));
}

/* err */

static void errors_carry_a_code_and_a_sentence_that_fits(void **state)
{
	(void)state;
	struct err err = {0};
	char longest[ERR_TEXT_MAX * 2];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(err_set(&err, ERR_QUOTA, "%d of %d", 2, 1), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	assert_string_equal(err.text, "2 of 1");
	assert_int_equal(err_set_errno(&err, ENOSPC, "write"), -1);
	assert_int_equal(err.code, ERR_NO_SPACE);
	assert_int_equal(err_set_errno(&err, EIO, "%s", longest), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
	assert_int_equal(err_set(NULL, ERR_INVALID, "x"), -1);
	assert_int_equal(err_set_reason(&err, ERR_EXISTS, "WHY", "%d", 3), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	assert_string_equal(err.text, "3");
	assert_string_equal(err.reason, "WHY");
	assert_int_equal(err_recode(&err, ERR_INVALID, "THUS"), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.text, "3");
	assert_string_equal(err.reason, "THUS");
	err_set(&err, ERR_QUOTA, "anew");
	assert_null(err.reason);
	err_recode(&err, ERR_EXISTS, "WHY");
	err_set_errno(&err, EIO, "anew");
	assert_null(err.reason);
	assert_string_equal(err_code_name(ERR_NOT_FOUND), "NOT_FOUND");
	assert_string_equal(err_code_name(ERR_INTERNAL), "INTERNAL");
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void errors_are_whole_utf8_on_one_line(void **state)
{
	(void)state;
	static const struct {
		const char *given, *text;
	} rows[] = {
		{"", ""},
		{"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80",
		 "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80"},
		{"\xff", BAD},
		{"a\xff"
		 "b",
		 "a" BAD "b"},
		{"a\xc3", "a" BAD},
		{"\xe4\xb8.", BAD BAD "."},
		{"\xed\xa0\x80", BAD BAD BAD},
		{"\xc0\xaf", BAD BAD},
		{"\xf4\x90\x80\x80", BAD BAD BAD BAD},
		{"\x80\x80", BAD BAD},
		{"a\r\nb\tc\x1b[1m\x7f", "a" BAD BAD "b" BAD "c" BAD "[1m" BAD},
		{"a\xc2\x85", "a" BAD},
	};
	struct err err;
	for (size_t i = 0; i < COUNT(rows); i++) {
		err_set(&err, ERR_INVALID, "%s", rows[i].given);
		assert_string_equal(err.text, rows[i].text);
		err_set_errno(&err, EIO, "%s", rows[i].given);
		assert_true(str_starts(str_of(err.text), str_of(rows[i].text)));
	}
	err_set(&err, ERR_INVALID, "once");
	err_set(&err, ERR_INVALID, "%s more", err.text);
	assert_string_equal(err.text, "once more");
}

static void errors_that_are_too_long_end_with_a_whole_character(void **state)
{
	(void)state;
	static const char *const units[] = {
		"x",    "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80",
		"\xff", "\n"};
	char text[ERR_TEXT_MAX * 2 + 8];
	struct err err;
	for (size_t i = 0; i < COUNT(units); i++) {
		size_t n = strlen(units[i]);
		for (size_t pad = 0; pad < 8; pad++) {
			memset(text, '.', pad);
			for (size_t at = pad; at < ERR_TEXT_MAX * 2; at += n)
				memcpy(text + at, units[i], n + 1);
			err_set(&err, ERR_INVALID, "%s", text);
			assert_true(str_is_utf8(str_of(err.text)));
			assert_true(strlen(err.text) >= ERR_TEXT_MAX - 4);
			assert_true(n == 1 || !strstr(err.text, BAD));
		}
	}
}

/* id */

static const struct {
	struct id id;
	const char *hex, *base36, *handle;
} id_rows[] = {
	{{{0}},
	 "000000000000000000000000",
	 "0000000000000000000",
	 "00000000000000000j56"},
	{{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	   0xff}},
	 "ffffffffffffffffffffffff",
	 "7oiylpimjg5u2ca1ypr",
	 "TFNcpF8o70aZx2acYQlM"},
	{{{0x65, 0xa5, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
	   0x0a}},
	 "65a50102030405060708090a",
	 "31slvb1j03pp8u755ai",
	 "Bc04S4z6St4X2NSbVP7f"},
};

static void ids_have_one_spelling_in_each_alphabet(void **state)
{
	(void)state;
	char text[40];
	struct id back;
	for (size_t i = 0; i < COUNT(id_rows); i++) {
		const struct id *id = &id_rows[i].id;
		id_to_hex(id, text);
		assert_string_equal(text, id_rows[i].hex);
		assert_true(id_from_hex(str_of(text), &back));
		assert_true(id_eq(id, &back));
		id_to_base36(id, text);
		assert_string_equal(text, id_rows[i].base36);
		assert_true(id_from_base36(str_of(text), &back));
		assert_true(id_eq(id, &back));
		id_to_handle(id, text);
		assert_string_equal(text, id_rows[i].handle);
		assert_true(id_from_handle(str_of(text), &back));
		assert_true(id_eq(id, &back));
	}
}

static void ids_refuse_every_other_spelling(void **state)
{
	(void)state;
	struct id id;
	static const char *const not_hex[] = {
		"",
		"65a50102030405060708090",
		"65a50102030405060708090a0",
		"65A50102030405060708090A",
		"65a50102030405060708090g",
		"../../../../../etc/passw",
	};
	static const char *const not_base36[] = {
		"",
		"000000000000000000",
		"00000000000000000000",
		"zzzzzzzzzzzzzzzzzzz", /* over 96 bits */
		"000000000000000000A",
		"000000000000000000-",
	};
	static const char *const not_handles[] = {
		"",
		"zzzzzzzzzzzzzzzzzzzz",
		"00000000000000000000",
		"0000000000000000000",
		"-0000000000000000000",
	};
	for (size_t i = 0; i < COUNT(not_hex); i++)
		assert_false(id_from_hex(str_of(not_hex[i]), &id));
	for (size_t i = 0; i < COUNT(not_base36); i++)
		assert_false(id_from_base36(str_of(not_base36[i]), &id));
	for (size_t i = 0; i < COUNT(not_handles); i++)
		assert_false(id_from_handle(str_of(not_handles[i]), &id));
}

static void handle_with_one_changed_character_is_refused(void **state)
{
	(void)state;
	struct id id = id_new();
	char handle[ID_HANDLE_LEN + 1];
	id_to_handle(&id, handle);
	for (size_t i = 0; i < ID_HANDLE_LEN; i++) {
		char kept = handle[i];
		handle[i] = kept == 'q' ? 'r' : 'q';
		assert_false(id_from_handle(str_of(handle), &id));
		handle[i] = kept;
	}
	assert_true(id_from_handle(str_of(handle), &id));
}

static void new_ids_begin_with_the_time_and_differ(void **state)
{
	(void)state;
	struct id a = id_new(), b = id_new();
	int64_t seconds =
		(int64_t)a.b[0] << 24 | a.b[1] << 16 | a.b[2] << 8 | a.b[3];
	assert_in_range(now_ms() / 1000 - seconds, 0, 2);
	assert_false(id_eq(&a, &b));
}

static void ids_sort_by_the_microsecond_they_were_made_in(void **state)
{
	(void)state;
	char before[ID_HANDLE_LEN + 1], after[ID_HANDLE_LEN + 1];
	for (int i = 0; i < 200; i++) {
		struct id a = id_new();
		g_usleep(2);
		struct id b = id_new();
		id_to_handle(&a, before);
		id_to_handle(&b, after);
		assert_true(memcmp(a.b, b.b, ID_BYTES) < 0);
		assert_true(strcmp(before, after) < 0); /* paths, too */
	}
}

static void tokens_are_alphanumeric_and_of_the_length_asked(void **state)
{
	(void)state;
	char token[201];
	memset(token, '#', sizeof(token));
	random_token(token, 0);
	assert_string_equal(token, "");
	random_token(token, 200);
	assert_int_equal(strlen(token), 200);
	for (size_t i = 0; i < 200; i++)
		assert_non_null(strchr("0123456789abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
				       token[i]));
}

static void tokens_of_one_moment_are_neighbours(void **state)
{
	(void)state;
	char first[10], same[10], next[10], later[10];
	const int64_t moment = INT64_C(1700000000000) / 16 * 16;
	random_token_at(first, 9, moment);
	random_token_at(same, 9, moment + 15);
	random_token_at(next, 9, moment + 16);
	random_token_at(later, 9, moment + INT64_C(16) * 62 * 62);
	assert_int_equal(strlen(first), 9);
	assert_memory_equal(first, same, 2);
	assert_memory_not_equal(first, next, 2);
	assert_memory_equal(first, later, 2);
	assert_string_not_equal(first + 2, same + 2);
	assert_string_not_equal(first + 2, later + 2);
	char before[10];
	memset(before, 0, sizeof(before));
	for (int64_t i = 0; i < INT64_C(62) * 62; i++) {
		random_token_at(first, 9, i * 16);
		assert_true(memcmp(before, first, 2) < 0);
		memcpy(before, first, sizeof(before));
		for (size_t at = 0; at < 9; at++)
			assert_true(g_ascii_isalnum(first[at]));
	}
	random_token_at(first, 2, -1); /* a clock may say anything */
	assert_int_equal(strlen(first), 2);
}

static void uuid_is_version_four(void **state)
{
	(void)state;
	char uuid[UUID_LEN + 1];
	uuid_new(uuid);
	assert_int_equal(strlen(uuid), UUID_LEN);
	for (size_t i = 0; i < UUID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		assert_non_null(
			strchr(dash ? "-" : "0123456789abcdef", uuid[i]));
	}
	assert_int_equal(uuid[14], '4');
	assert_non_null(strchr("89ab", uuid[19]));
}

/* digest */

static void digests_agree_with_published_vectors(void **state)
{
	(void)state;
	uint8_t out[SHA256_BYTES];
	sha256_of(STR("abc"), out);
	assert_str(hex_encode(&arena, out, SHA256_BYTES),
		   STR("ba7816bf8f01cfea414140de5dae2223"
		       "b00361a396177a9cb410ff61f20015ad"));
	sha256_of(STR_NONE, out);
	assert_str(hex_encode(&arena, out, SHA256_BYTES),
		   STR("e3b0c44298fc1c149afbf4c8996fb924"
		       "27ae41e4649b934ca495991b7852b855"));
	/* RFC 4231 and RFC 2202, test case 2 */
	hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), out);
	assert_str(hex_encode(&arena, out, SHA256_BYTES),
		   STR("5bdcc146bf60754e6a042426089575c7"
		       "5a003f089d2739839dec58b964ec3843"));
	hmac_sha1(STR("Jefe"), STR("what do ya want for nothing?"), out);
	assert_str(hex_encode(&arena, out, SHA1_BYTES),
		   STR("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
	/* an empty key and an empty text */
	hmac_sha1(STR_NONE, STR_NONE, out);
	assert_str(hex_encode(&arena, out, SHA1_BYTES),
		   STR("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"));
}

/* FIPS 180-4 and RFC 1321, of "abc". */
static void digests_come_a_piece_at_a_time(void **state)
{
	static const char *const expected[DIGEST_COUNT] = {
		[DIGEST_MD5] = "900150983cd24fb0d6963f7d28e17f72",
		[DIGEST_SHA1] = "a9993e364706816aba3e25717850c26c9cd0d89d",
		[DIGEST_SHA224] = "23097d223405d8228642a477bda255b32aadbce4bd"
				  "a0b3f7e36c9da7",
		[DIGEST_SHA256] = "ba7816bf8f01cfea414140de5dae2223b00361a396"
				  "177a9cb410ff61f20015ad",
		[DIGEST_SHA384] = "cb00753f45a35e8bb5a03d699ac65007272c32ab0e"
				  "ded1631a8b605a43ff5bed8086072ba1e7cc2358ba"
				  "eca134c825a7",
		[DIGEST_SHA512] = "ddaf35a193617abacc417349ae20413112e6fa4e89"
				  "a97ea20a9eeee64b55d39a2192992a274fc1a836ba"
				  "3c23a3feebbd454d4423643ce80e2a9ac94fa54ca4"
				  "9f",
	};
	(void)state;
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++) {
		uint8_t out[DIGEST_BYTES_MAX];
		struct digest *digest = digest_begin((enum digest_kind)kind);
		digest_update(digest, STR("a"));
		digest_update(digest, STR_NONE);
		digest_update(digest, STR("bc"));
		digest_end(digest, out);
		assert_str(hex_encode(&arena, out, strlen(expected[kind]) / 2),
			   str_of(expected[kind]));
	}
}

static void checksum_is_big_endian_xxh3_128(void **state)
{
	(void)state;
	uint8_t out[CHECKSUM_BYTES];
	checksum_of("", 0, out);
	assert_str(hex_encode(&arena, out, sizeof(out)),
		   STR("99aa06d3014798d86001c324468d497f"));
	checksum_of("abc", 3, out);
	assert_str(hex_encode(&arena, out, sizeof(out)),
		   STR("06b05ab6733a618578af5f94892f3950"));
}

static void checksum_of_pieces_is_that_of_the_whole(void **state)
{
	(void)state;
	char *bytes = arena_alloc(&arena, 100000);
	uint8_t whole[CHECKSUM_BYTES], pieces[CHECKSUM_BYTES];
	for (size_t i = 0; i < 100000; i++)
		bytes[i] = (char)(i * 31);
	struct checksum *sum = checksum_new();
	for (size_t i = 0; i < 100000; i += 1000)
		checksum_update(sum, bytes + i, 1000);
	checksum_final(sum, pieces);
	checksum_free(sum);
	checksum_of(bytes, 100000, whole);
	assert_memory_equal(whole, pieces, CHECKSUM_BYTES);
	/* whatever instructions the processor has */
	assert_str(hex_encode(&arena, whole, sizeof(whole)),
		   STR("8caf37b280b5a9be68ebefe8fa7c5395"));
}

static void secrets_compare_whole_and_are_wiped(void **state)
{
	(void)state;
	char secret[] = "sk_live_x";
	assert_true(secret_eq(STR("abc"), STR("abc")));
	assert_false(secret_eq(STR("abc"), STR("abd")));
	assert_false(secret_eq(STR("abc"), STR("ab")));
	assert_true(secret_eq(STR(""), STR_NONE));
	secret_wipe(secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(secret); i++)
		assert_int_equal(secret[i], 0);
}

/* metrics */

static void metrics_are_written_as_prometheus_text(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, &arena, 1 << 20);
	metric_add(METRIC_UPLOADS, 3);
	metric_add(METRIC_WORKERS_BUSY, 2);
	metric_add(METRIC_WORKERS_BUSY, -1);
	metric_request_duration(100);
	metric_request_duration(101);
	metric_request_duration(2000000);
	metric_request_duration(INT32_MAX);
	metrics_write(&out);
	static const char *const lines[] = {
		"# TYPE stowage_uploads_total counter\nstowage_uploads_total "
		"3\n",
		"\nstowage_workers_busy 1\n",
		"\nstowage_build_info{version=\"",
		"# TYPE http_request_duration_seconds histogram\n",
		"_bucket{le=\"0.0001\"} 1\n",
		"_bucket{le=\"0.00025\"} 2\n",
		"_bucket{le=\"1\"} 2\n",
		"_bucket{le=\"2.5\"} 3\n",
		"_bucket{le=\"60\"} 3\n",
		"_bucket{le=\"+Inf\"} 4\n",
		"_sum 2149.483848\n",
		"http_request_duration_seconds_count 4\n",
	};
	assert_false(out.overflow);
	for (size_t i = 0; i < COUNT(lines); i++)
		if (!str_contains(buf_str(&out), str_of(lines[i])))
			fail_msg("\"%s\" is not in\n%.*s", lines[i],
				 STR_ARG(buf_str(&out)));
}

/* A pipe gives what it has, piece by piece. */
static void all_that_a_descriptor_has_is_read(void **state)
{
	(void)state;
	int ends[2];
	char got[8] = {0};
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		g_usleep(1000);
		_exit(write(ends[1], "def", 3) == 3 ? 0 : 1);
	}
	close(ends[1]);
	assert_int_equal(fd_read(ends[0], got, sizeof(got), FD_STANDS), 6);
	assert_string_equal(got, "abcdef");
	assert_int_equal(waitpid(child, NULL, 0), child);
	errno = 0;
	assert_int_equal(fd_read(ends[0], got, 1, 0), -1);
	assert_int_equal(errno, ESPIPE);
	close(ends[0]);

	FILE *file = tmpfile();
	assert_non_null(file);
	assert_true(fputs("0123456789", file) >= 0 && fflush(file) == 0);
	assert_int_equal(fd_read(fileno(file), got, 4, 2), 4);
	assert_memory_equal(got, "2345", 4);
	assert_int_equal(fd_read(fileno(file), got, 8, 7), 3);
	ssize_t n = fd_read_cached(fileno(file), got, 8, 7);
	assert_true(n == 3 || n == 0);
	assert_int_equal(fd_read_cached(fileno(file), got, 8, 10), 0);
	assert_int_equal(fd_read_cached(-1, got, 8, 0), -1);
	assert_memory_equal(got, "789", 3);
	fclose(file);
}

static void make_socket(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_strlcpy(at.sun_path, path, sizeof(at.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
}

/* All that a name can be of, in a folder of its own. */
static void only_a_file_is_opened_and_nothing_waited_for(void **state)
{
	(void)state;
	static const int ways[] = {O_RDONLY, O_WRONLY, O_RDWR,
				   O_WRONLY | O_CREAT | O_TRUNC};
	static const char *const others[] = {"pipe", "folder", "socket", "link",
					     "file/below"};
	char dir[] = "/tmp/test_base.XXXXXX";
	assert_non_null(mkdtemp(dir));
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	g_autofree char *socket_path = g_build_filename(dir, "socket", NULL);
	assert_int_equal(fd_open_file(at, "file", O_RDWR), -1);
	assert_int_equal(errno, ENOENT);
	assert_false(fd_is_no_file(errno));
	int fd = fd_open_file(at, "file", O_RDWR | O_CREAT);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	assert_int_equal(mkfifoat(at, "pipe", 0600), 0);
	assert_int_equal(mkdirat(at, "folder", 0700), 0);
	assert_int_equal(symlinkat("file", at, "link"), 0);
	make_socket(socket_path);
	for (size_t i = 0; i < COUNT(ways); i++) {
		for (size_t k = 0; k < COUNT(others); k++) {
			assert_int_equal(fd_open_file(at, others[k], ways[i]),
					 -1);
			assert_true(fd_is_no_file(errno));
		}
		assert_int_equal(fd_open_file(AT_FDCWD, "/dev/null", ways[i]),
				 -1);
		assert_true(fd_is_no_file(errno));
		fd = fd_open_file(at, "file", ways[i]);
		assert_true(fd >= 0);
		close(fd);
	}
	assert_int_equal(mkdirat(at, "folder/inside", 0700), 0);
	assert_int_equal(fd_remove(at, "folder"), -1);
	assert_int_equal(errno, ENOTEMPTY);
	assert_int_equal(fd_remove(at, "folder/inside"), 0);
	for (size_t k = 0; k < COUNT(others) - 1; k++)
		assert_int_equal(fd_remove(at, others[k]), 0);
	assert_int_equal(fd_remove(at, "file"), 0);
	assert_int_equal(fd_remove(at, "file"), 0);
	close(at);
	assert_int_equal(rmdir(dir), 0);
}

/* What was closed may be somebody else's by now. */
static void a_descriptor_is_closed_once(void **state)
{
	(void)state;
	int fd = dup(STDERR_FILENO);
	assert_true(fd >= 0);
	int of_others = fd;
	fd_scope_end(&fd);
	assert_int_equal(dup(STDERR_FILENO), of_others);
	fd_scope_end(&fd);
	assert_int_equal(fcntl(of_others, F_GETFD), 0);
	close(of_others);
}

/* Whatever the file system says of what it has. */
static void what_is_cached_is_found_to_its_end_and_no_further(void **state)
{
	enum {
		STEP = 128 * 1024
	};
	static const size_t sizes[] = {0, 1, STEP - 1, STEP, 5 * STEP + 3};
	FILE *file = tmpfile();
	assert_non_null(file);
	int fd = fileno(file);
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t n = sizes[i];
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(ftruncate(fd, (off_t)(n + 10)), 0);
		assert_int_equal(fd_await_cached(fd, n, 10), 0);
		ssize_t found = fd_find_cached(fd, n, 10);
		assert_true(found == (ssize_t)n || found == 0);
		errno = EIO;
		assert_int_equal(fd_await_cached(fd, n + 1, 10), -1);
		assert_int_equal(errno, 0);
		assert_in_range(fd_find_cached(fd, n + STEP, 10), 0, n);
	}
	fclose(file);
	assert_int_equal(fd_find_cached(-1, 1, 0), -1);
	assert_int_equal(fd_await_cached(-1, 1, 0), -1);
	assert_int_equal(errno, EBADF);
}

/* A stock of random bytes copied by fork() would give both the same ids. */
static void random_bytes_differ_between_parent_and_forked_child(void **state)
{
	uint8_t mine[16], its[16] = {0};
	int ends[2];
	(void)state;
	random_bytes(mine, sizeof(mine)); /* the stock is filled now */
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		random_bytes(mine, sizeof(mine));
		_exit(write(ends[1], mine, sizeof(mine)) != sizeof(mine));
	}
	random_bytes(mine, sizeof(mine));
	assert_int_equal(read(ends[0], its, sizeof(its)), sizeof(its));
	assert_memory_not_equal(mine, its, sizeof(mine));
	waitpid(child, NULL, 0);
	close(ends[0]), close(ends[1]);
}

static void random_bytes_never_repeat(void **state)
{
	static const size_t sizes[] = {1, 16, 500, 512, 513, 5000};
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint8_t a[5016] = {0}, b[5016] = {0};
		random_bytes(a, sizes[i] + 16);
		random_bytes(b, sizes[i] + 16);
		assert_memory_not_equal(a, b, sizes[i] + 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_a_descriptor_has_is_read),
		cmocka_unit_test(only_a_file_is_opened_and_nothing_waited_for),
		cmocka_unit_test(a_descriptor_is_closed_once),
		WITH_ARENA(random_bytes_differ_between_parent_and_forked_child),
		WITH_ARENA(random_bytes_never_repeat),
		WITH_ARENA(split_takes_pieces_until_nothing_is_left),
		WITH_ARENA(numbers_are_digits_within_their_limit),
		WITH_ARENA(cutting_leaves_whole_characters),
		WITH_ARENA(trimming_leaves_the_middle),
		WITH_ARENA(comparing_and_finding_accept_empty_and_absent),
		WITH_ARENA(text_with_nul_or_broken_utf8_is_not_utf8),
		WITH_ARENA(arena_runs_what_was_deferred_last_in_first_out),
		WITH_ARENA(arena_gives_aligned_separate_memory_of_any_size),
		WITH_ARENA(arena_strings_are_copies_that_end_in_nul),
		WITH_ARENA(arena_prints_whole_texts_wherever_a_block_ends),
		WITH_ARENA(builder_drops_what_passes_its_ceiling),
		WITH_ARENA(builder_grows_without_losing_text),
		WITH_ARENA(errors_carry_a_code_and_a_sentence_that_fits),
		WITH_ARENA(errors_are_whole_utf8_on_one_line),
		WITH_ARENA(errors_that_are_too_long_end_with_a_whole_character),
		WITH_ARENA(ids_have_one_spelling_in_each_alphabet),
		WITH_ARENA(ids_refuse_every_other_spelling),
		WITH_ARENA(handle_with_one_changed_character_is_refused),
		WITH_ARENA(new_ids_begin_with_the_time_and_differ),
		WITH_ARENA(ids_sort_by_the_microsecond_they_were_made_in),
		WITH_ARENA(tokens_are_alphanumeric_and_of_the_length_asked),
		WITH_ARENA(tokens_of_one_moment_are_neighbours),
		WITH_ARENA(uuid_is_version_four),
		WITH_ARENA(digests_agree_with_published_vectors),
		WITH_ARENA(digests_come_a_piece_at_a_time),
		WITH_ARENA(checksum_is_big_endian_xxh3_128),
		WITH_ARENA(checksum_of_pieces_is_that_of_the_whole),
		WITH_ARENA(secrets_compare_whole_and_are_wiped),
		WITH_ARENA(metrics_are_written_as_prometheus_text),
		WITH_ARENA(what_is_cached_is_found_to_its_end_and_no_further),
	};
	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
