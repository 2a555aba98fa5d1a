/* SPDX-License-Identifier: Apache-2.0 */
#include "api/uploads/upload_made.h"
#include "base/encode.h"
#include "base/fd.h"
#include "store/store.h"

#include <unistd.h>

#define PIECE_BYTES (64u * 1024)

int upload_expect_none(struct request *rq, struct err *err)
{
	static const struct intake_plan plan = {.max_file = 0};
	const struct intake_body body = {
		.arena = request_arena(rq),
		.store = library_store(rq->services->library),
		.plan = &plan,
		.content_type = STR_NONE,
	};
	return rq->intake ? 0 : intake_new(&rq->intake, &body, err);
}

static int write_decoded(struct store_sink *sink, struct base64_decoder *d,
			 struct str piece, struct err *err)
{
	uint8_t out[PIECE_BYTES / 4 * 3 + 3];
	ptrdiff_t n = base64_decode_step(d, piece.p, piece.n, out);
	if (n < 0)
		return err_set(err, ERR_INVALID, "The file is not base64");
	return store_sink_write(sink, out, (size_t)n, err);
}

/* The next of the bytes; buffer: PIECE_BYTES. Empty: they cannot be read. */
static struct str piece_at(const struct upload_bytes *from, uint64_t at,
			   char *buffer)
{
	size_t n = (size_t)MIN(from->size - at, PIECE_BYTES);
	if (from->fd < 0)
		return str_sub(from->bytes, (size_t)at, (size_t)at + n);
	ssize_t got = fd_read(from->fd, buffer, n, (off_t)at);
	return (struct str){buffer, got > 0 ? (size_t)got : 0};
}

static int copy(const struct request *rq, const struct upload_bytes *from,
		struct store_sink *sink, struct err *err)
{
	char buffer[PIECE_BYTES];
	struct base64_decoder decoder;
	base64_decode_init(&decoder);
	for (uint64_t at = 0; at < from->size;) {
		struct str piece = piece_at(from, at, buffer);
		if (request_is_left(rq))
			return err_set(err, ERR_BUSY,
				       "Nobody waits for what is to be stored "
				       "any more");
		if (piece.n == 0)
			return err_set(err, ERR_INTERNAL,
				       "What is to be stored cannot be read");
		int result =
			from->base64
				? write_decoded(sink, &decoder, piece, err)
				: store_sink_write(sink, piece.p, piece.n, err);
		if (result < 0)
			return -1;
		at += piece.n;
	}
	if (from->base64 && !base64_decode_end(&decoder))
		return err_set(err, ERR_INVALID, "The file is not base64");
	return 0;
}

int upload_take(struct request *rq, const struct upload_bytes *from,
		struct err *err)
{
	if (rq->on_loop)
		return HANDLE_LATER;
	struct store *store = library_store(rq->services->library);
	if (upload_slow_begin(rq, from->size, err) < 0)
		return -1;
	struct store_sink *sink = store_sink_new(store, upload_limit(rq));
	int result = copy(rq, from, sink, err);
	upload_slow_end(rq, from->size);
	return upload_replace(rq, sink, result);
}

/* A wait for a picture. */
struct making {
	struct request *rq;
	struct upload_making *what;
	struct image_picture picture; /* fd -1: none */
	struct err err;
};

static void close_picture(void *arg)
{
	const struct making *m = arg;
	if (m->picture.fd >= 0)
		close(m->picture.fd);
}

static int after_making(struct request *rq, struct err *err)
{
	const struct making *m = rq->pending;
	if (m->picture.fd < 0) {
		*err = m->err;
		return -1;
	}
	const struct upload_bytes bytes = {.fd = m->picture.fd,
					   .size = m->picture.size};
	int result = upload_take(rq, &bytes, err);
	if (result != 0)
		return result;
	m->what->type = str_of(m->picture.type);
	return m->what->next(rq, m->what->user, err);
}

/* The renderers' thread: leave at once. */
static void made(void *user, struct image_picture *picture,
		 const struct err *err)
{
	struct making *m = user;
	if (picture) {
		m->picture = *picture;
		picture->fd = -1;
	} else {
		m->err = *err;
	}
	request_resume(m->rq);
}

int upload_make(struct request *rq, struct upload_making *making,
		struct err *err)
{
	struct arena *arena = request_arena(rq);
	if (rq->services->renderers == NULL)
		return err_set(err, ERR_UNSUPPORTED,
			       "Images cannot be transformed here");
	struct making *m = arena_zalloc(arena, sizeof(*m));
	int64_t account = rq->account->id;
	const struct image_render render = {
		.account = account,
		.guest = request_guest(rq, account),
		.plan = making->plan,
		.contents = making->contents,
		.n_contents = making->n_contents,
		.arena = arena,
	};
	*m = (struct making){.rq = rq, .what = making, .picture.fd = -1};
	arena_defer(arena, close_picture, m);
	rq->pending = m;
	rq->resume = after_making;
	if (renderers_render(rq->services->renderers, &render, made, m, err) <
	    0)
		return -1;
	return HANDLE_PENDING;
}
