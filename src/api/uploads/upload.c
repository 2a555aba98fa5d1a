/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each step is the dialect's to call, in its own order; nothing here knows
 * which dialect that is.
 */
#include "api/uploads/upload.h"

#include "base/log/log.h"
#include "base/metrics.h"
#include "ingest/sniff.h"
#include "store/store.h"

#include <glib.h>

#define QUICK_BYTES (16u * 1024 * 1024) /* a tenth of a second or so */

int upload_check_account(const struct request *rq, struct err *err)
{
	if (rq->account && rq->account->limits.grace)
		return err_set(err, ERR_SUSPENDED,
			       "Account is in grace period. Uploads are "
			       "disabled. Please resubscribe to continue.");
	return 0;
}

uint64_t upload_limit(const struct request *rq)
{
	uint64_t most = request_limits(rq)->max_bytes;
	uint64_t own = rq->account ? rq->account->limits.max_file_bytes : 0;
	if (rq->under)
		most = MIN(most, rq->under->max_size);
	return own ? MIN(own, most) : most;
}

int upload_replace(struct request *rq, struct store_sink *sink, int result)
{
	if (result < 0) {
		store_sink_free(sink);
		return -1;
	}
	store_sink_free(rq->intake->file);
	rq->intake->file = sink;
	return 0;
}

int upload_slow_begin(struct request *rq, uint64_t bytes, struct err *err)
{
	if (bytes <= QUICK_BYTES || http_slow_begin(rq->x))
		return 0;
	return err_set(err, ERR_BUSY,
		       "Too many files are being copied. Try again later.");
}

void upload_slow_end(struct request *rq, uint64_t bytes)
{
	if (bytes > QUICK_BYTES)
		http_slow_end(rq->x);
}

int upload_fetch_source(struct request *rq, const struct fetch_source *source,
			struct fetch_result *out, struct err *err)
{
	const struct services *services = rq->services;
	struct store *store = library_store(services->library);
	if (rq->on_loop)
		return HANDLE_LATER;
	if (!http_slow_begin(rq->x))
		return err_set(err, ERR_BUSY,
			       "Too many URLs are being fetched. Try again "
			       "later.");
	struct store_sink *sink = store_sink_new(store, upload_limit(rq));
	const struct fetch_target target = {.sink = sink,
					    .arena = request_arena(rq),
					    .fields = source->fields};
	store_sink_write_behind(sink);
	int result =
		fetch_url(services->fetcher, source->url, &target, out, err);
	if (result == 0)
		result = store_sink_settle(sink, err);
	http_slow_end(rq->x);
	return upload_replace(rq, sink, result);
}

int upload_type(struct request *rq, const struct upload_hints *hints,
		struct str *out)
{
	bool fits = hints->declared.n <= FILE_TYPE_MAX;
	const struct sniff_hints known = {
		.head = store_sink_head(rq->intake->file),
		.declared = fits ? hints->declared : STR_NONE,
		.trust_declared = hints->trust_declared,
		.name = hints->name,
	};
	struct sniff_look look = {!rq->on_loop, rq->sniffed};
	bool found = sniff_type(request_arena(rq), &known, &look, out);
	rq->sniffed = look.begun;
	return found ? 0 : HANDLE_LATER;
}

/* A wait for a renderer. */
struct measuring {
	struct request *rq;
	struct file_put *put;
	upload_step *next;
	void *user; /* next's */
	struct err err;
};

/* A file that claims to be an image and is none is stored like any other. One
 * that nobody had time to look at is not, for its size would stay unknown. */
static int after_measuring(struct request *rq, struct err *err)
{
	const struct measuring *m = rq->pending;
	if (m->err.code == ERR_BUSY) {
		*err = m->err;
		return -1;
	}
	return m->next(rq, m->user, err);
}

/* The renderers' thread: leave at once. */
static void measured(void *user, const struct image_info *info,
		     const struct err *err)
{
	struct measuring *m = user;
	if (info) {
		m->put->width = info->width;
		m->put->height = info->height;
		m->put->alpha = info->has_alpha ? ALPHA_YES : ALPHA_NO;
		m->put->embedded_metadata = info->embedded;
	} else {
		m->err = *err;
		if (err->code != ERR_INVALID && err->code != ERR_TOO_LARGE &&
		    err->code != ERR_BUSY)
			log_warn("an image's size stays unknown: %s",
				 err->text);
	}
	request_resume(m->rq);
}

struct image_source upload_image(struct request *rq, struct store_sink *sink)
{
	int fd = store_sink_fd(sink);
	int64_t account = rq->account ? rq->account->id : 0;
	return (struct image_source){
		.account = account,
		.guest = request_guest(rq, account),
		.fd = fd,
		.bytes = fd < 0 ? store_sink_bytes(sink) : STR_NONE,
		.arena = request_arena(rq),
	};
}

int upload_measure(struct request *rq, struct file_put *put, upload_step *next,
		   void *user, struct err *err)
{
	struct renderers *renderers = rq->services->renderers;
	struct err why;
	if (renderers == NULL || !sniff_is_image(put->type))
		return next(rq, user, err);
	struct measuring *m = arena_zalloc(request_arena(rq), sizeof(*m));
	struct image_source image = upload_image(rq, put->sink);
	*m = (struct measuring){
		.rq = rq, .put = put, .next = next, .user = user};
	image.embedded = true;
	rq->pending = m;
	rq->resume = after_measuring;
	if (renderers_inspect(renderers, &image, measured, m, &why) < 0)
		measured(m, NULL, &why);
	return HANDLE_PENDING;
}

/* An upload between the queue of the database and the answer. */
struct pending {
	struct request *rq;
	struct file_put put;
	upload_reply *reply;
	const struct file *file; /* NULL: refused */
	struct err err;
};

static int answer(struct request *rq, struct err *err)
{
	struct pending *pending = rq->pending;
	if (pending->file) {
		metric_add(METRIC_UPLOADS, 1);
		metric_add(METRIC_UPLOAD_BYTES, (int64_t)pending->file->size);
	} else {
		*err = pending->err;
	}
	return pending->reply(rq, pending->file, err);
}

/* The database writer thread: leave at once. */
static void stored(void *user, const struct file *file, const struct err *err)
{
	struct pending *pending = user;
	pending->file = file;
	if (err)
		pending->err = *err;
	request_resume_told(pending->rq);
}

static int store_now(struct request *rq, void *user, struct err *err)
{
	struct pending *pending = user;
	struct file_put *put = &pending->put;
	if (request_recheck_key(rq, err) < 0 ||
	    upload_check_account(rq, err) < 0)
		return pending->reply(rq, NULL, err);
	if (rq->on_loop && store_sink_fd(put->sink) >= 0)
		return HANDLE_LATER;
	if (rq->account) {
		const struct account_limits *limits = &rq->account->limits;
		put->max_storage_bytes = limits->max_storage_bytes;
		put->max_uploads = limits->max_uploads;
	}
	rq->pending = pending;
	rq->resume = answer;
	if (file_put_submit(request_view(rq), put, stored, pending, err) == 0)
		return HANDLE_PENDING;
	return pending->reply(rq, NULL, err);
}

int upload_store(struct request *rq, const struct file_put *put,
		 upload_reply *reply, struct err *err)
{
	struct pending *pending =
		arena_zalloc(request_arena(rq), sizeof(*pending));
	*pending = (struct pending){.rq = rq, .put = *put, .reply = reply};
	if (put->sink == NULL)
		pending->put.sink = rq->intake->file;
	if (put->width)
		return store_now(rq, pending, err);
	return upload_measure(rq, &pending->put, store_now, pending, err);
}

struct str upload_unique_path(struct request *rq, const struct id *id,
			      struct str folder, struct str name)
{
	char handle[ID_HANDLE_LEN + 1];
	id_to_handle(id, handle);
	folder = str_trim_char(folder, '/');
	struct buf path;
	size_t most = folder.n + ID_HANDLE_LEN + name.n + 2;
	buf_init(&path, request_arena(rq), most);
	buf_reserve(&path, most);
	buf_add(&path, folder);
	if (folder.n)
		buf_add_char(&path, '/');
	buf_add(&path, (struct str){handle, ID_HANDLE_LEN});
	buf_add_char(&path, '_');
	buf_add(&path, name);
	return buf_str(&path);
}

struct str upload_base_name(struct str name)
{
	size_t start = name.n;
	while (start && name.p[start - 1] != '/' && name.p[start - 1] != '\\')
		start--;
	struct str base = str_skip(name, start);
	if (base.n == 0 || str_eq(base, STR(".")) || str_eq(base, STR("..")))
		return STR("");
	return base;
}
