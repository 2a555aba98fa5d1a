/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the upload calls of all dialects share, between the complete body and
 * the library: import by URL, content type, image size, storing.
 * Worker threads.
 */
#ifndef API_UPLOAD_H
#define API_UPLOAD_H

#include "api/request.h"
#include "ingest/fetch.h"

/* Fetches a URL into a new sink that takes the place of rq->intake->file (and
 * is released with it). ERR_BUSY when too many imports run. limit: bytes. */
int upload_fetch(struct request *rq, struct str url, uint64_t limit,
		 struct fetch_result *out, struct err *err) MUST_CHECK;

/*
 * The content type to store: the signature of the bytes, then `declared` (in
 * the dialect's order of trust, STR_NONE when absent), then the extension of
 * `name`, then libmagic. With `trust_declared` a declared type that says
 * something wins over the signature.
 */
struct str upload_type(struct request *rq, struct store_sink *sink,
		       struct str declared, struct str name,
		       bool trust_declared);

/* Fills in put->type's image size, when it is an image and a renderer can read
 * it; then file_put(). put->sink defaults to the intake's file. */
int upload_store(struct request *rq, struct file_put *put, struct file *out,
		 struct err *err) MUST_CHECK;

/* "[folder/]UNIQUEID_name", for dialects where names repeat. */
struct str upload_unique_path(struct request *rq, const struct id *id,
			      struct str folder, struct str name);

/* The last segment of a client's file name (after '/' and '\\'); "" when
 * nothing useful is left ("", ".", ".."). */
struct str upload_base_name(struct str name);

#endif
