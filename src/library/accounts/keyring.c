/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keyring: accounts and valid keys, read in one transaction, never changed
 * afterwards, shared by reference. A change of the rows makes a new one, which
 * takes the place of the old under the library's mutex.
 */
#include "base/log/log.h"
#include "library/accounts/account_row.h"
#include "library/accounts/key_rows.h"
#include "library/library_internal.h"

struct keyring {
	gatomicrefcount refs;
	struct arena arena; /* everything below */
	struct key_rows rows;
	/* Whether any key is as long, which is no secret: most of what is
	 * looked for is no key, and needs no hash for that. */
	bool has_length[KEY_TEXT_MAX + 1];
	GHashTable *by_digest; /* SHA-256 of the text to struct api_key */
	GHashTable *by_id;     /* to struct api_key */
	GHashTable *by_name;   /* to struct account */
	/* Per account and per key, the number of the next older secret key of
	 * the account, from 1; 0: none. */
	size_t *newest, *older;
};

static guint digest_hash(gconstpointer p)
{
	guint hash;
	memcpy(&hash, p, sizeof(hash));
	return hash;
}

static gboolean digest_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, SHA256_BYTES) == 0;
}

static struct keyring *keyring_new(void)
{
	struct keyring *keyring = g_new0(struct keyring, 1);
	g_atomic_ref_count_init(&keyring->refs);
	arena_init(&keyring->arena);
	keyring->by_digest = g_hash_table_new(digest_hash, digest_equal);
	keyring->by_id = g_hash_table_new(g_int64_hash, g_int64_equal);
	keyring->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	return keyring;
}

void keyring_unref(struct keyring *keyring)
{
	if (keyring == NULL || !g_atomic_ref_count_dec(&keyring->refs))
		return;
	g_hash_table_unref(keyring->by_digest);
	g_hash_table_unref(keyring->by_id);
	g_hash_table_unref(keyring->by_name);
	arena_release(&keyring->arena);
	g_free(keyring);
}

/* The keys are by age, the last secret one of an account is its newest. */
static void index_secrets(struct keyring *keyring)
{
	const struct key_rows *rows = &keyring->rows;
	struct arena *arena = &keyring->arena;
	keyring->newest =
		arena_zalloc(arena, rows->n_accounts * sizeof(size_t));
	keyring->older = arena_zalloc(arena, rows->n_keys * sizeof(size_t));
	for (size_t i = 0; i < rows->n_keys; i++) {
		const struct api_key *key = &rows->keys[i];
		size_t *newest =
			&keyring->newest[key->account - rows->accounts];
		if (key->kind != KEY_SECRET)
			continue;
		keyring->older[i] = *newest;
		*newest = i + 1;
	}
}

bool keyring_any_secret(const struct keyring *keyring, int64_t account_id,
			bool (*fn)(void *user, struct str secret), void *user)
{
	const struct key_rows *rows = &keyring->rows;
	const struct account *account = key_rows_account(rows, account_id);
	size_t next = account ? keyring->newest[account - rows->accounts] : 0;
	for (; next; next = keyring->older[next - 1])
		if (fn(user, str_of(rows->keys[next - 1].text)))
			return true;
	return false;
}

static void keyring_index(struct keyring *keyring)
{
	const struct key_rows *rows = &keyring->rows;
	for (size_t i = 0; i < rows->n_keys; i++) {
		struct api_key *key = &rows->keys[i];
		uint8_t *digest = arena_alloc(&keyring->arena, SHA256_BYTES);
		struct str text = str_of(key->text);
		sha256_of(text, digest);
		keyring->has_length[MIN(text.n, KEY_TEXT_MAX)] = true;
		g_hash_table_insert(keyring->by_digest, digest, key);
		g_hash_table_insert(keyring->by_id, &key->id, key);
	}
	for (size_t i = 0; i < rows->n_accounts; i++) {
		struct account *account = &rows->accounts[i];
		char *name = arena_cstr(&keyring->arena, str_of(account->name));
		g_hash_table_insert(keyring->by_name, name, account);
	}
	index_secrets(keyring);
}

struct keyring *library_keyring(struct library *library)
{
	g_mutex_lock(&library->mutex);
	struct keyring *keyring = library->keyring;
	g_atomic_ref_count_inc(&keyring->refs);
	g_mutex_unlock(&library->mutex);
	return keyring;
}

const struct api_key *keyring_find(const struct keyring *keyring,
				   struct str text)
{
	uint8_t digest[SHA256_BYTES];
	if (text.n < KEY_TEXT_MIN || text.n > KEY_TEXT_MAX ||
	    !keyring->has_length[text.n])
		return NULL;
	sha256_of(text, digest);
	const struct api_key *key =
		g_hash_table_lookup(keyring->by_digest, digest);
	return key && secret_eq(str_of(key->text), text) ? key : NULL;
}

const struct api_key *keyring_key_by_id(const struct keyring *keyring,
					int64_t id)
{
	return g_hash_table_lookup(keyring->by_id, &id);
}

const struct account *keyring_account(const struct keyring *keyring,
				      struct str name)
{
	char text[ACCOUNT_NAME_MAX + 1];
	if (name.n == 0 || name.n > ACCOUNT_NAME_MAX)
		return NULL;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	const struct account *account =
		g_hash_table_lookup(keyring->by_name, text);
	/* a NUL inside would have made the copy shorter */
	return account && str_eq(str_of(account->name), name) ? account : NULL;
}

int64_t keyring_revision(const struct keyring *keyring)
{
	return keyring->rows.revision;
}

const struct account *keyring_account_by_id(const struct keyring *keyring,
					    int64_t id)
{
	return key_rows_account(&keyring->rows, id);
}

const char *keyring_account_name(const struct keyring *keyring, int64_t id)
{
	const struct account *account = keyring_account_by_id(keyring, id);
	return account ? account->name : "-";
}

struct refresh_call {
	int64_t known;
	struct keyring *fresh; /* its revision stays 0 if nothing changed */
};

static int refresh_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct refresh_call *call = arg;
	struct keyring *fresh = call->fresh;
	int64_t revision = 0;
	if (key_revision_tx(tx, &revision, err) < 0)
		return -1;
	if (revision == call->known)
		return 0;
	if (key_rows_load(tx, &fresh->arena, &fresh->rows, err) < 0)
		return -1;
	fresh->rows.revision = revision;
	return 0;
}

/* Two refreshes may overtake each other: the newer rows win. */
static struct keyring *keyring_install(struct library *library,
				       struct keyring *fresh)
{
	g_mutex_lock(&library->mutex);
	struct keyring *loser = fresh;
	if (library->keyring == NULL ||
	    fresh->rows.revision > library->keyring->rows.revision) {
		loser = library->keyring;
		library->keyring = fresh;
	}
	g_mutex_unlock(&library->mutex);
	return loser;
}

int keyring_refresh(struct library *library, struct err *err)
{
	struct refresh_call call = {.known = -1};
	g_mutex_lock(&library->mutex);
	if (library->keyring)
		call.known = library->keyring->rows.revision;
	g_mutex_unlock(&library->mutex);
	call.fresh = keyring_new();
	int result = db_read(library->db, refresh_rows, &call, err);
	if (result == 0 && call.fresh->rows.revision) {
		keyring_index(call.fresh);
		call.fresh = keyring_install(library, call.fresh);
	}
	keyring_unref(call.fresh);
	return result;
}

void keyring_refresh_now(struct library *library)
{
	struct err err;
	if (keyring_refresh(library, &err) < 0)
		log_warn("cannot read the keys again: %s", err.text);
}
