/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts and their keys: the rows, and the keyring, an immutable copy of all
 * of them in memory that requests are checked against without touching disk.
 * Named transformations are in it, too (transformation.h).
 */
#ifndef LIBRARY_ACCOUNTS_ACCOUNT_H
#define LIBRARY_ACCOUNTS_ACCOUNT_H

#include "library/accounts/account_limits.h"
#include "library/view.h"

#define ACCOUNT_NAME_MAX 64
#define KEY_TEXT_MIN 8
#define KEY_TEXT_MAX 256
#define KEY_LABEL_MAX 200
#define KEY_RESTRICTIONS_MAX 64 /* entries of a kind */
#define KEY_RESTRICTION_MAX 255 /* bytes of one */

enum key_kind {
	KEY_SECRET = 1,
	KEY_PUBLIC = 2,
};
const char *key_kind_name(enum key_kind kind);

#define ACCOUNT_TYPE_BYTES uint64_t
#define ACCOUNT_TYPE_COUNT uint64_t
#define ACCOUNT_TYPE_SWITCH bool
#define ACCOUNT_MEMBER(kind, member, whose, option, json, help)                \
	ACCOUNT_TYPE_##kind member;

/* 0: no limit. */
struct account_limits {
	ACCOUNT_LIMITS(ACCOUNT_MEMBER)
};

#define ACCOUNT_NUMBER(kind, member, whose, option, json, help)                \
	ACCOUNT_LIMIT_##member,

enum account_limit {
	ACCOUNT_LIMITS(ACCOUNT_NUMBER) ACCOUNT_LIMIT_COUNT
};

#define ACCOUNT_OF_PLAN 1
#define ACCOUNT_OF_OWN 0
#define ACCOUNT_PLAN_BIT(kind, member, whose, option, json, help)              \
	| ACCOUNT_OF_##whose << ACCOUNT_LIMIT_##member

/* What account_set() changes: the plan's name, a limit, or several. */
#define ACCOUNT_COLUMN(member) (1U << ACCOUNT_LIMIT_##member)
#define ACCOUNT_PLAN (1U << ACCOUNT_LIMIT_COUNT)
#define ACCOUNT_PLAN_LIMITS (0U ACCOUNT_LIMITS(ACCOUNT_PLAN_BIT))

struct transformation;

struct account {
	int64_t id;
	const char *name;       /* also the ImageKit id in delivery URLs */
	const char *secret_key; /* newest valid ones, "" without */
	const char *public_key; /* without restrictions, if there is one so */
	const char *plan;       /* "free", "hobby", "pro", "" */
	struct account_limits limits;
	/* By name: transformation.h. The number goes up with each change of
	 * them, over restarts too. */
	const struct transformation *transformations;
	size_t n_transformations;
	int64_t transformations_revision;
};

struct api_key {
	int64_t id;
	const struct account *account;
	enum key_kind kind;
	const char *text;
	const char *label;
	int64_t created_ms;
	int64_t revoked_ms;   /* 0: valid. The keyring has only valid ones. */
	int64_t last_used_ms; /* 0: never; in the keyring as of its reading */
	/* NULL-terminated, NULL when none were given. */
	const char *const *origins; /* StashFyle: whence a public key uploads */
	const char *const *apis;    /* JigsawStack: what a public key may call
				       besides reading: "store", "vocr";
				       Filestack: "filestack" */
	const char *const *domains; /* JigsawStack: hosts it is used on */
};

/* A snapshot; any thread; accounts and keys live as long as the reference. */
struct keyring;
struct keyring *library_keyring(struct library *library); /* a reference */
void keyring_unref(struct keyring *keyring);
/* Goes up with every change of accounts and keys, over restarts too. */
int64_t keyring_revision(const struct keyring *keyring);
/* NULL when unknown or revoked. The time does not tell how near a guess is:
 * found by SHA-256, then compared in constant time. */
const struct api_key *keyring_find(const struct keyring *keyring,
				   struct str text);
const struct api_key *keyring_key_by_id(const struct keyring *keyring,
					int64_t id);
const struct account *keyring_account(const struct keyring *keyring,
				      struct str name);
const struct account *keyring_account_by_id(const struct keyring *keyring,
					    int64_t id);
/* For people: "-" where it is not known (any more). */
const char *keyring_account_name(const struct keyring *keyring, int64_t id);

/* Reads the keys again if the database says they changed. Cheap; the server
 * calls it twice a second. */
int keyring_refresh(struct library *library, struct err *err) MUST_CHECK;

/* 1..ACCOUNT_NAME_MAX of [A-Za-z0-9_-], not one of the path words that the
 * dialects use themselves (api, v1, v2, live, imagekit, ...; in any case), and
 * not 20 long, because it would look like a Filestack handle. */
bool account_name_valid(struct str name);

/* Makes the account and its keys if there is no account at all yet; otherwise
 * makes sure preset keys belong to it. NULL keys are generated (sk_live_ /
 * pk_live_ and 32 random characters) when the account has none of the kind.
 * ERR_INVALID names what is wrong with a preset: malformed, both the same, of
 * another account or kind, revoked, or the account is not among those there
 * are. Without presets an absent account is left absent. */
struct account_preset {
	const char *name, *secret_key, *public_key;
};
int account_ensure(struct library *library, const struct account_preset *preset,
		   struct err *err) MUST_CHECK;

/* The account and its keys; NULL keys are generated. ERR_EXISTS (the name, or a
 * key that is or was one), ERR_INVALID (name, plan, keys). plan: "free",
 * "hobby", "pro" or ""; its limits are the vendor's. */
int account_create(struct library *library, const struct account_preset *new,
		   struct str plan, struct err *err) MUST_CHECK;
struct account_rows {
	struct account *items;
	size_t n;
};

/* All accounts by name. */
int account_list(const struct view *view, struct account_rows *out,
		 struct err *err) MUST_CHECK;
/* Replaces the columns that are named, and leaves the others as they are.
 * ERR_NOT_FOUND, ERR_INVALID. */
struct account_change {
	unsigned columns; /* ACCOUNT_PLAN and ACCOUNT_COLUMN()s */
	struct str plan;
	struct account_limits limits;
};
int account_set(struct library *library, struct str name,
		const struct account_change *change,
		struct err *err) MUST_CHECK;
/* The limits of a plan, none for ""; false when there is no such plan. */
bool account_plan_limits(struct str plan, struct account_limits *out);

/* Calls fn for each valid secret key of the account, newest first, until it
 * returns true; returns whether one did. For signatures, while keys rotate. */
bool keyring_any_secret(const struct keyring *keyring, int64_t account_id,
			bool (*fn)(void *user, struct str secret), void *user);

enum key_list {
	KEY_ORIGINS = 1,
	KEY_APIS = 2,
	KEY_DOMAINS = 4,
	KEY_LISTS = KEY_ORIGINS | KEY_APIS | KEY_DOMAINS,
};
/* Lists end with NULL; one that is named and NULL is none. */
struct key_restrictions {
	unsigned lists; /* those that are named: enum key_list */
	const char *const *origins, *const *apis, *const *domains;
};
/* 0, or -1 with ERR_INVALID: too many, too long, an origin that no browser
 * sends. Touches nothing. */
int key_restrictions_check(const struct key_restrictions *restrictions,
			   struct err *err) MUST_CHECK;
/* The new key's text goes to *out. ERR_INVALID, ERR_NOT_FOUND (no such
 * account), ERR_EXISTS (the text is or was a key). It never is without its
 * restrictions, which only a public key takes: what the check refuses. */
struct key_new {
	struct str account;
	enum key_kind kind;
	const char *text; /* NULL: generated */
	struct str label;
	const struct key_restrictions *restrictions; /* NULL: none */
};
int key_create(const struct view *view, const struct key_new *key,
	       struct api_key *out, struct err *err) MUST_CHECK;
/* Replaces those restrictions of a public key that are named. 1 done, 0 no such
 * valid key, -1: what the check refuses, or something other than none for a
 * secret key (ERR_INVALID), or another. */
int key_restrict(struct library *library, int64_t id,
		 const struct key_restrictions *restrictions,
		 struct err *err) MUST_CHECK;
/* By id. 1 revoked now, 0 no such valid key. */
int key_revoke(struct library *library, int64_t id, struct err *err) MUST_CHECK;
/* All keys, revoked ones too, oldest first. */
struct api_keys {
	struct api_key *items;
	size_t n;
};
int key_list(const struct view *view, struct api_keys *out,
	     struct err *err) MUST_CHECK;

#endif
