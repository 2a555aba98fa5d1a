/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/multipart/assemble.h"

#include <glib.h>

/* An extent, as bytes of a part. */
struct held {
	struct layout_run run;
	uint64_t place;
	bool aside;
	const uint8_t *checksum;
};

/* What has come of one part. What is in its place was written after what is
 * aside, or is the same. */
struct part_held {
	const struct held *placed, *aside; /* each in order, apart */
	size_t n_placed, n_aside;
};

struct work {
	const struct parts_come *come;
	struct held *held; /* by part, what is aside last, by offset */
	size_t n_held;
	struct assembly *out;
	size_t room;
	uint64_t done; /* bytes of the file that have their pieces */
};

static int bad_parts(struct err *err, const char *why, uint64_t number)
{
	return err_set(err, ERR_INVALID, "invalid params: parts (%s part %llu)",
		       why, (unsigned long long)number);
}

static int by_part(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	if (x->run.number != y->run.number)
		return x->run.number < y->run.number ? -1 : 1;
	if (x->aside != y->aside)
		return x->aside ? 1 : -1;
	return (x->run.offset > y->run.offset) -
	       (x->run.offset < y->run.offset);
}

static void sort_extents(struct work *work)
{
	const struct parts_come *come = work->come;
	work->held = arena_alloc(come->arena,
				 (come->n_extents + 1) * sizeof(*work->held));
	for (size_t i = 0; i < come->n_extents; i++) {
		const struct store_extent *extent = &come->extents[i];
		struct held *held = &work->held[work->n_held];
		*held = (struct held){
			.run.size = extent->size,
			.place = extent->offset,
			.aside = layout_is_aside(&come->layout, extent->offset),
			.checksum = extent->checksum,
		};
		if (layout_part_at(&come->layout, held->place, &held->run))
			work->n_held++;
	}
	if (work->n_held)
		qsort(work->held, work->n_held, sizeof(*work->held), by_part);
}

static size_t first_of(const struct work *work, uint64_t number, bool aside)
{
	const struct held key = {.run.number = number, .aside = aside};
	size_t low = 0, high = work->n_held;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (by_part(&work->held[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct part_held find_part(const struct work *work, uint64_t number)
{
	size_t placed = first_of(work, number, false);
	size_t aside = first_of(work, number, true);
	size_t next = first_of(work, number + 1, false);
	return (struct part_held){
		.placed = work->held + placed,
		.aside = work->held + aside,
		.n_placed = aside - placed,
		.n_aside = next - aside,
	};
}

static void add_piece(struct work *work, uint64_t from, uint64_t size)
{
	struct assembly *out = work->out;
	const struct assembly_piece piece = {from, work->done, size};
	struct assembly_piece *last = out->n ? &out->pieces[out->n - 1] : NULL;
	work->done += size;
	if (last && last->from + last->size == from) {
		last->size += size;
		return;
	}
	if (out->n == work->room) {
		work->room = MAX(work->room * 2, 64);
		struct assembly_piece *grown = arena_alloc(
			work->come->arena, work->room * sizeof(*grown));
		if (out->n)
			memcpy(grown, out->pieces, out->n * sizeof(*grown));
		out->pieces = grown;
	}
	out->pieces[out->n++] = piece;
}

static uint64_t end_of(const struct held *held)
{
	return held->run.offset + held->run.size;
}

/* The first that does not end before the offset. */
static size_t skip_before(const struct held *list, size_t n, uint64_t offset)
{
	size_t i = 0;
	while (i < n && end_of(&list[i]) <= offset)
		i++;
	return i;
}

/* The bytes from *at on that lie together: their place, and *at moved behind
 * them. False: there are none. */
static bool take_run(struct part_held *part, uint64_t *at, uint64_t *place)
{
	size_t i = skip_before(part->placed, part->n_placed, *at);
	size_t j = skip_before(part->aside, part->n_aside, *at);
	part->placed += i;
	part->n_placed -= i;
	part->aside += j;
	part->n_aside -= j;
	const struct held *held = part->placed;
	uint64_t limit = UINT64_MAX;
	if (!part->n_placed || held->run.offset > *at) {
		if (part->n_placed)
			limit = held->run.offset;
		held = part->aside;
		if (!part->n_aside || held->run.offset > *at)
			return false;
	}
	*place = held->place + (*at - held->run.offset);
	*at = MIN(end_of(held), limit);
	return true;
}

/* All that has come of the part; with a gap it is not whole. */
static int take_part(struct work *work, unsigned number, struct err *err)
{
	struct part_held part = find_part(work, number);
	uint64_t at = 0, from = 0, place;
	while (take_run(&part, &at, &place)) {
		add_piece(work, place, at - from);
		from = at;
	}
	if (at == 0 || part.n_placed || part.n_aside)
		return bad_parts(err, "bytes are missing of", number);
	return 0;
}

static const struct held *find_checksum(const struct held *list, size_t n,
					const uint8_t *checksum)
{
	bool has = n && list->run.offset == 0 &&
		   memcmp(list->checksum, checksum, CHECKSUM_BYTES) == 0;
	return has ? list : NULL;
}

static int take_named(struct work *work, const struct part_named *named,
		      struct err *err)
{
	if (!named->has_checksum)
		return take_part(work, named->number, err);
	struct part_held part = find_part(work, named->number);
	const struct held *held =
		find_checksum(part.placed, part.n_placed, named->checksum);
	if (held == NULL)
		held = find_checksum(part.aside, part.n_aside, named->checksum);
	if (held == NULL)
		return bad_parts(err, "the etag is not that of", named->number);
	add_piece(work, held->place, held->run.size);
	return 0;
}

/* By number, NULL: it is not named. */
static int sort_names(const struct parts_wanted *wanted,
		      const struct part_named **names, struct err *err)
{
	for (size_t i = 0; i < wanted->n_parts; i++) {
		const struct part_named *named = &wanted->parts[i];
		unsigned number = named->number;
		if (number == 0 || number > LAYOUT_PARTS_MAX)
			return bad_parts(err, "there is no", number);
		if (names[number])
			return bad_parts(err, "there is twice", number);
		names[number] = named;
	}
	return 0;
}

static int take_all(struct work *work, const struct parts_wanted *wanted,
		    struct err *err)
{
	size_t room = (LAYOUT_PARTS_MAX + 1) * sizeof(struct part_named *);
	const struct part_named **names = arena_zalloc(work->come->arena, room);
	if (sort_names(wanted, names, err) < 0)
		return -1;
	for (unsigned number = 1; number <= LAYOUT_PARTS_MAX; number++) {
		struct part_named other = {.number = number};
		const struct part_named *named = names[number];
		size_t next = first_of(work, number, false);
		bool has_come = next < work->n_held &&
				work->held[next].run.number == number;
		if (named == NULL && wanted->others && has_come)
			named = &other;
		if (named && take_named(work, named, err) < 0)
			return -1;
	}
	return 0;
}

/* Whether a piece that is not in its place can be moved there: it is aside, as
 * nobody knew the place when it came. */
static bool can_move(const struct layout *layout,
		     const struct assembly_piece *piece)
{
	struct layout_run run = {.size = piece->size};
	uint64_t place;
	return layout_is_aside(layout, piece->from) &&
	       layout_part_at(layout, piece->from, &run) &&
	       layout_place(layout, &run, &place, NULL) == 0 &&
	       place == piece->to;
}

static void decide(struct work *work)
{
	struct assembly *out = work->out;
	for (size_t i = 0; i < out->n; i++) {
		const struct assembly_piece *piece = &out->pieces[i];
		if (piece->from == piece->to)
			continue;
		out->how = MAX(out->how, can_move(&work->come->layout, piece)
						 ? ASSEMBLY_MOVE
						 : ASSEMBLY_COPY);
	}
}

int assemble(const struct parts_come *come, const struct parts_wanted *wanted,
	     struct assembly *out, struct err *err)
{
	struct work work = {.come = come, .out = out};
	uint64_t size = come->layout.size;
	*out = (struct assembly){.how = ASSEMBLED};
	sort_extents(&work);
	if (take_all(&work, wanted, err) < 0)
		return -1;
	if (work.done != size)
		return err_set(err, ERR_INVALID,
			       "invalid params: parts (they have %llu bytes "
			       "together, and the file was announced with "
			       "%llu)",
			       (unsigned long long)work.done,
			       (unsigned long long)size);
	decide(&work);
	return 0;
}

int assemble_part(const struct parts_come *come, unsigned number,
		  struct assembly *out, struct err *err)
{
	struct work work = {.come = come, .out = out};
	*out = (struct assembly){.how = ASSEMBLED};
	sort_extents(&work);
	return take_part(&work, number, err);
}
