/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/zip_record.h"

#include <glib.h>
#include <time.h>

#define MAX_16 0xffffu
#define MAX_32 0xffffffffu
#define VERSION 20u       /* 2.0: descriptors */
#define VERSION_ZIP64 45u /* 4.5 */
#define MADE_BY (3u << 8) /* Unix: the attributes are its modes */
#define MODE (0100644u << 16)
#define FLAG_FOLLOWS (1u << 3)
#define FLAG_UTF8 (1u << 11)
#define EXTRA_ZIP64 0x0001u
#define EXTRA_TIME 0x5455u /* "UT" of Info-ZIP: Unix seconds */
#define EXTRA_TIME_BYTES 9u
#define DOS_EPOCH_S 315532800 /* 1980 */
#define DOS_END_S 4354819198  /* 2107, the last even second */

/* Bytes to write, or to count. */
struct pen {
	char *to; /* NULL: only counts */
	size_t n;
};

static void put(struct pen *pen, uint64_t value, size_t bytes)
{
	for (size_t i = 0; pen->to && i < bytes; i++)
		pen->to[pen->n + i] = (char)(value >> (8 * i));
	pen->n += bytes;
}

static void put_16(struct pen *pen, unsigned value)
{
	put(pen, value, 2);
}

static void put_32(struct pen *pen, uint64_t value)
{
	put(pen, value, 4);
}

static void put_text(struct pen *pen, struct str text)
{
	if (pen->to && text.n)
		memcpy(pen->to + pen->n, text.p, text.n);
	pen->n += text.n;
}

/* From this on a field of 32 bits says that the value is elsewhere. */
static bool is_long(uint64_t value)
{
	return value >= MAX_32;
}

static int64_t date_of(const struct zip_entry *entry)
{
	return CLAMP(entry->modified_s, DOS_EPOCH_S, DOS_END_S);
}

/* 4.4.6: two seconds are one; without a time zone, so it is UTC. */
static void put_date(struct pen *pen, const struct zip_entry *entry)
{
	struct tm tm;
	time_t at = (time_t)date_of(entry);
	gmtime_r(&at, &tm);
	put_16(pen,
	       (unsigned)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec >> 1));
	put_16(pen, (unsigned)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 |
			       tm.tm_mday));
}

static void put_time_extra(struct pen *pen, const struct zip_entry *entry)
{
	put_16(pen, EXTRA_TIME);
	put_16(pen, EXTRA_TIME_BYTES - 4);
	put(pen, 1, 1); /* the time of its last change alone */
	put_32(pen, (uint64_t)date_of(entry));
}

/* What the local header and the directory have in common, from the version
 * needed to the length of the name (4.3.7, 4.3.12). says: the CRC, and the size
 * unless that is in the extra fields. */
static void put_common(struct pen *pen, const struct zip_entry *entry,
		       bool is_zip64, bool says)
{
	uint64_t size = is_long(entry->size) ? MAX_32 : entry->size;
	put_16(pen, is_zip64 ? VERSION_ZIP64 : VERSION);
	put_16(pen, FLAG_UTF8 | (entry->crc_follows ? FLAG_FOLLOWS : 0));
	put_16(pen, 0); /* stored */
	put_date(pen, entry);
	put_32(pen, says ? entry->crc : 0);
	/* with a descriptor 0, or what says that it is a long one (4.3.9.2) */
	put_32(pen, says || is_zip64 ? size : 0);
	put_32(pen, says || is_zip64 ? size : 0);
	put_16(pen, (unsigned)entry->name.n);
}

size_t zip_local(const struct zip_entry *entry, char *to)
{
	struct pen pen = {.to = to};
	bool is_zip64 = is_long(entry->size);
	put_32(&pen, 0x04034b50);
	put_common(&pen, entry, is_zip64, !entry->crc_follows);
	put_16(&pen, EXTRA_TIME_BYTES + (is_zip64 ? 4 + 16 : 0));
	put_text(&pen, entry->name);
	put_time_extra(&pen, entry);
	if (is_zip64) {
		uint64_t size = entry->crc_follows ? 0 : entry->size;
		put_16(&pen, EXTRA_ZIP64);
		put_16(&pen, 16);
		put(&pen, size, 8);
		put(&pen, size, 8);
	}
	return pen.n;
}

size_t zip_descriptor(const struct zip_entry *entry, char *to)
{
	struct pen pen = {.to = to};
	size_t bytes = is_long(entry->size) ? 8 : 4;
	if (!entry->crc_follows)
		return 0;
	put_32(&pen, 0x08074b50);
	put_32(&pen, entry->crc);
	put(&pen, entry->size, bytes);
	put(&pen, entry->size, bytes);
	return pen.n;
}

size_t zip_central(const struct zip_entry *entry, char *to)
{
	struct pen pen = {.to = to};
	unsigned longs = (is_long(entry->size) ? 2 : 0) +
			 (is_long(entry->offset) ? 1 : 0);
	put_32(&pen, 0x02014b50);
	put_16(&pen, MADE_BY | (longs ? VERSION_ZIP64 : VERSION));
	put_common(&pen, entry, longs > 0, true);
	put_16(&pen, EXTRA_TIME_BYTES + (longs ? 4 + 8 * longs : 0));
	put_16(&pen, 0); /* of a comment */
	put_16(&pen, 0); /* the disk */
	put_16(&pen, 0);
	put_32(&pen, MODE);
	put_32(&pen, is_long(entry->offset) ? MAX_32 : entry->offset);
	put_text(&pen, entry->name);
	put_time_extra(&pen, entry);
	if (longs) {
		put_16(&pen, EXTRA_ZIP64);
		put_16(&pen, 8 * longs);
	}
	if (is_long(entry->size)) {
		put(&pen, entry->size, 8);
		put(&pen, entry->size, 8);
	}
	if (is_long(entry->offset))
		put(&pen, entry->offset, 8);
	return pen.n;
}

/* 4.3.14 and 4.3.15 */
static void put_zip64_end(struct pen *pen, const struct zip_directory *d)
{
	put_32(pen, 0x06064b50);
	put(pen, 56 - 12, 8); /* what follows */
	put_16(pen, MADE_BY | VERSION_ZIP64);
	put_16(pen, VERSION_ZIP64);
	put_32(pen, 0);
	put_32(pen, 0);
	put(pen, d->members, 8);
	put(pen, d->members, 8);
	put(pen, d->size, 8);
	put(pen, d->offset, 8);
	put_32(pen, 0x07064b50);
	put_32(pen, 0);
	put(pen, d->offset + d->size, 8);
	put_32(pen, 1); /* disk in all */
}

size_t zip_end(const struct zip_directory *d, char *to)
{
	struct pen pen = {.to = to};
	bool is_zip64 =
		d->members >= MAX_16 || is_long(d->size) || is_long(d->offset);
	unsigned members = (unsigned)MIN(d->members, MAX_16);
	if (is_zip64)
		put_zip64_end(&pen, d);
	put_32(&pen, 0x06054b50);
	put_16(&pen, 0);
	put_16(&pen, 0);
	put_16(&pen, members);
	put_16(&pen, members);
	put_32(&pen, MIN(d->size, MAX_32));
	put_32(&pen, MIN(d->offset, MAX_32));
	put_16(&pen, 0); /* of a comment */
	return pen.n;
}
