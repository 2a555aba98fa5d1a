/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of fixed size, in rows of a few places: a content's row follows from
 * its hash, and in a row the one that was asked for longest ago makes room.
 */
#include "deliver/sums.h"

#include <glib.h>

#define PLACES 4u
#define ROWS (SUMS_KEPT / PLACES)
#define CREW_PLACES 2u
#define CREW_WAITING 256u
#define CREW_WAIT_MS 1000u

struct kept {
	struct sums_of of;
	uint32_t crc;
	bool taken;
};

struct sums {
	struct crew *crew;
	GMutex mutex;
	struct kept rows[ROWS][PLACES]; /* a row's in order, the newest first */
};

_Static_assert(sizeof(struct sums_of) == 3 * 8 + CHECKSUM_BYTES,
	       "no padding to compare");

struct sums *sums_new(void)
{
	struct sums *sums = g_new0(struct sums, 1);
	const struct crew_options crew = {
		.kind = {"sums", THREAD_LONG},
		.places = CREW_PLACES,
		.waiting = CREW_WAITING,
		.own_waiting = CREW_WAITING / 2,
		.wait_ms = CREW_WAIT_MS,
	};
	g_mutex_init(&sums->mutex);
	sums->crew = crew_new(&crew);
	return sums;
}

struct crew *sums_crew(struct sums *sums)
{
	return sums->crew;
}

void sums_free(struct sums *sums)
{
	if (sums == NULL)
		return;
	crew_free(sums->crew);
	g_mutex_clear(&sums->mutex);
	g_free(sums);
}

static struct kept *row_of(struct sums *sums, const struct sums_of *of)
{
	uint8_t hash[CHECKSUM_BYTES];
	size_t row;
	checksum_of(of, sizeof(*of), hash);
	memcpy(&row, hash, sizeof(row));
	return sums->rows[row % ROWS];
}

/* PLACES: nowhere. */
static size_t place_of(const struct kept *row, const struct sums_of *of)
{
	size_t i = 0;
	while (i < PLACES &&
	       !(row[i].taken && memcmp(&row[i].of, of, sizeof(*of)) == 0))
		i++;
	return i;
}

/* Of those before place i each gives way by one. */
static void put_first(struct kept *row, size_t i, struct kept kept)
{
	memmove(row + 1, row, i * sizeof(*row));
	row[0] = kept;
}

bool sums_find(struct sums *sums, const struct sums_of *of, uint32_t *crc)
{
	struct kept *row = row_of(sums, of);
	g_mutex_lock(&sums->mutex);
	size_t i = place_of(row, of);
	if (i < PLACES) {
		*crc = row[i].crc;
		put_first(row, i, row[i]);
	}
	g_mutex_unlock(&sums->mutex);
	return i < PLACES;
}

void sums_keep(struct sums *sums, const struct sums_of *of, uint32_t crc)
{
	struct kept *row = row_of(sums, of);
	const struct kept kept = {.of = *of, .crc = crc, .taken = true};
	g_mutex_lock(&sums->mutex);
	put_first(row, MIN(place_of(row, of), PLACES - 1), kept);
	g_mutex_unlock(&sums->mutex);
}
