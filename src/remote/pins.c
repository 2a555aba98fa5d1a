/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/pins.h"

#define PART 3u

/* Where bytes are. */
enum place {
	IN_MEMORY,
	IN_FILES,
	PLACES,
};

struct owner {
	int64_t account;
	uint64_t bytes[PLACES];
	unsigned entries;
};

struct pins {
	GMutex mutex; /* of what follows */
	uint64_t most[PLACES];
	uint64_t bytes[PLACES];
	GHashTable *owners;  /* struct owner, by account */
	GHashTable *entries; /* how often each is held */
	struct turns holds;  /* of files; nobody waits */
};

struct pins *pins_new(const struct pins_options *options)
{
	struct pins *pins = g_new0(struct pins, 1);
	const struct turns_options holds = {
		.rules = {{.places = options->holds, .part = PART}},
	};
	g_mutex_init(&pins->mutex);
	pins->most[IN_MEMORY] = options->memory_bytes;
	pins->most[IN_FILES] = options->file_bytes;
	pins->owners = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
					     g_free);
	pins->entries = g_hash_table_new(NULL, NULL);
	turns_init(&pins->holds, &holds);
	return pins;
}

void pins_free(struct pins *pins)
{
	if (pins == NULL)
		return;
	g_assert(g_hash_table_size(pins->entries) == 0);
	turns_release(&pins->holds);
	g_hash_table_destroy(pins->entries);
	g_hash_table_destroy(pins->owners);
	g_mutex_clear(&pins->mutex);
	g_free(pins);
}

static enum place place_of(const struct hot_entry *entry)
{
	return entry->content.fd < 0 ? IN_MEMORY : IN_FILES;
}

static bool has_room(const struct pins *pins, const struct hot_entry *entry)
{
	enum place place = place_of(entry);
	uint64_t size = entry->content.size, most = pins->most[place];
	const struct owner *owner =
		g_hash_table_lookup(pins->owners, &entry->file.account_id);
	uint64_t own = owner ? owner->bytes[place] : 0;
	if (size > most || pins->bytes[place] > most - size)
		return false;
	uint64_t free = most - size - pins->bytes[place];
	return own == 0 || own + size <= PART * free;
}

static void add_entry(struct pins *pins, const struct hot_entry *entry)
{
	enum place place = place_of(entry);
	struct owner *owner =
		g_hash_table_lookup(pins->owners, &entry->file.account_id);
	if (owner == NULL) {
		owner = g_new0(struct owner, 1);
		owner->account = entry->file.account_id;
		g_hash_table_insert(pins->owners, &owner->account, owner);
	}
	owner->entries++;
	owner->bytes[place] += entry->content.size;
	pins->bytes[place] += entry->content.size;
}

static void remove_entry(struct pins *pins, const struct hot_entry *entry)
{
	enum place place = place_of(entry);
	struct owner *owner =
		g_hash_table_lookup(pins->owners, &entry->file.account_id);
	pins->bytes[place] -= entry->content.size;
	owner->bytes[place] -= entry->content.size;
	if (--owner->entries == 0)
		g_hash_table_remove(pins->owners, &owner->account);
}

static unsigned holds_of(const struct pins *pins, const struct hot_entry *entry)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(pins->entries, entry));
}

static void set_holds(struct pins *pins, const struct hot_entry *entry,
		      unsigned holds)
{
	void *key = (void *)(uintptr_t)entry;
	if (holds)
		g_hash_table_insert(pins->entries, key,
				    GUINT_TO_POINTER(holds));
	else
		g_hash_table_remove(pins->entries, key);
}

static bool take(struct pins *pins, const struct hot_entry *entry,
		 struct turns_place *out)
{
	const struct turns_wish wish = {.owner = entry->file.account_id};
	unsigned holds = holds_of(pins, entry);
	if (holds == 0 && !has_room(pins, entry))
		return false;
	if (place_of(entry) == IN_FILES &&
	    !turns_enter(&pins->holds, &wish, out))
		return false;
	if (holds == 0)
		add_entry(pins, entry);
	set_holds(pins, entry, holds + 1);
	return true;
}

bool pins_take(struct pins *pins, const struct hot_entry *entry,
	       struct turns_place *out)
{
	*out = (struct turns_place){.guest = NULL};
	g_mutex_lock(&pins->mutex);
	bool taken = take(pins, entry, out);
	g_mutex_unlock(&pins->mutex);
	return taken;
}

void pins_drop(struct pins *pins, const struct hot_entry *entry,
	       struct turns_place place)
{
	g_mutex_lock(&pins->mutex);
	unsigned holds = holds_of(pins, entry) - 1;
	if (place.guest)
		turns_end(&pins->holds, place);
	set_holds(pins, entry, holds);
	if (holds == 0)
		remove_entry(pins, entry);
	g_mutex_unlock(&pins->mutex);
}
