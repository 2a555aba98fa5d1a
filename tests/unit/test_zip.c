/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives that are made while they are sent: src/deliver/zip.h. What comes out
 * is read again here, by its directory, and member by member as those do who
 * unpack while they read.
 */
#include "base/fd.h"
#include "deliver/zip.h"
#include "deliver/zip_record.h"
#include "unit.h"

#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#define SMALL 8192u         /* up to here members are copied */
#define WHOLE 65536u        /* up to here the CRC is in front */
#define KEPT (1024u * 1024) /* of the bytes of a huge archive's end */

/* -- an archive in the making -----------------------------------------------*/

struct fake {
	struct content content;
	unsigned opened, closed;
	uint64_t used;
	bool slow;  /* only without waiting is there nothing */
	bool gone;  /* it cannot be opened */
	bool other; /* it has got another size */
	bool apart; /* its sum is taken beside what sends it */
	bool failed;
};

#define FAKES_MAX 1001

struct world {
	struct arena arena;
	struct sums *sums;
	struct zip_member members[FAKES_MAX];
	struct fake fakes[FAKES_MAX];
	size_t n, open; /* at once */
	struct content content;
	uint64_t length;
	GByteArray *got; /* at least KEPT bytes of the end, or all */
	size_t works;
	size_t held;       /* bytes that were in memory, at most */
	uint64_t in_files; /* that were not */
	enum http_pulled end;
	GMutex mutex; /* of: */
	GCond told;
	unsigned more;
};

static void tell(void *user)
{
	struct world *w = user;
	g_mutex_lock(&w->mutex);
	w->more++;
	g_cond_signal(&w->told);
	g_mutex_unlock(&w->mutex);
}

static void wait_for_more(struct world *w)
{
	g_mutex_lock(&w->mutex);
	while (w->more == 0)
		g_cond_wait(&w->told, &w->mutex);
	w->more = 0;
	g_mutex_unlock(&w->mutex);
}

static int fake_open(void *user, size_t i, bool may_wait,
		     struct zip_opened *out)
{
	struct world *w = user;
	struct fake *fake = &w->fakes[i];
	assert_int_equal(w->open, 0);
	if (fake->slow && !may_wait)
		return ZIP_LATER;
	if (fake->gone)
		return -1;
	if (fake->other)
		fake->content.size++;
	fake->opened++;
	w->open++;
	*out = (struct zip_opened){
		.content = &fake->content,
		.of = {.blob_id = (int64_t)i, .size = fake->content.size},
	};
	if (fake->apart)
		out->apart = (struct summing_for){.more = tell, .user = w};
	return 0;
}

static void fake_close(void *user, size_t i, uint64_t used, bool failed)
{
	struct world *w = user;
	w->open--;
	w->fakes[i].closed++;
	w->fakes[i].used = used;
	w->fakes[i].failed = failed;
}

static int set_up(void **state)
{
	struct world *w = g_new0(struct world, 1);
	arena_init(&w->arena);
	w->sums = sums_new();
	w->got = g_byte_array_new();
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < w->n; i++)
		if (w->fakes[i].content.fd >= 0)
			close(w->fakes[i].content.fd);
	g_byte_array_unref(w->got);
	arena_release(&w->arena);
	sums_free(w->sums);
	g_free(w);
	return 0;
}

static struct fake *add(struct world *w, struct str name, uint64_t size, int fd)
{
	size_t i = w->n++;
	w->members[i] = (struct zip_member){
		.name = name,
		.size = size,
		.modified_s = 1700000001 + (int64_t)i,
		.checksum = {(uint8_t)i},
	};
	w->fakes[i].content = (struct content){.fd = fd, .size = size};
	return &w->fakes[i];
}

static char byte_at(size_t member, uint64_t i)
{
	return (char)(member * 31 + i * 7 + i / 251);
}

static char *bytes_of(struct world *w, size_t member, size_t n)
{
	char *bytes = arena_alloc(&w->arena, n);
	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_at(member, i);
	return bytes;
}

static struct fake *add_bytes(struct world *w, struct str name, size_t n)
{
	struct fake *fake = add(w, name, n, -1);
	fake->content.bytes = (struct str){bytes_of(w, w->n - 1, n), n};
	return fake;
}

static struct fake *add_file(struct world *w, struct str name, size_t n)
{
	int fd = memfd_create("member", MFD_CLOEXEC);
	const char *bytes = bytes_of(w, w->n, n);
	assert_int_equal(write(fd, bytes, n), n);
	return add(w, name, n, fd);
}

static struct zip_files files_of(struct world *w)
{
	return (struct zip_files){.members = w->members,
				  .n = w->n,
				  .sums = w->sums,
				  .open = fake_open,
				  .close = fake_close,
				  .user = w};
}

static void describe(struct world *w)
{
	const struct zip_files files = files_of(w);
	struct err err;
	assert_int_equal(content_zip(&w->content, &files, &w->arena, &err), 0);
}

static void take(struct world *w, struct str bytes)
{
	assert_true(bytes.n > 0);
	w->length += bytes.n;
	if (w->content.size > 16u * KEPT && w->got->len > 8 * KEPT)
		g_byte_array_remove_range(w->got, 0, w->got->len - KEPT);
	g_byte_array_append(w->got, (const guint8 *)bytes.p, (guint)bytes.n);
}

static void take_run(struct world *w, const struct http_run *run)
{
	static char piece[65536];
	w->held = MAX(w->held, run->bytes.n);
	w->in_files += run->length;
	if (run->bytes.n)
		take(w, run->bytes);
	for (uint64_t done = 0; done < run->length;) {
		size_t n = (size_t)MIN(sizeof(piece), run->length - done);
		assert_int_equal(
			fd_read(run->fd, piece, n, (off_t)(run->offset + done)),
			n);
		take(w, (struct str){piece, n});
		done += n;
	}
	assert_true(run->bytes.n + run->length > 0);
}

/* As http/send.c does; at most so many pulls. */
static void pull_all(struct world *w, size_t most)
{
	const struct http_source *source = w->content.source;
	source->start(source->user, 0, w->content.size);
	for (w->end = HTTP_PULLED; most-- && w->end == HTTP_PULLED;) {
		struct http_run run = {0};
		w->end = source->pull(source->user, &run);
		if (w->end == HTTP_PULLED) {
			take_run(w, &run);
		} else if (w->end == HTTP_PULL_WORK) {
			source->work(source->user);
			w->works++;
			w->end = HTTP_PULLED;
		} else if (w->end == HTTP_PULL_LATER) {
			wait_for_more(w);
			w->end = HTTP_PULLED;
		}
	}
	source->stop(source->user);
	assert_int_equal(w->open, 0);
}

static void make(struct world *w)
{
	describe(w);
	pull_all(w, SIZE_MAX);
	assert_int_equal(w->end, HTTP_PULL_END);
	assert_int_equal(w->length, w->content.size);
	for (size_t i = 0; i < w->n; i++) {
		assert_int_equal(w->fakes[i].opened, 1);
		assert_int_equal(w->fakes[i].closed, 1);
		assert_int_equal(w->fakes[i].used, w->members[i].size);
	}
}

/* -- an archive that is read ------------------------------------------------*/

static uint64_t number(const guint8 *p, size_t bytes)
{
	uint64_t value = 0;
	for (size_t i = bytes; i-- > 0;)
		value = value << 8 | p[i];
	return value;
}

struct listed {
	struct str name;
	unsigned flags, version;
	uint32_t crc;
	uint64_t size, packed, offset;
	uint64_t modified_s;
	unsigned dos_time, dos_date;
};

/* The bytes of the archive from `offset` on, among those that were kept. */
static const guint8 *at(const struct world *w, uint64_t offset)
{
	uint64_t first = w->length - w->got->len;
	assert_true(offset >= first && offset < w->length);
	return w->got->data + (offset - first);
}

static void read_extra(struct listed *l, const guint8 *p, size_t n)
{
	const guint8 *end = p + n;
	while (p < end) {
		uint64_t id = number(p, 2), length = number(p + 2, 2);
		const guint8 *value = p + 4;
		if (id == 0x5455) {
			assert_int_equal(length, 5);
			l->modified_s = number(value + 1, 4);
		}
		uint64_t *const longs[] = {&l->size, &l->packed, &l->offset};
		for (size_t i = 0; id == 1 && i < COUNT(longs); i++)
			if (*longs[i] == 0xffffffff) {
				*longs[i] = number(value, 8);
				value += 8;
			}
		assert_true(id != 1 || value == p + 4 + length);
		p += 4 + length;
	}
	assert_ptr_equal(p, end);
}

/* Returns what follows. */
static const guint8 *read_listed(const guint8 *p, struct listed *l)
{
	size_t name = (size_t)number(p + 28, 2);
	size_t extra = (size_t)number(p + 30, 2);
	assert_int_equal(number(p, 4), 0x02014b50);
	*l = (struct listed){
		.name = {(const char *)p + 46, name},
		.version = (unsigned)number(p + 6, 2),
		.flags = (unsigned)number(p + 8, 2),
		.dos_time = (unsigned)number(p + 12, 2),
		.dos_date = (unsigned)number(p + 14, 2),
		.crc = (uint32_t)number(p + 16, 4),
		.packed = number(p + 20, 4),
		.size = number(p + 24, 4),
		.offset = number(p + 42, 4),
	};
	assert_int_equal(number(p + 10, 2), 0);
	assert_int_equal(number(p + 38, 4) >> 16, 0100644);
	read_extra(l, p + 46 + name, extra);
	assert_int_equal(l->size, l->packed);
	return p + 46 + name + extra;
}

static const guint8 *read_directory(const struct world *w, size_t *n)
{
	const guint8 *end = w->got->data + w->got->len - 22;
	assert_int_equal(number(end, 4), 0x06054b50);
	uint64_t members = number(end + 10, 2), size = number(end + 12, 4);
	uint64_t offset = number(end + 16, 4);
	uint64_t behind = w->length - 22;
	if (offset == 0xffffffff) {
		const guint8 *locator = end - 20, *record = end - 76;
		assert_int_equal(number(locator, 4), 0x07064b50);
		assert_ptr_equal(at(w, number(locator + 8, 8)), record);
		assert_int_equal(number(record, 4), 0x06064b50);
		assert_int_equal(number(record + 4, 8), 44);
		assert_int_equal(number(record + 32, 8), members);
		size = number(record + 40, 8);
		offset = number(record + 48, 8);
		behind -= 76;
	}
	assert_int_equal(offset + size, behind);
	*n = (size_t)members;
	return at(w, offset);
}

/* The local header and what is behind it. Returns the offset of what follows.
 */
static uint64_t check_member(const struct world *w, const struct listed *l)
{
	const guint8 *p = at(w, l->offset);
	size_t name = (size_t)number(p + 26, 2);
	size_t extra = (size_t)number(p + 28, 2);
	bool follows = l->flags & 8;
	assert_int_equal(number(p, 4), 0x04034b50);
	assert_int_equal(number(p + 6, 2), l->flags);
	assert_int_equal(number(p + 14, 4), follows ? 0 : l->crc);
	assert_int_equal(number(p + 18, 4), follows ? 0 : l->size);
	assert_int_equal(number(p + 22, 4), follows ? 0 : l->size);
	assert_str((struct str){(const char *)p + 30, name}, l->name);
	const guint8 *bytes = p + 30 + name + extra;
	assert_int_equal(crc32(0, bytes, (uInt)l->size), l->crc);
	const guint8 *behind = bytes + l->size;
	if (follows) {
		assert_int_equal(number(behind, 4), 0x08074b50);
		assert_int_equal(number(behind + 4, 4), l->crc);
		assert_int_equal(number(behind + 8, 4), l->size);
		assert_int_equal(number(behind + 12, 4), l->size);
		behind += 16;
	}
	return l->offset + (uint64_t)(behind - p);
}

/* All of a small archive, whose members are those that byte_at() gives. */
static void check(const struct world *w)
{
	size_t n;
	uint64_t follows = 0;
	const guint8 *p = read_directory(w, &n);
	assert_int_equal(n, w->n);
	for (size_t i = 0; i < n; i++) {
		struct listed l;
		p = read_listed(p, &l);
		assert_int_equal(l.offset, follows);
		assert_int_equal(l.size, w->members[i].size);
		assert_int_equal(l.modified_s, w->members[i].modified_s);
		assert_int_equal(l.flags & 0x800, 0x800);
		assert_int_equal(l.version, 20);
		follows = check_member(w, &l);
		const guint8 *bytes = at(w, l.offset) + 30 + l.name.n + 9;
		for (size_t j = 0; j < l.size; j++)
			if ((char)bytes[j] != byte_at(i, j))
				fail_msg("byte %zu of member %zu", j, i);
	}
}

/* -- tests ------------------------------------------------------------------*/

static void members_of_all_sizes_come_out_as_they_are(void **state)
{
	static const size_t sizes[] = {
		0,         1,         100,   SMALL - 1, SMALL,
		SMALL + 1, WHOLE - 1, WHOLE, WHOLE + 1, 99999,
		262144,    1048576,   7,     1048577,   262144 - 41,
	};
	struct world *w = *state;
	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		struct str name = arena_printf(&w->arena, "member %zu", i);
		size_t size = sizes[i % COUNT(sizes)];
		if (i % 2)
			add_bytes(w, name, size);
		else
			add_file(w, name, size)->slow = i % 3 == 0;
	}
	make(w);
	assert_true(w->works > 0);
	check(w);
}

#define LARGE (12u * KEPT)

static void what_is_large_is_summed_beside_what_sends_it(void **state)
{
	struct world *w = *state;
	uint32_t crc;
	add_bytes(w, STR("before"), 99999);
	add_file(w, STR("large"), LARGE)->apart = true;
	add_file(w, STR("behind"), 99999)->apart = true;
	make(w);
	check(w);
	const struct sums_of of = {.blob_id = 1, .size = LARGE};
	assert_true(sums_find(w->sums, &of, &crc));
}

/* It holds a place of the crew's. */
struct holding {
	struct crew_task task;
	GMutex mutex;
	GCond ends;
	bool end;
};

static void hold(struct crew_task *task, bool is_late)
{
	struct holding *holding = (struct holding *)task;
	g_mutex_lock(&holding->mutex);
	while (!is_late && !holding->end)
		g_cond_wait(&holding->ends, &holding->mutex);
	g_mutex_unlock(&holding->mutex);
}

static void let_go(struct holding *holding)
{
	g_mutex_lock(&holding->mutex);
	holding->end = true;
	g_cond_signal(&holding->ends);
	g_mutex_unlock(&holding->mutex);
}

static void workers_sum_what_nobody_else_has_time_for(void **state)
{
	struct world *w = *state;
	static struct holding holding[4]; /* static: more than places */
	struct err err;
	for (size_t i = 0; i < COUNT(holding); i++) {
		holding[i].task.owner = (int64_t)i + 1;
		holding[i].task.run = hold;
		assert_int_equal(
			crew_add(sums_crew(w->sums), &holding[i].task, &err),
			0);
	}
	add_file(w, STR("large"), LARGE)->apart = true;
	make(w);
	assert_true(w->works > 0);
	check(w);
	for (size_t i = 0; i < COUNT(holding); i++)
		let_go(&holding[i]);
}

static void a_client_that_goes_ends_what_is_summed_for_it(void **state)
{
	struct world *w = *state;
	add_file(w, STR("large"), LARGE)->apart = true;
	describe(w);
	pull_all(w, 3);
	assert_int_equal(w->end, HTTP_PULLED);
	assert_int_equal(w->fakes[0].closed, 1);
}

static void only_what_is_read_before_its_header_has_its_crc_there(void **state)
{
	struct world *w = *state;
	struct listed l;
	size_t n;
	add_bytes(w, STR("short"), WHOLE);
	add_bytes(w, STR("long"), WHOLE + 1);
	make(w);
	const guint8 *p = read_listed(read_directory(w, &n), &l);
	assert_int_equal(l.flags & 8, 0);
	read_listed(p, &l);
	assert_int_equal(l.flags & 8, 8);
}

static void again(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		w->fakes[i].opened = w->fakes[i].closed = 0;
	g_byte_array_set_size(w->got, 0);
	w->length = 0;
}

/* Its bytes are zeros from then on. */
static void wipe(int fd, size_t size)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
}

static void what_has_been_summed_is_not_read_again(void **state)
{
	static const size_t sizes[] = {SMALL + 1, WHOLE, WHOLE + 1,
				       3u * 1024 * 1024};
	struct world *w = *state;
	struct listed l;
	size_t n;
	for (size_t i = 0; i < COUNT(sizes); i++)
		add_file(w, STR("f"), sizes[i])->slow = i % 2;
	make(w);
	check(w);
	struct str tag = w->content.etag;
	again(w);
	for (size_t i = 0; i < w->n; i++)
		wipe(w->fakes[i].content.fd, sizes[i]);
	make(w);
	assert_str(w->content.etag, tag);
	const guint8 *p = read_directory(w, &n);
	for (size_t i = 0; i < n; i++) {
		p = read_listed(p, &l);
		const char *bytes = bytes_of(w, i, sizes[i]);
		assert_int_equal(
			l.crc, crc32(0, (const Bytef *)bytes, (uInt)sizes[i]));
	}
}

static void only_as_much_as_was_read_in_whole_is_known(void **state)
{
	struct world *w = *state;
	add_file(w, STR("f"), 3u * 1024 * 1024);
	describe(w);
	pull_all(w, 3);
	assert_true(w->length > 0 && w->length < w->content.size);
	again(w);
	make(w);
	check(w);
}

static void what_is_known_and_not_there_any_more_fails(void **state)
{
	struct world *w = *state;
	const uint64_t n = 3u * 1024 * 1024;
	struct fake *fake = add_file(w, STR("f"), n);
	make(w);
	for (uint64_t left = n - 1; left > 1000; left -= n / 7) {
		again(w);
		assert_int_equal(ftruncate(fake->content.fd, (off_t)left), 0);
		describe(w);
		pull_all(w, SIZE_MAX);
		assert_int_equal(w->end, HTTP_PULL_FAILED);
		assert_true(fake->failed);
		assert_in_range(w->length, 1, left + ZIP_LOCAL_MAX);
	}
}

static void what_is_in_files_takes_no_memory(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < 300; i++)
		add_file(w, STR("f"), i * 100)->slow = i % 7 == 0;
	add_file(w, STR("large"), 2u * 1024 * 1024);
	make(w);
	check(w);
	assert_in_range(w->held, 1, 16384);
	assert_in_range(w->in_files, 5u * 1024 * 1024, w->length);
}

static void as_many_as_there_may_be_are_one_archive(void **state)
{
	struct world *w = *state;
	struct err err;
	for (size_t i = 0; i < ZIP_MEMBERS_MAX; i++)
		add_bytes(w, STR("\xc3\xbc.jpg"), i % 50);
	make(w);
	check(w);
	add_bytes(w, STR("one more"), 1);
	const struct zip_files files = files_of(w);
	assert_int_equal(content_zip(&w->content, &files, &w->arena, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

static void names_are_safe_and_each_there_once(void **state)
{
	static const struct {
		const char *wanted, *given;
	} rows[] = {
		{"a.jpg", "a.jpg"},
		{"a.jpg", "a (1).jpg"},
		{"A.JPG", "A (2).JPG"},
		{"a (1).jpg", "a (1) (1).jpg"},
		{"a.jpg", "a (3).jpg"},
		{"\xc3\xa4", "\xc3\xa4"},
		{"a\xcc\x88", "a\xcc\x88 (1)"}, /* the same letter, in two */
		{".profile", ".profile"},
		{".profile", ".profile (1)"},
		{"", "file"},
		{".", "file (1)"},
		{"..", "file (2)"},
		{"../../etc/passwd", "passwd"},
		{"/x/y/..", "file (3)"},
		{"..\\..\\evil.dll", "evil.dll"},
		{"folder/", "file (4)"},
		{"C:evil", "C_evil"},
		{"line\nfeed\x7f", "line_feed_"},
		{"\xff\xfe.bin", "__.bin"},
		{"tar.gz.", "tar.gz."},
		{"tar.gz.", "tar.gz (1)."},
	};
	struct world *w = *state;
	struct listed l;
	size_t n;
	for (size_t i = 0; i < COUNT(rows); i++)
		add_bytes(w, str_of(rows[i].wanted), 3);
	make(w);
	const guint8 *p = read_directory(w, &n);
	for (size_t i = 0; i < n; i++) {
		p = read_listed(p, &l);
		assert_str(l.name, str_of(rows[i].given));
	}
}

static void a_name_of_any_length_fits(void **state)
{
	struct world *w = *state;
	struct listed l;
	size_t n;
	char *name = arena_alloc(&w->arena, 9000);
	memset(name, 'n', 9000);
	for (size_t i = 0; i < 300; i += 2)
		memcpy(name + i, "\xc3\xbc", 2);
	add_bytes(w, (struct str){name, 9000}, 3);
	add_bytes(w, (struct str){name, 9000}, 3);
	make(w);
	const guint8 *p = read_listed(read_directory(w, &n), &l);
	assert_str(l.name, (struct str){name, 254});
	read_listed(p, &l);
	assert_str(l.name, arena_printf(&w->arena, "%.254s (1)", name));
}

static void dates_that_cannot_be_written_are_moved(void **state)
{
	static const struct {
		int64_t given, seconds;
		unsigned date, time;
	} rows[] = {
		{-5, 315532800, 0x0021, 0},
		{1700000001, 1700000001, 43 << 9 | 11 << 5 | 14,
		 22 << 11 | 13 << 5 | 10},
		{INT64_MAX, 4354819198 & 0xffffffff, 127 << 9 | 12 << 5 | 31,
		 23 << 11 | 59 << 5 | 29},
	};
	struct world *w = *state;
	struct listed l;
	size_t n;
	for (size_t i = 0; i < COUNT(rows); i++) {
		add_bytes(w, STR("x"), 1);
		w->members[i].modified_s = rows[i].given;
	}
	make(w);
	const guint8 *p = read_directory(w, &n);
	for (size_t i = 0; i < COUNT(rows); i++) {
		p = read_listed(p, &l);
		assert_int_equal(l.modified_s, rows[i].seconds);
		assert_int_equal(l.dos_date, rows[i].date);
		assert_int_equal(l.dos_time, rows[i].time);
	}
}

/* Holes are read as zeros and take no memory. */
static void what_32_bits_cannot_say_is_said_in_64(void **state)
{
	const uint64_t huge = (UINT64_C(1) << 32) + 5;
	struct world *w = *state;
	struct listed l;
	size_t n;
	int fd = memfd_create("huge", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, (off_t)huge), 0);
	add_bytes(w, STR("before"), 10);
	add(w, STR("huge"), huge, fd);
	add_bytes(w, STR("behind"), 10);
	make(w);
	const guint8 *p = read_directory(w, &n);
	assert_int_equal(n, 3);
	p = read_listed(p, &l);
	assert_int_equal(l.version, 20);
	p = read_listed(p, &l);
	assert_int_equal(l.version, 45);
	assert_int_equal(l.size, huge);
	assert_int_equal(l.offset, 30 + 6 + 9 + 10);
	uint64_t behind = l.offset + 30 + 4 + 9 + 20 + huge;
	const guint8 *descriptor = at(w, behind);
	assert_int_equal(number(descriptor, 4), 0x08074b50);
	assert_int_equal(number(descriptor + 4, 4), l.crc);
	assert_int_equal(number(descriptor + 8, 8), huge);
	assert_int_equal(number(descriptor + 16, 8), huge);
	p = read_listed(p, &l);
	assert_int_equal(l.version, 45);
	assert_int_equal(l.size, 10);
	assert_int_equal(l.offset, behind + 24);
	check_member(w, &l);
}

static void
the_header_of_a_long_member_says_how_long_what_follows_is(void **state)
{
	(void)state;
	const struct zip_entry entry = {.name = STR("huge"),
					.size = UINT64_C(0xffffffff),
					.crc_follows = true};
	char header[ZIP_LOCAL_MAX];
	size_t n = zip_local(&entry, header);
	const guint8 *p = (const guint8 *)header;
	assert_int_equal(n, zip_local(&entry, NULL));
	assert_int_equal(n, 30 + 4 + 9 + 20);
	assert_int_equal(number(p + 4, 2), 45);
	assert_int_equal(number(p + 18, 8), UINT64_MAX);
	assert_int_equal(number(p + 43, 4), 0x100001);
	assert_int_equal(number(p + 47, 8), 0);
	assert_int_equal(zip_descriptor(&entry, NULL), 24);
}

static void what_cannot_be_had_any_more_ends_the_archive(void **state)
{
	struct world *w = *state;
	enum {
		GONE,
		GONE_SLOWLY,
		OTHER,
		SHORT,
		SHORT_SLOWLY,
		CASES
	};
	for (int i = 0; i < CASES; i++) {
		add_bytes(w, STR("first"), 20);
		struct fake *fake = add_file(w, STR("second"), 100000);
		add_bytes(w, STR("third"), 20);
		fake->gone = i == GONE || i == GONE_SLOWLY;
		fake->slow = i == GONE_SLOWLY || i == SHORT_SLOWLY;
		fake->other = i == OTHER;
		if (i == SHORT || i == SHORT_SLOWLY)
			assert_int_equal(ftruncate(fake->content.fd, 500), 0);
		describe(w);
		pull_all(w, SIZE_MAX);
		assert_int_equal(w->end, HTTP_PULL_FAILED);
		assert_true(w->length < w->content.size);
		assert_int_equal(fake->opened, fake->closed);
		assert_int_equal(fake->failed, fake->opened > 0);
		assert_false(w->fakes[0].failed);
		assert_int_equal(w->fakes[2].opened, 0);
		close(fake->content.fd);
		memset(w->fakes, 0, sizeof(w->fakes));
		w->n = w->length = 0;
	}
}

static void a_stop_in_the_middle_closes_what_is_open(void **state)
{
	struct world *w = *state;
	struct fake *fake = add_file(w, STR("long"), 3000000);
	describe(w);
	pull_all(w, 3);
	assert_int_equal(fake->opened, 1);
	assert_int_equal(fake->closed, 1);
	assert_true(fake->used > 0 && fake->used < 3000000);
	assert_false(fake->failed);
}

static struct str tag_after(struct world *w,
			    void (*change)(struct zip_member *))
{
	struct zip_member before = w->members[1];
	if (change)
		change(&w->members[1]);
	describe(w);
	w->members[1] = before;
	return w->content.etag;
}

static void rename_it(struct zip_member *member)
{
	member->name = STR("other");
}

static void redate_it(struct zip_member *member)
{
	member->modified_s++;
}

static void resize_it(struct zip_member *member)
{
	member->size++;
}

static void refill_it(struct zip_member *member)
{
	member->checksum[15]++;
}

static void the_tag_is_that_of_the_bytes(void **state)
{
	struct world *w = *state;
	void (*const changes[])(struct zip_member *) = {rename_it, redate_it,
							resize_it, refill_it};
	add_bytes(w, STR("a"), 10);
	add_bytes(w, STR("b"), 10);
	struct str tag = tag_after(w, NULL);
	assert_str(tag_after(w, NULL), tag);
	for (size_t i = 0; i < COUNT(changes); i++)
		assert_false(str_eq(tag_after(w, changes[i]), tag));
	assert_true(str_contains(w->content.fields,
				 STR("Accept-Ranges: none\r\n")));
	assert_int_equal(w->content.modified_s, w->members[1].modified_s);
}

static void more_than_any_file_could_be_is_refused(void **state)
{
	struct world *w = *state;
	struct err err;
	add(w, STR("a"), UINT64_C(1) << 61, -1);
	add(w, STR("b"), UINT64_C(1) << 61, -1);
	add(w, STR("c"), UINT64_MAX, -1);
	const struct zip_files files = files_of(w);
	assert_int_equal(content_zip(&w->content, &files, &w->arena, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
}

int main(void)
{
#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WORLD(members_of_all_sizes_come_out_as_they_are),
		WORLD(what_is_large_is_summed_beside_what_sends_it),
		WORLD(workers_sum_what_nobody_else_has_time_for),
		WORLD(a_client_that_goes_ends_what_is_summed_for_it),
		WORLD(only_what_is_read_before_its_header_has_its_crc_there),
		WORLD(what_has_been_summed_is_not_read_again),
		WORLD(only_as_much_as_was_read_in_whole_is_known),
		WORLD(what_is_known_and_not_there_any_more_fails),
		WORLD(what_is_in_files_takes_no_memory),
		WORLD(as_many_as_there_may_be_are_one_archive),
		WORLD(names_are_safe_and_each_there_once),
		WORLD(a_name_of_any_length_fits),
		WORLD(dates_that_cannot_be_written_are_moved),
		WORLD(what_32_bits_cannot_say_is_said_in_64),
		WORLD(the_header_of_a_long_member_says_how_long_what_follows_is),
		WORLD(what_cannot_be_had_any_more_ends_the_archive),
		WORLD(a_stop_in_the_middle_closes_what_is_open),
		WORLD(the_tag_is_that_of_the_bytes),
		WORLD(more_than_any_file_could_be_is_refused),
	};
	return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
