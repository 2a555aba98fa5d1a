/* SPDX-License-Identifier: Apache-2.0 */
#include "api/room.h"
#include "base/threads/turns.h"

#define PART 3 /* of what it leaves free: who is alone has three quarters */

struct room {
	GMutex mutex; /* of what is below */
	struct turns units;
};

/* What a request has; in its arena. */
struct room_taken {
	struct room *room;
	struct turns_place place;
	uint64_t n; /* units */
};

struct room *room_new(uint64_t bytes)
{
	struct room *room = g_new0(struct room, 1);
	const struct turns_options options = {
		.rules[0] = {.places = (unsigned)(bytes / ROOM_UNIT),
			     .part = PART},
	};
	g_mutex_init(&room->mutex);
	turns_init(&room->units, &options);
	return room;
}

void room_free(struct room *room)
{
	if (room == NULL)
		return;
	turns_release(&room->units);
	g_mutex_clear(&room->mutex);
	g_free(room);
}

static void give_back(void *arg)
{
	struct room_taken *taken = arg;
	g_mutex_lock(&taken->room->mutex);
	while (taken->n > 0) {
		turns_end(&taken->room->units, taken->place);
		taken->n--;
	}
	g_mutex_unlock(&taken->room->mutex);
}

static bool take(struct room_taken *taken, int64_t owner, uint64_t n)
{
	const struct turns_wish wish = {.owner = owner};
	struct room *room = taken->room;
	g_mutex_lock(&room->mutex);
	while (taken->n < n && turns_enter(&room->units, &wish, &taken->place))
		taken->n++;
	g_mutex_unlock(&room->mutex);
	return taken->n == n;
}

int request_take_room(struct request *rq, int64_t owner, uint64_t bytes,
		      struct err *err)
{
	struct room_taken *taken =
		arena_zalloc(request_arena(rq), sizeof(*taken));
	taken->room = rq->services->room;
	arena_defer(request_arena(rq), give_back, taken);
	if (take(taken, owner, bytes / ROOM_UNIT + 1))
		return 0;
	give_back(taken);
	return err_set(
		err, ERR_BUSY,
		"Too many long answers are being sent. Try again later.");
}
