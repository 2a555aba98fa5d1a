/* SPDX-License-Identifier: Apache-2.0 */
#include "hashing/md5_files.h"
#include "base/threads/thread.h"
#include "hashing/pieces.h"

#include <fcntl.h>
#include <glib.h>

#define PIECE_BYTES (32u * 1024) /* several of them stay in a core's cache */
/* What is not in one piece is a block at most, of which each has a byte. */
#define SEAT_PIECES MD5_BLOCK
#define TURN_BYTES (8u * 1024 * 1024)
/* What has come is told of in such steps. */
#define STEP_BYTES (128u * 1024)
/* So much of one is worth a look, and so much of it is not left for later. */
#define READY_BYTES (256u * 1024)
#define BEHIND_BYTES (8192u * 1024)
/* So long whoever waits does so for others, which cost nothing then. */
#define COMPANY_US 10000
/* Since then: others who come at once are thought to do so again. */
#define LATELY_US 100000

struct md5_stream {
	struct md5_files *files;
	int fd;
	bool owns_fd;
	uint64_t size;
	/* Of who writes them: bytes that have come, and those of them, in the
	 * file, that nobody was told of yet. */
	uint64_t came, untold;
	/* Of who works on it. */
	uint64_t from; /* the next one's place in the file */
	struct md5 md5;
	/* Under the mutex. */
	struct pieces pieces;
	uint64_t left; /* bytes that have come and are not summed */
	uint64_t turn; /* bytes until others go before */
	GQueue *queue; /* where it is, or NULL */
	GList link;
	GCond changed; /* somebody waits for it */
	bool is_whole; /* all have come */
	int64_t since; /* it is, monotonic */
	GList moving;  /* if it is */
	bool is_moving;
	int64_t moved_at; /* monotonic */
	bool is_worked_on;
	bool is_left; /* whoever works on it frees it */
	bool failed;
};

struct md5_files {
	GMutex mutex;   /* of all below, and of streams */
	GCond work;     /* there is some, or no more to come */
	GQueue waiting; /* whole, and somebody waits */
	GQueue growing; /* others, of which some has come */
	unsigned idle;  /* threads that sleep */
	GQueue moving;  /* of which some has come lately, in that order */
	unsigned peak;  /* of these and of those that wait: the most of late */
	int64_t peak_at;
	bool ending;
	GPtrArray *threads;
};

/* What a thread does next of a stream. */
struct seat {
	struct md5_stream *stream;
	size_t n; /* bytes: whole blocks, or less than one */
	struct piece pieces[SEAT_PIECES]; /* where they are */
	size_t n_pieces;
	bool failed;
};

struct desk {
	struct seat seats[MD5_LANES];
	size_t n;
	uint8_t bytes[MD5_LANES][PIECE_BYTES];
};

/* All that follows is with the mutex held, unless it says otherwise. */

static void move(struct md5_stream *stream, GQueue *to)
{
	if (stream->queue)
		g_queue_unlink(stream->queue, &stream->link);
	stream->queue = to;
	if (to)
		g_queue_push_tail_link(to, &stream->link);
}

static void wake_one(struct md5_files *files)
{
	if (files->idle)
		g_cond_signal(&files->work);
}

/* Who is at another thread's desk is none of ours. */
static void seat_some(struct desk *desk, const GQueue *queue)
{
	for (GList *link = queue->head; link && desk->n < MD5_LANES;
	     link = link->next) {
		struct md5_stream *stream = link->data;
		if (!stream->is_worked_on)
			desk->seats[desk->n++].stream = stream;
	}
}

static void stop_moving(struct md5_stream *stream)
{
	if (stream->is_moving)
		g_queue_unlink(&stream->files->moving, &stream->moving);
	stream->is_moving = false;
}

static void note_moving(struct md5_stream *stream, int64_t now)
{
	stop_moving(stream);
	stream->is_moving = true;
	stream->moved_at = now;
	g_queue_push_tail_link(&stream->files->moving, &stream->moving);
}

/* As many as go at once, of those who wait, are on their way, or come again. */
static size_t expected(struct md5_files *files, int64_t now)
{
	struct md5_stream *first;
	while ((first = g_queue_peek_head(&files->moving)) &&
	       now - first->moved_at >= LATELY_US)
		stop_moving(first);
	unsigned n = files->moving.length + files->waiting.length;
	if (n >= files->peak || now - files->peak_at >= LATELY_US) {
		files->peak = n;
		files->peak_at = now;
	}
	return CLAMP(files->peak, 1, MD5_LANES);
}

/* When it is worth it: at once if all who may come are there, or one is far
 * behind; else when somebody has waited for others long enough. */
static int64_t due_at(struct md5_files *files, const struct desk *desk,
		      int64_t now)
{
	int64_t due = INT64_MAX;
	if (desk->n >= expected(files, now))
		return 0;
	for (size_t i = 0; i < desk->n; i++) {
		const struct md5_stream *stream = desk->seats[i].stream;
		if (stream->is_whole)
			due = MIN(due, stream->since + COMPANY_US);
		else if (stream->left >= BEHIND_BYTES)
			return 0;
	}
	return due;
}

/* What lies together, so that it need not be moved; or a block of several
 * pieces. */
static size_t blocks_of(const struct md5_stream *stream)
{
	uint64_t together = pieces_together(&stream->pieces);
	return (size_t)MAX(MIN(together, PIECE_BYTES) / MD5_BLOCK, 1);
}

/* Of each as much as there is of all; the last bytes of one by themselves. */
static void share_out(struct desk *desk)
{
	size_t blocks = PIECE_BYTES / MD5_BLOCK;
	for (size_t i = 0; i < desk->n; i++)
		if (desk->seats[i].stream->left >= MD5_BLOCK)
			blocks = MIN(blocks, blocks_of(desk->seats[i].stream));
	for (size_t i = 0; i < desk->n; i++) {
		struct seat *seat = &desk->seats[i];
		struct md5_stream *stream = seat->stream;
		seat->n = (size_t)MIN(stream->left, blocks * MD5_BLOCK);
		seat->n_pieces =
			pieces_find(&stream->pieces, seat->n, seat->pieces);
		stream->is_worked_on = true;
	}
}

/* 0: it has something to do; else when it will have, monotonic. */
static int64_t sit_down(struct md5_files *files, struct desk *desk)
{
	desk->n = 0;
	seat_some(desk, &files->waiting);
	seat_some(desk, &files->growing);
	int64_t now = g_get_monotonic_time();
	int64_t due = due_at(files, desk, now);
	if (due > now)
		return due;
	share_out(desk);
	if (desk->n == MD5_LANES)
		wake_one(files); /* there may be more than that */
	return 0;
}

static void sleep_until(struct md5_files *files, int64_t due)
{
	files->idle++;
	if (due == INT64_MAX)
		g_cond_wait(&files->work, &files->mutex);
	else
		(void)g_cond_wait_until(&files->work, &files->mutex, due);
	files->idle--;
}

/* Without the mutex. False: they cannot be read. */
static bool copy_piece(const struct md5_stream *stream, uint64_t from,
		       const struct piece *piece, uint8_t *out)
{
	size_t n = (size_t)piece->n;
	if (piece->block == NULL)
		return fd_read(stream->fd, out, n, (off_t)from) == (ssize_t)n;
	memcpy(out, block_bytes(piece->block) + piece->at, n);
	return true;
}

/* Without the mutex: the bytes of the seat, where they are or in that room for
 * them; NULL: they cannot be read. */
static const uint8_t *find_bytes(const struct seat *seat, uint8_t *room)
{
	const struct piece *first = seat->pieces;
	size_t have = 0;
	if (seat->n_pieces == 1 && first->block)
		return (const uint8_t *)block_bytes(first->block) + first->at;
	for (size_t i = 0; i < seat->n_pieces; i++) {
		if (!copy_piece(seat->stream, seat->stream->from + have,
				&seat->pieces[i], room + have))
			return NULL;
		have += (size_t)seat->pieces[i].n;
	}
	return have == seat->n ? room : NULL;
}

/* Without the mutex. */
static void work(struct desk *desk)
{
	struct md5_lane lanes[MD5_LANES];
	size_t n = 0, size = 0;
	for (size_t i = 0; i < desk->n; i++) {
		struct seat *seat = &desk->seats[i];
		struct md5_stream *stream = seat->stream;
		const uint8_t *bytes = find_bytes(seat, desk->bytes[i]);
		seat->failed = bytes == NULL;
		stream->from += seat->n;
		if (seat->failed)
			continue;
		if (seat->n < MD5_BLOCK) {
			md5_update(&stream->md5,
				   (struct str){(const char *)bytes, seat->n});
			continue;
		}
		size = seat->n;
		lanes[n++] = (struct md5_lane){&stream->md5, bytes};
	}
	md5_update_lanes(lanes, n, size / MD5_BLOCK);
}

static bool is_done(const struct md5_stream *stream)
{
	return !stream->is_worked_on && (stream->left == 0 || stream->failed);
}

/* Where a stream belongs that is not worked on. */
static GQueue *place_of(const struct md5_stream *stream)
{
	struct md5_files *files = stream->files;
	if (stream->failed)
		return NULL;
	if (stream->is_whole)
		return stream->left ? &files->waiting : NULL;
	return stream->left >= PIECE_BYTES ? &files->growing : NULL;
}

/* Needs no mutex. */
static void release(struct md5_stream *stream)
{
	g_cond_clear(&stream->changed);
	pieces_release(&stream->pieces);
	if (stream->owns_fd)
		fd_scope_end(&stream->fd);
}

/* Whoever waits for it is told. */
static void settle(struct md5_stream *stream)
{
	if (stream->is_whole && is_done(stream))
		g_cond_signal(&stream->changed);
}

static void stand_up(struct seat *seat)
{
	struct md5_stream *stream = seat->stream;
	stream->is_worked_on = false;
	stream->failed |= seat->failed;
	stream->left -= seat->n;
	pieces_drop(&stream->pieces, seat->n);
	stream->turn -= MIN(stream->turn, seat->n);
	if (stream->is_left) {
		move(stream, NULL);
		release(stream);
		g_free(stream);
		return;
	}
	GQueue *place = place_of(stream);
	if (place != stream->queue || stream->turn == 0 || !stream->is_whole) {
		stream->turn = TURN_BYTES;
		move(stream, place);
	}
	settle(stream);
}

static void *lead(void *user)
{
	struct md5_files *files = user;
	struct desk *desk = g_new(struct desk, 1);
	g_mutex_lock(&files->mutex);
	while (!files->ending) {
		int64_t due = sit_down(files, desk);
		if (due > 0) {
			sleep_until(files, due);
			continue;
		}
		g_mutex_unlock(&files->mutex);
		work(desk);
		g_mutex_lock(&files->mutex);
		for (size_t i = 0; i < desk->n; i++)
			stand_up(&desk->seats[i]);
	}
	g_mutex_unlock(&files->mutex);
	g_free(desk);
	return NULL;
}

/* From here on each takes the mutex itself. */

int md5_files_new(struct md5_files **out, struct err *err)
{
	struct md5_files *files = g_new0(struct md5_files, 1);
	unsigned n = MAX(g_get_num_processors() / 4, 1);
	g_mutex_init(&files->mutex);
	g_cond_init(&files->work);
	files->threads = g_ptr_array_new();
	for (unsigned i = 0; i < n; i++) {
		GThread *thread;
		if (thread_start(&thread,
				 &(struct thread_kind){"md5", THREAD_LONG},
				 lead, files, err) < 0)
			break;
		g_ptr_array_add(files->threads, thread);
	}
	if (files->threads->len == 0) {
		md5_files_free(files);
		return -1;
	}
	*out = files;
	return 0;
}

void md5_files_free(struct md5_files *files)
{
	if (files == NULL)
		return;
	g_mutex_lock(&files->mutex);
	files->ending = true;
	g_cond_broadcast(&files->work);
	g_mutex_unlock(&files->mutex);
	thread_join_all(files->threads);
	g_cond_clear(&files->work);
	g_mutex_clear(&files->mutex);
	g_free(files);
}

static void init(struct md5_stream *stream, struct md5_files *files,
		 const struct fd_run *run)
{
	*stream = (struct md5_stream){.files = files,
				      .fd = run->fd,
				      .from = run->from,
				      .size = run->size,
				      .turn = TURN_BYTES};
	stream->link.data = stream->moving.data = stream;
	md5_init(&stream->md5);
	g_cond_init(&stream->changed);
}

struct md5_stream *md5_stream_new(struct md5_files *files,
				  const struct fd_run *run)
{
	struct fd_run own = *run;
	own.fd = fcntl(run->fd, F_DUPFD_CLOEXEC, 0);
	if (own.fd < 0)
		return NULL;
	struct md5_stream *stream = g_new(struct md5_stream, 1);
	init(stream, files, &own);
	stream->owns_fd = true;
	return stream;
}

/* With the mutex. */
static bool is_worth_a_look(const struct md5_stream *stream, int64_t now)
{
	struct md5_files *files = stream->files;
	return stream->is_whole || stream->left >= BEHIND_BYTES ||
	       files->growing.length + files->waiting.length >=
		       expected(files, now);
}

/* With the mutex. */
static void take_more(struct md5_stream *stream, uint64_t n, int64_t now)
{
	stream->left += n;
	if (stream->is_whole) {
		stream->since = now;
		stream->turn = TURN_BYTES;
		stop_moving(stream);
		move(stream, place_of(stream));
		settle(stream);
		return;
	}
	note_moving(stream, now);
	if (stream->queue == NULL && !stream->failed &&
	    stream->left >= READY_BYTES)
		move(stream, &stream->files->growing);
}

static void add(struct md5_stream *stream, struct block *block, uint64_t n)
{
	struct md5_files *files = stream->files;
	stream->came += n;
	bool is_whole = stream->came == stream->size;
	if (block == NULL) {
		stream->untold += n;
		n = 0;
		if (stream->untold < STEP_BYTES && !is_whole)
			return;
	}
	int64_t now = g_get_monotonic_time();
	g_mutex_lock(&files->mutex);
	if (stream->untold)
		pieces_add(&stream->pieces, NULL, stream->untold);
	if (n)
		pieces_add(&stream->pieces, block, n);
	stream->is_whole = is_whole;
	take_more(stream, stream->untold + n, now);
	if (is_worth_a_look(stream, now))
		wake_one(files);
	g_mutex_unlock(&files->mutex);
	stream->untold = 0;
}

void md5_stream_add(struct md5_stream *stream, struct block *block, size_t n)
{
	add(stream, block, n);
}

static int unreadable(struct err *err)
{
	return err_set(err, ERR_INTERNAL,
		       "Bytes cannot be read back to be hashed");
}

int md5_stream_sum(struct md5_stream *stream, uint8_t out[MD5_BYTES],
		   struct err *err)
{
	struct md5_files *files = stream->files;
	g_mutex_lock(&files->mutex);
	g_assert(stream->is_whole);
	while (!is_done(stream))
		g_cond_wait(&stream->changed, &files->mutex);
	g_mutex_unlock(&files->mutex);
	if (stream->failed)
		return unreadable(err);
	md5_final(&stream->md5, out);
	return 0;
}

/* False: somebody works on it, and is to free it. */
static bool leave(struct md5_stream *stream)
{
	struct md5_files *files = stream->files;
	g_mutex_lock(&files->mutex);
	stream->is_left = stream->is_worked_on;
	bool is_ours = !stream->is_left;
	if (is_ours)
		move(stream, NULL);
	stop_moving(stream);
	g_mutex_unlock(&files->mutex);
	return is_ours;
}

void md5_stream_free(struct md5_stream *stream)
{
	if (stream == NULL || !leave(stream))
		return;
	release(stream);
	g_free(stream);
}

static int sum_quick(const struct fd_run *run, uint8_t out[MD5_BYTES],
		     struct err *err)
{
	size_t n = (size_t)run->size;
	g_autofree char *bytes = g_malloc(n);
	struct md5 md5;
	if (fd_read(run->fd, bytes, n, (off_t)run->from) != (ssize_t)n)
		return unreadable(err);
	md5_init(&md5);
	md5_update(&md5, (struct str){bytes, n});
	md5_final(&md5, out);
	return 0;
}

int md5_files_sum(struct md5_files *files, const struct fd_run *run,
		  uint8_t out[MD5_BYTES], struct err *err)
{
	struct md5_stream stream;
	if (run->size <= MD5_FILES_QUICK)
		return sum_quick(run, out, err);
	init(&stream, files, run);
	add(&stream, NULL, run->size);
	int result = md5_stream_sum(&stream, out, err);
	release(&stream);
	return result;
}
