/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of an upload put in order. Mostly they are; what came before its
 * place was known is moved there. Parts that were not as they seemed are
 * copied, all of them, into a new blob.
 */
#include "api/filestack/multipart/multipart.h"

#include "api/uploads/upload.h"

#include <glib.h>

#define STEP (256u * 1024) /* bytes copied at a time */

typedef int take_bytes(void *user, const void *p, size_t n, struct err *err);

static int copy_run(const struct fd_run *run, take_bytes *take, void *user,
		    struct err *err)
{
	g_autofree char *buffer = g_malloc(STEP);
	for (uint64_t done = 0; done < run->size;) {
		size_t n = MIN(run->size - done, STEP);
		off_t at = (off_t)(run->from + done);
		if (fd_read(run->fd, buffer, n, at) != (ssize_t)n)
			return err_set(err, ERR_INTERNAL,
				       "The upload cannot be read back");
		if (take(user, buffer, n, err) < 0)
			return -1;
		done += n;
	}
	return 0;
}

static int to_part(void *user, const void *p, size_t n, struct err *err)
{
	return store_part_write(user, p, n, err);
}

static int to_sink(void *user, const void *p, size_t n, struct err *err)
{
	return store_sink_write(user, p, n, err);
}

int multipart_copy(const struct fd_run *run, struct store_part *part,
		   struct err *err)
{
	return copy_run(run, to_part, part, err);
}

/* The extent that the piece is, NULL: it is several, or some of one. */
static const struct store_extent *extent_of(const struct parts_come *come,
					    const struct assembly_piece *piece)
{
	for (size_t i = 0; i < come->n_extents; i++)
		if (come->extents[i].offset == piece->from &&
		    come->extents[i].size == piece->size)
			return &come->extents[i];
	return NULL;
}

/* A copy has a checksum of its own, so what is copied is compared: as it is, if
 * that is one extent, else all before. */
static bool compares_all(const struct parts_come *come,
			 const struct assembly *assembly)
{
	if (assembly->how != ASSEMBLY_MOVE)
		return assembly->how == ASSEMBLY_COPY;
	for (size_t i = 0; i < assembly->n; i++) {
		const struct assembly_piece *piece = &assembly->pieces[i];
		if (piece->from != piece->to && !extent_of(come, piece))
			return true;
	}
	return false;
}

static int compare(const struct store_part *part,
		   const struct store_extent *extent, struct err *err)
{
	uint8_t checksum[CHECKSUM_BYTES];
	if (extent == NULL)
		return 0;
	store_part_checksum(part, checksum);
	if (memcmp(checksum, extent->checksum, CHECKSUM_BYTES) == 0)
		return 0;
	return err_set(err, ERR_CORRUPT,
		       "Bytes of the upload have changed on the disk");
}

/* It counts against nobody's storage: what is aside does already, and goes when
 * all is in its place. */
static int move_piece(struct store_stage *stage,
		      const struct assembly_piece *piece,
		      const struct store_extent *extent, struct err *err)
{
	struct store_part *part;
	const struct store_span span = {piece->to, piece->size, false};
	if (store_part_begin(stage, span, &part, err) < 0)
		return -1;
	const struct fd_run run = {store_stage_fd(stage), piece->from,
				   piece->size};
	int result = multipart_copy(&run, part, err);
	if (result == 0)
		result = compare(part, extent, err);
	if (result == 0)
		result = store_part_finish(part, err);
	store_part_free(part);
	return result;
}

/* What is aside stays there until all is in its place: after a crash it goes on
 * from there. */
static int move_pieces(struct store_stage *stage, const struct parts_come *come,
		       const struct assembly *assembly, struct err *err)
{
	for (size_t i = 0; i < assembly->n; i++) {
		const struct assembly_piece *piece = &assembly->pieces[i];
		if (piece->from != piece->to &&
		    move_piece(stage, piece, extent_of(come, piece), err) < 0)
			return -1;
	}
	return 0;
}

static int copy_pieces(struct request *rq, struct open_upload *open,
		       const struct assembly *assembly, struct store_sink **out,
		       struct err *err)
{
	struct store *store = library_store(rq->services->library);
	struct store_stage *stage = open_upload_stage(open);
	*out = store_sink_new(store, open_upload_row(open)->size);
	for (size_t i = 0; i < assembly->n; i++) {
		const struct assembly_piece *piece = &assembly->pieces[i];
		const struct fd_run run = {store_stage_fd(stage), piece->from,
					   piece->size};
		if (copy_run(&run, to_sink, *out, err) == 0)
			continue;
		store_sink_free(*out);
		*out = NULL;
		return -1;
	}
	open_upload_forget(open);
	return 0;
}

/* To be copied, or to be read and compared. */
static uint64_t bytes_to_read(struct store_stage *stage,
			      const struct parts_come *come,
			      const struct assembly *assembly)
{
	uint64_t bytes = 0;
	bool all =
		compares_all(come, assembly) || store_stage_is_doubted(stage);
	for (size_t i = 0; all && i < come->n_extents; i++)
		bytes += come->extents[i].size;
	for (size_t i = 0; i < assembly->n; i++) {
		const struct assembly_piece *piece = &assembly->pieces[i];
		if (assembly->how == ASSEMBLY_COPY || piece->from != piece->to)
			bytes += piece->size;
	}
	return bytes;
}

/* What has been written again too often for pieces to be moved is copied. */
static void copy_if_full(struct store_stage *stage, struct assembly *assembly)
{
	size_t n = 0;
	for (size_t i = 0; i < assembly->n; i++)
		n += assembly->pieces[i].from != assembly->pieces[i].to;
	if (assembly->how == ASSEMBLY_MOVE && !store_stage_may_take(stage, n))
		assembly->how = ASSEMBLY_COPY;
}

/* A sink of what has come, in order: either all of it in its place, or a copy.
 */
static int put_in_order(struct request *rq, struct open_upload *open,
			const struct parts_come *come,
			const struct assembly *assembly,
			struct store_sink **out, struct err *err)
{
	struct store_stage *stage = open_upload_stage(open);
	if (compares_all(come, assembly) && store_stage_verify(stage, err) < 0)
		return -1;
	if (assembly->how == ASSEMBLY_COPY)
		return copy_pieces(rq, open, assembly, out, err);
	if (move_pieces(stage, come, assembly, err) < 0)
		return -1;
	return open_upload_sink(open, out, err);
}

static int make_sink(struct request *rq, struct open_upload *open,
		     const struct parts_wanted *wanted, struct store_sink **out,
		     struct err *err)
{
	struct assembly assembly;
	struct parts_come come = multipart_come(rq, open);
	if (assemble(&come, wanted, &assembly, err) < 0)
		return -1;
	copy_if_full(open_upload_stage(open), &assembly);
	uint64_t bytes =
		bytes_to_read(open_upload_stage(open), &come, &assembly);
	if (upload_slow_begin(rq, bytes, err) < 0)
		return -1;
	int result = put_in_order(rq, open, &come, &assembly, out, err);
	upload_slow_end(rq, bytes);
	return result;
}

/* From the list of what has come to the sink nothing else may come, or the file
 * would not be what the list says. */
int multipart_sink(struct request *rq, struct open_upload *open,
		   const struct parts_wanted *wanted, struct store_sink **out,
		   struct err *err)
{
	struct store_stage *stage = open_upload_stage(open);
	*out = NULL;
	if (store_stage_hold(stage, err) < 0)
		return -1;
	int result = make_sink(rq, open, wanted, out, err);
	store_stage_let_go(stage);
	return result;
}
