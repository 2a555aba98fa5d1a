/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes are made in runs: records and small members in memory, or a piece
 * of a larger one that stays in its file, and of which only the sum is taken,
 * once (deliver/sums.h): of a large one beside the loop (deliver/summing.h), of
 * others by it. On the loop a run ends early where the next byte would
 * have to be waited for; then a worker makes the next run. What is held for a
 * client that is slow to take it is a buffer of a few pages.
 */
#include "deliver/zip.h"

#include <glib.h>
#include <libdeflate.h>

#include "base/encode.h"
#include "base/fd.h"
#include "deliver/zip_names.h"
#include "deliver/zip_record.h"

#define BUFFER (16u * 1024)
#define SMALL_MAX (8u * 1024) /* to there members are copied into it */
/* To there the CRC of a member is in its header: those who unpack while they
 * read need it there. */
#define WHOLE_MAX (64u * 1024)
#define PIECE (64u * 1024)   /* read at once, to be summed */
#define RANGE (1024u * 1024) /* of a file, in a run */
#define SIZE_MAX_OF_ALL (UINT64_C(1) << 62)

_Static_assert(BUFFER >= ZIP_LOCAL_MAX + SMALL_MAX, "a small member fits");
_Static_assert(PIECE >= WHOLE_MAX, "one that is read before its header fits");

enum step {
	STEP_ON,
	STEP_FULL,  /* the run */
	STEP_WAIT,  /* the next byte is not there without waiting */
	STEP_LATER, /* there is nothing to do before it is called again */
	STEP_END,   /* that was all */
	STEP_FAILED,
};

struct zip {
	struct http_source source;
	struct zip_files files;
	struct arena *arena;
	struct zip_entry *entries;
	uint64_t made; /* bytes of the archive */

	size_t at; /* the member whose turn it is */
	struct zip_opened member;
	bool open;             /* it */
	bool begun;            /* its header is written */
	bool summed;           /* its entry's CRC is that of all of it, */
	uint64_t sum_at;       /* else of so many bytes */
	struct summing *apart; /* who takes it; NULL: we */
	uint64_t done;         /* bytes of it */

	size_t listed; /* of the directory */
	uint64_t directory;
	bool ended;

	char *buffer;
	size_t have;         /* bytes of it that are the run's */
	struct http_run run; /* else: what is not in the buffer */
	enum step last;      /* why the run ended */
};

static size_t room(const struct zip *zip)
{
	return BUFFER - zip->have;
}

static void took(struct zip *zip, size_t n)
{
	zip->have += n;
	zip->made += n;
}

static char *next(struct zip *zip)
{
	return zip->buffer + zip->have;
}

static void close_member(struct zip *zip, bool failed)
{
	zip->files.close(zip->files.user, zip->at, zip->done, failed);
	summing_leave(zip->apart);
	zip->apart = NULL;
	zip->open = false;
	zip->begun = false;
	zip->summed = false;
	zip->sum_at = 0;
	zip->done = 0;
}

static enum step open_member(struct zip *zip, bool may_wait)
{
	struct zip_entry *entry = &zip->entries[zip->at];
	int result = zip->files.open(zip->files.user, zip->at, may_wait,
				     &zip->member);
	if (result != 0)
		return result == ZIP_LATER ? STEP_WAIT : STEP_FAILED;
	zip->open = true;
	if (zip->member.content->size != entry->size)
		return STEP_FAILED;
	zip->summed = entry->size > SMALL_MAX &&
		      sums_find(zip->files.sums, &zip->member.of, &entry->crc);
	if (!zip->summed && entry->size >= SUMMING_LEAST &&
	    zip->member.content->fd >= 0 && zip->member.apart.more)
		zip->apart = summing_begin(sums_crew(zip->files.sums),
					   zip->member.content->fd, entry->size,
					   &zip->member.apart);
	return STEP_ON;
}

static enum step end_member(struct zip *zip)
{
	const struct zip_entry *entry = &zip->entries[zip->at];
	if (room(zip) < zip_descriptor(entry, NULL))
		return STEP_FULL;
	took(zip, zip_descriptor(entry, next(zip)));
	close_member(zip, false);
	zip->at++;
	return STEP_ON;
}

static void note_sum(struct zip *zip)
{
	zip->summed = true;
	sums_keep(zip->files.sums, &zip->member.of, zip->entries[zip->at].crc);
}

/* Up to n bytes of it from there on, all if it may wait. 0: it would have to.
 */
static ssize_t read_member(const struct zip *zip, char *to, size_t n, off_t at,
			   bool may_wait)
{
	int fd = zip->member.content->fd;
	if (fd < 0) {
		memcpy(to, zip->member.content->bytes.p + at, n);
		return (ssize_t)n;
	}
	if (!may_wait)
		return fd_read_cached(fd, to, n, at);
	return fd_read(fd, to, n, at) == (ssize_t)n ? (ssize_t)n : -1;
}

/* All of a small member at once: its header needs its bytes. */
static enum step add_small(struct zip *zip, bool may_wait)
{
	struct zip_entry *entry = &zip->entries[zip->at];
	size_t size = (size_t)entry->size, head = zip_local(entry, NULL);
	if (room(zip) < head + size)
		return STEP_FULL;
	char *bytes = next(zip) + head;
	ssize_t got = size ? read_member(zip, bytes, size, 0, may_wait) : 0;
	if (got < 0)
		return STEP_FAILED;
	if ((size_t)got < size)
		return STEP_WAIT;
	entry->offset = zip->made;
	entry->crc = libdeflate_crc32(0, bytes, size);
	took(zip, zip_local(entry, next(zip)) + size);
	zip->done = size;
	return end_member(zip);
}

/* Takes the sum as far as the next n bytes of its file, which are read and not
 * kept. Of how many of these it is known, all if it may wait, or -1. */
static ssize_t sum_next(struct zip *zip, size_t n, bool may_wait)
{
	char piece[PIECE];
	struct zip_entry *entry = &zip->entries[zip->at];
	uint64_t to = zip->done + n;
	if (!may_wait && zip->sum_at < zip->done)
		return 0; /* others were to take it, which was much */
	while (zip->sum_at < to) {
		ssize_t got = read_member(zip, piece,
					  (size_t)MIN(to - zip->sum_at, PIECE),
					  (off_t)zip->sum_at, may_wait);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		entry->crc = libdeflate_crc32(entry->crc, piece, (size_t)got);
		zip->sum_at += (uint64_t)got;
	}
	return (ssize_t)MIN(n, zip->sum_at - zip->done);
}

/* So that it is known before its header. */
static enum step sum_all(struct zip *zip, bool may_wait)
{
	struct zip_entry *entry = &zip->entries[zip->at];
	size_t size = (size_t)entry->size;
	ssize_t got = sum_next(zip, size, may_wait);
	if (got < 0)
		return STEP_FAILED;
	if ((size_t)got < size)
		return STEP_WAIT;
	note_sum(zip);
	return STEP_ON;
}

static enum step begin_member(struct zip *zip, bool may_wait)
{
	struct zip_entry *entry = &zip->entries[zip->at];
	if (!entry->crc_follows && !zip->summed)
		return sum_all(zip, may_wait);
	if (room(zip) < ZIP_LOCAL_MAX)
		return STEP_FULL;
	entry->offset = zip->made;
	took(zip, zip_local(entry, next(zip)));
	zip->begun = true;
	return STEP_ON;
}

/* Up to its next n bytes, as sum_next(), of which the sum is known. */
static ssize_t find_next(const struct zip *zip, size_t n, bool may_wait)
{
	int fd = zip->member.content->fd;
	off_t at = (off_t)zip->done;
	if (fd < 0)
		return (ssize_t)n;
	if (!may_wait)
		return fd_find_cached(fd, n, at);
	return fd_await_cached(fd, n, at) == 0 ? (ssize_t)n : -1;
}

/* The run's are its next n bytes, where they are. */
static void point_to(struct zip *zip, size_t n)
{
	const struct content *content = zip->member.content;
	if (content->fd < 0)
		zip->run.bytes = str_sub(content->bytes, (size_t)zip->done,
					 (size_t)zip->done + n);
	else
		zip->run = (struct http_run){
			.fd = content->fd, .offset = zip->done, .length = n};
	zip->done += n;
	zip->made += n;
}

/* On the loop: what has become of its sum. */
static enum step look_apart(struct zip *zip)
{
	struct summed summed;
	enum summing_state state = summing_look(zip->apart, zip->done, &summed);
	zip->sum_at = summed.length;
	zip->entries[zip->at].crc = summed.crc;
	if (state == SUMMING_FAILED)
		return STEP_FAILED;
	if (state == SUMMING_ON || state == SUMMING_LATER)
		return state == SUMMING_ON ? STEP_ON : STEP_LATER;
	summing_leave(zip->apart);
	zip->apart = NULL;
	if (state == SUMMING_BUSY)
		return STEP_WAIT; /* a worker takes the rest of it */
	note_sum(zip);
	return STEP_ON;
}

static enum step add_piece(struct zip *zip, bool may_wait)
{
	const struct zip_entry *entry = &zip->entries[zip->at];
	size_t n = (size_t)MIN(RANGE, entry->size - zip->done);
	if (zip->member.content->fd < 0 && zip->have)
		return STEP_FULL; /* a run has bytes of one place */
	enum step step = zip->apart && !may_wait ? look_apart(zip) : STEP_ON;
	if (step != STEP_ON)
		return step;
	ssize_t got = zip->summed || zip->apart ? find_next(zip, n, may_wait)
						: sum_next(zip, n, may_wait);
	if (got <= 0)
		return got < 0 ? STEP_FAILED : STEP_WAIT;
	point_to(zip, (size_t)got);
	return STEP_FULL;
}

/* All of it is in the archive. */
static enum step end_sum(struct zip *zip, bool may_wait)
{
	if (zip->apart)
		return may_wait ? STEP_LATER : look_apart(zip);
	if (zip->sum_at < zip->done && !may_wait)
		return STEP_WAIT;
	if (sum_next(zip, 0, may_wait) < 0)
		return STEP_FAILED;
	note_sum(zip);
	return STEP_ON;
}

static enum step add_member(struct zip *zip, bool may_wait)
{
	const struct zip_entry *entry = &zip->entries[zip->at];
	if (!zip->open)
		return open_member(zip, may_wait);
	if (entry->size <= SMALL_MAX)
		return add_small(zip, may_wait);
	if (!zip->begun)
		return begin_member(zip, may_wait);
	if (zip->done < entry->size)
		return add_piece(zip, may_wait);
	return zip->summed ? end_member(zip) : end_sum(zip, may_wait);
}

static enum step add_listing(struct zip *zip)
{
	if (room(zip) < ZIP_CENTRAL_MAX)
		return STEP_FULL;
	if (zip->listed == 0)
		zip->directory = zip->made;
	took(zip, zip_central(&zip->entries[zip->listed], next(zip)));
	zip->listed++;
	return STEP_ON;
}

static enum step add_end(struct zip *zip)
{
	const struct zip_directory directory = {
		.members = zip->files.n,
		.offset = zip->directory,
		.size = zip->made - zip->directory,
	};
	if (room(zip) < ZIP_END_MAX)
		return STEP_FULL;
	took(zip, zip_end(&directory, next(zip)));
	zip->ended = true;
	return STEP_ON;
}

static enum step add_more(struct zip *zip, bool may_wait)
{
	if (zip->at < zip->files.n)
		return add_member(zip, may_wait);
	if (zip->listed < zip->files.n)
		return add_listing(zip);
	return zip->ended ? STEP_END : add_end(zip);
}

static bool is_empty(const struct zip *zip)
{
	return zip->have + zip->run.bytes.n + zip->run.length == 0;
}

static void fill(struct zip *zip, bool may_wait)
{
	if (zip->last == STEP_FAILED)
		return;
	do
		zip->last = add_more(zip, may_wait);
	while (zip->last == STEP_ON);
}

static void start(void *user, uint64_t offset, uint64_t length)
{
	struct zip *zip = user;
	(void)length;
	g_assert(offset == 0);
	zip->buffer = arena_alloc(zip->arena, BUFFER);
}

static enum http_pulled pull(void *user, struct http_run *run)
{
	struct zip *zip = user;
	if (is_empty(zip))
		fill(zip, false);
	if (!is_empty(zip)) {
		*run = zip->run;
		if (zip->have)
			run->bytes = (struct str){zip->buffer, zip->have};
		zip->run = (struct http_run){0};
		zip->have = 0;
		return HTTP_PULLED;
	}
	if (zip->last == STEP_END)
		return HTTP_PULL_END;
	if (zip->last == STEP_LATER)
		return HTTP_PULL_LATER;
	return zip->last == STEP_WAIT ? HTTP_PULL_WORK : HTTP_PULL_FAILED;
}

static void work(void *user)
{
	fill(user, true);
}

static void stop(void *user)
{
	struct zip *zip = user;
	if (zip->open)
		close_member(zip, zip->last == STEP_FAILED);
}

/* What the archive is like to its bytes: other bytes, another text. */
static struct str tag_of(const struct zip *zip, struct arena *arena)
{
	uint8_t digest[CHECKSUM_BYTES];
	struct checksum *sum = checksum_new();
	for (size_t i = 0; i < zip->files.n; i++) {
		const struct zip_member *member = &zip->files.members[i];
		const struct zip_entry *entry = &zip->entries[i];
		uint64_t facts[] = {entry->name.n, entry->size,
				    (uint64_t)entry->modified_s};
		checksum_update(sum, facts, sizeof(facts));
		checksum_update(sum, member->checksum, CHECKSUM_BYTES);
		checksum_update(sum, entry->name.p, entry->name.n);
	}
	checksum_final(sum, digest);
	checksum_free(sum);
	return arena_join(arena, hex_encode(arena, digest, sizeof(digest)),
			  STR("-zip1"));
}

static void name_entries(struct zip *zip, struct arena *arena)
{
	struct zip_names *names = zip_names_new();
	zip->entries =
		arena_zalloc(arena, zip->files.n * sizeof(*zip->entries));
	for (size_t i = 0; i < zip->files.n; i++) {
		const struct zip_member *member = &zip->files.members[i];
		zip->entries[i] = (struct zip_entry){
			.name = zip_names_add(names, member->name, arena),
			.size = member->size,
			.modified_s = member->modified_s,
			.crc_follows = member->size > WHOLE_MAX,
		};
	}
	zip_names_free(names);
}

/* As add_more() will make them; 0: too many. */
static uint64_t count(const struct zip *zip)
{
	uint64_t made = 0;
	struct zip_directory directory = {.members = zip->files.n};
	for (size_t i = 0; i < zip->files.n; i++) {
		struct zip_entry entry = zip->entries[i];
		entry.offset = made;
		if (entry.size > SIZE_MAX_OF_ALL - made)
			return 0;
		made += zip_local(&entry, NULL) + entry.size +
			zip_descriptor(&entry, NULL);
		directory.size += zip_central(&entry, NULL);
	}
	directory.offset = made;
	return made + directory.size + zip_end(&directory, NULL);
}

int content_zip(struct content *out, const struct zip_files *files,
		struct arena *arena, struct err *err)
{
	struct zip *zip = arena_zalloc(arena, sizeof(*zip));
	int64_t modified_s = 0;
	if (files->n > ZIP_MEMBERS_MAX)
		return err_set(err, ERR_LIMIT,
			       "An archive has at most %d files",
			       ZIP_MEMBERS_MAX);
	zip->files = *files;
	zip->arena = arena;
	zip->source = (struct http_source){.start = start,
					   .pull = pull,
					   .work = work,
					   .stop = stop,
					   .user = zip};
	name_entries(zip, arena);
	for (size_t i = 0; i < files->n; i++)
		modified_s = MAX(modified_s, files->members[i].modified_s);
	*out = (struct content){
		.source = &zip->source,
		.fd = -1,
		.size = count(zip),
		.whole = true,
		.modified_s = modified_s,
	};
	if (out->size == 0)
		return err_set(err, ERR_TOO_LARGE,
			       "The archive would be too large");
	content_describe(out, tag_of(zip, arena), STR("application/zip"),
			 arena);
	return 0;
}
