/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures of ImageKit's delivery URLs, with a keyring of our own:
 * src/api/imagekit/delivery/signature.c.
 */
#include "api/imagekit/delivery/delivery.h"
#include "base/digest.h"
#include "base/encode.h"
#include "unit.h"

#include <glib.h>

#define KEY "private_x"
#define NOW INT64_C(1700000000999) /* a second ends with it */
#define NEVER "9999999999"

/* The valid secret keys of account 1, newest first. */
static const char *secrets[3];

bool keyring_any_secret(const struct keyring *keyring, int64_t account_id,
			bool (*fn)(void *user, struct str secret), void *user)
{
	(void)keyring;
	for (size_t i = 0; account_id == 1 && secrets[i]; i++)
		if (fn(user, str_of(secrets[i])))
			return true;
	return false;
}

static struct arena arena;

static int make(void **state)
{
	(void)state;
	arena_init(&arena);
	secrets[0] = "private_newest";
	secrets[1] = KEY;
	secrets[2] = NULL;
	return 0;
}

static int drop(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static enum imagekit_signature judge_at(int64_t account_id, struct str path,
					struct str query, int64_t now)
{
	const struct account account = {.id = account_id};
	struct http_exchange x = {.head.query = query};
	struct request rq = {.x = &x, .account = &account};
	arena_init(&x.arena);
	enum imagekit_signature result = imagekit_url_signature(&rq, path, now);
	arena_release(&x.arena);
	return result;
}

static enum imagekit_signature judge(struct str path, struct str query)
{
	return judge_at(1, path, query, NOW);
}

/* "path?query" */
static enum imagekit_signature judge_url(struct str url)
{
	ptrdiff_t mark = str_find(url, '?');
	assert_true(mark > 0);
	return judge(str_sub(url, 0, (size_t)mark),
		     str_skip(url, (size_t)mark + 1));
}

static struct str sign(const char *text, const char *expiry)
{
	uint8_t mac[SHA1_BYTES];
	hmac_sha1(STR(KEY), arena_join(&arena, str_of(text), str_of(expiry)),
		  mac);
	return hex_encode(&arena, mac, sizeof(mac));
}

/* What the vendor's clients have signed, and the URL it arrives with. */
static const struct {
	const char *path, *query, *mac;
} vectors[] = {
	{"tr:w-400:rt-91/sample/testing-file.jpg",
	 "v=1+2&ik-s=", "ed99e6c31374b6aac3efee2675ea81a6221f8902"},
	{"sample/testing-file.jpg",
	 "param1=123&ik-s=", "459fea550cccb39fd69afe1c83e6f10605c92bd4"},
	{"a/b.jpg",
	 "v=1&tr=w-1&ik-s=", "f65d6df00e9dcc8704164d3d77502158dc8cbb55"},
	{"a.jpg",
	 "tr=l-text,ie-SGksIHRoZXJl,lx-10,lfo-top,fs-20,l-end:"
	 "l-image,i-f@@l.png,l-end&ik-s=",
	 "8613984c1be1893609e511b7e52754951be5e334"},
	{"my%20image%20%C3%A9.jpg",
	 "ik-s=", "451d1eb9cfdae5dc895175b92bba5511bd93f153"},
	{"my%20image%20%C3%A9.jpg",
	 "ik-s=", "813c165620ee9b3b55a0994dfb93cff92252660f"},
	{"my%20image%20%C3%A9.jpg",
	 "ik-s=", "dd4d2d4bfb9cb3964daadc5a06810b60365f3f50"},
	{"/my%20image%20%C3%A9.jpg",
	 "ik-s=", "b9deea09b138b367820ecbf12b578a29b17069ab"},
	{"/sample/testing-file.jpg%3Fparam1=123",
	 "ik-s=", "a564f06cf516362b0269a26c5837d0d2333f6a20"},
	/* the last two through something that joins slashes */
	{"my%20image%20%C3%A9.jpg",
	 "ik-s=", "b9deea09b138b367820ecbf12b578a29b17069ab"},
	{"sample/testing-file.jpg%3Fparam1=123",
	 "ik-s=", "a564f06cf516362b0269a26c5837d0d2333f6a20"},
};

static struct str url_of(size_t i)
{
	return arena_printf(&arena, "%s?%s%s", vectors[i].path,
			    vectors[i].query, vectors[i].mac);
}

static void what_the_clients_sign_is_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		if (judge_url(url_of(i)) != IMAGEKIT_SIGNED)
			fail_msg("row %zu", i);
		/* the explicit form of no expiry, before and behind */
		struct str pair = STR("&ik-t=" NEVER);
		struct str url = arena_join(&arena, url_of(i), pair);
		assert_int_equal(judge_url(url), IMAGEKIT_SIGNED);
		url = arena_printf(&arena, "%s?ik-t=" NEVER "&%s%s",
				   vectors[i].path, vectors[i].query,
				   vectors[i].mac);
		assert_int_equal(judge_url(url), IMAGEKIT_SIGNED);
	}
}

/* The byte is a digit of an escape: its case says nothing once decoded. */
static bool in_escape(const char *text, size_t at)
{
	return (at >= 1 && text[at - 1] == '%') ||
	       (at >= 2 && text[at - 2] == '%');
}

static void a_url_with_another_byte_is_not(void **state)
{
	(void)state;
	static const char masks[] = {1, 2, 0x20};
	for (size_t i = 0; i < COUNT(vectors); i++) {
		char *text = arena_cstr(&arena, url_of(i));
		for (size_t at = 0; text[at]; at++) {
			char was = text[at];
			for (size_t m = 0; was != '?' && m < COUNT(masks);
			     m++) {
				if (masks[m] == 0x20 && in_escape(text, at))
					continue;
				text[at] = was ^ masks[m];
				if (judge_url(str_of(text)) == IMAGEKIT_SIGNED)
					fail_msg("row %zu: %s", i, text);
			}
			text[at] = was;
		}
	}
}

static void a_query_without_a_signature_signs_nothing(void **state)
{
	(void)state;
	static const char *const queries[] = {
		"",     "v=1",    "ik-t=" NEVER, "x-ik-s=1",
		"ik-s", "IK-S=1", "v=ik-s=1",
	};
	for (size_t i = 0; i < COUNT(queries); i++)
		assert_int_equal(judge(STR("a.jpg"), str_of(queries[i])),
				 IMAGEKIT_UNSIGNED);
	assert_int_equal(judge(STR("a.jpg"), STR_NONE), IMAGEKIT_UNSIGNED);
	assert_int_equal(judge(STR("a.jpg"), STR("ik-s=")), IMAGEKIT_MISSIGNED);
}

static void an_expiry_has_ten_digits_and_counts_to_its_end(void **state)
{
	(void)state;
	static const struct {
		const char *expiry;
		enum imagekit_signature is;
	} rows[] = {
		{"1700000001", IMAGEKIT_SIGNED},
		{NEVER, IMAGEKIT_SIGNED},
		{"1700000000", IMAGEKIT_SIGNED},
		{"1699999999", IMAGEKIT_MISSIGNED},
		{"0000000000", IMAGEKIT_MISSIGNED},
		{"01700000001", IMAGEKIT_MISSIGNED},
		{"17000000010", IMAGEKIT_MISSIGNED},
		{"99999999999999999999", IMAGEKIT_MISSIGNED},
		{"+170000001", IMAGEKIT_MISSIGNED},
		{"170000000x", IMAGEKIT_MISSIGNED},
		{"", IMAGEKIT_MISSIGNED},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str query = arena_printf(
			&arena, "ik-t=%s&ik-s=%.*s", rows[i].expiry,
			STR_ARG(sign("a.jpg", rows[i].expiry)));
		if (judge(STR("a.jpg"), query) != rows[i].is)
			fail_msg("row %zu", i);
	}
}

/* "a.jpg?v=1" until 1600000000 is not "a.jpg?v=" until 11600000000. */
static void digits_cannot_move_between_url_and_expiry(void **state)
{
	(void)state;
	struct str mac = sign("a.jpg?v=1", "1600000000");
	struct str query = arena_printf(&arena, "v=&ik-t=11600000000&ik-s=%.*s",
					STR_ARG(mac));
	assert_int_equal(judge(STR("a.jpg"), query), IMAGEKIT_MISSIGNED);
	mac = sign("a.jpg1", NEVER);
	query = arena_printf(&arena, "ik-t=1" NEVER "&ik-s=%.*s", STR_ARG(mac));
	assert_int_equal(judge(STR("a.jpg"), query), IMAGEKIT_MISSIGNED);
}

static void only_valid_keys_of_the_account_count(void **state)
{
	(void)state;
	struct str query = arena_printf(&arena, "ik-s=%.*s",
					STR_ARG(sign("a.jpg", NEVER)));
	assert_int_equal(judge(STR("a.jpg"), query), IMAGEKIT_SIGNED);
	assert_int_equal(judge_at(2, STR("a.jpg"), query, NOW),
			 IMAGEKIT_MISSIGNED);
	secrets[1] = NULL;
	assert_int_equal(judge(STR("a.jpg"), query), IMAGEKIT_MISSIGNED);
	secrets[0] = NULL;
	assert_int_equal(judge(STR("a.jpg"), query), IMAGEKIT_MISSIGNED);
}

static void what_is_signed_has_a_limit(void **state)
{
	(void)state;
	g_autofree char *path = g_strnfill(8193, 'a');
	for (size_t n = 8191; n <= 8193; n++) {
		path[n] = '\0';
		struct str mac = sign(path, NEVER);
		struct str query =
			arena_printf(&arena, "ik-s=%.*s", STR_ARG(mac));
		assert_int_equal(judge(str_of(path), query),
				 n <= 8192 ? IMAGEKIT_SIGNED
					   : IMAGEKIT_MISSIGNED);
		path[n] = 'a';
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_clients_sign_is_accepted),
		TEST(a_url_with_another_byte_is_not),
		TEST(a_query_without_a_signature_signs_nothing),
		TEST(an_expiry_has_ten_digits_and_counts_to_its_end),
		TEST(digits_cannot_move_between_url_and_expiry),
		TEST(only_valid_keys_of_the_account_count),
		TEST(what_is_signed_has_a_limit),
	};
	return cmocka_run_group_tests_name("imagekit_signature", tests, NULL,
					   NULL);
}
