/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the upload calls of all dialects share, between the complete body and
 * the library: import by URL, content type, image size, storing. Handlers call
 * them on a worker, or on the loop, where what would block returns
 * HANDLE_LATER.
 */
#ifndef API_UPLOADS_UPLOAD_H
#define API_UPLOADS_UPLOAD_H

#include "api/request.h"
#include "image/renderers.h"
#include "ingest/fetch.h"

/* In begin, as soon as the account is known: ERR_SUSPENDED while it may not
 * upload. upload_store() asks again. */
int upload_check_account(const struct request *rq, struct err *err) MUST_CHECK;
/* Bytes of one file: the least of the dialect's limit, the account's, and that
 * of the policy that the request is under. */
uint64_t upload_limit(const struct request *rq);

/* What the server itself wants to be stored is in the sink, or not (result -1):
 * takes the sink over, which gets the place of rq->intake->file, or is released
 * and leaves that as it was. Returns the result. */
int upload_replace(struct request *rq, struct store_sink *sink, int result);

/* Around reading and writing anew what is there, so many bytes, on a worker:
 * much of it takes a place among what is slow. 0, or -1: ERR_BUSY, too many do
 * it. After 0 upload_slow_end() of as many. */
int upload_slow_begin(struct request *rq, uint64_t bytes,
		      struct err *err) MUST_CHECK;
void upload_slow_end(struct request *rq, uint64_t bytes);

/* Fetches a URL into a new sink that takes the place of rq->intake->file (and
 * is released with it); on failure that stays. ERR_BUSY when too many imports
 * run. 0, HANDLE_LATER or -1. */
int upload_fetch_source(struct request *rq, const struct fetch_source *source,
			struct fetch_result *out, struct err *err) MUST_CHECK;
/* The same of a URL alone. */
static inline MUST_CHECK int upload_fetch(struct request *rq, struct str url,
					  struct fetch_result *out,
					  struct err *err)
{
	const struct fetch_source source = {.url = url};
	return upload_fetch_source(rq, &source, out, err);
}

/* What a client says of the contents. */
struct upload_hints {
	struct str declared; /* type, by the dialect's order of trust; STR_NONE:
				absent */
	struct str name;
	bool trust_declared; /* before the bytes, if it says something */
};

/* The content type to store: the signature of the bytes, then the declared
 * type (first when it is trusted), then the extension of the name, then
 * libmagic. 0 or HANDLE_LATER. */
int upload_type(struct request *rq, const struct upload_hints *hints,
		struct str *out) MUST_CHECK;

/* How a handler goes on; returns what one returns. With HANDLE_LATER it runs
 * again on a worker. */
typedef int upload_step(struct request *rq, void *user, struct err *err);

/*
 * Fills in the size of an image, whether it has an alpha channel, and what is
 * embedded in it, as far as a renderer can read it; then goes on with `next`,
 * on the loop if that took a wait. put->sink is set. HANDLE_PENDING, what next
 * returns, or -1 with ERR_BUSY: no renderer was free in time.
 */
int upload_measure(struct request *rq, struct file_put *put, upload_step *next,
		   void *user, struct err *err) MUST_CHECK;

/* What came, to ask renderers about. */
struct image_source upload_image(struct request *rq, struct store_sink *sink);

/* Words the answer to an upload, on the loop (perhaps on a worker when the rows
 * were refused before they were queued): the stored file, or NULL with
 * *err filled, which may be worded anew. 0 or -1 as a handler. */
typedef int upload_reply(struct request *rq, const struct file *file,
			 struct err *err);

/* A handler's last step: upload_measure(), when put->type is an image and put
 * has no size yet; then stores, counts the
 * upload, and lets `reply` answer when the file is durable. put->sink defaults
 * to the intake's file; the quota of rq->account goes into the put. Returns
 * HANDLE_PENDING, HANDLE_LATER or -1. */
int upload_store(struct request *rq, const struct file_put *put,
		 upload_reply *reply, struct err *err) MUST_CHECK;

/* "[folder/]UNIQUEID_name", for dialects where names repeat; UNIQUEID is the
 * id as a handle, slashes around the folder are dropped. */
struct str upload_unique_path(struct request *rq, const struct id *id,
			      struct str folder, struct str name);

/* The last segment of a client's file name (after '/' and '\\'); "" when
 * nothing useful is left ("", ".", ".."). */
struct str upload_base_name(struct str name);

#endif
