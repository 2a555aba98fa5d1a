/* SPDX-License-Identifier: Apache-2.0 */
#include "store/extent.h"

/* "ext1" and the kind, four numbers in big-endian order, two checksums. */
#define MAGIC UINT64_C(0x6578743100000000)
#define SUMMED (EXTENT_RECORD_BYTES - CHECKSUM_BYTES)

static void put_number(uint8_t *out, uint64_t number)
{
	number = GUINT64_TO_BE(number);
	memcpy(out, &number, sizeof(number));
}

static uint64_t get_number(const uint8_t *in)
{
	uint64_t number;
	memcpy(&number, in, sizeof(number));
	return GUINT64_FROM_BE(number);
}

void extent_encode(const struct extent_record *record, int64_t id,
		   uint8_t out[EXTENT_RECORD_BYTES])
{
	put_number(out, MAGIC | record->kind);
	put_number(out + 8, (uint64_t)id);
	put_number(out + 16, record->extent.offset);
	put_number(out + 24, record->extent.size);
	memcpy(out + 32, record->extent.checksum, CHECKSUM_BYTES);
	checksum_of(out, SUMMED, out + SUMMED);
}

bool extent_decode(const uint8_t in[EXTENT_RECORD_BYTES], int64_t id,
		   struct extent_record *out)
{
	uint8_t sum[CHECKSUM_BYTES];
	uint64_t kind = get_number(in) ^ MAGIC;
	checksum_of(in, SUMMED, sum);
	if (memcmp(sum, in + SUMMED, CHECKSUM_BYTES) != 0 ||
	    kind < EXTENT_SIZE || kind > EXTENT_END ||
	    get_number(in + 8) != (uint64_t)id)
		return false;
	out->kind = (enum extent_record_kind)kind;
	out->extent.offset = get_number(in + 16);
	out->extent.size = get_number(in + 24);
	memcpy(out->extent.checksum, in + 32, CHECKSUM_BYTES);
	return out->extent.offset <= UINT64_MAX - out->extent.size;
}

void extents_init(struct extents *extents)
{
	*extents = (struct extents){
		.list = g_array_new(FALSE, FALSE, sizeof(struct store_extent)),
		.size = UINT64_MAX,
	};
}

void extents_release(struct extents *extents)
{
	g_array_free(extents->list, TRUE);
}

static const struct store_extent *at(const struct extents *extents, guint i)
{
	return &g_array_index(extents->list, struct store_extent, i);
}

guint extents_at(const struct extents *extents, uint64_t offset)
{
	guint low = 0, high = extents->list->len;
	while (low < high) {
		guint middle = low + (high - low) / 2;
		const struct store_extent *extent = at(extents, middle);
		if (extent->offset + extent->size <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How many from the i-th on begin before the end. */
static guint count_before(const struct extents *extents, guint i, uint64_t end)
{
	guint n = 0;
	while (i + n < extents->list->len && at(extents, i + n)->offset < end)
		n++;
	return n;
}

bool extents_touch(const struct extents *extents, uint64_t offset,
		   uint64_t size)
{
	guint i = extents_at(extents, offset);
	return count_before(extents, i, offset + size) > 0;
}

uint64_t extents_bytes_in(const struct extents *extents, uint64_t offset,
			  uint64_t size)
{
	uint64_t end = offset + size, bytes = 0;
	guint i = extents_at(extents, offset);
	for (; i < extents->list->len && at(extents, i)->offset < end; i++) {
		const struct store_extent *extent = at(extents, i);
		bytes += MIN(extent->offset + extent->size, end) -
			 MAX(extent->offset, offset);
	}
	return bytes;
}

/* Leaves no two that overlap, whatever a log says. */
static guint drop(struct extents *extents, const struct store_extent *range)
{
	guint i = extents_at(extents, range->offset);
	guint n = count_before(extents, i, range->offset + range->size);
	for (guint k = i; k < i + n; k++)
		extents->held -= at(extents, k)->size;
	if (n)
		g_array_remove_range(extents->list, i, n);
	return i;
}

static void add(struct extents *extents, const struct store_extent *extent)
{
	if (extent->size == 0)
		return;
	g_array_insert_val(extents->list, drop(extents, extent), *extent);
	extents->held += extent->size;
}

/* One that a torn log has left is still true: its bytes change only after a
 * record that drops them, and each but another of its kind ends it. */
static void keep(struct extents *extents, const struct store_extent *extent)
{
	if (extents->n_kept == G_N_ELEMENTS(extents->kept))
		extents->kept[0] = extents->kept[--extents->n_kept];
	extents->kept[extents->n_kept++] = *extent;
}

static void drop_and_keep(struct extents *extents,
			  const struct store_extent *range)
{
	drop(extents, range);
	for (unsigned i = 0; i < extents->n_kept; i++) {
		const struct store_extent *kept = &extents->kept[i];
		if ((kept->offset + kept->size == range->offset ||
		     range->offset + range->size == kept->offset) &&
		    !extents_touch(extents, kept->offset, kept->size))
			add(extents, kept);
	}
}

void extents_apply(struct extents *extents, const struct extent_record *record)
{
	switch (record->kind) {
	case EXTENT_SIZE:
		extents->size = record->extent.size;
		break;
	case EXTENT_ADDED:
		add(extents, &record->extent);
		break;
	case EXTENT_DROPPED:
		drop_and_keep(extents, &record->extent);
		break;
	case EXTENT_SEALED:
		extents->sealed = true;
		break;
	case EXTENT_DOUBTED:
		extents->doubted = true;
		break;
	case EXTENT_KEPT:
		keep(extents, &record->extent);
		return;
	case EXTENT_END:
		return;
	}
	extents->n_kept = 0;
}

uint64_t extents_reach(const struct extents *extents)
{
	uint64_t reach = 0;
	for (guint i = 0; i < extents->list->len; i++) {
		if (at(extents, i)->offset != reach)
			break;
		reach += at(extents, i)->size;
	}
	return reach;
}

uint64_t extents_end(const struct extents *extents)
{
	guint n = extents->list->len;
	return n ? at(extents, n - 1)->offset + at(extents, n - 1)->size : 0;
}

void store_extents_checksum(struct store_extents extents,
			    uint8_t out[CHECKSUM_BYTES])
{
	if (extents.n == 1) {
		memcpy(out, extents.list[0].checksum, CHECKSUM_BYTES);
		return;
	}
	struct checksum *sum = checksum_new();
	for (size_t i = 0; i < extents.n; i++) {
		uint8_t row[16 + CHECKSUM_BYTES];
		put_number(row, extents.list[i].offset);
		put_number(row + 8, extents.list[i].size);
		memcpy(row + 16, extents.list[i].checksum, CHECKSUM_BYTES);
		checksum_update(sum, row, sizeof(row));
	}
	checksum_final(sum, out);
	checksum_free(sum);
}
