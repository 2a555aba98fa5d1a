/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing extents that are there: one that is written over in part is cut, a
 * run of them becomes one. Both need checksums of bytes that were acknowledged
 * before, so these are read again, and compared with what is known of them, so
 * that what has been damaged does not get a checksum that fits.
 */
#include "store/stage_own.h"

#include <glib.h>

#include "base/fd.h"

#define PIECE (256u * 1024)

/* A sum of those bytes that are within a range. */
struct range_sum {
	struct store_extent range;
	struct checksum *sum;
};

static void range_begin(struct range_sum *sum, uint64_t offset, uint64_t end)
{
	sum->range =
		(struct store_extent){.offset = offset, .size = end - offset};
	sum->sum = checksum_new();
}

static void range_update(struct range_sum *sum, const uint8_t *bytes, size_t n,
			 uint64_t offset)
{
	uint64_t from = MAX(offset, sum->range.offset);
	uint64_t to = MIN(offset + n, sum->range.offset + sum->range.size);
	if (from < to)
		checksum_update(sum->sum, bytes + (from - offset), to - from);
}

static void range_end(struct range_sum *sum)
{
	checksum_final(sum->sum, sum->range.checksum);
	checksum_free(sum->sum);
}

/* Reads an extent, compares, and adds its bytes to the sums. */
static int read_extent(const struct store_stage *stage,
		       const struct store_extent *extent,
		       struct range_sum *sums, size_t n, struct err *err)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	int fd = ops->stage_fd(stage->staged, STORE_STAGED_BYTES);
	uint64_t at = extent->offset, end = at + extent->size;
	g_autofree uint8_t *bytes = g_malloc(MIN(extent->size, PIECE));
	struct range_sum whole;
	ssize_t got = 0;
	range_begin(&whole, at, end);
	for (; at < end && got >= 0; at += (uint64_t)MAX(got, 0)) {
		got = fd_read(fd, bytes, MIN(end - at, PIECE), (off_t)at);
		if (got == 0)
			break;
		for (size_t i = 0; got > 0 && i < n; i++)
			range_update(&sums[i], bytes, (size_t)got, at);
		if (got > 0)
			range_update(&whole, bytes, (size_t)got, at);
	}
	range_end(&whole);
	if (got < 0)
		return store_read_failed(stage->id, err);
	if (at < end ||
	    memcmp(whole.range.checksum, extent->checksum, CHECKSUM_BYTES) != 0)
		return store_corrupt(
			stage->id, "bytes that came before have changed", err);
	return 0;
}

/* What sticks out of the part's place on either side. */
struct edge {
	struct store_extent extent;
	struct range_sum keep[2];
	size_t n;
};

/* At most two extents have such rests: under lock. */
static size_t find_edges(const struct store_stage *stage,
			 const struct store_part *part, struct edge edges[2])
{
	uint64_t from = part->offset, to = from + part->max;
	const GArray *list = stage->extents.list;
	size_t n = 0;
	for (guint i = extents_at(&stage->extents, from); i < list->len; i++) {
		const struct store_extent *extent =
			&g_array_index(list, struct store_extent, i);
		uint64_t end = extent->offset + extent->size;
		if (extent->offset >= to)
			break;
		if (extent->offset >= from && end <= to)
			continue;
		edges[n].extent = *extent;
		edges[n].n = 0;
		if (extent->offset < from)
			range_begin(&edges[n].keep[edges[n].n++],
				    extent->offset, from);
		if (end > to)
			range_begin(&edges[n].keep[edges[n].n++], to, end);
		n++;
	}
	return n;
}

/* Whether the rests fit: all that is under way becomes an extent, too. Under
 * lock. */
static bool fits(const struct store_stage *stage, size_t rests)
{
	return stage->extents.list->len + stage->parts->len + rests <=
	       stage_extents_max(stage);
}

/* Of an extent that is damaged nothing is kept: it is to be sent again. */
static int sum_edges(const struct store_stage *stage, struct edge *edges,
		     size_t n, struct err *err)
{
	int status = 0;
	for (size_t i = 0; i < n; i++) {
		struct edge *edge = &edges[i];
		struct err why = {0};
		if (status == 0 && read_extent(stage, &edge->extent, edge->keep,
					       edge->n, &why)) {
			bool damaged = why.code == ERR_CORRUPT;
			status = damaged ? 0
					 : err_set(err, why.code, "%s",
						   why.text);
			for (size_t k = 0; damaged && k < edge->n; k++)
				edge->keep[k].range.size = 0;
		}
		for (size_t k = 0; k < edge->n; k++)
			range_end(&edge->keep[k]);
	}
	return status;
}

static int change(struct store_stage *stage, const struct store_part *part,
		  struct err *err)
{
	struct extent_record records[STAGE_NOTE_MAX];
	struct edge edges[2];
	size_t n = 0;
	g_mutex_lock(&stage->lock);
	size_t n_edges = find_edges(stage, part, edges);
	g_mutex_unlock(&stage->lock);
	if (sum_edges(stage, edges, n_edges, err))
		return -1;
	for (size_t i = 0; i < n_edges; i++)
		for (size_t k = 0; k < edges[i].n; k++)
			if (edges[i].keep[k].range.size)
				records[n++] = (struct extent_record){
					EXTENT_KEPT, edges[i].keep[k].range};
	g_mutex_lock(&stage->lock);
	bool fit = n <= n_edges || fits(stage, n - n_edges);
	g_mutex_unlock(&stage->lock);
	if (!fit)
		return err_set(err, ERR_LIMIT,
			       "The upload is in too many parts");
	records[n++] = (struct extent_record){
		EXTENT_DROPPED, {.offset = part->offset, .size = part->max}};
	return stage_note(stage, records, n, err);
}

int stage_make_way(struct store_stage *stage, const struct store_part *part,
		   struct err *err)
{
	g_mutex_lock(&stage->change_lock);
	int status = change(stage, part, err);
	g_mutex_unlock(&stage->change_lock);
	return status;
}

/* Joining. */

/* A copy of the extents that are the place, or NULL. Under change_lock. */
static struct store_extent *find_run(struct store_stage *stage,
				     const struct store_part *part, guint *n)
{
	uint64_t at = part->offset, end = at + part->max;
	struct store_extent *run = NULL;
	g_mutex_lock(&stage->lock);
	const GArray *list = stage->extents.list;
	guint first = extents_at(&stage->extents, at), i = first;
	for (; i < list->len && at < end; i++) {
		const struct store_extent *extent =
			&g_array_index(list, struct store_extent, i);
		if (extent->offset != at)
			break;
		at += extent->size;
	}
	*n = i - first;
	if (at == end && *n)
		run = g_memdup2(
			&g_array_index(list, struct store_extent, first),
			*n * sizeof(*run));
	g_mutex_unlock(&stage->lock);
	return run;
}

static int join(struct store_stage *stage, const struct store_part *part,
		struct err *err)
{
	struct range_sum whole;
	int status = 0;
	guint n;
	g_autofree struct store_extent *run = find_run(stage, part, &n);
	if (run == NULL)
		return err_set(err, ERR_INVALID,
			       "The upload has not all of that part");
	if (n == 1)
		return 0;
	range_begin(&whole, part->offset, part->offset + part->max);
	for (guint i = 0; status == 0 && i < n; i++)
		status = read_extent(stage, &run[i], &whole, 1, err);
	range_end(&whole);
	const struct extent_record record = {EXTENT_ADDED, whole.range};
	return status ? -1 : stage_note(stage, &record, 1, err);
}

int store_stage_join(struct store_stage *stage, struct store_span span,
		     struct err *err)
{
	struct store_part place = {
		.stage = stage, .offset = span.offset, .max = span.max};
	if (stage_enter(stage, &place, err) < 0)
		return -1;
	g_mutex_lock(&stage->change_lock);
	int status = join(stage, &place, err);
	g_mutex_unlock(&stage->change_lock);
	stage_leave(stage, &place);
	return status;
}
