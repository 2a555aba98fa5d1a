/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which page is next. What waits too long, or is to go for another, is told
 * when something else begins or ends; as long as anything waits, all places are
 * held, by what has a limit of time.
 */
#include "recognition/recogniser_own.h"

void recogniser_use(struct recogniser *recogniser)
{
	g_mutex_lock(&recogniser->mutex);
	recogniser->used++;
	g_mutex_unlock(&recogniser->mutex);
}

void recogniser_unuse(struct recogniser *recogniser)
{
	g_mutex_lock(&recogniser->mutex);
	if (--recogniser->used == 0)
		g_cond_broadcast(&recogniser->idle);
	g_mutex_unlock(&recogniser->mutex);
}

/* The first member. */
static struct reading *reading_of(struct turn *turn)
{
	return (struct reading *)turn;
}

/* Tells; what it held is another's. */
static void answer(struct reading *reading, struct derive_output *out,
		   const struct err *err)
{
	struct recogniser *r = reading->recogniser;
	struct derive_job *job = reading->job;
	g_mutex_lock(&r->mutex);
	g_hash_table_remove(r->named, job);
	if (reading->holds)
		turns_end(&r->turns, reading->turn.place);
	g_mutex_unlock(&r->mutex);
	job->done(job->user, out, err); /* the reading is gone then */
	recogniser_unuse(r);
}

static void refuse(struct reading *reading, bool is_stopping)
{
	struct err err;
	metric_add(METRIC_OCR_REFUSED, 1);
	err_set(&err, ERR_BUSY,
		is_stopping ? "The server is stopping."
			    : "Too many pages wait to be read. Try again "
			      "later.");
	answer(reading, NULL, &err);
}

/* The next that is to be refused, or else, that has a place; NULL: none. */
static struct reading *take_next(struct recogniser *r, bool *is_refused,
				 bool *is_stopping)
{
	int64_t now = g_get_monotonic_time();
	g_mutex_lock(&r->mutex);
	*is_stopping = now >= r->stop_at;
	struct turn *turn =
		turns_expire(&r->turns, *is_stopping ? INT64_MAX : now);
	*is_refused = turn != NULL;
	if (turn == NULL)
		turn = turns_take(&r->turns, TURNS_ALL);
	if (turn && !*is_refused)
		reading_of(turn)->holds = true;
	g_mutex_unlock(&r->mutex);
	if (turn)
		metric_add(METRIC_OCR_QUEUED, -1);
	return turn ? reading_of(turn) : NULL;
}

/* The caller uses the recogniser. */
static void go_on(struct recogniser *r)
{
	bool is_refused, is_stopping;
	struct reading *next;
	struct err err;
	while ((next = take_next(r, &is_refused, &is_stopping))) {
		if (is_refused)
			refuse(next, is_stopping);
		else if (next->render(next, &err) < 0)
			answer(next, NULL, &err);
	}
}

void recogniser_enter(struct reading *reading, unsigned sort)
{
	struct recogniser *r = reading->recogniser;
	struct err err;
	struct turns_wish wish = {
		.owner = reading->job->owner,
		.guest = reading->job->guest,
		.sort = sort,
	};
	/* before: another thread may take it */
	metric_add(METRIC_OCR_QUEUED, 1);
	g_mutex_lock(&r->mutex);
	wish.deadline =
		g_get_monotonic_time() + RECOGNISER_WAIT_MS * INT64_C(1000);
	int result = turns_add(&r->turns, &reading->turn, &wish, &err);
	for (unsigned i = 0; result == 0 && i < reading->n_early; i++)
		turns_share(&r->turns, &reading->turn, reading->early[i]);
	g_mutex_unlock(&r->mutex);
	if (result < 0) {
		metric_add(METRIC_OCR_QUEUED, -1);
		refuse(reading, false);
	}
	go_on(r);
}

void recogniser_end(struct reading *reading, struct derive_output *out,
		    const struct err *err)
{
	struct recogniser *r = reading->recogniser;
	recogniser_use(r);
	answer(reading, out, err);
	go_on(r);
	recogniser_unuse(r);
}
