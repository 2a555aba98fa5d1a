/* SPDX-License-Identifier: Apache-2.0 */
#include "recognition/recogniser_own.h"
#include "derive/render.h"

#define MS_US INT64_C(1000)
#define NEVER INT64_MAX
#define IDLE_MS (60 * 1000)
#define AGE_MS (30 * 60 * 1000)
#define PAGES_MAX 2000u                 /* of one process */
#define MEMORY_MAX (512u * 1024 * 1024) /* that one may keep */

static int open_pool(struct recogniser *r,
		     const struct recogniser_options *options, struct err *err)
{
	const struct training *training = options->training;
	char *arguments[] = {
		(char *)(uintptr_t) "--languages", training->languages,
		(char *)(uintptr_t) "--tessdata", training->dir, NULL};
	const struct pool_options pool = {
		.name = "text reader",
		.program = options->program,
		.arguments = arguments,
		.greeting = OCR_GREETING,
		.helpers = r->helpers,
		.share = r->helpers,
		/* what has a place always has one here */
		.queue_max = 2 * r->helpers + 8,
		.owner_max = 2 * r->helpers + 8,
		.wait_ms = RECOGNISER_WAIT_MS + 2 * options->timeout_ms,
		.timeout_ms = options->timeout_ms,
		.jobs_max = PAGES_MAX,
		.age_ms = AGE_MS,
		.memory_max = MEMORY_MAX,
		.idle_ms = IDLE_MS,
		.metrics =
			{
				.started = METRIC_OCR_STARTS,
				.died = METRIC_OCR_DEATHS,
				.queued = METRIC_OCR_QUEUED,
				.refused = METRIC_OCR_REFUSED,
			},
	};
	return pool_new(&r->pool, &pool, err);
}

/* One page is rendered while others are read. */
static void init_turns(struct recogniser *r, unsigned queue_max)
{
	const struct turns_options turns = {
		.rules[READING_USUAL] = {.places = r->helpers + 1},
		.rules[READING_LARGE] = {.places = 1},
		.waiting = queue_max,
		.own_waiting = (queue_max + 1) / 2,
	};
	turns_init(&r->turns, &turns);
}

int recogniser_new(struct recogniser **out,
		   const struct recogniser_options *options, struct err *err)
{
	struct recogniser *r = g_new0(struct recogniser, 1);
	r->renderers = options->renderers;
	r->pictures = derive_renderer_of(options->renderers);
	r->helpers = MAX(options->helpers, 1);
	if (open_pool(r, options, err) < 0) {
		g_free(r);
		return -1;
	}
	r->languages = g_strdup(options->training->languages);
	r->data = g_strdup(options->training->data);
	r->stop_at = NEVER;
	r->named = g_hash_table_new(NULL, NULL);
	init_turns(r, options->queue_max);
	g_mutex_init(&r->mutex);
	g_cond_init(&r->idle);
	*out = r;
	return 0;
}

void recogniser_stop(struct recogniser *recogniser, unsigned within_ms)
{
	int64_t at = g_get_monotonic_time() + within_ms * MS_US;
	g_mutex_lock(&recogniser->mutex);
	recogniser->stop_at = MIN(recogniser->stop_at, at);
	g_mutex_unlock(&recogniser->mutex);
	pool_stop(recogniser->pool, within_ms);
}

void recogniser_free(struct recogniser *recogniser)
{
	if (recogniser == NULL)
		return;
	recogniser_stop(recogniser, 0);
	renderers_stop(recogniser->renderers, 0);
	g_mutex_lock(&recogniser->mutex);
	while (recogniser->used)
		g_cond_wait(&recogniser->idle, &recogniser->mutex);
	g_mutex_unlock(&recogniser->mutex);
	pool_free(recogniser->pool);
	turns_release(&recogniser->turns);
	g_hash_table_unref(recogniser->named);
	g_mutex_clear(&recogniser->mutex);
	g_cond_clear(&recogniser->idle);
	g_free(recogniser->languages);
	g_free(recogniser->data);
	g_free(recogniser);
}

unsigned recogniser_helpers(const struct recogniser *recogniser)
{
	return recogniser->helpers;
}

struct str recogniser_plan(const struct recogniser *recogniser,
			   struct arena *arena, unsigned page, bool fine)
{
	const struct recognition_plan plan = {
		.page = page,
		.fine = fine,
		.languages = str_of(recogniser->languages),
		.data = str_of(recogniser->data),
	};
	return recognition_plan_write(arena, &plan);
}

int recogniser_read(struct recogniser *recogniser, struct derive_job *job,
		    struct err *err)
{
	struct recognition_plan plan;
	if (!recognition_plan_read(job->plan, &plan) || job->n_inputs != 1)
		return err_set(err, ERR_INTERNAL, "no plan for text: %.*s",
			       STR_ARG(job->plan));
	struct reading *reading = arena_zalloc(job->arena, sizeof(*reading));
	reading->recogniser = recogniser;
	reading->job = job;
	reading->plan = plan;
	reading->pixels = -1;
	g_mutex_lock(&recogniser->mutex);
	recogniser->used++;
	g_hash_table_insert(recogniser->named, job, reading);
	g_mutex_unlock(&recogniser->mutex);
	if (reading_begin(reading, err) == 0)
		return 0;
	g_mutex_lock(&recogniser->mutex);
	g_hash_table_remove(recogniser->named, job);
	g_mutex_unlock(&recogniser->mutex);
	recogniser_unuse(recogniser);
	return -1;
}

/* As the renderers' own. */

static int render(void *user, struct derive_job *job, struct err *err)
{
	struct recogniser *r = user;
	struct recognition_plan plan;
	if (recognition_plan_read(job->plan, &plan))
		return recogniser_read(r, job, err);
	return r->pictures.render(r->pictures.user, job, err);
}

/* Where it waits, or is being worked on: all know it by one name. */
static void share_reading(struct recogniser *r, const struct derive_job *job,
			  int64_t guest)
{
	g_mutex_lock(&r->mutex);
	struct reading *reading = g_hash_table_lookup(r->named, job);
	if (reading && reading->turn.waits)
		turns_share(&r->turns, &reading->turn, guest);
	else if (reading && !reading->holds &&
		 reading->n_early < READING_EARLY_MAX)
		reading->early[reading->n_early++] = guest;
	g_mutex_unlock(&r->mutex);
	if (reading == NULL)
		return;
	renderers_share(r->renderers, reading, guest);
	pool_share(r->pool, reading, guest);
}

static void share(void *user, const struct derive_job *job, int64_t guest)
{
	struct recogniser *r = user;
	struct recognition_plan plan;
	if (recognition_plan_read(job->plan, &plan))
		share_reading(r, job, guest);
	else
		r->pictures.share(r->pictures.user, job, guest);
}

struct derive_renderer recogniser_renderer(struct recogniser *recogniser)
{
	return (struct derive_renderer){
		.render = render,
		.share = share,
		.user = recogniser,
	};
}
