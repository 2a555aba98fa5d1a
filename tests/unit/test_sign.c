/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed URLs, with a keyring of our own: src/api/sign.h.
 */
#include "api/sign.h"
#include "base/clock.h"
#include "base/encode.h"
#include "unit.h"

#define SUBJECT STR("f_0123456789abcdefghi")

/* The valid secret keys of account 1, newest first. */
static const char *secrets[4];

bool keyring_any_secret(const struct keyring *keyring, int64_t account_id,
			bool (*fn)(void *user, struct str secret), void *user)
{
	(void)keyring;
	for (size_t i = 0; account_id == 1 && secrets[i]; i++)
		if (fn(user, str_of(secrets[i])))
			return true;
	return false;
}

struct world {
	struct http_exchange x;
	struct request rq;
	struct account account;
	int64_t now_s;
};

static int make(void **state)
{
	static struct world world;
	world = (struct world){
		.account = {.id = 1, .secret_key = "sk_live_newest"},
		.now_s = now_ms() / 1000,
	};
	world.rq.x = &world.x;
	world.rq.account = &world.account;
	arena_init(&world.x.arena);
	secrets[0] = "sk_live_newest";
	secrets[1] = "sk_live_older";
	secrets[2] = NULL;
	*state = &world;
	return 0;
}

static int drop(void **state)
{
	struct world *w = *state;
	arena_release(&w->x.arena);
	return 0;
}

static struct str query_for(struct world *w, int64_t expires_s)
{
	return sign_query(&w->rq, "read", SUBJECT, expires_s);
}

static enum sign_verdict check(struct world *w, struct str query,
			       const char *purpose, struct str subject)
{
	const struct sign_claim claim = {purpose, subject, query};
	return sign_check(&w->rq, &claim, NULL);
}

static enum sign_verdict check_read(struct world *w, struct str query)
{
	return check(w, query, "read", SUBJECT);
}

static void a_link_is_valid_until_it_expires(void **state)
{
	struct world *w = *state;
	int64_t until = 0;
	const struct sign_claim claim = {"read", SUBJECT,
					 query_for(w, w->now_s + 60)};
	assert_int_equal(sign_check(&w->rq, &claim, &until), SIGN_VALID);
	assert_int_equal(until, w->now_s + 60);
	assert_int_equal(check_read(w, query_for(w, w->now_s - 1)),
			 SIGN_EXPIRED);
	assert_int_equal(check_read(w, query_for(w, w->now_s)), SIGN_EXPIRED);
}

static void a_link_opens_nothing_else(void **state)
{
	struct world *w = *state;
	struct str query = query_for(w, w->now_s + 60);
	assert_int_equal(check(w, query, "write", SUBJECT), SIGN_INVALID);
	assert_int_equal(check(w, query, "read", STR("f_0")), SIGN_INVALID);
	assert_int_equal(check(w, query, "read", STR("")), SIGN_INVALID);
	assert_int_equal(check(w, query, "rea", STR("d:f_0")), SIGN_INVALID);
	w->account.id = 2;
	assert_int_equal(check_read(w, query), SIGN_INVALID);
}

/* Every byte, changed into every other. */
static void no_byte_of_the_query_can_be_changed(void **state)
{
	struct world *w = *state;
	struct str query = query_for(w, w->now_s + 60);
	char *copy = arena_cstr(&w->x.arena, query);
	for (size_t i = 0; i < query.n; i++) {
		for (int c = 1; c < 256; c++) {
			if ((char)c == query.p[i])
				continue;
			copy[i] = (char)c;
			assert_int_not_equal(
				check_read(w, (struct str){copy, query.n}),
				SIGN_VALID);
		}
		copy[i] = query.p[i];
	}
	assert_int_equal(check_read(w, query), SIGN_VALID);
}

static void queries_that_are_no_links_are_told_apart(void **state)
{
	static const struct {
		const char *query;
		enum sign_verdict want;
	} rows[] = {
		{NULL, SIGN_ABSENT},
		{"", SIGN_ABSENT},
		{"a=b&dl=true", SIGN_ABSENT},
		{"expires=99999999999", SIGN_INVALID},
		{"signature=", SIGN_INVALID},
		{"expires=99999999999&signature=", SIGN_INVALID},
		{"expires=99999999999&signature=zz", SIGN_INVALID},
		{"expires=&signature=00", SIGN_INVALID},
		{"expires=99999999999999999999999&signature=00", SIGN_INVALID},
		{"expires=-1&signature=00", SIGN_INVALID},
	};
	struct world *w = *state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(check_read(w, str_of(rows[i].query)),
				 rows[i].want);
}

static void other_parameters_may_stand_beside(void **state)
{
	struct world *w = *state;
	struct str query = query_for(w, w->now_s + 60);
	assert_int_equal(
		check_read(w, arena_join(&w->x.arena, STR("v=1&"), query)),
		SIGN_VALID);
	/* the first counts, so a second one changes nothing */
	assert_int_equal(check_read(w, arena_join(&w->x.arena, query,
						  STR("&expires=99999999999"))),
			 SIGN_VALID);
	assert_int_equal(
		check_read(w, arena_join(&w->x.arena,
					 STR("expires=99999999999&"), query)),
		SIGN_INVALID);
}

static void links_live_as_long_as_the_key_that_made_them(void **state)
{
	struct world *w = *state;
	w->account.secret_key = "sk_live_older";
	struct str query = query_for(w, w->now_s + 60);
	assert_int_equal(check_read(w, query), SIGN_VALID);
	secrets[1] = NULL;
	assert_int_equal(check_read(w, query), SIGN_INVALID);
}

static void an_account_without_a_secret_key_signs_nothing(void **state)
{
	struct world *w = *state;
	w->account.secret_key = "";
	assert_str(query_for(w, w->now_s + 60), STR_NONE);
}

/* Written down, because links are outside and must stay valid. */
static void the_format_stays_as_it_is(void **state)
{
	struct world *w = *state;
	assert_str(query_for(w, 4102444800),
		   STR("expires=4102444800&signature="
		       "a686d4f57106a85d38defc6efb51f9a91b54a7827023e805579a88e"
		       "12975ba4a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_link_is_valid_until_it_expires),
		TEST(a_link_opens_nothing_else),
		TEST(no_byte_of_the_query_can_be_changed),
		TEST(queries_that_are_no_links_are_told_apart),
		TEST(other_parameters_may_stand_beside),
		TEST(links_live_as_long_as_the_key_that_made_them),
		TEST(an_account_without_a_secret_key_signs_nothing),
		TEST(the_format_stays_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
