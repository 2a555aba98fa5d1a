/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named transformations of accounts: rows, what is in memory, and ImageKit's
 * own names.
 */
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/named.h"
#include "library/accounts/transformation.h"
#include "library_world.h"

static int set(struct library *library, struct str account, const char *name,
	       const char *value, struct err *err)
{
	return transformation_set(
		library, account,
		&(struct transformation){.name = str_of(name),
					 .value = str_of(value)},
		err);
}

static void give(struct library *library, const char *account, const char *name,
		 const char *value)
{
	struct err err;
	if (set(library, str_of(account), name, value, &err) < 0)
		fail_msg("%s: %s", name, err.text);
}

static void take(struct library *library, const char *account, const char *name)
{
	struct err err;
	if (transformation_remove(library, str_of(account), str_of(name),
				  &err) != 1)
		fail_msg("%s is not removed", name);
}

/* NULL: the account has none of that name; g_free() it. */
static char *value_of(struct library *library, const char *account,
		      const char *name)
{
	struct keyring *keyring = library_keyring(library);
	const struct transformation *found = transformation_find(
		keyring_account(keyring, str_of(account)), str_of(name));
	char *value = found ? g_strndup(found->value.p, found->value.n) : NULL;
	keyring_unref(keyring);
	return value;
}

static void assert_value(struct library *library, const char *account,
			 const char *name, const char *wanted)
{
	g_autofree char *value = value_of(library, account, name);
	if (g_strcmp0(value, wanted) != 0)
		fail_msg("%s of %s is %s", name, account, value);
}

static int64_t revision_of(struct library *library, const char *account)
{
	struct keyring *keyring = library_keyring(library);
	int64_t revision = keyring_account(keyring, str_of(account))
				   ->transformations_revision;
	keyring_unref(keyring);
	return revision;
}

static void names_are_each_account_s_own(void **state)
{
	struct world *world = *state;
	struct library *library = world->library;
	world_account(world, 2);
	give(library, "account1", "card", "w-1");
	give(library, "account2", "card", "w-2");
	give(library, "account2", "a", "w-3");
	give(library, "account2", "card2", "w-4");
	assert_value(library, "account1", "card", "w-1");
	assert_value(library, "account1", "a", NULL);
	assert_value(library, "account2", "card", "w-2");
	assert_value(library, "account2", "a", "w-3");
	assert_value(library, "account2", "card2", "w-4");
	assert_value(library, "account2", "car", NULL);
	assert_value(library, "account2", "Card", NULL);
	give(library, "account1", "card", "w-5");
	assert_value(library, "account1", "card", "w-5");
	take(library, "account1", "card");
	assert_value(library, "account1", "card", NULL);
	assert_value(library, "account2", "card", "w-2");
}

/* What is made of an account's names is old when its number has changed. */
static void each_change_counts_for_its_account_alone(void **state)
{
	struct world *world = *state;
	struct library *library = world->library;
	struct err err;
	world_account(world, 2);
	give(library, "account2", "x", "w-1");
	int64_t first = revision_of(library, "account1");
	int64_t other = revision_of(library, "account2");
	give(library, "account1", "card", "w-1");
	int64_t second = revision_of(library, "account1");
	assert_true(second > first);
	give(library, "account1", "card", "w-2");
	int64_t third = revision_of(library, "account1");
	assert_true(third > second);
	take(library, "account1", "card");
	assert_true(revision_of(library, "account1") > third);
	assert_int_equal(revision_of(library, "account2"), other);
	/* a limit is something else */
	third = revision_of(library, "account1");
	const struct account_change change = {.columns = ACCOUNT_COLUMN(grace),
					      .plan = STR("")};
	assert_int_equal(account_set(library, STR("account1"), &change, &err),
			 0);
	assert_int_equal(revision_of(library, "account1"), third);
}

static const struct {
	const char *name, *value;
} refused[] = {
	{"", "w-1"},      {"a b", "w-1"},   {"a,b", "w-1"},
	{"a:b", "w-1"},   {"a/b", "w-1"},   {"\xc3\xa4", "w-1"},
	{"card", ""},     {"card", "\xff"}, {"card", "w-1\nh-1"},
	{"card", "\x7f"},
};

static void what_cannot_be_is_refused_and_leaves_nothing(void **state)
{
	struct world *world = *state;
	char longest[TRANSFORMATION_VALUE_MAX + 2] = {0};
	char name[TRANSFORMATION_NAME_MAX + 2] = {0};
	struct err err;
	for (size_t i = 0; i < COUNT(refused); i++) {
		if (set(world->library, STR("account1"), refused[i].name,
			refused[i].value, &err) == 0)
			fail_msg("row %zu is taken", i);
		assert_int_equal(err.code, ERR_INVALID);
	}
	memset(longest, 'w', sizeof(longest) - 1);
	memset(name, '$', sizeof(name) - 1);
	assert_int_equal(
		set(world->library, STR("account1"), "x", longest, &err), -1);
	assert_int_equal(set(world->library, STR("account1"), name, "x", &err),
			 -1);
	assert_int_equal(set(world->library, STR("nobody"), "x", "x", &err),
			 -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(transformation_remove(world->library, STR("nobody"),
					       STR("x"), &err),
			 -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(transformation_remove(world->library, STR("account1"),
					       STR("x"), &err),
			 0);
	assert_int_equal(
		world_ask(world, "SELECT COUNT(*) FROM transformation"), 0);
	longest[TRANSFORMATION_VALUE_MAX] = '\0';
	name[TRANSFORMATION_NAME_MAX] = '\0';
	give(world->library, "account1", name, longest);
	assert_value(world->library, "account1", name, longest);
}

static void an_account_has_so_many_and_no_more(void **state)
{
	struct world *world = *state;
	struct err err;
	world_account(world, 2);
	for (int i = 0; i < TRANSFORMATIONS_MAX; i++) {
		g_autofree char *name = g_strdup_printf("name-%d", i);
		give(world->library, "account1", name, "w-1");
	}
	assert_int_equal(
		set(world->library, STR("account1"), "more", "w-1", &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	give(world->library, "account1", "name-7", "w-7");
	give(world->library, "account2", "more", "w-1");
	take(world->library, "account1", "name-8");
	give(world->library, "account1", "more", "w-1");
	assert_value(world->library, "account1", "name-7", "w-7");
	assert_value(world->library, "account1", "name-8", NULL);
}

static void a_change_elsewhere_is_seen_by_a_refresh(void **state)
{
	struct world *world = *state;
	struct err err;
	give(world->library, "account1", "first", "w-1");
	struct library *other = world_open(world, false);
	give(other, "account1", "card", "w-1");
	assert_value(world->library, "account1", "card", NULL);
	int64_t before = revision_of(world->library, "account1");
	assert_int_equal(keyring_refresh(world->library, &err), 0);
	assert_value(world->library, "account1", "card", "w-1");
	assert_true(revision_of(world->library, "account1") > before);
	library_close(other);
}

static void damaged_rows_are_left_out(void **state)
{
	struct world *world = *state;
	world_change(
		world,
		"INSERT INTO transformation (account_id, name, value,"
		" changed_at) VALUES (1, 'a b', 'w-1', 1), (1, '', 'x', 1),"
		" (1, 'x', '', 1), (1, 'y', CAST(x'ff' AS TEXT), 1),"
		" (1, 'z', x'00', 1)");
	give(world->library, "account1", "whole", "w-1");
	struct keyring *keyring = library_keyring(world->library);
	const struct account *account =
		keyring_account(keyring, STR("account1"));
	assert_int_equal(account->n_transformations, 1);
	assert_true(str_eq(account->transformations[0].name, STR("whole")));
	keyring_unref(keyring);
}

/* ImageKit's */

static const struct {
	const char *transformation, *unknown; /* NULL: none */
} used[] = {
	{"n-card", NULL},
	{"w-1,n-card,fo-auto", NULL},
	{"n-media_library_thumbnail:n-ik_ml_thumbnail", NULL},
	{"w-1, n-card , h-1", NULL},
	{"w-1", NULL},
	{"", NULL},
	{"n-", NULL},
	{"n-nope", "nope"},
	{"w-1,n-nope", "nope"},
	{"n-card:w-1:n-nope", "nope"},
	{"n-card,n-a$b-c_d", "a$b-c_d"},
	{"i-n-nope", NULL},
};

static void the_names_of_a_transformation_are_known_or_not(void **state)
{
	struct world *world = *state;
	give(world->library, "account1", "card", "w-1");
	struct keyring *keyring = library_keyring(world->library);
	const struct account *account =
		keyring_account(keyring, STR("account1"));
	for (size_t i = 0; i < COUNT(used); i++) {
		struct err err = {0};
		struct arena arena;
		struct imagekit_wanted wanted;
		const struct imagekit_transformation in = {
			.query = str_of(used[i].transformation),
			.resolve = imagekit_named_resolve,
			.user = account,
		};
		arena_init(&arena);
		int result = imagekit_grammar(&in, &arena, &wanted, &err);
		arena_release(&arena);
		if ((result < 0) != (used[i].unknown != NULL) ||
		    (result < 0 && !strstr(err.text, used[i].unknown)))
			fail_msg("%s: %s", used[i].transformation, err.text);
	}
	keyring_unref(keyring);
}

static void assert_named(struct library *library, struct str name,
			 struct str wanted)
{
	struct keyring *keyring = library_keyring(library);
	struct str found =
		imagekit_named(keyring_account(keyring, STR("account1")), name);
	if (!str_eq(found, wanted))
		fail_msg("%.*s is %.*s", STR_ARG(name), STR_ARG(found));
	keyring_unref(keyring);
}

static void
every_account_has_the_vendors_names_and_may_replace_them(void **state)
{
	struct world *world = *state;
	struct str thumbnail = STR("w-100,h-100,c-at_max,fo-auto");
	give(world->library, "account1", "other", "w-1");
	assert_named(world->library, STR("ik_ml_thumbnail"), thumbnail);
	assert_named(world->library, STR("media_library_thumbnail"), thumbnail);
	assert_named(world->library, STR("thumbnail"), STR_NONE);
	give(world->library, "account1", "ik_ml_thumbnail", "w-7");
	assert_named(world->library, STR("ik_ml_thumbnail"), STR("w-7"));
	assert_named(world->library, STR("media_library_thumbnail"), thumbnail);
	take(world->library, "account1", "ik_ml_thumbnail");
	assert_named(world->library, STR("ik_ml_thumbnail"), thumbnail);
}

static const struct {
	struct str text, value;
	enum err_code code; /* ERR_NONE: it is taken */
} given[] = {
	{STR("tr:w-1:h-2"), STR("w-1:h-2"), ERR_NONE},
	{STR("w-1,h-2"), STR("w-1,h-2"), ERR_NONE},
	{STR("l-text,i-Hi%20there,fs-20,l-end"),
	 STR("l-text,i-Hi%20there,fs-20,l-end"), ERR_NONE},
	{STR("unknown-1"), STR("unknown-1"), ERR_NONE},
	{STR("l-image,i-n-x.png,l-end"), STR("l-image,i-n-x.png,l-end"),
	 ERR_NONE},
	{STR("tr:w-1:n-x"), STR_NONE, ERR_INVALID},
	{STR("w-1,n-x"), STR_NONE, ERR_INVALID},
	{STR("w-1, n-ik_ml_thumbnail"), STR_NONE, ERR_INVALID},
	{STR("w-1,n%2Dx"), STR_NONE, ERR_INVALID},
	{STR("w-1,e-bgremove"), STR_NONE, ERR_UNSUPPORTED},
};

static void a_name_stands_for_what_a_url_could_say(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < COUNT(given); i++) {
		struct str value;
		struct err err = {0};
		int result = imagekit_named_read(&world->arena, given[i].text,
						 &value, &err);
		if (err.code != given[i].code ||
		    (result == 0) != (err.code == ERR_NONE))
			fail_msg("%.*s: %s", STR_ARG(given[i].text), err.text);
		if (result == 0)
			assert_true(str_eq(value, given[i].value));
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_each_account_s_own),
		TEST(each_change_counts_for_its_account_alone),
		TEST(what_cannot_be_is_refused_and_leaves_nothing),
		TEST(an_account_has_so_many_and_no_more),
		TEST(a_change_elsewhere_is_seen_by_a_refresh),
		TEST(damaged_rows_are_left_out),
		TEST(the_names_of_a_transformation_are_known_or_not),
		TEST(every_account_has_the_vendors_names_and_may_replace_them),
		TEST(a_name_stands_for_what_a_url_could_say),
	};
	return cmocka_run_group_tests_name("transformation", tests, NULL, NULL);
}
