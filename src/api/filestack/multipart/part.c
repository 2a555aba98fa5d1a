/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts: where one is to be put, its bytes, and that its chunks are all
 * there. The URL says all that the PUT needs, as nothing else comes with it.
 *
 * Bytes go straight into their place, on the loop, wherever that does not
 * block; else they are taken in as any body, and a worker puts them there.
 */
#include "api/filestack/multipart/multipart.h"
#include "api/uploads/unproven.h"
#include "api/uploads/upload.h"
#include "base/encode.h"
#include "hashing/md5_files.h"

#include <glib.h>
#include <inttypes.h>

#define MD5_LEN 24 /* in base64 */
#define LONGER "The body is longer than was announced"
#define SHORTER "The body is shorter than was announced"

/* POST /multipart/upload */

static int read_number(const struct parts_call *call, const char *name,
		       uint64_t *out, struct err *err)
{
	int found = parts_call_number(call, name, out, err);
	if (found == 0)
		return err_set(err, ERR_INVALID, "invalid params: %s", name);
	return found < 0 ? -1 : 0;
}

/* 1: it is a chunk, 0: a whole part. */
static int read_run(const struct parts_call *call, struct layout_run *run,
		    struct err *err)
{
	run->offset = 0;
	int has_offset = parts_call_number(call, "offset", &run->offset, err);
	if (has_offset < 0 ||
	    read_number(call, "part", &run->number, err) < 0 ||
	    read_number(call, "size", &run->size, err) < 0)
		return -1;
	return has_offset || parts_call_is_chunked(call);
}

/* In the URL's own alphabet. */
static int read_md5(const struct parts_call *call, struct str *out,
		    struct err *err)
{
	struct arena *arena = request_arena(call->rq);
	struct str text = parts_call_text(call, "md5");
	struct str bytes = base64_decode(arena, text);
	*out = STR_NONE;
	if (text.n == 0)
		return 0;
	if (text.n != MD5_LEN || bytes.n != MD5_BYTES)
		return err_set(err, ERR_INVALID,
			       "invalid params: md5 must be base64 of 16 "
			       "bytes");
	*out = hex_encode(arena, bytes.p, bytes.n);
	return 0;
}

static int set_layout(struct request *rq, struct upload *upload,
		      const struct layout_run *run, bool in_chunks,
		      struct err *err)
{
	if (upload->layout)
		return 0;
	uint64_t part = layout_guess(upload->size, run, in_chunks);
	return part ? upload_set_layout(request_view(rq), upload, part, err)
		    : 0;
}

static void reply_where(struct request *rq, const struct upload *upload,
			const struct layout_run *run, struct str md5)
{
	struct str base = request_base_url(rq, "upload.filestackapi.com");
	struct str url = arena_printf(
		request_arena(rq),
		"%.*s/multipart/part/%s/%" PRIu64 "?offset=%" PRIu64
		"&size=%" PRIu64 "%s%.*s",
		STR_ARG(base), upload->token, run->number, run->offset,
		run->size, md5.n ? "&md5=" : "", STR_ARG(md5));
	json_t *body = json_object();
	json_object_set_new(body, "url", json_str(url));
	json_object_set_new(body, "headers", json_object());
	json_object_set_new(body, "location_url",
			    json_str(multipart_location(rq)));
	reply_json(rq, 200, "application/json", body);
}

/* Opened already here, so that the loop finds it when the bytes come. */
static int open_ahead(struct request *rq, const struct upload *upload,
		      struct err *err)
{
	struct open_upload *open;
	if (upload_open(request_view(rq), str_of(upload->token), &open, err) <
	    0)
		return -1;
	upload_close(open);
	return 0;
}

int filestack_multipart_upload(struct request *rq, struct err *err)
{
	struct parts_call call;
	struct upload upload;
	struct layout_run run;
	struct str md5;
	int result = parts_call_read(rq, &call, err);
	if (result != 0)
		return result;
	if (multipart_find(&call, &upload, err) < 0)
		return -1;
	int is_chunk = read_run(&call, &run, err);
	if (is_chunk < 0 || layout_check(upload.size, &run, err) < 0 ||
	    read_md5(&call, &md5, err) < 0)
		return -1;
	json_t *told = multipart_told(rq, &upload);
	bool in_chunks =
		is_chunk || json_is_true(json_object_get(told, "chunked"));
	if (upload.done)
		return err_set(err, ERR_EXISTS, "The upload is complete");
	if (set_layout(rq, &upload, &run, in_chunks, err) < 0 ||
	    open_ahead(rq, &upload, err) < 0)
		return -1;
	reply_where(rq, &upload, &run, md5);
	return 0;
}

/* PUT /multipart/part/{token}/{number} */

/* What the URL of a part says. */
struct part_url {
	struct intake_plan plan; /* of its body */
	struct layout_run run;
	bool has_md5;
	uint8_t md5[MD5_BYTES];
	struct open_upload *open; /* NULL: it was not when the head came */
	/* Of what goes into its place as it comes, or NULL. */
	struct md5_stream *stream;
};

static bool query_number(struct request *rq, const char *name, uint64_t *out)
{
	return str_to_u64(request_query(rq, name), INT64_MAX, out);
}

static int read_url(struct request *rq, struct part_url *url, struct err *err)
{
	struct str md5 = request_query(rq, "md5");
	if (!str_to_u64(request_param(rq, 1), INT64_MAX, &url->run.number) ||
	    !query_number(rq, "offset", &url->run.offset) ||
	    !query_number(rq, "size", &url->run.size) ||
	    (md5.p && !hex_decode(md5, url->md5, MD5_BYTES)))
		return err_set(err, ERR_INVALID,
			       "This is not the URL of a part");
	url->plan.max_file = url->run.size;
	url->has_md5 = md5.p != NULL;
	url->plan.too_large = LONGER;
	return 0;
}

static void close_upload(void *open)
{
	upload_close(open);
}

/* Whose it is, and that it may have such a part: for the loop, if it is open,
 * else for a worker. */
static int check_part(struct request *rq, const struct part_url *url,
		      const struct upload *upload, struct err *err)
{
	if (upload->origin != ORIGIN_FILESTACK)
		return upload_not_found(err);
	if (multipart_use_account(rq, upload, err) < 0)
		return -1;
	return layout_check(upload->size, &url->run, err);
}

/* What can be seen before the bytes come. */
static int check_length(const struct request *rq, const struct part_url *url,
			struct err *err)
{
	int64_t length = rq->x->head.content_length;
	if (length < 0 || (uint64_t)length == url->run.size)
		return 0;
	return err_set(err, ERR_INVALID, "%s",
		       (uint64_t)length > url->run.size ? LONGER : SHORTER);
}

static int find_span(const struct part_url *url, struct store_span *out,
		     struct err *err)
{
	const struct layout layout = multipart_layout(url->open);
	*out = (struct store_span){.max = url->run.size};
	return layout_place(&layout, &url->run, &out->offset, err);
}

/* Where it would have to wait, why is for a worker to say. */
static bool begin_at_once(const struct part_url *url, struct store_part **out)
{
	struct store_span span;
	struct err ignored;
	if (find_span(url, &span, &ignored) < 0)
		return false;
	span.only_at_once = true;
	return open_upload_part(url->open, span, out, &ignored) == 0;
}

static void part_came(void *user, struct block *block, size_t n)
{
	const struct part_url *url = user;
	md5_stream_add(url->stream, block, n);
}

static void free_stream(void *stream)
{
	md5_stream_free(stream);
}

/* Where there is none it is summed when it has come. */
static void begin_sum(struct request *rq, struct part_url *url,
		      struct store_part *part)
{
	const struct block_watch watch = {part_came, url};
	struct fd_run run = store_part_run(part);
	if (!url->has_md5 || url->run.size <= MD5_FILES_QUICK)
		return;
	run.size = url->run.size;
	url->stream = md5_stream_new(rq->services->md5_files, &run);
	if (url->stream == NULL)
		return;
	arena_defer(request_arena(rq), free_stream, url->stream);
	store_part_watch(part, &watch);
}

/* Only a worker can tell whether there is such an upload at all: until then
 * the body is anybody's. */
static int expect_unproven(struct request *rq, struct part_url *url,
			   struct err *err)
{
	uint64_t most = upload_limit(rq);
	if (url->run.size > most)
		return err_set(err, ERR_TOO_LARGE,
			       "The file exceeds the limit of %llu bytes.",
			       (unsigned long long)most);
	if (unproven_enter(rq, err) < 0)
		return -1;
	return request_expect_body(rq, &url->plan, err);
}

int filestack_part_begin(struct request *rq, struct err *err)
{
	struct part_url *url = arena_zalloc(request_arena(rq), sizeof(*url));
	struct store_part *part;
	rq->dialect_data = url;
	if (read_url(rq, url, err) < 0 || check_length(rq, url, err) < 0)
		return -1;
	url->open =
		upload_find_open(rq->services->library, request_param(rq, 0));
	if (url->open == NULL)
		return expect_unproven(rq, url, err);
	bool may_stay = open_upload_may_stay(url->open);
	int result = check_part(rq, url, open_upload_row(url->open), err);
	if (result < 0 || !may_stay) {
		upload_close(g_steal_pointer(&url->open));
		return result < 0 ? -1
				  : request_expect_body(rq, &url->plan, err);
	}
	arena_defer(request_arena(rq), close_upload, url->open);
	if (begin_at_once(url, &part)) {
		begin_sum(rq, url, part);
		return request_expect_part(rq, &url->plan, part, err);
	}
	return request_expect_body(rq, &url->plan, err);
}

static int open_late(struct request *rq, struct part_url *url, struct err *err)
{
	const struct view any = {.library = rq->services->library,
				 .arena = request_arena(rq),
				 .now = now_ms()};
	if (url->open)
		return 0;
	if (upload_open(&any, request_param(rq, 0), &url->open, err) < 0)
		return -1;
	arena_defer(request_arena(rq), close_upload, url->open);
	return check_part(rq, url, open_upload_row(url->open), err);
}

static struct fd_run sink_run(const struct store_sink *sink)
{
	return (struct fd_run){store_sink_fd(sink), 0, store_sink_size(sink)};
}

static int copy_file(struct request *rq, struct store_part *part,
		     struct err *err)
{
	struct store_sink *sink = rq->intake->file;
	struct str bytes = store_sink_bytes(sink);
	if (bytes.p)
		return store_part_write(part, bytes.p, bytes.n, err);
	const struct fd_run run = sink_run(sink);
	return multipart_copy(&run, part, err);
}

/* How long the extents are that go beyond the span: they are read again, to be
 * cut. */
static uint64_t bytes_cut(const struct open_upload *open,
			  const struct store_span *span)
{
	uint64_t end = span->offset + span->max, bytes = 0;
	size_t n;
	g_autofree struct store_extent *list =
		store_stage_extents(open_upload_stage(open), &n);
	for (size_t i = 0; i < n; i++) {
		uint64_t from = list[i].offset, to = from + list[i].size;
		if (from < end && to > span->offset &&
		    (from < span->offset || to > end))
			bytes += list[i].size;
	}
	return bytes;
}

/* The body as a part. Whoever sends it again while it still comes from a
 * connection that is lost is to try once more. */
static int late_part(struct request *rq, struct part_url *url, struct err *err)
{
	struct store_span span;
	if (open_late(rq, url, err) < 0 || find_span(url, &span, err) < 0)
		return -1;
	uint64_t bytes = span.max + bytes_cut(url->open, &span);
	if (upload_slow_begin(rq, bytes, err) < 0)
		return -1;
	int result = open_upload_part(url->open, span, &rq->intake->part, err);
	if (result == 0)
		result = copy_file(rq, rq->intake->part, err);
	else if (err->code == ERR_LOCKED)
		err_recode(err, ERR_BUSY, NULL);
	upload_slow_end(rq, bytes);
	return result;
}

/* The disk writes while the rest is summed; without a stream it has to have
 * written all. */
static int sum_run(struct request *rq, const struct part_url *url,
		   const struct fd_run *run, uint8_t md5[MD5_BYTES],
		   struct err *err)
{
	struct store_part *part = rq->intake->part;
	if (part && store_part_flush(part, err) < 0)
		return -1;
	return url->stream
		       ? md5_stream_sum(url->stream, md5, err)
		       : md5_files_sum(rq->services->md5_files, run, md5, err);
}

static int sum_file(struct request *rq, const struct part_url *url,
		    const struct fd_run *run, uint8_t md5[MD5_BYTES],
		    struct err *err)
{
	if (upload_slow_begin(rq, run->size, err) < 0)
		return -1;
	int result = sum_run(rq, url, run, md5, err);
	upload_slow_end(rq, run->size);
	return result;
}

/* Of the body, wherever it is. */
static int sum_body(struct request *rq, const struct part_url *url,
		    uint8_t md5[MD5_BYTES], struct err *err)
{
	const struct intake *intake = rq->intake;
	struct str bytes =
		intake->part ? STR_NONE : store_sink_bytes(intake->file);
	struct md5 sum;
	if (bytes.p) {
		md5_init(&sum);
		md5_update(&sum, bytes);
		md5_final(&sum, md5);
		return 0;
	}
	const struct fd_run run = intake->part ? store_part_run(intake->part)
					       : sink_run(intake->file);
	return sum_file(rq, url, &run, md5, err);
}

static int check_body(struct request *rq, const struct part_url *url,
		      struct err *err)
{
	const struct intake *intake = rq->intake;
	uint64_t size = intake->part ? store_part_size(intake->part)
				     : store_sink_size(intake->file);
	uint8_t md5[MD5_BYTES];
	if (size != url->run.size)
		return err_set(err, ERR_INVALID, SHORTER);
	if (!url->has_md5)
		return 0;
	if (sum_body(rq, url, md5, err) < 0)
		return -1;
	if (memcmp(md5, url->md5, MD5_BYTES) != 0)
		return err_set(err, ERR_INVALID,
			       "The MD5 of the body is not the one that was "
			       "announced");
	return 0;
}

static int finish_part(struct request *rq, struct part_url *url,
		       uint8_t checksum[CHECKSUM_BYTES], struct err *err)
{
	struct intake *intake = rq->intake;
	if (request_recheck_key(rq, err) < 0 || check_body(rq, url, err) < 0 ||
	    (intake->part == NULL && late_part(rq, url, err) < 0) ||
	    open_upload_finish_part(url->open, intake->part, err) < 0)
		return -1;
	store_part_checksum(intake->part, checksum);
	return 0;
}

int filestack_part(struct request *rq, struct err *err)
{
	struct part_url *url = rq->dialect_data;
	uint8_t checksum[CHECKSUM_BYTES];
	int result = finish_part(rq, url, checksum, err);
	/* before it is answered: what comes next may be about this place */
	store_part_free(g_steal_pointer(&rq->intake->part));
	if (result < 0)
		return -1;
	struct str hex =
		hex_encode(request_arena(rq), checksum, CHECKSUM_BYTES);
	http_set(rq->x, "ETag",
		 arena_printf(request_arena(rq), "\"%.*s\"", STR_ARG(hex)));
	http_reply_empty(rq->x, 200);
	return 0;
}

/* POST /multipart/commit */

/* A blob has only so many extents, and chunks can be small: what lies together
 * becomes one. Where that is not possible they stay as they are. */
static int join_pieces(struct store_stage *stage,
		       const struct assembly *assembly, struct err *err)
{
	for (size_t i = 0; i < assembly->n; i++) {
		const struct assembly_piece *piece = &assembly->pieces[i];
		const struct store_span span = {piece->from, piece->size,
						false};
		if (store_stage_join(stage, span, err) < 0 &&
		    err->code != ERR_INVALID && err->code != ERR_LOCKED &&
		    err->code != ERR_LIMIT)
			return -1;
	}
	return 0;
}

static int commit_part(struct request *rq, struct open_upload *open,
		       unsigned number, struct err *err)
{
	struct assembly assembly;
	struct parts_come come = multipart_come(rq, open);
	uint64_t bytes = 0;
	if (assemble_part(&come, number, &assembly, err) < 0)
		return -1;
	for (size_t i = 0; i < assembly.n; i++)
		bytes += assembly.pieces[i].size;
	if (upload_slow_begin(rq, bytes, err) < 0)
		return -1;
	int result = join_pieces(open_upload_stage(open), &assembly, err);
	upload_slow_end(rq, bytes);
	return result;
}

int filestack_multipart_commit(struct request *rq, struct err *err)
{
	struct parts_call call;
	struct upload upload;
	struct open_upload *open;
	uint64_t number;
	int result = parts_call_read(rq, &call, err);
	if (result != 0)
		return result;
	if (multipart_find(&call, &upload, err) < 0 ||
	    multipart_check_size(&call, &upload, err) < 0 ||
	    read_number(&call, "part", &number, err) < 0)
		return -1;
	struct layout_run run = {number, 0, 1};
	if (layout_check(upload.size, &run, err) < 0)
		return -1;
	if (!upload.done) {
		if (upload_open(request_view(rq), str_of(upload.token), &open,
				err) < 0)
			return -1;
		arena_defer(request_arena(rq), close_upload, open);
		if (commit_part(rq, open, (unsigned)number, err) < 0)
			return -1;
	}
	reply_json(rq, 200, "application/json", json_object());
	return 0;
}
