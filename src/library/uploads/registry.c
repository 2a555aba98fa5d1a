/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By token, and in the order of their last use. What is freed is so outside of
 * the lock: the functions that are called under it give it back.
 */
#include "library/uploads/registry.h"
#include "base/metrics.h"
#include "library/library_internal.h"

#define MAKING 16

struct uploads {
	GMutex lock;           /* nothing is taken inside */
	GHashTable *by_token;  /* of those that can be found */
	GQueue used;           /* the same, last used first */
	GMutex making[MAKING]; /* by id */
	unsigned max;
	unsigned busy; /* that somebody uses, known or not */
	unsigned idle; /* that are known, and nobody uses */
};

struct uploads *uploads_new(unsigned max)
{
	struct uploads *uploads = g_new0(struct uploads, 1);
	g_mutex_init(&uploads->lock);
	for (size_t i = 0; i < MAKING; i++)
		g_mutex_init(&uploads->making[i]);
	uploads->by_token = g_hash_table_new(g_str_hash, g_str_equal);
	g_queue_init(&uploads->used);
	uploads->max = max;
	return uploads;
}

static void open_free(struct open_upload *open)
{
	store_stage_close(open->stage);
	g_free(open->told);
	g_free(open);
}

/* Under lock. */
static void use(struct uploads *uploads, struct open_upload *open)
{
	if (open->users++)
		return;
	uploads->busy++;
	if (open->is_known)
		uploads->idle--;
}

/* Under lock; what is returned is to be freed without it, or NULL. */
static struct open_upload *make_unknown(struct uploads *uploads,
					struct open_upload *open)
{
	if (open == NULL || !open->is_known)
		return NULL;
	open->is_known = false;
	metric_add(METRIC_UPLOADS_OPEN, -1);
	g_hash_table_remove(uploads->by_token, open->row.token);
	g_queue_unlink(&uploads->used, &open->link);
	if (open->users)
		return NULL;
	uploads->idle--;
	return open;
}

/* Under lock: the one that has waited longest. */
static struct open_upload *oldest_idle(struct uploads *uploads)
{
	GList *link = uploads->used.tail;
	while (link && ((struct open_upload *)link->data)->users)
		link = link->prev;
	return link ? link->data : NULL;
}

/* Under lock, as make_unknown(). */
static struct open_upload *end_use(struct uploads *uploads,
				   struct open_upload *open)
{
	if (--open->users)
		return NULL;
	uploads->busy--;
	if (!open->is_known)
		return open;
	if (++uploads->idle <= uploads->max)
		return NULL;
	return make_unknown(uploads, oldest_idle(uploads));
}

static void free_if(struct open_upload *open)
{
	if (open)
		open_free(open);
}

void uploads_free(struct uploads *uploads)
{
	if (uploads == NULL)
		return;
	while (uploads->used.tail)
		free_if(make_unknown(uploads, uploads->used.tail->data));
	g_hash_table_destroy(uploads->by_token);
	g_mutex_clear(&uploads->lock);
	for (size_t i = 0; i < MAKING; i++)
		g_mutex_clear(&uploads->making[i]);
	g_free(uploads);
}

/* Under lock. */
static struct open_upload *look_up(struct uploads *uploads, struct str token)
{
	char key[UPLOAD_TOKEN_LEN + 1];
	if (token.n != UPLOAD_TOKEN_LEN)
		return NULL;
	memcpy(key, token.p, token.n);
	key[token.n] = '\0';
	return g_hash_table_lookup(uploads->by_token, key);
}

/* Under lock. */
static void use_now(struct uploads *uploads, struct open_upload *open)
{
	use(uploads, open);
	open->used_us = g_get_monotonic_time();
	g_queue_unlink(&uploads->used, &open->link);
	g_queue_push_head_link(&uploads->used, &open->link);
}

struct open_upload *registry_find(struct library *library, struct str token,
				  int64_t account_id)
{
	struct uploads *uploads = library->uploads;
	g_mutex_lock(&uploads->lock);
	struct open_upload *open = look_up(uploads, token);
	if (open && account_id && open->row.account_id != account_id)
		open = NULL;
	if (open)
		use_now(uploads, open);
	g_mutex_unlock(&uploads->lock);
	return open;
}

struct open_upload *upload_find_open(struct library *library, struct str token)
{
	return registry_find(library, token, 0);
}

bool open_upload_may_stay(struct open_upload *open)
{
	struct uploads *uploads = open->library->uploads;
	g_mutex_lock(&uploads->lock);
	bool may_stay = open->users > 1 || uploads->busy <= uploads->max;
	g_mutex_unlock(&uploads->lock);
	return may_stay;
}

void registry_forget(struct library *library, struct str token)
{
	struct uploads *uploads = library->uploads;
	g_mutex_lock(&uploads->lock);
	struct open_upload *open =
		make_unknown(uploads, look_up(uploads, token));
	g_mutex_unlock(&uploads->lock);
	free_if(open);
}

void registry_set_layout(struct library *library, struct str token,
			 uint64_t layout)
{
	struct uploads *uploads = library->uploads;
	g_mutex_lock(&uploads->lock);
	struct open_upload *open = look_up(uploads, token);
	if (open)
		atomic_store(&open->layout, layout);
	g_mutex_unlock(&uploads->lock);
}

GMutex *registry_making(struct library *library, int64_t id)
{
	return &library->uploads->making[(uint64_t)id % MAKING];
}

bool registry_is_used(struct library *library, struct str token)
{
	struct uploads *uploads = library->uploads;
	g_mutex_lock(&uploads->lock);
	const struct open_upload *open = look_up(uploads, token);
	bool used = open && open->users;
	g_mutex_unlock(&uploads->lock);
	return used;
}

/* Under lock, as make_unknown(): the one that has waited longest, if that is so
 * long.
 */
static struct open_upload *next_idle(struct uploads *uploads, int64_t until_us)
{
	for (GList *link = uploads->used.tail; link; link = link->prev) {
		struct open_upload *open = link->data;
		if (open->used_us > until_us)
			return NULL;
		if (open->users == 0)
			return make_unknown(uploads, open);
	}
	return NULL;
}

void registry_close_idle(struct library *library, int64_t idle_ms)
{
	struct uploads *uploads = library->uploads;
	int64_t until = g_get_monotonic_time() - idle_ms * 1000;
	struct open_upload *open;
	do {
		g_mutex_lock(&uploads->lock);
		open = next_idle(uploads, until);
		g_mutex_unlock(&uploads->lock);
		free_if(open);
	} while (open);
}

struct open_upload *registry_add(struct open_upload *open)
{
	struct uploads *uploads = open->library->uploads;
	g_mutex_lock(&uploads->lock);
	struct open_upload *other =
		g_hash_table_lookup(uploads->by_token, open->row.token);
	if (other) {
		use(uploads, other);
	} else {
		use(uploads, open);
		open->is_known = true;
		metric_add(METRIC_UPLOADS_OPEN, 1);
		open->used_us = g_get_monotonic_time();
		open->link.data = open;
		g_hash_table_insert(uploads->by_token, open->row.token, open);
		g_queue_push_head_link(&uploads->used, &open->link);
	}
	g_mutex_unlock(&uploads->lock);
	if (other)
		open_free(open);
	return other ? other : open;
}

/* One whose staged blob has failed would be of no use for as long as anybody
 * asks for it: who asks next opens it afresh. */
void upload_close(struct open_upload *open)
{
	if (open == NULL)
		return;
	struct uploads *uploads = open->library->uploads;
	bool has_failed = store_stage_has_failed(open->stage);
	g_mutex_lock(&uploads->lock);
	if (has_failed)
		(void)make_unknown(uploads, open); /* we use it */
	struct open_upload *gone = end_use(uploads, open);
	g_mutex_unlock(&uploads->lock);
	free_if(gone);
}
