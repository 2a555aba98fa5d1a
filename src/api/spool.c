/* SPDX-License-Identifier: Apache-2.0 */
#include "api/spool.h"

#include <glib.h>

#define SHARE 4 /* of one address: one in so many, but at least that many */

struct place {
	struct spool *spool;
	bool taken;
	char peer[sizeof(((struct http_exchange *)0)->peer)];
};

struct spool {
	GMutex mutex; /* guards places */
	unsigned max;
	struct place places[];
};

struct spool *spool_new(unsigned max)
{
	struct spool *spool =
		g_malloc0(sizeof(*spool) + max * sizeof(spool->places[0]));
	g_mutex_init(&spool->mutex);
	spool->max = max;
	return spool;
}

void spool_free(struct spool *spool)
{
	if (spool == NULL)
		return;
	g_mutex_clear(&spool->mutex);
	g_free(spool);
}

static void leave(void *arg)
{
	struct place *place = arg;
	g_mutex_lock(&place->spool->mutex);
	place->taken = false;
	g_mutex_unlock(&place->spool->mutex);
}

/* A free place, NULL when there is none for this address. */
static struct place *take(struct spool *spool, const char *peer)
{
	struct place *free_one = NULL;
	unsigned same = 0;
	for (unsigned i = 0; i < spool->max; i++) {
		struct place *place = &spool->places[i];
		if (!place->taken)
			free_one = place;
		else
			same += strcmp(place->peer, peer) == 0;
	}
	if (free_one == NULL || same >= MAX(spool->max / SHARE, SHARE))
		return NULL;
	free_one->spool = spool;
	free_one->taken = true;
	g_strlcpy(free_one->peer, peer, sizeof(free_one->peer));
	return free_one;
}

int spool_enter(struct request *rq, struct err *err)
{
	struct spool *spool = rq->services->spool;
	g_mutex_lock(&spool->mutex);
	struct place *place = take(spool, rq->x->peer);
	g_mutex_unlock(&spool->mutex);
	if (place == NULL)
		return err_set(err, ERR_BUSY,
			       "Too many uploads without a key are being "
			       "received. Try again later.");
	arena_defer(request_arena(rq), leave, place);
	return 0;
}
