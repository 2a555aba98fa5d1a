/* SPDX-License-Identifier: Apache-2.0 */
#include "hashing/md5_files.h"

#include <glib.h>

#define PIECE_BYTES (32u * 1024) /* four of them stay in a core's cache */
#define TURN_BYTES (8u * 1024 * 1024)

/* What somebody asks for, on the stack of who does. */
struct job {
	struct fd_run left; /* to be summed */
	struct md5 md5;
	uint64_t turn; /* bytes until others go before */
	GList link;
	GCond changed;
	bool waits; /* in line; else somebody is at it, or it is done */
	bool done;  /* and nobody looks at it any more but who asked */
	bool failed;
};

/* What one thread works with. */
struct desk {
	struct desk *next;
	uint8_t bytes[MD5_LANES][PIECE_BYTES];
};

struct md5_files {
	unsigned leaders_max;
	GMutex mutex; /* of all below, and of what waits or is done */
	GQueue waiting;
	unsigned leaders;   /* at work */
	struct desk *desks; /* that nobody is at; as many as were needed */
};

/* A job at a desk, and what has been read for it. */
struct seat {
	struct job *job; /* NULL: free */
	uint8_t *bytes;
	size_t at, n;
	bool ended; /* all of it has been summed, or it cannot be */
};

struct lead {
	struct desk *desk;
	struct seat seats[MD5_LANES];
};

struct md5_files *md5_files_new(void)
{
	struct md5_files *files = g_new0(struct md5_files, 1);
	files->leaders_max = MAX(g_get_num_processors() / 4, 1);
	g_mutex_init(&files->mutex);
	return files;
}

void md5_files_free(struct md5_files *files)
{
	if (files == NULL)
		return;
	while (files->desks) {
		struct desk *desk = files->desks;
		files->desks = desk->next;
		g_free(desk);
	}
	g_mutex_clear(&files->mutex);
	g_free(files);
}

static void queue(struct md5_files *files, struct job *job)
{
	job->waits = true;
	job->turn = TURN_BYTES;
	g_queue_push_tail_link(&files->waiting, &job->link);
}

static void sit(struct md5_files *files, struct seat *seat, struct job *job)
{
	g_queue_unlink(&files->waiting, &job->link);
	job->waits = false;
	*seat = (struct seat){.job = job, .bytes = seat->bytes};
}

static void seat_more(struct md5_files *files, struct lead *lead)
{
	for (size_t i = 0; i < MD5_LANES; i++) {
		struct job *next = g_queue_peek_head(&files->waiting);
		if (next && lead->seats[i].job == NULL)
			sit(files, &lead->seats[i], next);
	}
}

static void read_piece(struct seat *seat)
{
	struct job *job = seat->job;
	seat->at = 0;
	seat->n = (size_t)MIN(job->left.size, PIECE_BYTES);
	job->failed = fd_read(job->left.fd, seat->bytes, seat->n,
			      (off_t)job->left.from) != (ssize_t)seat->n;
	if (job->failed)
		seat->n = 0;
}

static void advance(struct seat *seat, size_t n)
{
	struct job *job = seat->job;
	seat->at += n;
	job->left.from += n;
	job->left.size -= n;
	job->turn -= MIN(job->turn, n);
}

/* Less than a block: the end of it. */
static void end_job(struct seat *seat)
{
	struct job *job = seat->job;
	size_t n = seat->n - seat->at;
	const char *rest = (const char *)seat->bytes + seat->at;
	md5_update(&job->md5, (struct str){rest, n});
	advance(seat, n);
	seat->ended = true;
}

/* As much of each as there is of all. Without the lock. */
static void work(struct lead *lead)
{
	struct md5_lane lanes[MD5_LANES];
	struct seat *of[MD5_LANES];
	size_t n = 0, blocks = PIECE_BYTES / MD5_BLOCK;
	for (size_t i = 0; i < MD5_LANES; i++) {
		struct seat *seat = &lead->seats[i];
		if (seat->job == NULL)
			continue;
		if (seat->at == seat->n)
			read_piece(seat);
		size_t has = (seat->n - seat->at) / MD5_BLOCK;
		if (has == 0) {
			end_job(seat);
			continue;
		}
		blocks = MIN(blocks, has);
		lanes[n] = (struct md5_lane){&seat->job->md5,
					     seat->bytes + seat->at};
		of[n++] = seat;
	}
	md5_update_lanes(lanes, n, blocks);
	for (size_t i = 0; i < n; i++)
		advance(of[i], blocks * MD5_BLOCK);
}

/* What is done, or has had its turn. */
static void clear_seats(struct md5_files *files, struct lead *lead)
{
	for (size_t i = 0; i < MD5_LANES; i++) {
		struct seat *seat = &lead->seats[i];
		struct job *job = seat->job;
		if (job == NULL)
			continue;
		bool has_had_turn = job->turn == 0 && files->waiting.length;
		if (!seat->ended && !has_had_turn)
			continue;
		seat->job = NULL;
		job->done = seat->ended;
		if (job->done)
			g_cond_signal(&job->changed);
		else
			queue(files, job);
	}
}

static bool is_seated(const struct lead *lead, const struct job *job)
{
	for (size_t i = 0; i < MD5_LANES; i++)
		if (lead->seats[i].job == job)
			return true;
	return false;
}

static struct desk *take_desk(struct md5_files *files)
{
	struct desk *desk = files->desks;
	if (desk)
		files->desks = desk->next;
	else
		desk = g_new(struct desk, 1);
	return desk;
}

/* Who is first in line is to lead. */
static void call_next(struct md5_files *files)
{
	struct job *next = g_queue_peek_head(&files->waiting);
	if (next)
		g_cond_signal(&next->changed);
}

/* Who has had its turn does not go before others by leading again. */
static bool may_lead(struct md5_files *files, const struct job *job)
{
	if (!job->waits || files->leaders == files->leaders_max)
		return false;
	if (files->waiting.head == &job->link)
		return true;
	call_next(files); /* it may have been called, and worked on since */
	return false;
}

/* The others go on with the next who leads, before those that wait. */
static void leave(struct md5_files *files, struct lead *lead)
{
	for (size_t i = MD5_LANES; i-- > 0;) {
		struct job *job = lead->seats[i].job;
		if (job == NULL)
			continue;
		job->waits = true;
		g_queue_push_head_link(&files->waiting, &job->link);
	}
	lead->desk->next = files->desks;
	files->desks = lead->desk;
	files->leaders--;
	call_next(files);
}

/* With the lock, but for the work: until one's own is done, or others have
 * their turn. */
static void work_for_all(struct md5_files *files, struct job *own)
{
	struct lead lead = {.desk = take_desk(files)};
	for (size_t i = 0; i < MD5_LANES; i++)
		lead.seats[i].bytes = lead.desk->bytes[i];
	files->leaders++;
	sit(files, &lead.seats[0], own);
	while (is_seated(&lead, own)) {
		seat_more(files, &lead);
		g_mutex_unlock(&files->mutex);
		work(&lead);
		g_mutex_lock(&files->mutex);
		clear_seats(files, &lead);
	}
	leave(files, &lead);
}

int md5_files_sum(struct md5_files *files, const struct fd_run *run,
		  uint8_t out[MD5_BYTES], struct err *err)
{
	struct job job = {.left = *run};
	job.link.data = &job;
	md5_init(&job.md5);
	g_cond_init(&job.changed);
	g_mutex_lock(&files->mutex);
	queue(files, &job);
	while (!job.done) {
		if (may_lead(files, &job))
			work_for_all(files, &job);
		else
			g_cond_wait(&job.changed, &files->mutex);
	}
	g_mutex_unlock(&files->mutex);
	g_cond_clear(&job.changed);
	if (job.failed)
		return err_set(err, ERR_INTERNAL,
			       "Bytes cannot be read back to be hashed");
	md5_final(&job.md5, out);
	return 0;
}
