/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/remote.h"
#include "base/clock.h"
#include "base/threads/crew.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/metrics.h"
#include "base/date.h"
#include "ingest/sniff.h"
#include "store/store.h"

#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

#define WAITING 1024u
#define READ_BYTES (64u * 1024)
/* A stale copy that is used as the origin fails: so long before it is asked
 * again. */
#define PAUSE_MS 30000

struct remote {
	struct remote_options options;
	struct copies *copies;
	struct flights *flights;
	struct crew *crew;
	struct pins *pins;
};

/* One fetch: for whoever waits for it. */
struct fetching {
	struct crew_task task; /* first: the crew has this */
	struct remote *remote;
	struct flight_key key;
	struct remote_item item;
	uint64_t limit;
	struct arena arena;
	int64_t asked_ms;
	struct copy old; /* .entry NULL: none */
	bool given_up;   /* as nobody waited any more */
};

static int get(void *user, const struct remote_item *item,
	       const struct fetch_target *target, struct fetch_result *out,
	       struct err *err)
{
	struct fetch_target with = *target;
	with.fields = item->fields;
	return fetch_url(user, item->text, &with, out, err);
}

int64_t remote_now(void *user)
{
	(void)user;
	return now_ms();
}

struct remote_origin remote_origin_of(struct fetcher *fetcher)
{
	return (struct remote_origin){get, remote_now, fetcher};
}

static int64_t clock_of(const struct remote *remote)
{
	return remote->options.origin.now(remote->options.origin.user);
}

static void share(void *user, void *task, int64_t guest)
{
	const struct remote *remote = user;
	crew_share(remote->crew, task, guest);
}

struct remote *remote_new(const struct remote_options *options)
{
	struct remote *remote = g_new0(struct remote, 1);
	const struct crew_options crew = {
		.kind = {"remote", THREAD_WORK},
		.places = options->fetches,
		.waiting = WAITING,
		.own_waiting = WAITING / 2,
		.wait_ms = options->wait_ms,
	};
	remote->options = *options;
	remote->pins = pins_new(&options->pins);
	remote->copies = copies_new(&options->copies);
	remote->flights = flights_new(&options->flights, share, remote);
	remote->crew = crew_new(&crew);
	return remote;
}

void remote_free(struct remote *remote)
{
	if (remote == NULL)
		return;
	crew_free(remote->crew);
	flights_free(remote->flights);
	copies_free(remote->copies);
	pins_free(remote->pins);
	g_free(remote);
}

static struct flight_key key_of(const struct remote_item *item)
{
	struct flight_key key;
	uint64_t account = GUINT64_TO_BE((uint64_t)item->account);
	struct digest *sum = digest_begin(DIGEST_SHA256);
	digest_update(sum,
		      (struct str){(const char *)&account, sizeof(account)});
	digest_update(sum, item->text);
	G_STATIC_ASSERT(sizeof(key) == SHA256_BYTES);
	digest_end(sum, key.bytes);
	return key;
}

/* Nobody else's: no other flight, and no copy, has that key. */
static struct flight_key key_alone(void)
{
	struct flight_key key;
	random_bytes(key.bytes, sizeof(key.bytes));
	return key;
}

struct hot_entry *remote_find(struct remote *remote,
			      const struct remote_item *item)
{
	if (item->fields.n)
		return NULL;
	const struct flight_key key = key_of(item);
	struct hot_entry *entry =
		copies_find_fresh(remote->copies, &key, clock_of(remote));
	if (entry)
		metric_add(METRIC_REMOTE_HITS, 1);
	return entry;
}

static int sum_up(const struct store_sink *sink, uint8_t out[SHA256_BYTES],
		  struct err *err)
{
	int fd = store_sink_fd(sink);
	uint64_t size = store_sink_size(sink), have = 0;
	if (fd < 0) {
		sha256_of(store_sink_bytes(sink), out);
		return 0;
	}
	struct digest *sum = digest_begin(DIGEST_SHA256);
	char *piece = g_malloc(READ_BYTES);
	while (have < size) {
		ssize_t got = fd_read(fd, piece, READ_BYTES, (off_t)have);
		if (got <= 0)
			break;
		digest_update(sum, (struct str){piece, (size_t)got});
		have += (uint64_t)got;
	}
	g_free(piece);
	digest_end(sum, out);
	if (have >= size)
		return 0;
	return err_set(err, ERR_INTERNAL,
		       "What was fetched cannot be read back.");
}

/* What is made of it is known by this: 63 bits as the number of a blob, 128 as
 * the checksum. Of the account, too: what another one has had made of the same
 * bytes would be there at once, and tell that it has them. */
static void name_content(struct file *file, const uint8_t sum[SHA256_BYTES])
{
	uint64_t number = GUINT64_TO_BE((uint64_t)file->account_id);
	uint8_t named[sizeof(number) + SHA256_BYTES], name[SHA256_BYTES];
	G_STATIC_ASSERT(CHECKSUM_BYTES + sizeof(number) <= SHA256_BYTES);
	memcpy(named, &number, sizeof(number));
	memcpy(named + sizeof(number), sum, SHA256_BYTES);
	sha256_of((struct str){(const char *)named, sizeof(named)}, name);
	memcpy(file->checksum, name, CHECKSUM_BYTES);
	memcpy(&number, name + CHECKSUM_BYTES, sizeof(number));
	file->blob_id = (int64_t)(GUINT64_FROM_BE(number) >> 1);
	file->store = HOT_NO_STORE;
}

/* When the origin says that it was changed, if that can be; else now. */
static int64_t modified_of(const struct fetch_validity *validity, int64_t now_s)
{
	int64_t modified;
	if (validity->last_modified.p &&
	    http_date_parse(validity->last_modified, &modified) &&
	    modified > 0 && modified <= now_s)
		return modified;
	return now_s;
}

/* Other content than was there is newer, whatever the origin says: who asks by
 * date alone would keep the old. */
static void date_content(const struct fetching *f, struct file *file)
{
	const struct hot_entry *old = f->old.entry;
	if (old && old->file.blob_id != file->blob_id)
		file->modified_s =
			MAX(file->modified_s, old->content.modified_s + 1);
}

/* NULL with *err filled. */
static struct hot_entry *entry_of(struct fetching *f, struct store_sink *sink,
				  const struct fetch_result *got,
				  struct err *err)
{
	uint8_t sum[SHA256_BYTES];
	int64_t at = clock_of(f->remote);
	int fd = store_sink_fd(sink);
	struct file file = {
		.account_id = f->item.account,
		.path = got->name,
		.folder = STR(""),
		.name = got->name,
		.access = ACCESS_PUBLIC,
		.created_ms = at,
		.updated_ms = at,
		.content_ms = at,
		.modified_s = modified_of(&got->validity, at / 1000),
		.size = store_sink_size(sink),
		.is_inline = fd < 0,
		.bytes = fd < 0 ? store_sink_bytes(sink) : STR_NONE,
	};
	const struct sniff_hints hints = {
		.head = store_sink_head(sink),
		.declared = got->content_type.n <= FILE_TYPE_MAX
				    ? got->content_type
				    : STR_NONE,
		.name = got->name,
	};
	struct sniff_look look = {.patient = true};
	(void)sniff_type(&f->arena, &hints, &look, &file.type);
	if (sum_up(sink, sum, err) < 0)
		return NULL;
	name_content(&file, sum);
	date_content(f, &file);
	/* the sink goes, its file stays as long as the descriptor */
	if (fd >= 0 && (fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0) {
		err_set(err, ERR_BUSY,
			"Too many files are open. Try again later.");
		return NULL;
	}
	return hot_entry_new(&file, fd);
}

static bool is_wanted(void *user)
{
	struct fetching *f = user;
	if (!f->given_up)
		f->given_up = !flight_is_wanted(f->remote->flights, &f->key);
	return !f->given_up;
}

/* What is fetched is on the disk already, so it counts as used; a copy that was
 * kept before the disk was so full goes when its origin is asked again. */
static bool has_room(const struct remote *remote, const struct copy *copy)
{
	return copy->entry->content.fd < 0 || remote->options.reserve == 0 ||
	       store_room(remote->options.store) >= remote->options.reserve;
}

static void keep(struct fetching *f, const struct copy *copy)
{
	if (f->item.fields.n)
		return;
	if (copy->freshness.may_keep && has_room(f->remote, copy))
		copies_put(f->remote->copies, &f->key, copy);
	else
		copies_drop(f->remote->copies, &f->key);
}

/* Takes over the old copy's entry. */
static struct hot_entry *confirmed(struct fetching *f,
				   const struct fetch_result *got)
{
	struct copy copy = f->old;
	metric_add(METRIC_REMOTE_UNCHANGED, 1);
	copy.moved = got->moved;
	copy.validity = freshness_update(&f->old.validity, &got->validity);
	copy.freshness = freshness_of(&copy.validity, copy.moved, f->asked_ms,
				      clock_of(f->remote));
	keep(f, &copy);
	f->old.entry = NULL;
	return copy.entry;
}

static struct hot_entry *replaced(struct fetching *f, struct store_sink *sink,
				  const struct fetch_result *got,
				  struct err *err)
{
	metric_add(METRIC_REMOTE_FETCHED_BYTES, (int64_t)store_sink_size(sink));
	const struct copy copy = {
		.entry = entry_of(f, sink, got, err),
		.final_url = got->final_url,
		.validity = got->validity,
		.moved = got->moved,
		.freshness = freshness_of(&got->validity, got->moved,
					  f->asked_ms, clock_of(f->remote)),
	};
	if (copy.entry)
		keep(f, &copy);
	return copy.entry;
}

/* The origin, or the way to it, is broken, and may be whole again soon; what it
 * had said is not taken back. */
static bool is_outage(const struct fetch_result *got, const struct err *err)
{
	return err->code == ERR_FETCH &&
	       (got->status < 300 || got->status >= 500 || got->status == 429);
}

/* The old copy for a while, or NULL. */
static struct hot_entry *fallen_back(struct fetching *f,
				     const struct fetch_result *got,
				     const struct err *err)
{
	struct copy copy = f->old;
	int64_t at = clock_of(f->remote);
	metric_add(METRIC_REMOTE_FAILED, 1);
	if (copy.entry == NULL)
		return NULL;
	if (err->code == ERR_FETCH && !is_outage(got, err))
		copies_drop(f->remote->copies, &f->key);
	if (!is_outage(got, err) || at >= copy.freshness.stale_until)
		return NULL;
	copy.freshness.fresh_until =
		MIN(at + PAUSE_MS, copy.freshness.stale_until);
	keep(f, &copy);
	f->old.entry = NULL;
	return copy.entry;
}

/* A reference; NULL: *err says why. */
static struct hot_entry *ask_origin(struct fetching *f, struct err *err)
{
	struct remote *remote = f->remote;
	const struct remote_origin *origin = &remote->options.origin;
	struct store_sink *sink =
		store_sink_new(remote->options.store, f->limit);
	const struct fetch_condition condition = {
		.final_url = f->old.final_url,
		.etag = f->old.validity.etag,
		.last_modified = f->old.validity.last_modified,
	};
	const struct fetch_target target = {
		.sink = sink,
		.arena = &f->arena,
		.condition = f->old.entry ? &condition : NULL,
		.is_wanted = is_wanted,
		.user = f,
	};
	struct fetch_result got = {.status = 0};
	struct hot_entry *entry;
	metric_add(METRIC_REMOTE_FETCHES, 1);
	f->asked_ms = clock_of(remote);
	int result = origin->get(origin->user, &f->item, &target, &got, err);
	if (result < 0 && !is_wanted(f))
		entry = NULL, err_set(err, ERR_BUSY, "Nobody waits for it.");
	else if (result < 0)
		entry = fallen_back(f, &got, err);
	else if (got.unchanged && f->old.entry)
		entry = confirmed(f, &got);
	else
		entry = replaced(f, sink, &got, err);
	store_sink_free(sink);
	return entry;
}

static struct hot_entry *fetch(struct fetching *f, struct err *err)
{
	struct remote *remote = f->remote;
	if (!is_wanted(f)) {
		err_set(err, ERR_BUSY, "Nobody waits for it.");
		return NULL;
	}
	if (!copies_find(remote->copies, &f->key, &f->arena, &f->old))
		f->old.entry = NULL;
	/* somebody was faster */
	if (f->old.entry && clock_of(remote) < f->old.freshness.fresh_until) {
		struct hot_entry *entry = f->old.entry;
		f->old.entry = NULL;
		return entry;
	}
	return ask_origin(f, err);
}

static void fetching_free(struct fetching *f)
{
	hot_unref(f->old.entry);
	hot_unref(f->item.source);
	arena_release(&f->arena);
	g_free(f);
}

static void end(struct fetching *f, struct hot_entry *entry,
		const struct err *err)
{
	flight_end(f->remote->flights, &f->key, entry, err);
	hot_unref(entry);
	fetching_free(f);
}

static void run(struct crew_task *task, bool is_late);

/* What `like` says of it alone. */
static struct fetching *fetching_new(const struct fetching *like)
{
	struct fetching *f = g_new0(struct fetching, 1);
	arena_init(&f->arena);
	f->task.run = run;
	f->task.owner = like->item.account;
	f->task.guest = like->task.guest;
	f->remote = like->remote;
	f->key = like->key;
	f->item.account = like->item.account;
	f->item.text = arena_str(&f->arena, like->item.text);
	f->item.fields = arena_str(&f->arena, like->item.fields);
	if (like->item.source)
		f->item.source = hot_entry_ref(like->item.source);
	f->limit = like->limit;
	return f;
}

/* In its turn. */
static void start(struct fetching *f)
{
	struct err why;
	flight_set_work(f->remote->flights, &f->key, &f->task);
	if (crew_add(f->remote->crew, &f->task, &why) < 0)
		end(f, NULL, &why);
}

static void give_up(struct fetching *f, const struct err *err)
{
	if (!flight_end_unwanted(f->remote->flights, &f->key, err))
		start(fetching_new(f));
	fetching_free(f);
}

static void run(struct crew_task *task, bool is_late)
{
	struct fetching *f = (struct fetching *)(void *)task;
	struct hot_entry *entry = NULL;
	struct err err;
	if (is_late)
		err_set(&err, ERR_BUSY,
			"Too many URLs are being fetched. Try again later.");
	else
		entry = fetch(f, &err);
	if (entry == NULL && f->given_up)
		give_up(f, &err);
	else
		end(f, entry, &err);
}

int remote_fetch(struct remote *remote, struct remote_request *request,
		 struct err *err)
{
	request->waiter.key =
		request->item.fields.n ? key_alone() : key_of(&request->item);
	request->waiter.owner = request->item.account;
	int first = flight_join(remote->flights, &request->waiter, err);
	if (first <= 0)
		return first;
	const struct fetching like = {
		.task.guest = request->waiter.guest,
		.remote = remote,
		.key = request->waiter.key,
		.item = request->item,
		.limit = request->limit,
	};
	start(fetching_new(&like));
	return 0;
}

bool remote_pin(struct remote *remote, const struct hot_entry *entry,
		struct turns_place *out)
{
	return pins_take(remote->pins, entry, out);
}

void remote_unpin(struct remote *remote, const struct hot_entry *entry,
		  struct turns_place place)
{
	pins_drop(remote->pins, entry, place);
}
