/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/multipart/layout.h"

#include <glib.h>

#include "store/stage.h"

#define MIB (UINT64_C(1) << 20)
#define PART_LEAST (5 * MIB)   /* S3's, of all parts but the last */
#define CHUNKED_PART (8 * MIB) /* the SDKs' */
/* From here on filestack-js takes 10,000 parts. */
#define CHUNKED_LARGEST (79 * 1024 * MIB)

int layout_check(uint64_t size, const struct layout_run *run, struct err *err)
{
	if (run->number == 0 || run->number > LAYOUT_PARTS_MAX)
		return err_set(err, ERR_INVALID,
			       "invalid params: part must be 1 to %u",
			       LAYOUT_PARTS_MAX);
	if (run->size == 0)
		return err_set(err, ERR_INVALID,
			       "invalid params: size must be at least 1");
	if (run->offset > size || run->size > size - run->offset)
		return err_set(err, ERR_INVALID,
			       "invalid params: the part is longer than the "
			       "file");
	return 0;
}

/* Whether part `number` of parts that are `part` long can have the run. */
static bool fits(const struct layout *layout, const struct layout_run *run)
{
	uint64_t before = run->number - 1, end = run->offset + run->size;
	return layout->part && end <= layout->part &&
	       (before == 0 || before <= (layout->size - end) / layout->part);
}

static uint64_t guess_chunked(uint64_t size, const struct layout_run *run)
{
	struct layout layout = {size, CHUNKED_PART};
	if (size >= CHUNKED_LARGEST)
		layout.part = (size + LAYOUT_PARTS_MAX - 1) / LAYOUT_PARTS_MAX;
	if (fits(&layout, run))
		return layout.part;
	bool is_first = run->number == 1 && run->offset == 0;
	return is_first ? run->size : 0;
}

/* A whole part is as long as all, or the last. Which of both can be seen of
 * most parts, but not of part 2; and who takes the one for the other pays with
 * a copy of the file, who does not know with that of one part. */
static uint64_t guess_whole(uint64_t size, const struct layout_run *run)
{
	const struct layout equal = {size, run->size};
	uint64_t before = run->number - 1, rest = size - run->size;
	if (before == 0)
		return run->size;
	if (!fits(&equal, run))
		return 0;
	bool may_be_last = rest % before == 0 && rest / before > run->size;
	return may_be_last ? 0 : run->size;
}

uint64_t layout_guess(uint64_t size, const struct layout_run *run,
		      bool in_chunks)
{
	if (in_chunks)
		return guess_chunked(size, run);
	return run->offset ? 0 : guess_whole(size, run);
}

/*
 * The rooms aside. Of a small file each part has one as long as the file. Of a
 * larger one the addresses do not suffice for that: there part N can have no
 * more than what is left to each of N - 1 equal ones before it.
 */
static bool has_wide_rooms(const struct layout *layout)
{
	return layout->size <= STORE_STAGE_SIZE_MAX / (LAYOUT_PARTS_MAX + 1);
}

static uint64_t narrow_room(const struct layout *layout, uint64_t number)
{
	return number < 3 ? layout->size : layout->size / (number - 1);
}

/* Steps over narrow rooms while they are before number, or end before place.
 * Returns where the room of *number begins. */
static uint64_t skip_rooms(const struct layout *layout, uint64_t *number,
			   uint64_t place)
{
	uint64_t last = *number, start = layout->size;
	for (*number = 1; *number < last; ++*number) {
		uint64_t room = narrow_room(layout, *number);
		if (place < start + room)
			break;
		start += room;
	}
	return start;
}

static int place_aside(const struct layout *layout,
		       const struct layout_run *run, uint64_t *place,
		       struct err *err)
{
	uint64_t number = run->number, end = run->offset + run->size;
	uint64_t room = narrow_room(layout, number);
	if (has_wide_rooms(layout)) {
		*place = number * layout->size + run->offset;
		return 0;
	}
	uint64_t start = skip_rooms(layout, &number, UINT64_MAX);
	if (end > room || start > STORE_STAGE_SIZE_MAX - end)
		return err_set(err, ERR_LIMIT,
			       "The parts of a file of this size must be "
			       "equal, and the first be announced first");
	*place = start + run->offset;
	return 0;
}

int layout_place(const struct layout *layout, const struct layout_run *run,
		 uint64_t *place, struct err *err)
{
	if (!fits(layout, run))
		return place_aside(layout, run, place, err);
	*place = (run->number - 1) * layout->part + run->offset;
	return 0;
}

bool layout_part_at(const struct layout *layout, uint64_t place,
		    struct layout_run *run)
{
	if (!layout_is_aside(layout, place)) {
		if (layout->part == 0)
			return false;
		run->number = place / layout->part + 1;
		run->offset = place % layout->part;
	} else if (has_wide_rooms(layout)) {
		run->number = place / layout->size;
		run->offset = place % layout->size;
	} else {
		run->number = LAYOUT_PARTS_MAX + 1;
		run->offset = place - skip_rooms(layout, &run->number, place);
	}
	return run->number <= LAYOUT_PARTS_MAX;
}
