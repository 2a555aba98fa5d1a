/* SPDX-License-Identifier: Apache-2.0 */
#include "derive/derive.h"
#include "base/metrics.h"

#include <glib.h>
#include <string.h>

#define SHORTCUTS 8192u

/* A source that pictures are made of now. */
struct making {
	uint8_t source[DERIVE_SOURCE_BYTES];
	unsigned n, purges;
};

struct derive {
	struct derive_cache *cache;
	GMutex mutex;       /* of what follows; before the cache's locks */
	GHashTable *making; /* struct making by its source */
	struct flights *flights;
	struct shortcuts *shortcuts;
	struct derive_renderer renderer;
};

static void share(void *user, void *job, int64_t guest)
{
	const struct derive *derive = user;
	if (derive->renderer.share)
		derive->renderer.share(derive->renderer.user, job, guest);
}

int derive_new(struct derive **out, const struct derive_options *options,
	       struct err *err)
{
	struct derive_cache *cache;
	if (derive_cache_new(&cache, &options->cache, err) < 0)
		return -1;
	struct derive *derive = g_new0(struct derive, 1);
	derive->cache = cache;
	g_mutex_init(&derive->mutex);
	derive->making = g_hash_table_new_full(
		derive_source_hash, derive_source_equal, NULL, g_free);
	derive->flights = flights_new(&options->flights, share, derive);
	derive->shortcuts = shortcuts_new(SHORTCUTS);
	derive->renderer = options->renderer;
	*out = derive;
	return 0;
}

void derive_free(struct derive *derive)
{
	if (derive == NULL)
		return;
	flights_free(derive->flights);
	shortcuts_free(derive->shortcuts);
	derive_cache_free(derive->cache);
	g_hash_table_unref(derive->making);
	g_mutex_clear(&derive->mutex);
	g_free(derive);
}

enum derive_place derive_find(struct derive *derive,
			      const struct derive_key *key,
			      struct derivative **out)
{
	return derive_cache_find(derive->cache, key, out);
}

struct derivative *derive_read(struct derive *derive,
			       const struct derive_key *key, int64_t modified_s)
{
	return derive_cache_read(derive->cache, key, modified_s);
}

/* What is being made of it is not kept either. */
void derive_purge(struct derive *derive, const struct derive_content *source)
{
	uint8_t key[DERIVE_SOURCE_BYTES];
	derive_source(source, key);
	g_mutex_lock(&derive->mutex);
	struct making *making = g_hash_table_lookup(derive->making, key);
	if (making)
		making->purges++;
	g_mutex_unlock(&derive->mutex);
	derive_cache_purge(derive->cache, source);
}

static void begin_making(struct derive_request *request)
{
	struct derive *derive = request->derive;
	const uint8_t *source = request->key.source;
	g_mutex_lock(&derive->mutex);
	struct making *making = g_hash_table_lookup(derive->making, source);
	if (making == NULL) {
		making = g_new0(struct making, 1);
		memcpy(making->source, source, sizeof(making->source));
		g_hash_table_insert(derive->making, making->source, making);
	}
	making->n++;
	request->purges = making->purges;
	g_mutex_unlock(&derive->mutex);
}

/* Keeps it, unless its source was purged meanwhile. */
static void end_making(const struct derive_request *request,
		       struct derivative *made)
{
	struct derive *derive = request->derive;
	const uint8_t *source = request->key.source;
	g_mutex_lock(&derive->mutex);
	struct making *making = g_hash_table_lookup(derive->making, source);
	if (made && making->purges == request->purges)
		derive_cache_put(derive->cache, &request->key, made);
	if (--making->n == 0)
		g_hash_table_remove(derive->making, source);
	g_mutex_unlock(&derive->mutex);
}

bool derive_recall(struct derive *derive, struct shortcut *out)
{
	return shortcut_find(derive->shortcuts, out);
}

void derive_recall_later(struct derive *derive, const struct shortcut *shortcut)
{
	shortcut_add(derive->shortcuts, shortcut);
}

/* The request, which belongs to the first who asked, is gone then. */
static void finish(struct derive_request *request, struct derivative *made,
		   const struct err *err)
{
	const struct flight_key key = request->waiter.key;
	flight_end(request->derive->flights, &key, made, err);
}

/* The renderer's thread. */
static void on_made(void *user, struct derive_output *out,
		    const struct err *err)
{
	struct derive_request *request = user;
	struct derivative *made = NULL;
	struct err why;
	if (out) {
		const struct derivative_facts facts = {
			.fd = out->fd,
			.size = out->size,
			.type = out->type,
			.modified_s = request->modified_s,
		};
		out->fd = -1;
		made = derivative_new(&facts, &why);
		err = &why;
	}
	metric_add(made ? METRIC_DERIVED_MADE : METRIC_DERIVED_FAILED, 1);
	end_making(request, made);
	finish(request, made, err);
	derivative_unref(made);
}

/* Somebody has made it while nobody was looking. */
static bool is_there_by_now(struct derive *derive,
			    struct derive_request *request)
{
	struct derivative *made;
	derive_find(derive, &request->key, &made);
	if (made == NULL)
		return false;
	finish(request, made, NULL);
	derivative_unref(made);
	return true;
}

int derive_make(struct derive *derive, struct derive_request *request,
		struct err *err)
{
	const struct derive_renderer *renderer = &derive->renderer;
	struct err why;
	if (renderer->render == NULL)
		return err_set(err, ERR_UNSUPPORTED,
			       "Image transformations are not available");
	G_STATIC_ASSERT(sizeof(request->key) == sizeof(struct flight_key));
	memcpy(&request->waiter.key, &request->key, sizeof(request->key));
	request->derive = derive;
	request->job.done = on_made;
	request->job.user = request;
	int first = flight_join(derive->flights, &request->waiter, err);
	if (first < 0)
		return -1;
	if (first == 0 || is_there_by_now(derive, request))
		return 0;
	metric_add(METRIC_DERIVED_MISSES, 1);
	begin_making(request);
	flight_set_work(derive->flights, &request->waiter.key, &request->job);
	if (renderer->render(renderer->user, &request->job, &why) < 0) {
		metric_add(METRIC_DERIVED_FAILED, 1);
		end_making(request, NULL);
		finish(request, NULL, &why);
	}
	return 0;
}
