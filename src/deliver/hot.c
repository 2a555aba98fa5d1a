/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tables over the same entries, by id and by path, each cut into shards
 * with a lock of their own. The id shard owns an entry: it holds the cache's
 * reference, evicts (CLOCK: a hit only sets a flag), and knows which ids have
 * changed lately. The path shard only points.
 *
 * Lock order: id shard, then path shard. A hit takes one of them.
 *
 * A row that was read before a change must not be kept after it. So a loader
 * notes hot->sequence before it reads; a change takes the next number and
 * leaves it in the bucket of its id, under the lock under which the loader
 * compares and inserts.
 */
#include "deliver/hot.h"

#include <glib.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/encode.h"
#include "base/metrics.h"
#include "library/files/file_columns.h"
#include "library/files/version.h"

#define SHARDS_MAX 16u
#define SHARD_BYTES_MIN (1024u * 1024)
#define SHARD_ENTRIES_MIN 64u
#define DESCRIPTORS_MIN 16u
#define BUCKETS 256u       /* of change numbers in a shard */
#define ENTRY_OVERHEAD 128 /* table slots and malloc, roughly */

struct path_key {
	int64_t account_id;
	struct str path;
	unsigned hash;
};

struct kept {
	struct hot_entry entry; /* first: callers hold this */
	atomic_uint refs;
	atomic_bool used; /* since the clock's hand passed */
	GList link;       /* in a ring, or among those being dropped */
	size_t bytes;
	struct path_key key;
	char strings[];
};

enum ring {
	RING_MEMORY,
	RING_DESCRIPTORS,
	RINGS,
};

struct id_shard {
	_Alignas(64) GMutex mutex;
	GHashTable *entries; /* struct id in the entry → struct kept */
	GQueue rings[RINGS];
	size_t bytes;
	uint64_t changed[BUCKETS];
};

struct path_shard {
	_Alignas(64) GMutex mutex;
	GHashTable *entries; /* struct path_key in the entry → struct kept */
};

struct hot {
	struct library *library;
	unsigned shards;
	size_t shard_bytes;
	unsigned ring_max[RINGS]; /* of a shard */
	uint64_t seed;
	_Alignas(64) atomic_uint_least64_t sequence;
	struct id_shard by_id[SHARDS_MAX];
	struct path_shard by_path[SHARDS_MAX];
};

/* Strings of a file that an entry copies. */
#define STRING_TEXT(field) offsetof(struct file, field),
#define STRING_OPT(field) offsetof(struct file, field),
#define STRING_ID(field)
#define STRING_INT(field)
#define STRING_NONZERO(field)
#define STRING_NOT(field)
#define STRING_ALPHA(field)
#define STRING_BLOB(field)
#define STRING(column, old, kind, field, key) STRING_##kind(field)

static const size_t file_strings[] = {
	FILE_COLUMNS(STRING) offsetof(struct file, store_key),
	offsetof(struct file, bytes),
};

static struct str *file_string(struct file *file, size_t i)
{
	return (struct str *)(void *)((char *)file + file_strings[i]);
}

static unsigned path_key_hash(const void *key)
{
	return ((const struct path_key *)key)->hash;
}

static int path_key_equal(const void *a, const void *b)
{
	const struct path_key *x = a, *y = b;
	return x->hash == y->hash && x->account_id == y->account_id &&
	       str_eq(x->path, y->path);
}

/* Seeded, so that nobody can choose paths that share a slot. */
static struct path_key path_key(const struct hot *hot, int64_t account_id,
				struct str path)
{
	uint8_t sum[CHECKSUM_BYTES];
	uint64_t low, high;
	checksum_of(path.p, path.n, sum);
	memcpy(&low, sum, sizeof(low));
	memcpy(&high, sum + sizeof(low), sizeof(high));
	low = (low ^ hot->seed) * (high | 1) + (uint64_t)account_id;
	low *= UINT64_C(0x9e3779b97f4a7c15);
	return (struct path_key){account_id, path, (unsigned)(low >> 32)};
}

static struct id_shard *id_shard(struct hot *hot, const struct id *id)
{
	return &hot->by_id[id_hash(id) % hot->shards];
}

static uint64_t *change_of(struct id_shard *shard, const struct id *id)
{
	return &shard->changed[id_hash(id) / SHARDS_MAX % BUCKETS];
}

static struct path_shard *path_shard(struct hot *hot,
				     const struct path_key *key)
{
	return &hot->by_path[key->hash % hot->shards];
}

static enum ring ring_of(const struct kept *kept)
{
	return kept->entry.content.fd >= 0 ? RING_DESCRIPTORS : RING_MEMORY;
}

static void unref(struct kept *kept)
{
	if (atomic_fetch_sub(&kept->refs, 1) != 1)
		return;
	if (kept->entry.content.fd >= 0)
		close(kept->entry.content.fd);
	g_free((void *)(uintptr_t)kept->entry.lost);
	g_free(kept);
}

struct hot_entry *hot_entry_ref(struct hot_entry *entry)
{
	struct kept *kept = (struct kept *)(void *)entry;
	atomic_fetch_add_explicit(&kept->refs, 1, memory_order_relaxed);
	return entry;
}

void hot_unref(struct hot_entry *entry)
{
	if (entry)
		unref((struct kept *)(void *)entry);
}

/* Descriptors are closed and memory is freed outside the locks. */
static void drop_all(GQueue *dropped)
{
	GList *link;
	while ((link = g_queue_pop_head_link(dropped)))
		unref(link->data);
}

/* Takes an entry out of both tables; the cache's reference goes with *dropped.
 * The id shard is locked. */
static void detach(struct hot *hot, struct id_shard *shard, struct kept *kept,
		   GQueue *dropped)
{
	struct path_shard *paths = path_shard(hot, &kept->key);
	enum ring ring = ring_of(kept);
	g_hash_table_remove(shard->entries, &kept->entry.file.id);
	g_queue_unlink(&shard->rings[ring], &kept->link);
	shard->bytes -= kept->bytes;
	g_mutex_lock(&paths->mutex);
	if (g_hash_table_lookup(paths->entries, &kept->key) == kept)
		g_hash_table_remove(paths->entries, &kept->key);
	g_mutex_unlock(&paths->mutex);
	g_queue_push_tail_link(dropped, &kept->link);
}

static void evict_one(struct hot *hot, struct id_shard *shard, enum ring which,
		      GQueue *dropped)
{
	GQueue *ring = &shard->rings[which];
	/* one round at most: hits go on meanwhile */
	for (unsigned n = ring->length; n > 1; n--) {
		struct kept *oldest = ring->head->data;
		if (!atomic_exchange(&oldest->used, false))
			break;
		g_queue_push_tail_link(ring, g_queue_pop_head_link(ring));
	}
	detach(hot, shard, ring->head->data, dropped);
}

static void make_room(struct hot *hot, struct id_shard *shard, GQueue *dropped)
{
	const GQueue *rings = shard->rings;
	for (int ring = 0; ring < RINGS; ring++)
		while (rings[ring].length > hot->ring_max[ring])
			evict_one(hot, shard, (enum ring)ring, dropped);
	while (shard->bytes > hot->shard_bytes)
		evict_one(hot, shard,
			  rings[RING_MEMORY].length ? RING_MEMORY
						    : RING_DESCRIPTORS,
			  dropped);
}

static void attach(struct hot *hot, struct id_shard *shard, struct kept *kept,
		   GQueue *dropped)
{
	struct path_shard *paths = path_shard(hot, &kept->key);
	enum ring ring = ring_of(kept);
	struct kept *old =
		g_hash_table_lookup(shard->entries, &kept->entry.file.id);
	if (old)
		detach(hot, shard, old, dropped);
	atomic_fetch_add(&kept->refs, 1);
	g_hash_table_insert(shard->entries, &kept->entry.file.id, kept);
	g_queue_push_tail_link(&shard->rings[ring], &kept->link);
	shard->bytes += kept->bytes;
	g_mutex_lock(&paths->mutex);
	g_hash_table_replace(paths->entries, &kept->key, kept);
	g_mutex_unlock(&paths->mutex);
	make_room(hot, shard, dropped);
}

/* Keeps an entry that was read when the sequence was at `since`. */
static void keep(struct hot *hot, struct kept *kept, uint64_t since)
{
	const struct id *id = &kept->entry.file.id;
	struct id_shard *shard = id_shard(hot, id);
	GQueue dropped = G_QUEUE_INIT;
	if (kept->bytes > hot->shard_bytes)
		return;
	g_mutex_lock(&shard->mutex);
	if (*change_of(shard, id) <= since)
		attach(hot, shard, kept, &dropped);
	g_mutex_unlock(&shard->mutex);
	drop_all(&dropped);
}

static void on_change(void *user, const struct id *id)
{
	struct hot *hot = user;
	struct id_shard *shard = id_shard(hot, id);
	GQueue dropped = G_QUEUE_INIT;
	uint64_t number = atomic_fetch_add(&hot->sequence, 1) + 1;
	g_mutex_lock(&shard->mutex);
	uint64_t *change = change_of(shard, id);
	*change = MAX(*change, number);
	struct kept *kept = g_hash_table_lookup(shard->entries, id);
	if (kept)
		detach(hot, shard, kept, &dropped);
	g_mutex_unlock(&shard->mutex);
	drop_all(&dropped);
}

struct hot *hot_new(struct library *library, const struct hot_options *options)
{
	struct hot *hot =
		g_aligned_alloc0(1, sizeof(*hot), _Alignof(struct hot));
	unsigned n = SHARDS_MAX;
	while (n > 1 && (options->max_bytes / n < SHARD_BYTES_MIN ||
			 options->max_entries / n < SHARD_ENTRIES_MIN))
		n /= 2;
	unsigned descriptors =
		MAX(options->max_entries / 4,
		    MIN(DESCRIPTORS_MIN, options->max_entries / 2));
	hot->library = library;
	hot->shards = n;
	hot->shard_bytes = options->max_bytes / n;
	hot->ring_max[RING_DESCRIPTORS] = descriptors / n;
	hot->ring_max[RING_MEMORY] = (options->max_entries - descriptors) / n;
	random_bytes(&hot->seed, sizeof(hot->seed));
	for (unsigned i = 0; i < n; i++) {
		struct id_shard *by_id = &hot->by_id[i];
		g_mutex_init(&by_id->mutex);
		by_id->entries = g_hash_table_new(id_hash, id_equal);
		for (int ring = 0; ring < RINGS; ring++)
			g_queue_init(&by_id->rings[ring]);
		g_mutex_init(&hot->by_path[i].mutex);
		hot->by_path[i].entries =
			g_hash_table_new(path_key_hash, path_key_equal);
	}
	library_on_change(library, on_change, hot);
	return hot;
}

void hot_free(struct hot *hot)
{
	if (hot == NULL)
		return;
	library_on_change(hot->library, NULL, NULL);
	for (unsigned i = 0; i < hot->shards; i++) {
		struct id_shard *by_id = &hot->by_id[i];
		g_hash_table_destroy(hot->by_path[i].entries);
		g_mutex_clear(&hot->by_path[i].mutex);
		g_hash_table_destroy(by_id->entries);
		for (int ring = 0; ring < RINGS; ring++)
			drop_all(&by_id->rings[ring]);
		g_mutex_clear(&by_id->mutex);
	}
	g_aligned_free(hot);
}

static bool is_expired(const struct file *file)
{
	return file->expires_ms && file->expires_ms <= now_ms();
}

/* A reference, or NULL; whatever lock protects the entry is held. */
static struct hot_entry *take(struct kept *kept)
{
	if (kept == NULL || is_expired(&kept->entry.file))
		return NULL;
	atomic_fetch_add_explicit(&kept->refs, 1, memory_order_relaxed);
	if (!atomic_load_explicit(&kept->used, memory_order_relaxed))
		atomic_store_explicit(&kept->used, true, memory_order_relaxed);
	return &kept->entry;
}

struct hot_entry *hot_find_id(struct hot *hot, const struct id *id)
{
	struct id_shard *shard = id_shard(hot, id);
	g_mutex_lock(&shard->mutex);
	struct hot_entry *entry = take(g_hash_table_lookup(shard->entries, id));
	g_mutex_unlock(&shard->mutex);
	if (entry)
		metric_add(METRIC_HOT_HITS, 1);
	return entry;
}

struct hot_entry *hot_find_path(struct hot *hot, int64_t account_id,
				struct str path)
{
	struct path_key key = path_key(hot, account_id, path);
	struct path_shard *shard = path_shard(hot, &key);
	g_mutex_lock(&shard->mutex);
	struct hot_entry *entry =
		take(g_hash_table_lookup(shard->entries, &key));
	g_mutex_unlock(&shard->mutex);
	if (entry)
		metric_add(METRIC_HOT_HITS, 1);
	return entry;
}

static void describe(struct content *content, const struct file *file,
		     struct arena *arena)
{
	content->bytes = file->bytes;
	content->size = file->size;
	content->modified_s = file_modified_s(file);
	content_describe(content,
			 hex_encode(arena, file->checksum, CHECKSUM_BYTES),
			 file->type, arena);
}

/* Copies s to *at, unless it is absent, and moves *at behind it. */
static struct str copy_string(char **at, struct str s)
{
	if (s.p == NULL)
		return s;
	struct str copy = {*at, s.n};
	memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

/* One allocation for an entry and all its strings. Takes fd. */
static struct kept *kept_new(const struct file *file, int fd,
			     struct arena *arena)
{
	struct hot_entry entry = {.file = *file, .content.fd = fd};
	describe(&entry.content, file, arena);
	size_t n = entry.content.fields.n;
	for (size_t i = 0; i < G_N_ELEMENTS(file_strings); i++)
		n += file_string(&entry.file, i)->n;
	struct kept *kept = g_malloc(sizeof(*kept) + n);
	*kept = (struct kept){
		.entry = entry,
		.link.data = kept,
		.bytes = sizeof(*kept) + n + ENTRY_OVERHEAD,
	};
	atomic_init(&kept->refs, 1);
	char *at = kept->strings;
	content_move(&kept->entry.content, at);
	at += entry.content.fields.n;
	for (size_t i = 0; i < G_N_ELEMENTS(file_strings); i++)
		*file_string(&kept->entry.file, i) =
			copy_string(&at, *file_string(&entry.file, i));
	kept->entry.content.bytes = kept->entry.file.bytes;
	return kept;
}

struct hot_entry *hot_entry_new(const struct file *file, int fd)
{
	struct arena arena;
	arena_init(&arena);
	struct kept *kept = kept_new(file, fd, &arena);
	arena_release(&arena);
	return &kept->entry;
}

/* By id, or by account and path when that is NULL; or a version of a file of
 * the account. */
struct wanted {
	const struct id *id;
	const struct version_ref *version;
	int64_t account_id;
	struct str path;
	bool row_only;
};

static int find_row(struct hot *hot, const struct wanted *wanted,
		    struct arena *arena, struct file *file, struct err *err)
{
	const struct view view = {.library = hot->library,
				  .account_id = wanted->account_id,
				  .now = now_ms(),
				  .arena = arena,
				  .with_bytes = !wanted->row_only};
	if (wanted->version)
		return version_find(&view, wanted->version, file, err);
	if (wanted->id)
		return file_by_id_of_any(&view, wanted->id, file, err);
	return file_by_path(&view, wanted->path, file, err);
}

/* The row and, unless the bytes are in it, an open descriptor. Between row and
 * descriptor a file can be replaced and its old bytes swept away: that is worth
 * a second look. Bytes that are missing then are lost. */
static int find(struct hot *hot, const struct wanted *wanted,
		struct arena *arena, struct file *file, int *fd,
		struct err *err)
{
	*fd = -1;
	for (unsigned look = 0; look < 2; look++) {
		int found = find_row(hot, wanted, arena, file, err);
		if (found != 1 || file->is_inline || wanted->row_only)
			return found;
		*fd = file_open(hot->library, file, err);
		if (*fd >= 0)
			return 1;
		if (err->code != ERR_NOT_FOUND)
			return -1;
	}
	file_damaged(file, "its content is missing");
	return err_set(err, ERR_CORRUPT, "The file's content is missing.");
}

/* Whose it is, and who may read it, is known of a file even if nothing else is
 * left. */
static struct hot_entry *lost_entry(const struct file *file,
				    const struct err *err, struct arena *arena)
{
	struct file rest = *file;
	rest.bytes = STR_NONE;
	struct kept *kept = kept_new(&rest, -1, arena);
	kept->entry.lost = g_memdup2(err, sizeof(*err));
	return &kept->entry;
}

static int load(struct hot *hot, const struct wanted *wanted,
		struct hot_entry **out, struct err *err)
{
	struct arena arena;
	struct file file = {.account_id = 0};
	int fd;
	uint64_t since = atomic_load(&hot->sequence);
	metric_add(METRIC_HOT_MISSES, 1);
	arena_init(&arena);
	int found = find(hot, wanted, &arena, &file, &fd, err);
	file.embedded_metadata = STR_NONE; /* long, and never delivered */
	if (found == 1) {
		struct kept *kept = kept_new(&file, fd, &arena);
		kept->key =
			path_key(hot, file.account_id, kept->entry.file.path);
		if (!wanted->row_only)
			keep(hot, kept, since);
		*out = &kept->entry;
	} else if (found < 0 && file.account_id > 0) {
		found = is_expired(&file) ? 0 : 1;
		*out = found ? lost_entry(&file, err, &arena) : NULL;
	}
	arena_release(&arena);
	return found;
}

int hot_load_id(struct hot *hot, const struct id *id, struct hot_entry **out,
		struct err *err)
{
	*out = hot_find_id(hot, id);
	return *out ? 1 : load(hot, &(struct wanted){.id = id}, out, err);
}

int hot_load_path(struct hot *hot, int64_t account_id, struct str path,
		  struct hot_entry **out, struct err *err)
{
	*out = hot_find_path(hot, account_id, path);
	const struct wanted wanted = {.account_id = account_id, .path = path};
	return *out ? 1 : load(hot, &wanted, out, err);
}

int hot_look_id(struct hot *hot, const struct id *id, struct hot_entry **out,
		struct err *err)
{
	const struct wanted wanted = {.id = id, .row_only = true};
	*out = hot_find_id(hot, id);
	return *out ? 1 : load(hot, &wanted, out, err);
}

int hot_look_path(struct hot *hot, int64_t account_id, struct str path,
		  struct hot_entry **out, struct err *err)
{
	const struct wanted wanted = {
		.account_id = account_id, .path = path, .row_only = true};
	*out = hot_find_path(hot, account_id, path);
	return *out ? 1 : load(hot, &wanted, out, err);
}

int hot_load_version(struct hot *hot, const struct file *file,
		     const struct id *version, struct hot_entry **out,
		     struct err *err)
{
	struct arena arena;
	struct file row;
	int fd;
	const struct version_ref which = {file->id, *version};
	const struct wanted wanted = {.version = &which,
				      .account_id = file->account_id};
	arena_init(&arena);
	int found = find(hot, &wanted, &arena, &row, &fd, err);
	if (found == 1) {
		row.embedded_metadata = STR_NONE;
		*out = hot_entry_new(&row, fd);
	}
	arena_release(&arena);
	return found;
}
