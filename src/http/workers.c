/* SPDX-License-Identifier: Apache-2.0 */
#include "http/workers.h"

#include <glib.h>

#include "base/log/log.h"
#include "base/metrics.h"
#include "base/threads/thread.h"

#define WAITING_MAX 64 /* heavy work of one owner */
#define MS_US INT64_C(1000)

enum sort {
	LIGHT,
	HEAVY,
	SLOW, /* never waits */
};

/* The threads for one sort. */
struct team {
	struct workers *workers;
	enum sort sort;
	struct thread_kind kind;
	unsigned most; /* threads */
	GCond work;    /* something queued, or ending */
	GPtrArray *threads;
	unsigned idle; /* asleep, or woken and not running yet */
};

/* What is heavy has threads of its own, which are of a lower rank than others,
 * and none can rise when it has done something light. */
#define TEAMS 2

struct workers {
	struct workers_options options;
	GMutex mutex;
	struct turns turns;
	struct team teams[TEAMS]; /* by their sort */
	/* Of what is heavy. */
	int64_t last_owner;
	int64_t company_until_us; /* monotonic */
	bool ending;
};

static void init_team(struct workers *w, enum sort sort, struct team team)
{
	team.workers = w;
	team.sort = sort;
	w->teams[sort] = team;
	g_cond_init(&w->teams[sort].work);
	w->teams[sort].threads = g_ptr_array_new();
}

/* Who is alone has three quarters of the threads and half of what is heavy;
 * the rest is for those who come meanwhile. */
struct workers *workers_new(const struct workers_options *options)
{
	struct workers *w = g_new0(struct workers, 1);
	unsigned threads = MAX(options->threads, 1);
	unsigned heavy = CLAMP(options->heavy, 1, MAX(threads / 2, 1));
	const struct turns_options turns = {
		.rules =
			{
				[LIGHT] = {.places = MAX(threads - heavy, 1),
					   .part = 3},
				[HEAVY] = {.places = heavy,
					   .part = 1,
					   .own_waiting = WAITING_MAX},
				[SLOW] = {.places = options->slow, .part = 3},
			},
	};
	w->options = *options;
	g_mutex_init(&w->mutex);
	turns_init(&w->turns, &turns);
	init_team(w, LIGHT,
		  (struct team){.kind = {"worker", THREAD_WORK},
				.most = turns.rules[LIGHT].places});
	/* one more than places: somebody is there to tell what waits too long
	 */
	init_team(w, HEAVY,
		  (struct team){.kind = {"heavy", THREAD_LONG},
				.most = heavy + 1});
	return w;
}

static struct http_exchange *exchange_of(struct turn *turn)
{
	return turn ? (void *)((char *)turn -
			       offsetof(struct http_exchange, turn))
		    : NULL;
}

/* With the mutex held, but not meanwhile. */
static void refuse_late(struct workers *w)
{
	struct turn *turn;
	while ((turn = turns_expire(&w->turns, g_get_monotonic_time()))) {
		g_mutex_unlock(&w->mutex);
		w->options.refuse(w->options.user, exchange_of(turn));
		g_mutex_lock(&w->mutex);
	}
}

static unsigned waiting_for(const struct team *team)
{
	return team->workers->turns.by_time[team->sort].length;
}

static bool has_company(const struct workers *w)
{
	return g_get_monotonic_time() < w->company_until_us;
}

static void sleep_idle(struct team *team)
{
	struct workers *w = team->workers;
	int64_t until = turns_deadline(&w->turns);
	if (team->sort == HEAVY && has_company(w))
		until = MIN(until, w->company_until_us);
	team->idle++;
	if (until == INT64_MAX)
		g_cond_wait(&team->work, &w->mutex);
	else
		(void)g_cond_wait_until(&team->work, &w->mutex, until);
	team->idle--;
}

/* What is heavy computes more than it waits. Who has had company in that lately
 * leaves a core to it, also while nothing of the others is at work: what they
 * ask for next need not wait for a core, or for what is long to end. */
static void take_company(struct workers *w, int64_t owner)
{
	if (w->last_owner && owner != w->last_owner)
		w->company_until_us =
			g_get_monotonic_time() + w->options.company_ms * MS_US;
	w->last_owner = owner;
}

static struct turn *take_turn(struct team *team)
{
	struct workers *w = team->workers;
	w->turns.options.rules[HEAVY].own =
		has_company(w) ? MAX(g_get_num_processors(), 2) - 1 : 0;
	return turns_take(&w->turns, 1u << team->sort);
}

static void *worker_main(void *arg)
{
	struct team *team = arg;
	struct workers *w = team->workers;
	g_mutex_lock(&w->mutex);
	for (;;) {
		refuse_late(w);
		struct turn *turn = take_turn(team);
		if (turn == NULL) {
			if (w->ending && waiting_for(team) == 0)
				break;
			sleep_idle(team);
			continue;
		}
		/* the exchange is somebody else's once it has run */
		const struct turns_place place = turn->place;
		g_mutex_unlock(&w->mutex);
		metric_add(METRIC_WORKERS_BUSY, 1);
		w->options.run(w->options.user, exchange_of(turn));
		metric_add(METRIC_WORKERS_BUSY, -1);
		g_mutex_lock(&w->mutex);
		turns_end(&w->turns, place);
		if (w->ending)
			g_cond_broadcast(&team->work);
	}
	g_mutex_unlock(&w->mutex);
	return NULL;
}

/* With the mutex held: one more thread when more is queued than sleeps, and one
 * is due; and one is woken. */
static void call_one(struct team *team)
{
	struct err ignored;
	GThread *thread;
	/* as if all that is slow were here */
	unsigned most = team->most + team->workers->turns.held[SLOW];
	if (waiting_for(team) > team->idle && team->threads->len < most &&
	    thread_start(&thread, &team->kind, worker_main, team, &ignored) ==
		    0)
		g_ptr_array_add(team->threads, thread);
	g_cond_signal(&team->work);
}

static int64_t deadline_of(const struct workers *w,
			   const struct http_exchange *x)
{
	return x->heavy ? g_get_monotonic_time() + w->options.wait_ms * MS_US
			: INT64_MAX;
}

int workers_push(struct workers *w, struct http_exchange *x)
{
	struct err err;
	struct team *team = &w->teams[x->heavy ? HEAVY : LIGHT];
	const struct turns_wish wish = {.owner = x->owner,
					.guest = x->guest,
					.sort = team->sort,
					.deadline = deadline_of(w, x)};
	g_mutex_lock(&w->mutex);
	if (x->heavy)
		take_company(w, x->owner);
	int result = turns_add(&w->turns, &x->turn, &wish, &err);
	if (result == 0)
		call_one(team);
	bool orphaned = result == 0 && team->threads->len == 0;
	if (orphaned)
		turns_drop(&w->turns, &x->turn);
	g_mutex_unlock(&w->mutex);
	if (orphaned)
		log_error("no worker thread can be started: a request is "
			  "refused");
	return orphaned ? -1 : result;
}

static void end_team(struct team *team)
{
	thread_join_all(team->threads);
	g_cond_clear(&team->work);
}

void workers_free(struct workers *w)
{
	if (w == NULL)
		return;
	g_mutex_lock(&w->mutex);
	w->ending = true;
	for (size_t i = 0; i < TEAMS; i++)
		g_cond_broadcast(&w->teams[i].work);
	g_mutex_unlock(&w->mutex);
	for (size_t i = 0; i < TEAMS; i++)
		end_team(&w->teams[i]);
	turns_release(&w->turns);
	g_mutex_clear(&w->mutex);
	g_free(w);
}

bool workers_slow_begin(struct workers *w, struct http_exchange *x)
{
	const struct turns_wish wish = {
		.owner = x->owner, .guest = x->guest, .sort = SLOW};
	g_mutex_lock(&w->mutex);
	bool allowed = turns_enter(&w->turns, &wish, &x->slow_place);
	if (allowed) {
		turns_end(&w->turns, x->turn.place);
		call_one(&w->teams[x->turn.place.sort]);
	}
	g_mutex_unlock(&w->mutex);
	return allowed;
}

void workers_slow_end(struct workers *w, struct http_exchange *x)
{
	g_mutex_lock(&w->mutex);
	turns_hold(&w->turns, x->turn.place);
	turns_end(&w->turns, x->slow_place);
	g_mutex_unlock(&w->mutex);
}

struct workers_state workers_state(struct workers *w)
{
	g_mutex_lock(&w->mutex);
	struct workers_state state = {
		.queued = w->turns.waiting,
		.heavy = w->turns.held[HEAVY],
		.slow = w->turns.held[SLOW],
	};
	for (size_t i = 0; i < TEAMS; i++) {
		state.idle += w->teams[i].idle;
		state.busy += w->teams[i].threads->len - w->teams[i].idle;
	}
	g_mutex_unlock(&w->mutex);
	return state;
}
