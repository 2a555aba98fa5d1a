/* SPDX-License-Identifier: Apache-2.0 */
#include "hashing/hasher.h"
#include "base/clock.h"
#include "base/threads/crew.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "base/threads/thread.h"

#include <glib.h>

#define PIECE_BYTES (256u * 1024)
#define TURN_BYTES (16u * 1024 * 1024) /* a tenth of a second or so */
#define WAITING 64u                    /* contents, and each is an open file */
#define WAIT_MS 60000u
/* Requests for what others have asked for already. */
#define SHARED 4096u

struct hasher {
	struct library *library;
	struct flights *flights;
	struct crew *crew;
	gint stopping; /* atomic */
};

/* All kinds of one content. */
struct running {
	struct digest *of[DIGEST_COUNT];
};

/* A content that is being read. */
struct job {
	struct crew_task task;
	struct hasher *hasher;
	struct flight_key key;
	struct hot_entry *entry;
	struct running running;
	uint64_t done; /* bytes */
};

static void running_begin(struct running *running)
{
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++)
		running->of[kind] = digest_begin((enum digest_kind)kind);
}

static void running_update(struct running *running, struct str data)
{
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++)
		digest_update(running->of[kind], data);
}

static void running_end(struct running *running, struct hashes *out)
{
	*out = (struct hashes){0};
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++)
		digest_end(running->of[kind], out->of[kind]);
}

/* From *at on, `most` bytes if there are as many. */
static int read_some(const struct content *content, struct running *running,
		     uint64_t most, uint64_t *at, struct err *err)
{
	uint64_t end = *at + MIN(content->size - *at, most);
	g_autofree char *piece =
		content->fd >= 0 ? g_malloc(PIECE_BYTES) : NULL;
	while (*at < end) {
		struct str bytes = content->bytes;
		size_t n = (size_t)MIN(end - *at, PIECE_BYTES);
		if (piece == NULL)
			bytes = str_sub(bytes, (size_t)*at, (size_t)*at + n);
		else if (fd_read(content->fd, piece, n, (off_t)*at) ==
			 (ssize_t)n)
			bytes = (struct str){piece, n};
		else
			return err_set(err, ERR_INTERNAL,
				       "A content cannot be read to be "
				       "hashed.");
		running_update(running, bytes);
		*at += n;
	}
	return 0;
}

int hasher_now(const struct content *content, struct hashes *out,
	       struct err *err)
{
	struct running running;
	uint64_t at = 0;
	running_begin(&running);
	int result = read_some(content, &running, content->size, &at, err);
	running_end(&running, out);
	return result;
}

/* Nobody waits in vain for a row that cannot be written. */
static void keep(const struct job *job, const struct hashes *hashes)
{
	const struct file *file = &job->entry->file;
	const struct view view = {.library = job->hasher->library,
				  .account_id = file->account_id,
				  .now = now_ms()};
	struct err why;
	if (file->store != HOT_NO_STORE &&
	    hashes_keep(&view, file->blob_id, hashes, &why) < 0)
		log_warn("hashes of a content are not kept: %s", why.text);
}

/* err NULL: all has been read. */
static void end(struct job *job, const struct err *err)
{
	struct hashes hashes;
	running_end(&job->running, &hashes);
	if (err == NULL)
		keep(job, &hashes);
	flight_end(job->hasher->flights, &job->key, err ? NULL : &hashes, err);
	hot_unref(job->entry);
	g_free(job);
}

static int busy(struct err *err)
{
	return err_set(err, ERR_BUSY,
		       "Too many files are being hashed. Try again later.");
}

static bool is_over(const struct job *job, bool is_late)
{
	struct hasher *hasher = job->hasher;
	return g_atomic_int_get(&hasher->stopping) ||
	       (job->done == 0 &&
		(is_late || !flight_is_wanted(hasher->flights, &job->key)));
}

/* Goes behind the others after each turn, if there is room. */
static void run(struct crew_task *task, bool is_late)
{
	struct job *job = (struct job *)(void *)task;
	const struct content *content = &job->entry->content;
	struct err err;
	thread_yield_disk();
	do {
		if (is_over(job, is_late)) {
			busy(&err);
			end(job, &err);
			return;
		}
		if (read_some(content, &job->running, TURN_BYTES, &job->done,
			      &err) < 0) {
			end(job, &err);
			return;
		}
		if (job->done == content->size) {
			end(job, NULL);
			return;
		}
	} while (crew_add(job->hasher->crew, task, &err) < 0);
}

static void share(void *user, void *work, int64_t guest)
{
	const struct hasher *hasher = user;
	crew_share(hasher->crew, work, guest);
}

struct hasher *hasher_new(struct library *library)
{
	const struct crew_options crew = {
		.kind = {"hashes", THREAD_LAST},
		.places = MAX(g_get_num_processors() / 4, 1),
		.waiting = WAITING,
		.own_waiting = WAITING / 2,
		.wait_ms = WAIT_MS,
	};
	const struct flights_options flights = {.total = SHARED,
						.per_owner = SHARED / 2};
	struct hasher *hasher = g_new0(struct hasher, 1);
	hasher->library = library;
	hasher->flights = flights_new(&flights, share, hasher);
	hasher->crew = crew_new(&crew);
	return hasher;
}

void hasher_stop(struct hasher *hasher)
{
	if (hasher)
		g_atomic_int_set(&hasher->stopping, 1);
}

void hasher_free(struct hasher *hasher)
{
	if (hasher == NULL)
		return;
	hasher_stop(hasher);
	crew_free(hasher->crew);
	flights_free(hasher->flights);
	g_free(hasher);
}

static struct flight_key key_of(const struct file *file)
{
	struct flight_key key = {0};
	uint8_t *at = key.bytes;
	memcpy(at, &file->store, sizeof(file->store));
	at += sizeof(file->store);
	memcpy(at, &file->blob_id, sizeof(file->blob_id));
	at += sizeof(file->blob_id);
	memcpy(at, file->checksum, CHECKSUM_BYTES);
	return key;
}

static int begin(struct hasher *hasher, struct hot_entry *entry,
		 const struct flight_waiter *waiter)
{
	struct job *job = g_new0(struct job, 1);
	struct err err;
	*job = (struct job){
		.task = {.owner = waiter->owner,
			 .guest = waiter->guest,
			 .run = run},
		.hasher = hasher,
		.key = waiter->key,
		.entry = hot_entry_ref(entry),
	};
	running_begin(&job->running);
	flight_set_work(hasher->flights, &job->key, &job->task);
	if (crew_add(hasher->crew, &job->task, &err) < 0)
		end(job, &err);
	return 0;
}

int hasher_ask(struct hasher *hasher, struct hot_entry *entry,
	       struct flight_waiter *waiter, struct err *err)
{
	if (g_atomic_int_get(&hasher->stopping))
		return busy(err);
	waiter->key = key_of(&entry->file);
	waiter->owner = entry->file.account_id;
	int result = flight_join(hasher->flights, waiter, err);
	return result > 0 ? begin(hasher, entry, waiter) : result;
}
