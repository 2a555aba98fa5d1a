/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/queue.h"

enum sort {
	LIGHT,
	HEAVY,
	SORTS
};

struct owner {
	int64_t key;
	GQueue jobs[SORTS]; /* that wait */
	unsigned running[SORTS];
	GList link; /* in queue.turns, while jobs wait */
};

static enum sort sort_of(const struct job *job)
{
	return job->given.heavy ? HEAVY : LIGHT;
}

static unsigned waiting_of(const struct owner *owner)
{
	return owner->jobs[LIGHT].length + owner->jobs[HEAVY].length;
}

void queue_init(struct queue *queue, const struct pool_options *options)
{
	*queue = (struct queue){
		.owners = g_hash_table_new_full(g_int64_hash, g_int64_equal,
						NULL, g_free),
		.max = options->queue_max,
		.owner_max = options->owner_max,
		.share = MAX(options->share, 1),
	};
	g_queue_init(&queue->turns);
}

void queue_release(struct queue *queue)
{
	g_hash_table_unref(queue->owners);
}

static struct owner *find_owner(struct queue *queue, int64_t key)
{
	struct owner *owner = g_hash_table_lookup(queue->owners, &key);
	if (owner)
		return owner;
	owner = g_new0(struct owner, 1);
	owner->key = key;
	owner->link.data = owner;
	g_hash_table_insert(queue->owners, &owner->key, owner);
	return owner;
}

static void forget_idle(struct queue *queue, struct owner *owner)
{
	if (waiting_of(owner) == 0 && owner->running[LIGHT] == 0 &&
	    owner->running[HEAVY] == 0)
		g_hash_table_remove(queue->owners, &owner->key);
}

/* An owner's first waiting job joins those who take turns. */
static void enter(struct queue *queue, struct job *job)
{
	struct owner *owner = job->owner;
	if (waiting_of(owner) == 0)
		g_queue_push_tail_link(&queue->turns, &owner->link);
	job->link = (GList){.data = job};
	queue->waiting++;
}

static void leave(struct queue *queue, struct job *job)
{
	struct owner *owner = job->owner;
	g_queue_unlink(&owner->jobs[sort_of(job)], &job->link);
	queue->waiting--;
	if (waiting_of(owner) == 0)
		g_queue_unlink(&queue->turns, &owner->link);
}

/* Heavy jobs leave half of their owner's part for light ones. */
static bool has_room(const struct queue *queue, const struct owner *owner,
		     enum sort sort)
{
	unsigned heavy_max = (queue->owner_max + 1) / 2;
	return queue->waiting < queue->max &&
	       waiting_of(owner) < queue->owner_max &&
	       (sort != HEAVY || owner->jobs[HEAVY].length < heavy_max);
}

int queue_add(struct queue *queue, struct job *job, struct err *err)
{
	struct owner *owner = find_owner(queue, job->given.owner);
	GQueue *jobs = &owner->jobs[sort_of(job)];
	if (!has_room(queue, owner, sort_of(job))) {
		forget_idle(queue, owner);
		return err_set(err, ERR_BUSY,
			       "Too many jobs are waiting. Try again later.");
	}
	job->owner = owner;
	enter(queue, job);
	g_queue_push_tail_link(jobs, &job->link);
	return 0;
}

static unsigned ready_heavy(const struct queue *queue,
			    const struct owner *owner)
{
	unsigned held = owner->running[HEAVY];
	return held < queue->share
		       ? MIN(queue->share - held, owner->jobs[HEAVY].length)
		       : 0;
}

static struct job *next_of(const struct queue *queue, const struct owner *owner)
{
	const GList *first = owner->jobs[LIGHT].head;
	if (first == NULL && ready_heavy(queue, owner))
		first = owner->jobs[HEAVY].head;
	return first ? first->data : NULL;
}

struct job *queue_take(struct queue *queue)
{
	for (GList *turn = queue->turns.head; turn; turn = turn->next) {
		struct owner *owner = turn->data;
		struct job *job = next_of(queue, owner);
		if (job == NULL)
			continue;
		leave(queue, job);
		owner->running[sort_of(job)]++;
		if (waiting_of(owner)) {
			g_queue_unlink(&queue->turns, &owner->link);
			g_queue_push_tail_link(&queue->turns, &owner->link);
		}
		return job;
	}
	return NULL;
}

unsigned queue_ready(const struct queue *queue)
{
	unsigned n = 0;
	for (const GList *turn = queue->turns.head; turn; turn = turn->next) {
		const struct owner *owner = turn->data;
		n += owner->jobs[LIGHT].length + ready_heavy(queue, owner);
	}
	return n;
}

void queue_return(struct queue *queue, struct job *job, int64_t deadline)
{
	struct owner *owner = job->owner;
	enum sort sort = sort_of(job);
	GQueue *jobs = &owner->jobs[sort];
	const struct job *next = jobs->head ? jobs->head->data : NULL;
	job->deadline = next ? MIN(next->deadline, deadline) : deadline;
	owner->running[sort]--;
	enter(queue, job);
	g_queue_push_head_link(jobs, &job->link);
}

void queue_end(struct queue *queue, struct job *job)
{
	job->owner->running[sort_of(job)]--;
	forget_idle(queue, job->owner);
}

/* Each list is in the order of deadlines. */
static struct job *first_to_expire(const struct queue *queue)
{
	struct job *first = NULL;
	for (const GList *turn = queue->turns.head; turn; turn = turn->next) {
		const struct owner *owner = turn->data;
		for (int sort = 0; sort < SORTS; sort++) {
			const GList *head = owner->jobs[sort].head;
			struct job *job = head ? head->data : NULL;
			if (job && (!first || job->deadline < first->deadline))
				first = job;
		}
	}
	return first;
}

struct job *queue_expire(struct queue *queue, int64_t now)
{
	struct job *job = first_to_expire(queue);
	if (job == NULL || job->deadline > now)
		return NULL;
	leave(queue, job);
	forget_idle(queue, job->owner);
	return job;
}

int64_t queue_deadline(const struct queue *queue)
{
	const struct job *job = first_to_expire(queue);
	return job ? job->deadline : INT64_MAX;
}
