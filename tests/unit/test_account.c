/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts, keys, and the keyring that requests are checked against.
 */
#include "library_world.h"

static const struct {
	const char *name;
	bool valid;
} names[] = {
	{"default", true},
	{"A-Z_09", true},
	{"x", true},
	{"abcdefghijklmnopqrs", true},   /* 19 */
	{"abcdefghijklmnopqrst", false}, /* 20, as long as a handle */
	{"abcdefghijklmnopqrstu", true}, /* 21 */
	{"0123456789012345678901234567890123456789012345678901234567890123",
	 true}, /* 64 */
	{"01234567890123456789012345678901234567890123456789012345678901234",
	 false},
	{"", false},
	{"a b", false},
	{"a/b", false},
	{"a.b", false},
	{"\xc3\xa4", false},
	{"api", false},
	{"API", false},
	{"v1", false},
	{"v2", false},
	{"live", false},
	{"test", false},
	{"imagekit", false},
	{"filestack", false},
	{"stashfyle", false},
	{"jigsawstack", false},
	{"healthz", false},
	{"readyz", false},
	{"metrics", false},
	{"multipart", false},
	{"process", false},
	{"prefetch", false},
	{"store", false},
	{"file", false},
	{"console", false},
	{"admin", false},
	{"auth", false},
	{"folder", false},
	{"metadata", false},
	{"security", false},
	{"apis", true},
};

static void account_names_are_those_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		if (account_name_valid(str_of(names[i].name)) != names[i].valid)
			fail_msg("wrong about \"%s\"", names[i].name);
}

/* What account_ensure() must refuse while there is no account. */
static const struct {
	const char *name, *secret, *public;
	const char *says;
} refused[] = {
	{"api", NULL, NULL, "account name"},
	{"", NULL, NULL, "account name"},
	{"acme", "short", NULL, "secret key"},
	{"acme", NULL, "short", "public key"},
	{"acme", "", NULL, "secret key"},
	{"acme", "with:colon", NULL, "secret key"},
	{"acme", "with blank", NULL, "secret key"},
	{"acme", "with\xc3\xa4umlaut", NULL, "secret key"},
	{"acme", "the-same-key", "the-same-key", "the same"},
};

static void bad_presets_are_refused_and_leave_nothing(void **state)
{
	struct world *world = *state;
	char longest[KEY_TEXT_MAX + 2] = {0};
	struct err err;
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_int_equal(account_ensure(world->library,
						&(struct account_preset){
							refused[i].name,
							refused[i].secret,
							refused[i].public},
						&err),
				 -1);
		assert_int_equal(err.code, ERR_INVALID);
		if (!strstr(err.text, refused[i].says))
			fail_msg("row %zu says: %s", i, err.text);
	}
	memset(longest, 'k', KEY_TEXT_MAX + 1);
	assert_int_equal(
		account_ensure(world->library,
			       &(struct account_preset){"acme", longest, NULL},
			       &err),
		-1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM account"), 0);
	longest[KEY_TEXT_MAX] = '\0';
	assert_int_equal(
		account_ensure(world->library,
			       &(struct account_preset){"acme", longest, NULL},
			       &err),
		0);
}

static void ensure(struct world *world, const char *name, const char *secret,
		   const char *public)
{
	struct err err;
	if (account_ensure(world->library,
			   &(struct account_preset){name, secret, public},
			   &err) < 0)
		fail_msg("%s: %s", name, err.text);
}

static void assert_refused(struct world *world, const char *name,
			   const char *secret, const char *public,
			   const char *says)
{
	struct err err = {0};
	assert_int_equal(
		account_ensure(world->library,
			       &(struct account_preset){name, secret, public},
			       &err),
		-1);
	assert_int_equal(err.code, ERR_INVALID);
	if (!strstr(err.text, says))
		fail_msg("says: %s", err.text);
}

/* Copies of the newest keys of an account; free with g_strfreev(). */
static char **keys_of(struct world *world, const char *name)
{
	struct keyring *keyring = library_keyring(world->library);
	const struct account *account = keyring_account(keyring, str_of(name));
	char **keys = g_new0(char *, 3);
	if (account) {
		keys[0] = g_strdup(account->secret_key);
		keys[1] = g_strdup(account->public_key);
		assert_ptr_equal(keyring_account_by_id(keyring, account->id),
				 account);
	}
	keyring_unref(keyring);
	return keys;
}

static void first_start_makes_one_account_with_keys(void **state)
{
	struct world *world = *state;
	ensure(world, "acme", NULL, NULL);
	g_auto(GStrv) first = keys_of(world, "acme");
	assert_true(g_str_has_prefix(first[0], "sk_live_"));
	assert_true(g_str_has_prefix(first[1], "pk_live_"));
	assert_int_equal(strlen(first[0]), 40);
	assert_int_equal(strlen(first[1]), 40);
	ensure(world, "acme", NULL, NULL);
	ensure(world, "acme", first[0], first[1]);
	g_auto(GStrv) second = keys_of(world, "acme");
	assert_string_equal(first[0], second[0]);
	assert_string_equal(first[1], second[1]);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM api_key"), 2);
}

static void first_start_takes_preset_keys(void **state)
{
	struct world *world = *state;
	ensure(world, "acme", "private_/+=~!", "public_x");
	g_auto(GStrv) keys = keys_of(world, "acme");
	assert_string_equal(keys[0], "private_/+=~!");
	assert_string_equal(keys[1], "public_x");
}

static void later_presets_are_added_once(void **state)
{
	struct world *world = *state;
	ensure(world, "acme", NULL, NULL);
	ensure(world, "acme", "preset-secret", NULL);
	ensure(world, "acme", "preset-secret", NULL);
	g_auto(GStrv) keys = keys_of(world, "acme");
	assert_string_equal(keys[0], "preset-secret");
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM api_key"), 3);
}

static void other_account_is_not_made_later(void **state)
{
	struct world *world = *state;
	ensure(world, "acme", NULL, NULL);
	ensure(world, "other", NULL, NULL);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM account"), 1);
	assert_refused(world, "other", "preset-secret", NULL, "\"other\"");
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM api_key"), 2);
}

static int64_t key_id(struct world *world, const char *text)
{
	struct err err;
	struct api_keys keys;
	assert_int_equal(key_list(WORLD_VIEW(world, 0), &keys, &err), 0);
	for (size_t i = 0; i < keys.n; i++)
		if (strcmp(keys.items[i].text, text) == 0)
			return keys.items[i].id;
	fail_msg("no key %s", text);
	return 0;
}

static void preset_that_is_something_else_is_refused(void **state)
{
	struct world *world = *state;
	struct err err;
	struct api_key key;
	ensure(world, "acme", "acme-secret", "acme-public");
	world_change(world, "INSERT INTO account (id, name, created_at)"
			    " VALUES (7, 'rival', 1)");
	assert_int_equal(
		key_create(WORLD_VIEW(world, 0),
			   &(struct key_new){STR("rival"), KEY_SECRET,
					     "rival-secret", STR(""), NULL},
			   &key, &err),
		0);
	assert_refused(world, "acme", "rival-secret", NULL, "another account");
	assert_refused(world, "acme", "acme-public", NULL, "public key of");
	assert_refused(world, "acme", NULL, "acme-secret", "secret key of");
	assert_int_equal(
		key_revoke(world->library, key_id(world, "acme-secret"), &err),
		1);
	assert_refused(world, "acme", "acme-secret", NULL, "revoked");
	ensure(world, "acme", NULL, NULL);
	g_auto(GStrv) keys = keys_of(world, "acme");
	assert_true(g_str_has_prefix(keys[0], "sk_live_"));
	assert_string_equal(keys[1], "acme-public");
}

static bool opens(struct library *library, const char *text, size_t n)
{
	struct keyring *keyring = library_keyring(library);
	const struct api_key *key =
		keyring_find(keyring, (struct str){text, n});
	bool found = key != NULL;
	if (key) {
		assert_memory_equal(key->text, text, n);
		assert_string_equal(key->account->name, "acme");
		assert_ptr_equal(keyring_key_by_id(keyring, key->id), key);
		assert_null(keyring_key_by_id(keyring, key->id + 1000));
		assert_null(keyring_key_by_id(keyring, 0));
	}
	keyring_unref(keyring);
	return found;
}

static void only_the_whole_key_is_found(void **state)
{
	struct world *world = *state;
	static const char secret[] = "0123456789abcdef";
	size_t n = sizeof(secret) - 1;
	ensure(world, "acme", secret, NULL);
	assert_true(opens(world->library, secret, n));
	for (size_t i = 1; i < n; i++) {
		assert_false(opens(world->library, secret, n - i));
		assert_false(opens(world->library, secret + i, n - i));
	}
	assert_false(opens(world->library, secret, n + 1)); /* with its NUL */
	assert_false(opens(world->library, "0123456789abcdeF", n));
	assert_false(opens(world->library, "unknown-key", 11));
	assert_false(opens(world->library, "", 0));
	assert_false(opens(world->library, NULL, 0));
	char longest[KEY_TEXT_MAX + 1];
	memset(longest, 'x', sizeof(longest));
	assert_false(opens(world->library, longest, sizeof(longest)));
}

static void accounts_are_found_by_their_whole_name(void **state)
{
	struct world *world = *state;
	static const struct {
		struct str name;
		bool found;
	} rows[] = {
		{STR("acme"), true},    {STR("acm"), false},
		{STR("ACME"), false},   {STR("acmee"), false},
		{STR("acme\0"), false}, {STR(""), false},
	};
	ensure(world, "acme", NULL, NULL);
	struct keyring *keyring = library_keyring(world->library);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(keyring_account(keyring, rows[i].name) != NULL,
				 rows[i].found);
	assert_null(keyring_account_by_id(keyring, 0));
	assert_null(keyring_account_by_id(keyring, 99));
	keyring_unref(keyring);
}

static void created_key_opens_until_revoked(void **state)
{
	struct world *world = *state;
	struct err err;
	struct api_key key;
	ensure(world, "acme", NULL, NULL);
	assert_int_equal(
		key_create(WORLD_VIEW(world, 0),
			   &(struct key_new){STR("acme"), KEY_PUBLIC, NULL,
					     STR("for the \xc3\xa4pp"), NULL},
			   &key, &err),
		0);
	assert_true(g_str_has_prefix(key.text, "pk_live_"));
	assert_string_equal(key.label, "for the \xc3\xa4pp");
	assert_string_equal(key.account->name, "acme");
	assert_string_equal(key.account->public_key, key.text);
	g_auto(GStrv) keys = keys_of(world, "acme");
	assert_string_equal(keys[1], key.text);
	assert_true(opens(world->library, key.text, strlen(key.text)));

	/* who holds a snapshot keeps it */
	struct keyring *before = library_keyring(world->library);
	assert_int_equal(key_revoke(world->library, key.id, &err), 1);
	assert_int_equal(key_revoke(world->library, key.id, &err), 0);
	assert_int_equal(key_revoke(world->library, 12345, &err), 0);
	assert_non_null(keyring_find(before, str_of(key.text)));
	keyring_unref(before);
	assert_false(opens(world->library, key.text, strlen(key.text)));
	g_auto(GStrv) after = keys_of(world, "acme");
	assert_string_not_equal(after[1], key.text);
}

static const struct {
	const char *account, *key, *label;
	enum err_code code;
} bad_keys[] = {
	{"nobody", NULL, "", ERR_NOT_FOUND},
	{"acme", "acme-secret", "", ERR_EXISTS},
	{"acme", "gone-key", "", ERR_EXISTS},
	{"acme", "short", "", ERR_INVALID},
	{"acme", "with:colon", "", ERR_INVALID},
	{"acme", NULL, "line\nbreak", ERR_INVALID},
	{"acme", NULL, "\xff", ERR_INVALID},
};

static void keys_that_cannot_be_are_refused(void **state)
{
	struct world *world = *state;
	struct err err;
	struct api_key key;
	ensure(world, "acme", "acme-secret", NULL);
	assert_int_equal(
		key_create(WORLD_VIEW(world, 0),
			   &(struct key_new){STR("acme"), KEY_SECRET,
					     "gone-key", STR(""), NULL},
			   &key, &err),
		0);
	assert_int_equal(key_revoke(world->library, key.id, &err), 1);
	for (size_t i = 0; i < COUNT(bad_keys); i++) {
		assert_int_equal(
			key_create(WORLD_VIEW(world, 0),
				   &(struct key_new){
					   str_of(bad_keys[i].account),
					   KEY_SECRET, bad_keys[i].key,
					   str_of(bad_keys[i].label), NULL},
				   &key, &err),
			-1);
		assert_int_equal(err.code, bad_keys[i].code);
	}
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM api_key"), 3);
}

static void list_shows_revoked_keys_too_oldest_first(void **state)
{
	struct world *world = *state;
	struct err err;
	struct api_key key;
	struct api_keys keys;
	ensure(world, "acme", "acme-secret", "acme-public");
	assert_int_equal(
		key_create(WORLD_VIEW(world, 0),
			   &(struct key_new){STR("acme"), KEY_SECRET,
					     "third-key", STR("third"), NULL},
			   &key, &err),
		0);
	assert_int_equal(
		key_revoke(world->library, key_id(world, "acme-secret"), &err),
		1);
	assert_int_equal(key_list(WORLD_VIEW(world, 0), &keys, &err), 0);
	assert_int_equal(keys.n, 3);
	assert_string_equal(keys.items[0].text, "acme-secret");
	assert_true(keys.items[0].revoked_ms > 0);
	assert_int_equal(keys.items[0].kind, KEY_SECRET);
	assert_string_equal(keys.items[1].text, "acme-public");
	assert_int_equal(keys.items[1].revoked_ms, 0);
	assert_int_equal(keys.items[1].kind, KEY_PUBLIC);
	assert_string_equal(keys.items[2].text, "third-key");
	assert_string_equal(keys.items[2].label, "third");
	assert_string_equal(keys.items[2].account->secret_key, "third-key");
}

static void revocation_elsewhere_is_seen_by_a_refresh(void **state)
{
	struct world *world = *state;
	struct err err;
	struct api_key key;
	struct library *other = world_open(world, false);
	const struct view view = {
		.library = other, .now = now_ms(), .arena = &world->arena};
	ensure(world, "acme", "acme-secret", NULL);
	assert_true(opens(world->library, "acme-secret", 11));
	assert_false(opens(other, "acme-secret", 11));
	assert_int_equal(keyring_refresh(other, &err), 0);
	assert_true(opens(other, "acme-secret", 11));

	assert_int_equal(
		key_create(&view,
			   &(struct key_new){STR("acme"), KEY_SECRET,
					     "other-secret", STR(""), NULL},
			   &key, &err),
		0);
	assert_int_equal(key_revoke(other, key_id(world, "acme-secret"), &err),
			 1);
	assert_true(opens(world->library, "acme-secret", 11));
	assert_false(opens(world->library, "other-secret", 12));
	assert_int_equal(keyring_refresh(world->library, &err), 0);
	assert_false(opens(world->library, "acme-secret", 11));
	assert_true(opens(world->library, "other-secret", 12));
	library_close(other);
}

static void refresh_without_a_change_keeps_the_snapshot(void **state)
{
	struct world *world = *state;
	struct err err;
	ensure(world, "acme", NULL, NULL);
	struct keyring *before = library_keyring(world->library);
	assert_int_equal(keyring_refresh(world->library, &err), 0);
	struct keyring *after = library_keyring(world->library);
	assert_ptr_equal(before, after);
	keyring_unref(before);
	keyring_unref(after);
}

static void snapshot_outlives_the_library(void **state)
{
	struct world *world = *state;
	ensure(world, "acme", "acme-secret", NULL);
	struct keyring *keyring = library_keyring(world->library);
	library_close(world->library);
	world->library = NULL;
	assert_non_null(keyring_find(keyring, STR("acme-secret")));
	keyring_unref(keyring);
}

struct reader {
	struct library *library;
	gint stop;
	unsigned wrong;
};

/* The keys of one snapshot belong together. */
static void *read_keys(void *arg)
{
	struct reader *reader = arg;
	while (!g_atomic_int_get(&reader->stop)) {
		struct keyring *keyring = library_keyring(reader->library);
		const struct account *account =
			keyring_account(keyring, STR("acme"));
		const struct api_key *key =
			account ? keyring_find(keyring,
					       str_of(account->secret_key))
				: NULL;
		reader->wrong += key == NULL || key->account != account;
		keyring_unref(keyring);
	}
	return NULL;
}

static void readers_always_see_a_whole_snapshot(void **state)
{
	struct world *world = *state;
	struct err err;
	struct api_key key;
	struct reader readers[2] = {{0}};
	GThread *threads[2];
	ensure(world, "acme", NULL, NULL);
	for (size_t i = 0; i < COUNT(readers); i++) {
		readers[i].library = world->library;
		threads[i] = g_thread_new("reader", read_keys, &readers[i]);
	}
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(
			key_create(WORLD_VIEW(world, 0),
				   &(struct key_new){STR("acme"), KEY_SECRET,
						     NULL, STR(""), NULL},
				   &key, &err),
			0);
		if (i % 2)
			assert_int_equal(
				key_revoke(world->library, key.id, &err), 1);
	}
	for (size_t i = 0; i < COUNT(readers); i++) {
		g_atomic_int_set(&readers[i].stop, 1);
		g_thread_join(threads[i]);
		assert_int_equal(readers[i].wrong, 0);
	}
}

#define ALL_COLUMNS (ACCOUNT_PLAN | (ACCOUNT_PLAN - 1))

static const struct {
	const char *plan;
	bool there;
	struct account_limits limits;
} plans[] = {
	{"", true, {0}},
	{"free",
	 true,
	 {.max_file_bytes = 10485760,
	  .max_storage_bytes = 1073741824,
	  .max_uploads = 1000,
	  .rate_per_minute = 100}},
	{"hobby",
	 true,
	 {.max_file_bytes = 104857600,
	  .max_storage_bytes = 10737418240,
	  .max_uploads = 50000,
	  .rate_per_minute = 500}},
	{"pro",
	 true,
	 {.max_file_bytes = 524288000,
	  .max_storage_bytes = 107374182400,
	  .max_uploads = 500000,
	  .rate_per_minute = 2000}},
	{"Free", false, {0}},
	{"fre", false, {0}},
	{"none", false, {0}},
};

#define SAME_LIMIT(kind, member, whose, option, json, help)                    \
	assert_int_equal(got->member, want->member);

static void assert_limits(const struct account_limits *got,
			  const struct account_limits *want)
{
	ACCOUNT_LIMITS(SAME_LIMIT)
}

static int create(struct world *world, const char *name, const char *plan,
		  struct err *err)
{
	const struct account_preset new = {.name = name};
	return account_create(world->library, &new, str_of(plan), err);
}

static void a_made_account_has_its_plan_keys_and_usage(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < COUNT(plans); i++) {
		struct err err = {0};
		struct account_limits limits;
		g_autofree char *name = g_strdup_printf("made%zu", i);
		struct str plan = str_of(plans[i].plan);
		int result = create(world, name, plans[i].plan, &err);
		assert_int_equal(result, plans[i].there ? 0 : -1);
		assert_int_equal(account_plan_limits(plan, &limits),
				 plans[i].there);
		if (!plans[i].there) {
			assert_int_equal(err.code, ERR_INVALID);
			continue;
		}
		assert_limits(&limits, &plans[i].limits);
		struct keyring *keyring = library_keyring(world->library);
		const struct account *account =
			keyring_account(keyring, str_of(name));
		assert_non_null(account);
		assert_limits(&account->limits, &plans[i].limits);
		assert_string_equal(account->plan, plans[i].plan);
		assert_true(g_str_has_prefix(account->secret_key, "sk_live_"));
		assert_true(g_str_has_prefix(account->public_key, "pk_live_"));
		keyring_unref(keyring);
	}
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM usage"), 4);
}

static void accounts_that_cannot_be_are_refused(void **state)
{
	struct world *world = *state;
	struct err err;
	ensure(world, "acme", NULL, NULL);
	assert_int_equal(create(world, "acme", "", &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	assert_int_equal(create(world, "live", "", &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM account"), 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM api_key"), 2);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM usage"), 1);
}

static void a_made_account_takes_keys_along(void **state)
{
	struct world *world = *state;
	static const struct {
		struct account_preset new;
		enum err_code code;
	} rows[] = {
		{{"both", "private_from_elsewhere=", "public_from/elsewhere+"},
		 ERR_NONE},
		{{"secret", "8letters", NULL}, ERR_NONE},
		{{"public", NULL, "AVendorsKeyOf22Letters"}, ERR_NONE},
		{{"both", "another_secret", NULL}, ERR_EXISTS},
		{{"x", "private_from_elsewhere=", NULL}, ERR_EXISTS},
		{{"x", NULL, "private_from_elsewhere="}, ERR_EXISTS},
		{{"x", NULL, "8letters"}, ERR_EXISTS},
		{{"x", "same_same", "same_same"}, ERR_INVALID},
		{{"x", "7letter", NULL}, ERR_INVALID},
		{{"x", "with:colon", NULL}, ERR_INVALID},
		{{"x", "with blank", NULL}, ERR_INVALID},
		{{"x", NULL, "with\nline"}, ERR_INVALID},
		{{"x", "umlaut\xc3\xa4", NULL}, ERR_INVALID},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = {0};
		const struct account_preset *new = &rows[i].new;
		int result = account_create(world->library, new, STR(""), &err);
		assert_int_equal(err.code, rows[i].code);
		assert_int_equal(result, rows[i].code ? -1 : 0);
		if (result < 0)
			continue;
		struct keyring *keyring = library_keyring(world->library);
		const struct account *account =
			keyring_account(keyring, str_of(new->name));
		if (new->secret_key)
			assert_string_equal(account->secret_key,
					    new->secret_key);
		if (new->public_key)
			assert_string_equal(account->public_key,
					    new->public_key);
		keyring_unref(keyring);
	}
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM account"), 3);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM api_key"), 6);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM api_key"
					  " WHERE label = 'preset'"),
			 4);
}

static void limits_are_kept_as_they_were_set(void **state)
{
	struct world *world = *state;
	struct err err;
	struct account_rows accounts;
	struct account_limits limits = {1,    2,     3,    4,    5,
					true, false, true, true, true};
	ensure(world, "zeta", NULL, NULL);
	assert_int_equal(create(world, "acme", "pro", &err), 0);
	assert_int_equal(account_set(world->library, STR("zeta"),
				     &(struct account_change){
					     ALL_COLUMNS, STR("hobby"), limits},
				     &err),
			 0);
	assert_int_equal(account_list(WORLD_VIEW(world, 0), &accounts, &err),
			 0);
	assert_int_equal(accounts.n, 2);
	assert_string_equal(accounts.items[0].name, "acme");
	assert_string_equal(accounts.items[1].name, "zeta");
	assert_string_equal(accounts.items[1].plan, "hobby");
	assert_limits(&accounts.items[1].limits, &limits);
	assert_limits(&accounts.items[0].limits, &plans[3].limits);

	assert_int_equal(account_set(world->library, STR("none"),
				     &(struct account_change){ALL_COLUMNS,
							      STR(""), limits},
				     &err),
			 -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(account_set(world->library, STR("zeta"),
				     &(struct account_change){ALL_COLUMNS,
							      STR("x"), limits},
				     &err),
			 -1);
	assert_int_equal(err.code, ERR_INVALID);
	limits.max_uploads = UINT64_MAX;
	assert_int_equal(account_set(world->library, STR("zeta"),
				     &(struct account_change){ALL_COLUMNS,
							      STR(""), limits},
				     &err),
			 -1);
	assert_int_equal(err.code, ERR_INVALID);
}

static void assert_list(const char *const *got, const char *const *want)
{
	assert_int_equal(got == NULL, want == NULL);
	for (size_t i = 0; want && (want[i] || got[i]); i++) {
		assert_non_null(got[i]);
		assert_non_null(want[i]);
		assert_string_equal(got[i], want[i]);
	}
}

static void assert_restricted(struct world *world, const char *text,
			      const char *const *origins,
			      const char *const *apis,
			      const char *const *domains)
{
	struct keyring *keyring = library_keyring(world->library);
	const struct api_key *key = keyring_find(keyring, str_of(text));
	assert_non_null(key);
	assert_list(key->origins, origins);
	assert_list(key->apis, apis);
	assert_list(key->domains, domains);
	keyring_unref(keyring);
}

/* One that is seen before its restrictions would be free for that long. */
static void a_key_is_made_with_its_restrictions(void **state)
{
	struct world *world = *state;
	struct err err = {0};
	struct api_key key;
	static const char *const apis[] = {"store", NULL};
	static const char *const bad[] = {"", NULL};
	struct key_restrictions restrictions = {KEY_APIS, NULL, apis, NULL};
	struct key_new new = {.account = STR("acme"),
			      .kind = KEY_PUBLIC,
			      .text = "made-public",
			      .restrictions = &restrictions};
	ensure(world, "acme", "acme-secret", "acme-public");
	int64_t before = world_ask(world, "SELECT COUNT(*) FROM api_key");
	world_change(world, "CREATE TRIGGER trap BEFORE UPDATE ON api_key"
			    " BEGIN SELECT RAISE(ABORT, 'trap'); END");
	assert_int_equal(key_create(WORLD_VIEW(world, 0), &new, &key, &err),
			 -1);
	world_change(world, "DROP TRIGGER trap");
	new.kind = KEY_SECRET;
	assert_int_equal(key_create(WORLD_VIEW(world, 0), &new, &key, &err),
			 -1);
	assert_int_equal(err.code, ERR_INVALID);
	new.kind = KEY_PUBLIC;
	restrictions.apis = bad;
	assert_int_equal(key_create(WORLD_VIEW(world, 0), &new, &key, &err),
			 -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM api_key"),
			 before);
	restrictions.apis = apis;
	assert_int_equal(key_create(WORLD_VIEW(world, 0), &new, &key, &err), 0);
	assert_restricted(world, "made-public", NULL, apis, NULL);
}

static void restrictions_of_a_key_are_kept_and_replaced(void **state)
{
	struct world *world = *state;
	struct err err;
	static const char *const origins[] = {"https://a.example",
					      "http://b.example:8080", NULL};
	static const char *const apis[] = {"sto\"re", NULL};
	static const char *const nothing[] = {NULL};
	char longest[KEY_RESTRICTION_MAX + 2] = {0};
	const char *many[KEY_RESTRICTIONS_MAX + 2] = {0};
	ensure(world, "acme", "acme-secret", "acme-public");
	int64_t id = key_id(world, "acme-public");
	assert_restricted(world, "acme-public", NULL, NULL, NULL);
	assert_int_equal(
		key_restrict(world->library, id,
			     &(struct key_restrictions){KEY_LISTS, origins,
							apis, nothing},
			     &err),
		1);
	assert_restricted(world, "acme-public", origins, apis, nothing);
	assert_restricted(world, "acme-secret", NULL, NULL, NULL);
	assert_int_equal(key_restrict(world->library, id,
				      &(struct key_restrictions){
					      KEY_LISTS, NULL, NULL, apis},
				      &err),
			 1);
	assert_restricted(world, "acme-public", NULL, NULL, apis);

	memset(longest, 'x', KEY_RESTRICTION_MAX + 1);
	const char *const too_long[] = {longest, NULL};
	for (size_t i = 0; i <= KEY_RESTRICTIONS_MAX; i++)
		many[i] = "x";
	const char *const empty[] = {"", NULL};
	const char *const control[] = {"a\nb", NULL};
	const char *const *const bad[] = {too_long, many, empty, control};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(
			key_restrict(world->library, id,
				     &(struct key_restrictions){KEY_LISTS, NULL,
								bad[i], NULL},
				     &err),
			-1);
		assert_int_equal(err.code, ERR_INVALID);
	}
	assert_restricted(world, "acme-public", NULL, NULL, apis);
	assert_int_equal(key_revoke(world->library, id, &err), 1);
	assert_int_equal(key_restrict(world->library, id,
				      &(struct key_restrictions){
					      KEY_LISTS, NULL, NULL, NULL},
				      &err),
			 0);
}

static void a_damaged_restriction_allows_nothing(void **state)
{
	struct world *world = *state;
	static const char *const nothing[] = {NULL};
	struct err err;
	ensure(world, "acme", "acme-secret", "acme-public");
	world_change(world, "UPDATE api_key SET domains = '[\"a\"'");
	world_change(world, "UPDATE revision SET number = number + 1");
	assert_int_equal(keyring_refresh(world->library, &err), 0);
	assert_restricted(world, "acme-public", NULL, NULL, nothing);
}

struct seen {
	GString *text;
	unsigned stop; /* after so many */
};

static bool see_secret(void *user, struct str secret)
{
	struct seen *seen = user;
	g_string_append_printf(seen->text, "%.*s ", STR_ARG(secret));
	return --seen->stop == 0;
}

static void secrets_of_an_account_come_newest_first(void **state)
{
	struct world *world = *state;
	struct err err;
	struct api_key key;
	static const char *const more[] = {"acme-secret2", "acme-secret3"};
	ensure(world, "acme", "acme-secret1", "acme-public");
	assert_int_equal(create(world, "rival", "", &err), 0);
	for (size_t i = 0; i < COUNT(more); i++)
		assert_int_equal(
			key_create(WORLD_VIEW(world, 0),
				   &(struct key_new){STR("acme"), KEY_SECRET,
						     more[i], STR(""), NULL},
				   &key, &err),
			0);
	for (unsigned stop = 1; stop < 5; stop++) {
		struct seen seen = {g_string_new(NULL), stop};
		struct keyring *keyring = library_keyring(world->library);
		bool stopped = keyring_any_secret(keyring, key.account->id,
						  see_secret, &seen);
		assert_int_equal(stopped, stop < 4);
		assert_true(g_str_has_prefix(
			"acme-secret3 acme-secret2 acme-secret1 ",
			seen.text->str));
		assert_int_equal(seen.text->len, 13 * MIN(stop, 3));
		assert_false(
			keyring_any_secret(keyring, 99, see_secret, &seen));
		keyring_unref(keyring);
		g_string_free(seen.text, TRUE);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup_empty, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(account_names_are_those_of_the_table),
		TEST(bad_presets_are_refused_and_leave_nothing),
		TEST(first_start_makes_one_account_with_keys),
		TEST(first_start_takes_preset_keys),
		TEST(later_presets_are_added_once),
		TEST(other_account_is_not_made_later),
		TEST(preset_that_is_something_else_is_refused),
		TEST(only_the_whole_key_is_found),
		TEST(accounts_are_found_by_their_whole_name),
		TEST(created_key_opens_until_revoked),
		TEST(keys_that_cannot_be_are_refused),
		TEST(list_shows_revoked_keys_too_oldest_first),
		TEST(revocation_elsewhere_is_seen_by_a_refresh),
		TEST(refresh_without_a_change_keeps_the_snapshot),
		TEST(snapshot_outlives_the_library),
		TEST(readers_always_see_a_whole_snapshot),
		TEST(a_made_account_has_its_plan_keys_and_usage),
		TEST(accounts_that_cannot_be_are_refused),
		TEST(a_made_account_takes_keys_along),
		TEST(limits_are_kept_as_they_were_set),
		TEST(a_key_is_made_with_its_restrictions),
		TEST(restrictions_of_a_key_are_kept_and_replaced),
		TEST(a_damaged_restriction_allows_nothing),
		TEST(secrets_of_an_account_come_newest_first),
	};
	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
