/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads/crew.h"

#define MS_US INT64_C(1000)

struct crew {
	struct crew_options options;
	GMutex mutex; /* of what follows */
	GCond work;
	struct turns turns;
	GPtrArray *threads;
	unsigned idle;
	bool ending;
};

struct crew *crew_new(const struct crew_options *options)
{
	struct crew *crew = g_new0(struct crew, 1);
	const struct turns_options turns = {
		/* who is alone has three quarters of them */
		.rules = {{.places = options->places, .part = 3}},
		.waiting = options->waiting,
		.own_waiting = options->own_waiting,
	};
	crew->options = *options;
	g_mutex_init(&crew->mutex);
	g_cond_init(&crew->work);
	turns_init(&crew->turns, &turns);
	crew->threads = g_ptr_array_new();
	return crew;
}

static struct crew_task *task_of(struct turn *turn)
{
	return (void *)((char *)turn - offsetof(struct crew_task, turn));
}

/* With the mutex held, but not meanwhile. */
static void run_late(struct crew *crew)
{
	struct turn *turn;
	while ((turn = turns_expire(&crew->turns, g_get_monotonic_time()))) {
		g_mutex_unlock(&crew->mutex);
		struct crew_task *task = task_of(turn);
		task->run(task, true);
		g_mutex_lock(&crew->mutex);
	}
}

static void sleep_idle(struct crew *crew)
{
	int64_t until = turns_deadline(&crew->turns);
	crew->idle++;
	if (until == INT64_MAX)
		g_cond_wait(&crew->work, &crew->mutex);
	else
		(void)g_cond_wait_until(&crew->work, &crew->mutex, until);
	crew->idle--;
}

static void *work(void *user)
{
	struct crew *crew = user;
	g_mutex_lock(&crew->mutex);
	for (;;) {
		run_late(crew);
		struct turn *turn = turns_take(&crew->turns, TURNS_ALL);
		if (turn == NULL) {
			if (crew->ending && crew->turns.waiting == 0)
				break;
			sleep_idle(crew);
			continue;
		}
		struct crew_task *task = task_of(turn);
		const struct turns_place place = turn->place;
		g_mutex_unlock(&crew->mutex);
		task->run(task, false);
		g_mutex_lock(&crew->mutex);
		turns_end(&crew->turns, place);
		/* what could not be taken perhaps can be now */
		g_cond_broadcast(&crew->work);
	}
	g_mutex_unlock(&crew->mutex);
	return NULL;
}

/* One thread more than places: somebody is always there to tell what waits too
 * long. The mutex is held. */
static void add_thread(struct crew *crew)
{
	GThread *thread;
	struct err ignored;
	if (crew->turns.waiting < crew->idle)
		return;
	if (crew->threads->len <= crew->options.places &&
	    thread_start(&thread, &crew->options.kind, work, crew, &ignored) ==
		    0)
		g_ptr_array_add(crew->threads, thread);
}

int crew_add(struct crew *crew, struct crew_task *task, struct err *err)
{
	const struct turns_wish wish = {
		.owner = task->owner,
		.guest = task->guest,
		.deadline =
			g_get_monotonic_time() + crew->options.wait_ms * MS_US,
	};
	g_mutex_lock(&crew->mutex);
	int result = turns_add(&crew->turns, &task->turn, &wish, err);
	if (result == 0) {
		add_thread(crew);
		g_cond_signal(&crew->work);
	}
	if (result == 0 && crew->threads->len == 0) {
		turns_drop(&crew->turns, &task->turn);
		result = err_set(err, ERR_BUSY,
				 "No thread can be started. Try again later.");
	}
	g_mutex_unlock(&crew->mutex);
	return result;
}

void crew_share(struct crew *crew, struct crew_task *task, int64_t guest)
{
	g_mutex_lock(&crew->mutex);
	if (task->turn.waits)
		turns_share(&crew->turns, &task->turn, guest);
	g_mutex_unlock(&crew->mutex);
}

void crew_free(struct crew *crew)
{
	if (crew == NULL)
		return;
	g_mutex_lock(&crew->mutex);
	crew->ending = true;
	g_cond_broadcast(&crew->work);
	g_mutex_unlock(&crew->mutex);
	thread_join_all(crew->threads);
	turns_release(&crew->turns);
	g_mutex_clear(&crew->mutex);
	g_cond_clear(&crew->work);
	g_free(crew);
}
