/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policies say, and which are remembered: src/api/policy/policy_text.h,
 * policy_cache.h.
 */
#include "api/policy/policy_cache.h"
#include "api/policy/policy_text.h"
#include "base/digest.h"
#include "base/encode.h"
#include "arena_fixture.h"

#include <glib.h>

static int read_json(const char *json, struct policy *out, struct err *err)
{
	return policy_read(base64_encode(&arena, json, strlen(json)), &arena,
			   out, err);
}

/* Of the vendor's pages and SDKs; the fourth is good until 2117. */
static const struct {
	const char *secret, *policy, *signature;
	int64_t expires_s; /* -1: it says nothing of that */
	const char *handle;
	unsigned calls;
} vectors[] = {
	{"MBVEKA6ARFGNDDTVY7IQDZ4HYU", "eyJleHBpcnkiOjE2MTcyMjgwMDB9",
	 "8ff61ba46198ad2778933e578e62fdf37ca4e28193655e8cd04f775598165f90",
	 1617228000, NULL, POLICY_DEFAULT},
	{"Z3IYZSH2UJA7VN3QYFVSVCF7PI",
	 "eyJoYW5kbGUiOiJLVzlFSmhZdFM2eTQ4V2htMlM2RCIsImV4cGlyeSI6MTUwODE0MTUwN"
	 "H0=",
	 "4098f262b9dba23e4766ce127353aaf4f37fde0fd726d164d944e031fd862c18",
	 1508141504, "KW9EJhYtS6y48Whm2S6D", POLICY_DEFAULT},
	{"secret", "eyJleHBpcmVzIjogMTIzfQ==",
	 "379d2ba0d5be34eddf09f873b7f38643dc51599b0afcd564f52733b52d698748", -1,
	 NULL, 0},
	{"RDOQO4WFRBFPRCFZOZFHJGZHW4", "eyJleHBpcnkiOjQ2NTM2NTE2MDB9",
	 "ab1bea1b6ce36f77ff2a0a4da25651e64dfd9daeb0b2eacfe3836a13c96c022c",
	 4653651600, NULL, POLICY_DEFAULT},
	{"testAppSecret",
	 "eyJleHBpcnkiOjE1MjM1OTU2MDAsImNhbGwiOlsicGljayIsInJlYWQiLCJzdGF0Iiwi"
	 "d3JpdGUiLCJ3cml0ZVVybCIsInN0b3JlIiwiY29udmVydCIsInJlbW92ZSIsImV4aWYi"
	 "LCJydW5Xb3JrZmxvdyJdLCJoYW5kbGUiOiJURVNUX0hBTkRMRSJ9",
	 "7df0536104cdcc16370ad6494cdbda30c9773a62eec6e5153fa539544db6206e",
	 1523595600, "TEST_HANDLE", POLICY_DEFAULT | POLICY_EXIF},
};

static void the_vendors_vectors_are_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		uint8_t mac[SHA256_BYTES];
		struct policy policy;
		struct err err;
		struct str text = str_of(vectors[i].policy);
		hmac_sha256(str_of(vectors[i].secret), text, mac);
		assert_str(hex_encode(&arena, mac, sizeof(mac)),
			   str_of(vectors[i].signature));
		int result = policy_read(text, &arena, &policy, &err);
		assert_int_equal(result, vectors[i].expires_s < 0 ? -1 : 0);
		policy_release(&policy);
		if (result < 0)
			continue;
		assert_int_equal(policy.expires_s, vectors[i].expires_s);
		assert_int_equal(policy.calls, vectors[i].calls);
		assert_str(policy.handle, str_of(vectors[i].handle));
	}
}

static void every_spelling_is_understood(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		unsigned calls;
		int64_t expires_s;
		uint64_t min_size, max_size;
	} rows[] = {
		{"{\"expiry\":5}", POLICY_DEFAULT, 5, 0, UINT64_MAX},
		{"{\"Expiry\":5.9}", POLICY_DEFAULT, 5, 0, UINT64_MAX},
		{"{\"expiry\":\"5\"}", POLICY_DEFAULT, 5, 0, UINT64_MAX},
		{"{\"expiry\":\"5.5\"}", POLICY_DEFAULT, 5, 0, UINT64_MAX},
		{"{\"expiry\":1700000000000}", POLICY_DEFAULT, 1700000000000, 0,
		 UINT64_MAX},
		{"{\"expiry\":1e300}", POLICY_DEFAULT, INT64_C(1) << 53, 0,
		 UINT64_MAX},
		{"{\"expiry\":99999999999999999999999,\"maxSize\":"
		 "99999999999999999999999}",
		 POLICY_DEFAULT, INT64_C(1) << 53, 0, UINT64_C(1) << 53},
		{"{\"expiry\":9007199254740993}", POLICY_DEFAULT,
		 INT64_C(1) << 53, 0, UINT64_MAX},
		{"{\"expiry\":0}", POLICY_DEFAULT, 0, 0, UINT64_MAX},
		{"{\"expiry\":5,\"call\":\"read\"}", POLICY_READ, 5, 0,
		 UINT64_MAX},
		{"{\"expiry\":5,\"CALL\":[\"Read\",\"STAT\"]}",
		 POLICY_READ | POLICY_STAT, 5, 0, UINT64_MAX},
		{"{\"expiry\":5,\"calls\":[\"writeUrl\"]}", POLICY_WRITE_URL, 5,
		 0, UINT64_MAX},
		{"{\"expiry\":5,\"call\":[\"write_url\",\"revoke\"]}",
		 POLICY_WRITE_URL | POLICY_REMOVE, 5, 0, UINT64_MAX},
		{"{\"expiry\":5,\"call\":[\"run_workflow\",\"exif\"]}",
		 POLICY_RUN_WORKFLOW | POLICY_EXIF, 5, 0, UINT64_MAX},
		{"{\"expiry\":5,\"call\":[]}", 0, 5, 0, UINT64_MAX},
		{"{\"expiry\":5,\"call\":\"\"}", 0, 5, 0, UINT64_MAX},
		{"{\"expiry\":5,\"call\":[\"fly\",\"read\"]}", POLICY_READ, 5,
		 0, UINT64_MAX},
		{"{\"expiry\":5,\"maxSize\":9,\"minSize\":3}", POLICY_DEFAULT,
		 5, 3, 9},
		{"{\"expiry\":5,\"max_size\":9,\"min_size\":3}", POLICY_DEFAULT,
		 5, 3, 9},
		{"{\"expiry\":5,\"maxsize\":\"9\",\"minsize\":3.5}",
		 POLICY_DEFAULT, 5, 3, 9},
		{"{\"expiry\":5,\"of-mine\":[1,{}],\"expires\":1}",
		 POLICY_DEFAULT, 5, 0, UINT64_MAX},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy policy;
		struct err err;
		assert_int_equal(read_json(rows[i].json, &policy, &err), 0);
		assert_int_equal(policy.calls, rows[i].calls);
		assert_int_equal(policy.expires_s, rows[i].expires_s);
		assert_int_equal(policy.min_size, rows[i].min_size);
		assert_int_equal(policy.max_size, rows[i].max_size);
		policy_release(&policy);
	}
}

static void what_is_not_understood_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"",
		"[]",
		"5",
		"{}",
		"{\"expiry\":null}",
		"{\"expiry\":-1}",
		"{\"expiry\":\"\"}",
		"{\"expiry\":\" 5\"}",
		"{\"expiry\":\"5x\"}",
		"{\"expiry\":\"nan\"}",
		"{\"expiry\":\"0x7fffffffff\"}",
		"{\"expiry\":true}",
		"{\"expiry\":[5]}",
		"{\"expiry\":5,\"expiry\":6}",
		"{\"expiry\":5,\"Expiry\":6}",
		"{\"expiry\":5,\"call\":[\"read\"],\"calls\":[\"write\"]}",
		"{\"expiry\":5,\"maxSize\":1,\"max_size\":2}",
		"{\"expiry\":5,\"call\":null}",
		"{\"expiry\":5,\"call\":5}",
		"{\"expiry\":5,\"call\":{\"read\":1}}",
		"{\"expiry\":5,\"call\":[\"read\",5]}",
		"{\"expiry\":5,\"handle\":5}",
		"{\"expiry\":5,\"handle\":null}",
		"{\"expiry\":5,\"maxSize\":-1}",
		"{\"expiry\":5,\"maxSize\":\"many\"}",
		"{\"expiry\":5,\"url\":\"(\"}",
		"{\"expiry\":5,\"path\":[]}",
		"{\"expiry\":5,\"container\":\"[\"}",
		"{\"expiry\":5} x",
		"{\"expiry\":5,\"handle\":\"\xff\"}",
		"{\"expiry\":5,\"handle\":\"a\\u0000b\"}",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy policy;
		struct err err;
		assert_int_equal(read_json(rows[i], &policy, &err), -1);
		assert_int_equal(err.code, ERR_FORBIDDEN);
		policy_release(&policy);
	}
}

static void the_text_is_base64_in_either_alphabet(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{"eyJleHBpcnkiOjUsImhhbmRsZSI6Ii9-fn4-Pj4_Pz8vIn0=", 0},
		{"eyJleHBpcnkiOjUsImhhbmRsZSI6Ii9+fn4+Pj4/Pz8vIn0=", 0},
		{"eyJleHBpcnkiOjU1fQ==", 0},
		{"eyJleHBpcnkiOjU1fQ", -1}, /* without padding */
		{"eyJleHBpcnkiOjU1fQ=", -1},
		{"eyJleHBpcnkiOjU1fQ=!", -1},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy policy;
		struct err err;
		assert_int_equal(policy_read(str_of(rows[i].text), &arena,
					     &policy, &err),
				 rows[i].result);
		policy_release(&policy);
	}
}

static void a_policy_has_a_length(void **state)
{
	(void)state;
	char text[POLICY_TEXT_MAX];
	struct policy policy;
	struct err err;
	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"expiry\":5}", strlen("{\"expiry\":5}"));
	size_t most = POLICY_TEXT_MAX / 4 * 3;
	assert_int_equal(policy_read(base64_encode(&arena, text, most), &arena,
				     &policy, &err),
			 0);
	assert_int_equal(policy_read(base64_encode(&arena, text, most + 1),
				     &arena, &policy, &err),
			 -1);
}

static void a_place_fits_as_the_expression_spells_it(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *path;
		bool fits;
	} rows[] = {
		{"/a/.*", "/a/b", true},
		{"/a/.*", "a/b", true},
		{"a/.*", "/a/b", true},
		{"a/.*", "a/b", true},
		{"^/a/", "a/b", true},
		{"^\\\\/a", "a/b", true},
		{"\\\\A/a/", "//a/b", true},
		{"(?:/a|/b)/", "b/c", true},
		{"[/]a/", "a/c", true},
		{"/a/.*", "/b/a/", false},
		{"a/", "b/a/", false},
		{"/", NULL, true},
		{".*", NULL, true},
		{"/a", NULL, false},
		/* no spelling of the client's gets round what is left out */
		{"^(?!/secret)", "secret/x", false},
		{"^(?!/secret)", "/secret/x", false},
		{"^(?!secret)", "/secret/x", false},
		{"^(?!secret)", "secret/x", false},
		{"^(?!secret)", "other/x", true},
		{"(?i)(?!/secret)", "secret/x", false},
		{"(?i)^(?!/secret)", "/SECRET/x", false},
		{"(?#a)(?!/secret)", "secret/x", false},
		{"(*NO_JIT)(?!/secret)", "secret/x", false},
		/* whatever a group begins with */
		{"(?i)/in/", "in/a", true},
		{"(?i)in/", "/in/a", true},
		{"(?s-i:/in)/", "in/a", true},
		{"(?<dir>/in)/", "in/a", true},
		{"(?P<dir>in)/", "/in/a", true},
		{"(?'dir'/in)/", "in/a", true},
		{"(?>/in)/", "in/a", true},
		{"(?:in)/", "/in/a", true},
		{"(?=in)in/", "in/a", true},
		{"((/in))/", "in/a", true},
		/* with a slash as without one the same is forbidden */
		{"(?!.*/private/)", "private/x", false},
		{"(?!.*/private/)", "/private/x", false},
		{"(?!.*/private/)", "a/private/x", false},
		{"(?!.*/private/)", "private", true},
		{"(?!.*/private/)", "in/a", true},
		{"^(?!.*?/private/).*$", "private/x", false},
		{"(?![^/]*/private/)", "private/x", false},
		{"(?![^/]*/private/)", "a/private/x", false},
		{"(?![^/]*/private/)", "in/private", true},
		{"(?!(?:.*/)?private/)", "private/x", false},
		{"(?!(?:.*/)?private/)", "a/private/x", false},
		{"(?!other|/private/)", "private/x", false},
		{"(?!other|/private/)", "other", false},
		{"(?!other|/private/)", "in/a", true},
		{"(?:(?!/private/)).*", "private/x", false},
		{"(?!private/)in/", "in/a", true},
		{"(?!private/)in/", "private/a", false},
		{"(*nla:.{0,9}/private/)", "private/x", false},
		{"(*negative_lookahead:\\\\w*/private/)", "private/x", false},
		{".+(?<!/private/x)$", "private/x", false},
		{".+(?<!/private/x)$", "in/x", true},
		{"(?!x|/(?:a|aa)+[!?]).", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 false},
		/* however it is spelled */
		{"(?!\\\\x2fprivate/)", "private/x", false},
		{"\\\\x{2F}in/", "in/a", true},
		{"\\\\Q/in/\\\\E", "in/a", true},
		{".*/in/", "in/a", true},
		{".*/in/", "a/in/b", true},
		{".*/in/", "a/b", false},
		{"(.*/)?in/", "in/a", true},
		{".*/private/(*COMMIT)(*F)|", "private/x", false},
		{"(?(?=.*/private/)(*F))", "private/x", false},
		{"[a-z]*/in/", "a/in/b", true},
		{"[^/]+$", "/a", true},
		{"[^/]+$", "in/a", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy policy;
		struct err err;
		char json[200];
		g_snprintf(json, sizeof(json), "{\"expiry\":5,\"path\":\"%s\"}",
			   rows[i].pattern);
		assert_int_equal(read_json(json, &policy, &err), 0);
		assert_int_equal(policy_allows_place(&policy,
						     str_of(rows[i].path),
						     STR_NONE, &err),
				 rows[i].fits ? 0 : -1);
		policy_release(&policy);
	}
}

static struct policy_entry *proven_entry(void)
{
	struct policy policy;
	struct err err;
	assert_int_equal(
		read_json("{\"expiry\":5,\"url\":\"a\",\"handle\":\"h\"}",
			  &policy, &err),
		0);
	return policy_entry_new(&policy);
}

static bool is_known(struct policy_cache *cache,
		     const struct policy_cache_key *key)
{
	struct policy_entry *entry = policy_cache_find(cache, key);
	if (entry)
		policy_entry_unref(entry);
	return entry != NULL;
}

static void remember(struct policy_cache *cache,
		     const struct policy_cache_key *key)
{
	struct policy_entry *entry = proven_entry();
	policy_cache_add(cache, key, entry);
	policy_entry_unref(entry);
}

static void what_was_proven_is_known_by_all_of_it(void **state)
{
	(void)state;
	struct policy_cache *cache = policy_cache_new();
	const struct policy_cache_key key = {
		.text = STR("policy"),
		.signature = STR("signature"),
		.account_id = 1,
		.revision = 7,
	};
	struct policy_cache_key others[] = {key, key, key, key,
					    key, key, key, key};
	others[0].text = STR("Policy");
	others[1].signature = STR("Signature");
	others[2].account_id = 2;
	others[3].revision = 8;
	others[4].text = STR_NONE;
	others[5].place = POLICY_IN_QUERY;
	others[6].place = POLICY_IN_CHAIN;
	others[7].text = STR("policys"); /* the same bytes in all */
	others[7].signature = STR("ignature");
	assert_false(is_known(cache, &key));
	struct policy_entry *entry = proven_entry();
	policy_cache_add(cache, &key, entry);
	policy_cache_add(cache, &key, entry);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(is_known(cache, &others[i]));
	struct policy_entry *found = policy_cache_find(cache, &key);
	assert_ptr_equal(found, entry);
	assert_int_equal(policy_entry_policy(found)->expires_s, 5);
	policy_entry_unref(found);
	policy_cache_free(cache);
	/* whoever holds one goes on */
	assert_int_equal(policy_entry_policy(entry)->expires_s, 5);
	assert_true(str_eq(policy_entry_policy(entry)->handle, STR("h")));
	policy_entry_unref(entry);
	policy_cache_add(NULL, &key, NULL);
	assert_false(is_known(NULL, &key));
}

static void one_proof_has_several_texts(void **state)
{
	(void)state;
	struct policy_cache *cache = policy_cache_new();
	struct policy_entry *entry = proven_entry();
	const struct policy_cache_key keys[] = {
		{.text = STR("p"), .signature = STR("s")},
		{.place = POLICY_IN_QUERY, .text = STR("policy=p&signature=s")},
		{.place = POLICY_IN_QUERY, .text = STR("signature=s&policy=p")},
		{.place = POLICY_IN_CHAIN, .text = STR("policy=p&signature=s")},
	};
	for (size_t i = 0; i < COUNT(keys); i++)
		policy_cache_add(cache, &keys[i], entry);
	policy_entry_unref(entry);
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct policy_entry *found = policy_cache_find(cache, &keys[i]);
		assert_ptr_equal(found, entry);
		policy_entry_unref(found);
	}
	policy_cache_free(cache);
}

static void few_are_remembered(void **state)
{
	(void)state;
	struct policy_cache *cache = policy_cache_new();
	struct policy_cache_key key = {.signature = STR("s")};
	for (unsigned i = 0; i < 20000; i++) {
		key.text = arena_printf(&arena, "%u", i);
		remember(cache, &key);
		key.text = STR("0"); /* in use */
		assert_true(is_known(cache, &key));
	}
	key.text = STR("1");
	assert_false(is_known(cache, &key));
	key.text = STR("19999");
	assert_true(is_known(cache, &key));
	policy_cache_free(cache);
}

/* Anybody who was given a policy can vary what stands beside it. */
static void many_texts_push_out_their_own_kind(void **state)
{
	(void)state;
	struct policy_cache *cache = policy_cache_new();
	const struct policy_cache_key claim = {.text = STR("p")};
	struct policy_cache_key key = {.place = POLICY_IN_QUERY};
	remember(cache, &claim);
	for (unsigned i = 0; i < 10000; i++) {
		key.text = arena_printf(&arena, "policy=p&n=%u", i);
		remember(cache, &key);
	}
	assert_true(is_known(cache, &claim));
	key.text = STR("policy=p&n=0");
	assert_false(is_known(cache, &key));
	policy_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(the_vendors_vectors_are_right),
		WITH_ARENA(every_spelling_is_understood),
		WITH_ARENA(what_is_not_understood_is_refused),
		WITH_ARENA(the_text_is_base64_in_either_alphabet),
		WITH_ARENA(a_policy_has_a_length),
		WITH_ARENA(a_place_fits_as_the_expression_spells_it),
		WITH_ARENA(what_was_proven_is_known_by_all_of_it),
		WITH_ARENA(one_proof_has_several_texts),
		WITH_ARENA(many_texts_push_out_their_own_kind),
		WITH_ARENA(few_are_remembered),
	};
	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
