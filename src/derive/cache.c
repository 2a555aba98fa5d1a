/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only its own thread writes files. Files are removed by it, and by whoever
 * finds one damaged or purges; two who disagree about a file cost no more than
 * that it is made again, as what is read is compared with what it must be.
 */
#include "derive/cache.h"
#include "base/clock.h"
#include "base/log/log.h"
#include "base/metrics.h"
#include "base/threads/thread.h"
#include "derive/files.h"

#include <pthread.h>
#include <stdatomic.h>

/* What waits to be written; beyond it is not. */
#define WAITING_MAX 1024u
#define WAITING_BYTES_MAX (UINT64_C(64) << 20)
#define WAITING_OPEN_MAX 64u
#define NOTE_EVERY_S 60

struct write_job {
	struct derive_key key;
	struct derivative *derivative;
	GList link;
};

struct derive_cache {
	struct derive_index *index;
	struct derive_files *files; /* NULL: memory only */
	GThread *thread;            /* with files */
	unsigned max_files;
	atomic_bool listed; /* the index knows all that is on the disk */
	int64_t noted_ms;   /* uses up to then are on the disk; thread only */
	bool failing;       /* the last write has failed; thread only */
	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t changed, settled;
	GQueue waiting; /* struct write_job */
	/* Sources that were purged before `listed`, DERIVE_SOURCE_BYTES each */
	GByteArray *purged;
	uint64_t waiting_bytes;
	unsigned waiting_open;
	bool busy, stopped;
};

static void remove_victims(struct derive_cache *cache, GArray *victims)
{
	for (guint i = 0; i < victims->len; i++)
		derive_files_remove(
			cache->files,
			&g_array_index(victims, struct derive_key, i));
	g_array_set_size(victims, 0);
}

/* Told once until it works again. */
static void tell_failure(struct derive_cache *cache, const struct err *err)
{
	metric_add(METRIC_DERIVED_UNSAVED, 1);
	if (!cache->failing)
		log_warn("derived pictures are not kept on the disk: %s",
			 err->text);
	cache->failing = true;
}

static void write_one(struct derive_cache *cache, struct write_job *job)
{
	GArray *victims = derive_victims_new();
	uint64_t size;
	struct err err;
	if (derive_files_write(cache->files, &job->key, job->derivative, &size,
			       &err) < 0) {
		tell_failure(cache, &err);
		size = 0;
	} else {
		cache->failing = false;
	}
	derive_index_end(cache->index, &job->key, size, victims);
	remove_victims(cache, victims);
	g_array_unref(victims);
	derivative_unref(job->derivative);
	g_free(job);
}

static int by_use_latest_first(const void *a, const void *b)
{
	const struct derive_found *x = a, *y = b;
	return (x->used_ms < y->used_ms) - (x->used_ms > y->used_ms);
}

/* Of more than there may be the oldest are removed at once, so that the list
 * has a bound. */
static void cut_list(struct derive_cache *cache, GArray *found)
{
	g_array_sort(found, by_use_latest_first);
	for (guint i = cache->max_files; i < found->len; i++)
		derive_files_remove(
			cache->files,
			&g_array_index(found, struct derive_found, i).key);
	if (found->len > cache->max_files)
		g_array_set_size(found, cache->max_files);
}

static bool is_stopped(struct derive_cache *cache)
{
	pthread_mutex_lock(&cache->mutex);
	bool stopped = cache->stopped;
	pthread_mutex_unlock(&cache->mutex);
	return stopped;
}

static bool was_purged(struct derive_cache *cache, const struct derive_key *key)
{
	const GByteArray *purged = cache->purged;
	for (guint i = 0; i < purged->len; i += DERIVE_SOURCE_BYTES)
		if (memcmp(purged->data + i, key->source,
			   DERIVE_SOURCE_BYTES) == 0)
			return true;
	return false;
}

/* A source that is purged from now on finds in the index what was found. */
static void add_all(struct derive_cache *cache, const GArray *found)
{
	GArray *victims = derive_victims_new();
	pthread_mutex_lock(&cache->mutex);
	for (guint i = 0; i < found->len; i++) {
		const struct derive_found *one =
			&g_array_index(found, struct derive_found, i);
		if (was_purged(cache, &one->key))
			g_array_append_val(victims, one->key);
		else
			derive_index_add(cache->index, one, victims);
	}
	atomic_store(&cache->listed, true);
	cache->busy = true; /* with the victims */
	pthread_mutex_unlock(&cache->mutex);
	remove_victims(cache, victims);
	g_array_unref(victims);
}

static void write_waiting(struct derive_cache *cache);

/* What an earlier life has left, in its order. It is written meanwhile. A stop
 * in the middle leaves the rest to the next life. */
static void list_all(struct derive_cache *cache)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(struct derive_found));
	unsigned folder = 0;
	bool more = true;
	derive_files_clean(cache->files);
	while (more && !is_stopped(cache)) {
		more = derive_files_list(cache->files, &folder, found);
		if (found->len / 2 >= cache->max_files)
			cut_list(cache, found);
		write_waiting(cache);
	}
	if (!more) {
		g_array_sort(found, by_use_latest_first);
		add_all(cache, found);
	}
	g_array_unref(found);
}

static void note_uses(struct derive_cache *cache)
{
	int64_t now = now_ms();
	GArray *used = derive_index_used(cache->index, cache->noted_ms);
	for (guint i = 0; i < used->len; i++)
		derive_files_used(cache->files,
				  &g_array_index(used, struct derive_found, i));
	g_array_unref(used);
	cache->noted_ms = now;
}

/* NULL: none. */
static struct write_job *take_job(struct derive_cache *cache)
{
	struct write_job *job = NULL;
	pthread_mutex_lock(&cache->mutex);
	GList *link = g_queue_pop_head_link(&cache->waiting);
	cache->busy = link != NULL;
	if (link) {
		const struct content *content;
		job = link->data;
		content = &job->derivative->content;
		cache->waiting_bytes -= content->size;
		cache->waiting_open -= content->fd >= 0;
	} else {
		pthread_cond_broadcast(&cache->settled);
	}
	pthread_mutex_unlock(&cache->mutex);
	return job;
}

static void write_waiting(struct derive_cache *cache)
{
	struct write_job *job;
	while ((job = take_job(cache)))
		write_one(cache, job);
}

/* False: stopped, and nothing waits. */
static bool wait_for_work(struct derive_cache *cache)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += NOTE_EVERY_S;
	pthread_mutex_lock(&cache->mutex);
	while (!cache->stopped && cache->waiting.length == 0 &&
	       pthread_cond_timedwait(&cache->changed, &cache->mutex, &until) ==
		       0)
		continue;
	bool goes_on = !cache->stopped || cache->waiting.length;
	pthread_mutex_unlock(&cache->mutex);
	return goes_on;
}

static void *cache_main(void *arg)
{
	struct derive_cache *cache = arg;
	thread_yield_disk();
	list_all(cache);
	do {
		write_waiting(cache);
		if (now_ms() - cache->noted_ms >= NOTE_EVERY_S * 1000)
			note_uses(cache);
	} while (wait_for_work(cache));
	note_uses(cache);
	return NULL;
}

static void init_locks(struct derive_cache *cache)
{
	pthread_condattr_t monotonic;
	pthread_mutex_init(&cache->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&cache->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&cache->settled, NULL);
}

static void release(struct derive_cache *cache)
{
	derive_index_free(cache->index);
	derive_files_close(cache->files);
	g_byte_array_free(cache->purged, TRUE);
	pthread_cond_destroy(&cache->settled);
	pthread_cond_destroy(&cache->changed);
	pthread_mutex_destroy(&cache->mutex);
	g_free(cache);
}

int derive_cache_new(struct derive_cache **out,
		     const struct derive_cache_options *options,
		     struct err *err)
{
	struct derive_cache *cache = g_new0(struct derive_cache, 1);
	struct err why;
	init_locks(cache);
	g_queue_init(&cache->waiting);
	cache->purged = g_byte_array_new();
	cache->index = derive_index_new(&options->limits);
	cache->max_files = options->limits.max_files;
	cache->noted_ms = now_ms();
	if (options->limits.max_bytes &&
	    derive_files_open(&cache->files, options->dir, options->reserve,
			      &why) < 0)
		log_warn("derived pictures are kept in memory only: %s",
			 why.text);
	if (cache->files &&
	    thread_start(&cache->thread,
			 &(struct thread_kind){"derived", THREAD_LONG},
			 cache_main, cache, err) < 0) {
		release(cache);
		return -1;
	}
	*out = cache;
	return 0;
}

void derive_cache_free(struct derive_cache *cache)
{
	if (cache == NULL)
		return;
	pthread_mutex_lock(&cache->mutex);
	cache->stopped = true;
	pthread_cond_signal(&cache->changed);
	pthread_mutex_unlock(&cache->mutex);
	if (cache->thread)
		g_thread_join(cache->thread);
	release(cache);
}

enum derive_place derive_cache_find(struct derive_cache *cache,
				    const struct derive_key *key,
				    struct derivative **out)
{
	enum derive_place place = derive_index_find(cache->index, key, out);
	if (place == DERIVE_IN_MEMORY)
		metric_add(METRIC_DERIVED_HITS, 1);
	if (place == DERIVE_NOWHERE && cache->files &&
	    !atomic_load(&cache->listed))
		return DERIVE_ON_DISK;
	return place;
}

struct derivative *derive_cache_read(struct derive_cache *cache,
				     const struct derive_key *key,
				     int64_t modified_s)
{
	struct derive_found found = {.key = *key};
	struct err err;
	if (cache->files == NULL)
		return NULL;
	struct derivative *derivative = derive_files_read(
		cache->files, key, modified_s, &found.size, &err);
	if (derivative) {
		GArray *victims = derive_victims_new();
		derive_index_add(cache->index, &found, victims);
		derive_index_keep(cache->index, key, derivative);
		remove_victims(cache, victims);
		g_array_unref(victims);
		metric_add(METRIC_DERIVED_HITS, 1);
		return derivative;
	}
	if (err.code == ERR_CORRUPT) {
		metric_add(METRIC_DERIVED_DAMAGED, 1);
		log_warn("%s, and made again", err.text);
		derive_files_remove(cache->files, key);
	}
	if (err.code == ERR_CORRUPT || err.code == ERR_NOT_FOUND)
		derive_index_remove(cache->index, key);
	return NULL;
}

/* False: too much waits. */
static bool queue_write(struct derive_cache *cache, struct write_job *job)
{
	const struct content *content = &job->derivative->content;
	bool open = content->fd >= 0;
	pthread_mutex_lock(&cache->mutex);
	bool fits = !cache->stopped && cache->waiting.length < WAITING_MAX &&
		    cache->waiting_bytes + content->size <= WAITING_BYTES_MAX &&
		    cache->waiting_open + open <= WAITING_OPEN_MAX;
	if (fits) {
		g_queue_push_tail_link(&cache->waiting, &job->link);
		cache->waiting_bytes += content->size;
		cache->waiting_open += open;
		pthread_cond_signal(&cache->changed);
	}
	pthread_mutex_unlock(&cache->mutex);
	return fits;
}

void derive_cache_put(struct derive_cache *cache, const struct derive_key *key,
		      struct derivative *derivative)
{
	if (cache->files == NULL) {
		derive_index_keep(cache->index, key, derivative);
		return;
	}
	if (!derive_index_begin(cache->index, key, derivative))
		return;
	struct write_job *job = g_new0(struct write_job, 1);
	job->key = *key;
	job->derivative = derivative_ref(derivative);
	job->link.data = job;
	if (queue_write(cache, job))
		return;
	GArray *none = derive_victims_new();
	metric_add(METRIC_DERIVED_UNSAVED, 1);
	derive_index_end(cache->index, key, 0, none);
	g_array_unref(none);
	derivative_unref(job->derivative);
	g_free(job);
}

void derive_cache_purge(struct derive_cache *cache,
			const struct derive_content *source)
{
	uint8_t bytes[DERIVE_SOURCE_BYTES];
	GArray *victims = derive_victims_new();
	derive_source(source, bytes);
	pthread_mutex_lock(&cache->mutex);
	if (cache->files && !atomic_load(&cache->listed))
		g_byte_array_append(cache->purged, bytes, sizeof(bytes));
	pthread_mutex_unlock(&cache->mutex);
	derive_index_remove_source(cache->index, bytes, victims);
	remove_victims(cache, victims);
	g_array_unref(victims);
}

void derive_cache_settle(struct derive_cache *cache)
{
	pthread_mutex_lock(&cache->mutex);
	while (cache->files && (cache->waiting.length || cache->busy ||
				!atomic_load(&cache->listed)))
		pthread_cond_wait(&cache->settled, &cache->mutex);
	pthread_mutex_unlock(&cache->mutex);
}
