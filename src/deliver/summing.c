/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/summing.h"
#include "base/fd.h"

#include <fcntl.h>
#include <glib.h>
#include <libdeflate.h>
#include <unistd.h>

#define PIECE (64u * 1024)
#define BATCH (UINT64_C(8) << 20) /* and as far ahead of what is sent */
#define BEHIND (UINT64_C(32) << 20)

struct summing {
	struct crew_task task; /* first: the crew has this */
	struct crew *crew;
	struct summing_for of;
	int fd; /* its own */
	uint64_t size;
	GMutex mutex; /* of what follows */
	struct summed summed;
	uint64_t until; /* what it is, or was, to be taken to */
	bool running;   /* the crew has it */
	bool waits;     /* it is to be told of */
	bool left, late, failed;
};

static void free_summing(struct summing *summing)
{
	close(summing->fd);
	g_mutex_clear(&summing->mutex);
	g_free(summing);
}

/* With the mutex held, but not meanwhile. */
static void sum_piece(struct summing *summing)
{
	char piece[PIECE];
	uint64_t at = summing->summed.length;
	size_t n = (size_t)MIN(PIECE, summing->until - at);
	uint32_t crc = summing->summed.crc;
	g_mutex_unlock(&summing->mutex);
	bool got = fd_read(summing->fd, piece, n, (off_t)at) == (ssize_t)n;
	if (got)
		crc = libdeflate_crc32(crc, piece, n);
	g_mutex_lock(&summing->mutex);
	summing->failed = !got;
	if (got)
		summing->summed = (struct summed){at + n, crc};
}

static void run(struct crew_task *task, bool is_late)
{
	struct summing *summing = (struct summing *)task;
	g_mutex_lock(&summing->mutex);
	summing->late = is_late;
	while (!is_late && !summing->left && !summing->failed &&
	       summing->summed.length < summing->until)
		sum_piece(summing);
	summing->running = false;
	bool left = summing->left;
	if (summing->waits && !left)
		summing->of.more(summing->of.user);
	summing->waits = false;
	g_mutex_unlock(&summing->mutex);
	if (left)
		free_summing(summing);
}

struct summing *summing_begin(struct crew *crew, int fd, uint64_t size,
			      const struct summing_for *of)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return NULL;
	struct summing *summing = g_new0(struct summing, 1);
	summing->task.owner = of->owner;
	summing->task.guest = of->guest;
	summing->task.run = run;
	summing->crew = crew;
	summing->of = *of;
	summing->fd = own;
	summing->size = size;
	g_mutex_init(&summing->mutex);
	return summing;
}

static bool go_on(struct summing *summing)
{
	struct err ignored;
	summing->until = MIN(summing->size, summing->summed.length + BATCH);
	summing->running =
		crew_add(summing->crew, &summing->task, &ignored) == 0;
	return summing->running;
}

static enum summing_state look(struct summing *summing, uint64_t sent)
{
	uint64_t have = summing->summed.length;
	if (summing->failed)
		return SUMMING_FAILED;
	if (have == summing->size)
		return SUMMING_DONE;
	if (summing->late ||
	    (!summing->running && have < sent + BATCH && !go_on(summing)))
		return SUMMING_BUSY;
	summing->waits = sent == summing->size || sent > have + BEHIND;
	return summing->waits ? SUMMING_LATER : SUMMING_ON;
}

enum summing_state summing_look(struct summing *summing, uint64_t sent,
				struct summed *out)
{
	g_mutex_lock(&summing->mutex);
	enum summing_state state = look(summing, sent);
	*out = summing->summed;
	g_mutex_unlock(&summing->mutex);
	return state;
}

void summing_leave(struct summing *summing)
{
	if (summing == NULL)
		return;
	g_mutex_lock(&summing->mutex);
	bool running = summing->running;
	summing->left = true;
	g_mutex_unlock(&summing->mutex);
	if (!running)
		free_summing(summing);
}
