/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front of the store: ids, and reading, checking and walking blobs.
 * What comes in goes through sink.c; the bytes are moved by a backend.
 */
#include "store/store_front.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "base/retry.h"
#include "store/key.h"

static int64_t tick_now(void)
{
	return MAX(now_ms() - STORE_EPOCH_MS, 0) << STORE_COUNT_BITS;
}

/* Past the last id when the clock stands still or goes back, so that ids
 * ascend whatever the clock does; a count that runs over takes from the next
 * millisecond. */
int64_t store_next_id(struct store *store)
{
	store = store->ids;
	int64_t now = tick_now();
	int64_t last = atomic_load(&store->last_tick);
	int64_t tick;
	do {
		tick = MAX(now, last + 1);
	} while (!atomic_compare_exchange_weak(&store->last_tick, &last, tick));
	int64_t count = tick & ((1 << STORE_COUNT_BITS) - 1);
	return (tick >> STORE_COUNT_BITS) << STORE_MS_SHIFT |
	       (int64_t)store->node << STORE_COUNT_BITS | count;
}

/* All counts of its millisecond, since it may be of another node, or random.
 * Above one that is damaged there may be no room for more. */
void store_ids_above(struct store *store, int64_t id)
{
	store = store->ids;
	if (id <= 0 || id >> STORE_MS_SHIFT >= STORE_MS_LAST)
		return;
	int64_t tick = ((id >> STORE_MS_SHIFT) + 1) << STORE_COUNT_BITS;
	int64_t last = atomic_load(&store->last_tick);
	while (last < tick &&
	       !atomic_compare_exchange_weak(&store->last_tick, &last, tick))
		continue;
}

unsigned store_number(const struct store *store)
{
	return store->number;
}

unsigned store_id_node(int64_t id)
{
	return (unsigned)(id >> STORE_COUNT_BITS) % STORE_NODES;
}

#define DROP_WAIT_MS 60000  /* then a second thread helps */
#define ROOM_HOLDS_US 20000 /* how long an answer is good for */
#define AMPLE 4             /* reserves: with less, each upload asks */
#define FOR_LOG 4           /* a part of the reserve: never for uploads */

/* Inline blobs go into what the database has to spare, but on their way there
 * through its log, which grows: so that deletes find room in it, some of the
 * reserve stays whatever there is to spare. */
static bool has_room(const struct store *store, uint64_t room, uint64_t reserve,
		     bool is_large)
{
	if (room >= reserve)
		return true;
	if (is_large || store->spare == NULL || room < reserve / FOR_LOG)
		return false;
	return (uint64_t)atomic_load(store->spare) >= reserve - room;
}

static bool look_at_disk(const struct store *store, struct statvfs *fs)
{
	return fstatvfs(store->dir_fd, fs) == 0;
}

static uint64_t room_of(const struct statvfs *fs)
{
	return (uint64_t)fs->f_bavail * fs->f_frsize;
}

static uint64_t reserve_of(const struct store *store, const struct statvfs *fs)
{
	return MIN(store->reserve, fs->f_blocks * fs->f_frsize / 10);
}

uint64_t store_room(const struct store *store)
{
	struct statvfs fs;
	return look_at_disk(store, &fs) ? room_of(&fs) : UINT64_MAX;
}

int store_check_room(struct store *store, bool is_large, struct err *err)
{
	struct statvfs fs;
	int64_t now = g_get_monotonic_time();
	bool known = !is_large && now - store->room_seen_us < ROOM_HOLDS_US;
	if (store->reserve == 0 || known || !look_at_disk(store, &fs))
		return 0;
	uint64_t reserve = reserve_of(store, &fs);
	uint64_t room = room_of(&fs);
	if (!has_room(store, room, reserve, is_large))
		return err_set(err, ERR_NO_SPACE,
			       "There is no room for more files");
	if (room / AMPLE >= reserve)
		store->room_seen_us = now;
	return 0;
}

bool store_has_ample_room(const struct store *store)
{
	struct statvfs fs;
	if (store->reserve == 0 || !look_at_disk(store, &fs))
		return true;
	return room_of(&fs) / AMPLE >= reserve_of(store, &fs);
}

static int open_dir(struct store *store, const char *dir, struct err *err)
{
	store->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dir_fd >= 0)
		return 0;
	int reason = errno;
	log_error("store: %s: %s", dir, g_strerror(reason));
	return err_set_errno(err, reason, "The store could not be opened");
}

int store_open_backend(struct store **out, const struct store_options *options,
		       struct store_backend *backend, struct err *err)
{
	g_assert(options->inline_limit <= STORE_INLINE_LIMIT_MAX &&
		 options->node < STORE_NODES);
	struct store *store = g_new0(struct store, 1);
	store->backend = backend;
	store->inline_limit = options->inline_limit;
	store->reserve = options->reserve;
	store->cached_max = options->cached_max;
	store->spare = options->spare;
	store->node = options->node;
	store->number = options->number;
	store->ids = options->ids ? options->ids : store;
	atomic_init(&store->last_tick, 0);
	g_mutex_init(&store->lock);
	store->kept = g_array_new(FALSE, FALSE, sizeof(struct store_kept));
	store->doubts = g_array_new(FALSE, FALSE, sizeof(int64_t));
	g_mutex_init(&store->stages_lock);
	store->stages = g_hash_table_new(g_int64_hash, g_int64_equal);
	store->droppers = crew_new(
		&(struct crew_options){.kind = {"droppers", THREAD_WORK},
				       .places = 1,
				       .wait_ms = DROP_WAIT_MS});
	store->behind = behind_new();
	if (open_dir(store, options->dir, err)) {
		store_close(store);
		return -1;
	}
	*out = store;
	return 0;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	crew_free(store->droppers);
	behind_free(store->behind);
	store_tidy(store);
	store->backend->ops->close(store->backend);
	g_hash_table_destroy(store->stages);
	g_mutex_clear(&store->stages_lock);
	g_array_free(store->kept, TRUE);
	g_array_free(store->doubts, TRUE);
	g_mutex_clear(&store->lock);
	fd_scope_end(&store->dir_fd);
	g_free(store);
}

bool store_drop(struct store *store, struct crew_task *task)
{
	struct err ignored;
	return crew_add(store->droppers, task, &ignored) == 0;
}

/* Under lock: its place in the list, or the list's length. */
static guint find_doubt(const struct store *store, int64_t id)
{
	guint i = 0;
	while (i < store->doubts->len &&
	       g_array_index(store->doubts, int64_t, i) != id)
		i++;
	return i;
}

void store_note_kept(struct store *store, const struct store_kept *kept)
{
	g_mutex_lock(&store->lock);
	g_array_append_vals(store->kept, kept, 1);
	guint i = find_doubt(store, kept->id);
	if (i < store->doubts->len)
		g_array_remove_index_fast(store->doubts, i);
	g_mutex_unlock(&store->lock);
}

void store_note_doubt(struct store *store, int64_t id)
{
	g_mutex_lock(&store->lock);
	if (find_doubt(store, id) == store->doubts->len)
		g_array_append_vals(store->doubts, &id, 1);
	g_mutex_unlock(&store->lock);
}

bool store_is_in_doubt(struct store *store, int64_t id)
{
	g_mutex_lock(&store->lock);
	bool is = find_doubt(store, id) < store->doubts->len;
	g_mutex_unlock(&store->lock);
	return is;
}

/* What cannot be removed is logged by the backend and left to the next start.
 */
void store_tidy(struct store *store)
{
	g_mutex_lock(&store->lock);
	gsize n = 0;
	g_autofree struct store_kept *kept =
		(struct store_kept *)(void *)g_array_steal(store->kept, &n);
	g_mutex_unlock(&store->lock);
	for (gsize i = 0; i < n; i++) {
		int64_t id = kept[i].id;
		if (kept[i].staged)
			(void)!store_blob_remove(store, STORE_STAGED,
						 STORE_NAME(id), NULL);
		(void)!store_blob_remove(store, STORE_PENDING, STORE_NAME(id),
					 NULL);
	}
}

int store_read_failed(int64_t id, struct err *err)
{
	int reason = errno;
	log_error("store: cannot read blob %016" PRIx64 ": %s", (uint64_t)id,
		  g_strerror(reason));
	return err_set_errno(err, reason, "The content could not be read");
}

int store_corrupt(int64_t id, const char *what, struct err *err)
{
	log_error("store: blob %016" PRIx64 ": %s", (uint64_t)id, what);
	return err_set(err, ERR_CORRUPT, "The stored content is damaged");
}

static int check_size(int fd, int64_t id, uint64_t size, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st))
		return store_read_failed(id, err);
	if ((uint64_t)st.st_size != size)
		return store_corrupt(
			id, "its size differs from the recorded one", err);
	return 0;
}

int store_blob_open(struct store *store, const struct store_name *name,
		    uint64_t size, struct err *err)
{
	int fd = store->backend->ops->open(store->backend, name, err);
	if (fd >= 0 && check_size(fd, name->id, size, err)) {
		close(fd);
		return -1;
	}
	return fd;
}

int store_blob_remove(struct store *store, enum store_place place,
		      const struct store_name *name, struct err *err)
{
	return store->backend->ops->remove(store->backend, place, name, err);
}

int store_blob_move(struct store *store, int64_t id, enum store_place from,
		    enum store_place to, struct err *err)
{
	return store->backend->ops->move(store->backend, id, from, to, err);
}

int store_each(struct store *store, enum store_place place, store_each_fn *fn,
	       void *user, struct err *err)
{
	return store->backend->ops->each(store->backend, place, fn, user, err);
}

int store_check(struct store *store, struct err *err)
{
	return store->backend->ops->check(store->backend, err);
}
