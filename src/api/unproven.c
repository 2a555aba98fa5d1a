/* SPDX-License-Identifier: Apache-2.0 */
#include "api/unproven.h"

#include <glib.h>

#define SHARE 4 /* of one address: one in so many, but at least that many */

struct place {
	struct unproven *unproven;
	bool taken;
	char peer[sizeof(((struct http_exchange *)0)->peer)];
};

struct unproven {
	GMutex mutex; /* guards places */
	unsigned max;
	struct place places[];
};

struct unproven *unproven_new(unsigned max)
{
	struct unproven *unproven = g_malloc0(
		sizeof(*unproven) + max * sizeof(unproven->places[0]));
	g_mutex_init(&unproven->mutex);
	unproven->max = max;
	return unproven;
}

void unproven_free(struct unproven *unproven)
{
	if (unproven == NULL)
		return;
	g_mutex_clear(&unproven->mutex);
	g_free(unproven);
}

static void leave(void *arg)
{
	struct place *place = arg;
	g_mutex_lock(&place->unproven->mutex);
	place->taken = false;
	g_mutex_unlock(&place->unproven->mutex);
}

/* A free place, NULL when there is none for this address. */
static struct place *take(struct unproven *unproven, const char *peer)
{
	struct place *free_one = NULL;
	unsigned same = 0;
	for (unsigned i = 0; i < unproven->max; i++) {
		struct place *place = &unproven->places[i];
		if (!place->taken)
			free_one = place;
		else
			same += strcmp(place->peer, peer) == 0;
	}
	if (free_one == NULL || same >= MAX(unproven->max / SHARE, SHARE))
		return NULL;
	free_one->unproven = unproven;
	free_one->taken = true;
	g_strlcpy(free_one->peer, peer, sizeof(free_one->peer));
	return free_one;
}

int unproven_enter(struct request *rq, struct err *err)
{
	struct unproven *unproven = rq->services->unproven;
	g_mutex_lock(&unproven->mutex);
	struct place *place = take(unproven, rq->x->peer);
	g_mutex_unlock(&unproven->mutex);
	if (place == NULL)
		return err_set(err, ERR_BUSY,
			       "Too many uploads without a key are being "
			       "received. Try again later.");
	arena_defer(request_arena(rq), leave, place);
	return 0;
}
