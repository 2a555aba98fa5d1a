/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The derivative cache: src/derive/cache.h and what it is made of.
 */
#include "base/clock.h"
#include "base/metrics.h"
#include "derive/gone.h"
#include "derive_fixture.h"

#include <signal.h>
#include <sys/resource.h>

#define SMALL ((size_t)1000)
#define LARGE ((size_t)200 * 1024)
#define SMALL_ON_DISK 4096
#define LARGE_ON_DISK (LARGE + 4096)

static const struct derive_limits roomy = {
	.max_bytes = 64u << 20,
	.max_files = 1000,
	.memory = 4u << 20,
	.descriptors = 16,
};

static struct derive_cache *cache;

static void open_with(const struct derive_limits *limits)
{
	const struct derive_cache_options options = {.dir = dir,
						     .limits = *limits};
	struct err err;
	assert_int_equal(derive_cache_new(&cache, &options, &err), 0);
	derive_cache_settle(cache);
}

static void reopen_with(const struct derive_limits *limits)
{
	derive_cache_free(cache);
	open_with(limits);
}

static int begin(void **state)
{
	make_dir(state);
	open_with(&roomy);
	return 0;
}

static int end(void **state)
{
	derive_cache_free(cache);
	assert_int_equal(metric_get(METRIC_DERIVED_FILES), 0);
	assert_int_equal(metric_get(METRIC_DERIVED_BYTES), 0);
	return remove_dir(state);
}

static void put(const struct derive_key *key, unsigned n, size_t size)
{
	struct derivative *derivative = picture(n, size);
	derive_cache_put(cache, key, derivative);
	derivative_unref(derivative);
	derive_cache_settle(cache);
}

static enum derive_place find(const struct derive_key *key)
{
	struct derivative *found;
	enum derive_place place = derive_cache_find(cache, key, &found);
	assert_int_equal(found != NULL, place == DERIVE_IN_MEMORY);
	derivative_unref(found);
	return place;
}

/* From wherever it is. */
static void assert_cached(const struct derive_key *key, unsigned n, size_t size)
{
	struct derivative *found;
	enum derive_place place = derive_cache_find(cache, key, &found);
	assert_int_not_equal(place, DERIVE_NOWHERE);
	if (place == DERIVE_ON_DISK)
		found = derive_cache_read(cache, key, MODIFIED_S);
	assert_non_null(found);
	assert_picture(found, n, size);
	derivative_unref(found);
}

static void assert_gone(const struct derive_key *key)
{
	assert_int_equal(find(key), DERIVE_NOWHERE);
	assert_null(derive_cache_read(cache, key, MODIFIED_S));
	assert_false(is_on_disk(key));
}

static void a_key_is_all_that_a_picture_depends_on(void **state)
{
	(void)state;
	struct derive_content contents[] = {
		{1, 7, {1}}, {1, 8, {2}}, {1, 9, {3}}};
	struct derive_key keys[8], first;
	size_t n = 0;
	derive_key(contents, 1, STR("a"), &first);
	derive_key(contents, 1, STR("a"), &keys[n]);
	assert_memory_equal(&keys[n++], &first, sizeof(first));
	derive_key(contents, 1, STR("b"), &keys[n++]);
	derive_key(contents, 2, STR("a"), &keys[n++]);
	contents[1].checksum[0]++;
	derive_key(contents, 2, STR("a"), &keys[n++]);
	contents[1].blob_id++;
	derive_key(contents, 2, STR("a"), &keys[n++]);
	contents[0].checksum[0]++;
	derive_key(contents, 1, STR("a"), &keys[n++]);
	contents[0].store++;
	derive_key(contents, 1, STR("a"), &keys[n++]);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(keys[i].picture,
						keys[j].picture,
						DERIVE_PICTURE_BYTES);
}

static void a_key_is_read_from_its_name(void **state)
{
	(void)state;
	struct derive_key key = key_of(5, 6), again;
	char name[DERIVE_NAME_LEN + 1];
	derive_key_name(&key, name);
	assert_true(derive_key_parse(str_of(name + 3), &again));
	assert_memory_equal(&again, &key, sizeof(key));
	assert_false(derive_key_parse(str_of(name), &again));
	name[10] = 'g';
	assert_false(derive_key_parse(str_of(name + 3), &again));
}

static void small_ones_are_in_memory_and_on_disk(void **state)
{
	(void)state;
	struct derive_key key = key_of(1, 1);
	struct stat info;
	assert_gone(&key);
	put(&key, 1, SMALL);
	assert_int_equal(find(&key), DERIVE_IN_MEMORY);
	assert_cached(&key, 1, SMALL);
	assert_int_equal(stat(path_of(&key), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(metric_get(METRIC_DERIVED_FILES), 1);
	assert_int_equal(metric_get(METRIC_DERIVED_BYTES), SMALL_ON_DISK);
}

static void large_ones_are_opened_from_the_disk(void **state)
{
	(void)state;
	struct derive_key key = key_of(1, 1);
	put(&key, 1, LARGE);
	assert_int_equal(find(&key), DERIVE_ON_DISK);
	assert_cached(&key, 1, LARGE);
	assert_int_equal(find(&key), DERIVE_IN_MEMORY);
	assert_cached(&key, 1, LARGE);
}

static void last_modified_is_that_of_the_source(void **state)
{
	(void)state;
	struct arena arena;
	struct derivative *derivative = picture(1, SMALL);
	arena_init(&arena);
	assert_ptr_equal(derivative_content(derivative, MODIFIED_S, &arena),
			 &derivative->content);
	const struct content *other =
		derivative_content(derivative, MODIFIED_S + 1, &arena);
	assert_int_equal(other->modified_s, MODIFIED_S + 1);
	assert_str(other->etag, derivative->content.etag);
	assert_str(other->bytes, derivative->content.bytes);
	assert_true(str_contains(other->fields, STR("22:13:21 GMT")));
	arena_release(&arena);
	derivative_unref(derivative);
}

static void what_is_there_outlives_the_process(void **state)
{
	(void)state;
	struct derive_key small = key_of(1, 1), large = key_of(1, 2);
	put(&small, 1, SMALL);
	put(&large, 2, LARGE);
	reopen_with(&roomy);
	assert_int_equal(metric_get(METRIC_DERIVED_FILES), 2);
	assert_int_equal(metric_get(METRIC_DERIVED_BYTES),
			 SMALL_ON_DISK + LARGE_ON_DISK);
	assert_int_equal(find(&small), DERIVE_ON_DISK);
	assert_cached(&small, 1, SMALL);
	assert_int_equal(find(&small), DERIVE_IN_MEMORY);
	assert_cached(&large, 2, LARGE);
}

/* The clock has moved on, so that uses are in an order. */
static void next_ms(void)
{
	for (int64_t now = now_ms(); now_ms() == now;)
		g_usleep(100);
}

static void use(const struct derive_key *key)
{
	next_ms();
	find(key);
	next_ms();
}

static void who_was_used_least_recently_goes_first(void **state)
{
	(void)state;
	struct derive_limits three = roomy;
	struct derive_key keys[5];
	int64_t evictions = metric_get(METRIC_DERIVED_EVICTIONS);
	three.max_files = 3;
	three.memory = 0;
	reopen_with(&three);
	for (unsigned i = 0; i < COUNT(keys); i++)
		keys[i] = key_of(i, i);
	for (unsigned i = 0; i < 3; i++)
		put(&keys[i], i, SMALL);
	use(&keys[0]);
	put(&keys[3], 3, SMALL);
	assert_gone(&keys[1]);
	assert_int_equal(find(&keys[0]), DERIVE_ON_DISK);
	put(&keys[4], 4, SMALL);
	assert_gone(&keys[2]);
	assert_cached(&keys[0], 0, SMALL);
	assert_cached(&keys[3], 3, SMALL);
	assert_cached(&keys[4], 4, SMALL);
	assert_int_equal(metric_get(METRIC_DERIVED_EVICTIONS), evictions + 2);
}

static void bytes_have_a_bound_too(void **state)
{
	(void)state;
	struct derive_limits two = roomy;
	struct derive_key keys[3], huge = key_of(9, 9);
	two.max_bytes = 2 * LARGE_ON_DISK;
	reopen_with(&two);
	for (unsigned i = 0; i < COUNT(keys); i++) {
		keys[i] = key_of(i, i);
		put(&keys[i], i, LARGE);
	}
	assert_gone(&keys[0]);
	assert_cached(&keys[1], 1, LARGE);
	assert_cached(&keys[2], 2, LARGE);
	assert_int_equal(metric_get(METRIC_DERIVED_BYTES), 2 * LARGE_ON_DISK);
	/* what would not fit alone takes nobody's place */
	put(&huge, 9, 3 * LARGE);
	assert_gone(&huge);
	assert_cached(&keys[1], 1, LARGE);
	assert_cached(&keys[2], 2, LARGE);
}

static void the_order_outlives_the_process(void **state)
{
	(void)state;
	struct derive_limits two = roomy;
	struct derive_key keys[4];
	for (unsigned i = 0; i < COUNT(keys); i++) {
		keys[i] = key_of(i, i);
		put(&keys[i], i, SMALL);
		next_ms();
	}
	use(&keys[1]);
	use(&keys[0]);
	two.max_files = 2;
	reopen_with(&two);
	assert_cached(&keys[0], 0, SMALL);
	assert_cached(&keys[1], 1, SMALL);
	assert_gone(&keys[2]);
	assert_gone(&keys[3]);
}

static void memory_has_a_bound(void **state)
{
	(void)state;
	struct derive_limits little = roomy;
	struct derive_key keys[40];
	unsigned in_memory = 0;
	little.memory = 20 * SMALL;
	reopen_with(&little);
	for (unsigned i = 0; i < COUNT(keys); i++) {
		keys[i] = key_of(i, i);
		put(&keys[i], i, SMALL);
	}
	for (unsigned i = 0; i < COUNT(keys); i++)
		in_memory += find(&keys[i]) == DERIVE_IN_MEMORY;
	assert_in_range(in_memory, 5, 20);
	assert_int_equal(find(&keys[COUNT(keys) - 1]), DERIVE_IN_MEMORY);
	for (unsigned i = 0; i < COUNT(keys); i++)
		assert_cached(&keys[i], i, SMALL);
}

static void open_files_have_a_bound(void **state)
{
	(void)state;
	struct derive_limits four = roomy;
	struct derive_key keys[10];
	unsigned open = 0;
	four.descriptors = 4;
	reopen_with(&four);
	for (unsigned i = 0; i < COUNT(keys); i++) {
		keys[i] = key_of(i, i);
		put(&keys[i], i, LARGE);
		assert_cached(&keys[i], i, LARGE);
	}
	for (unsigned i = 0; i < COUNT(keys); i++)
		open += find(&keys[i]) == DERIVE_IN_MEMORY;
	/* keys depend on the version, and so do their shards */
	assert_in_range(open, 1, 4);
}

/* The ways in which a file can be other than it was written. */
static void cut(const char *path)
{
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(truncate(path, info.st_size / 2), 0);
}

static void empty(const char *path)
{
	assert_int_equal(truncate(path, 0), 0);
}

static void flip_at(const char *path, off_t at, int whence)
{
	char byte;
	int fd = open(path, O_RDWR);
	off_t place = lseek(fd, at, whence);
	assert_int_equal(pread(fd, &byte, 1, place), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, place), 1);
	close(fd);
}

static void flip_the_first_byte(const char *path)
{
	flip_at(path, 0, SEEK_SET);
}

static void flip_in_the_foot(const char *path)
{
	flip_at(path, -30, SEEK_END);
}

static void flip_in_the_size(const char *path)
{
	flip_at(path, -88, SEEK_END);
}

static void put_another_there(const char *path)
{
	struct derive_key other = key_of(77, 77);
	g_autofree char *mine = g_strdup(path);
	put(&other, 77, SMALL);
	assert_int_equal(rename(path_of(&other), mine), 0);
}

static void make_it_a_folder(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void (*const damages[])(const char *path) = {
	cut,
	empty,
	flip_the_first_byte,
	flip_in_the_foot,
	flip_in_the_size,
	put_another_there,
};

static void a_damaged_file_is_never_served(void **state)
{
	(void)state;
	static const size_t sizes[] = {SMALL, LARGE};
	for (unsigned i = 0; i < COUNT(damages) * COUNT(sizes); i++) {
		struct derive_key key = key_of(i, i);
		size_t size = sizes[i % COUNT(sizes)];
		int64_t damaged = metric_get(METRIC_DERIVED_DAMAGED);
		put(&key, i, size);
		g_autofree char *path = g_strdup(path_of(&key));
		damages[i / COUNT(sizes)](path);
		reopen_with(&roomy);
		assert_int_equal(find(&key), DERIVE_ON_DISK);
		assert_null(derive_cache_read(cache, &key, MODIFIED_S));
		assert_int_equal(metric_get(METRIC_DERIVED_DAMAGED),
				 damaged + 1);
		assert_gone(&key);
		put(&key, i, size);
		assert_cached(&key, i, size);
	}
}

static void what_is_no_file_is_passed_over(void **state)
{
	(void)state;
	struct derive_key key = key_of(1, 1);
	put(&key, 1, SMALL);
	make_it_a_folder(path_of(&key));
	reopen_with(&roomy);
	assert_int_equal(find(&key), DERIVE_NOWHERE);
	assert_null(derive_cache_read(cache, &key, MODIFIED_S));
}

static void make_it_a_pipe(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_it_a_link(const char *path)
{
	g_autofree char *other = g_strconcat(path, "~", NULL);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
}

static void make_it_a_device(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/zero", path), 0);
}

static void (*const impostors[])(const char *path) = {
	make_it_a_folder,
	make_it_a_pipe,
	make_it_a_link,
	make_it_a_device,
};

/* Nobody waits for it either. */
static void what_takes_the_place_of_a_file_is_removed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(impostors); i++) {
		struct derive_key key = key_of(i, i);
		int64_t damaged = metric_get(METRIC_DERIVED_DAMAGED);
		put(&key, i, SMALL);
		g_autofree char *path = g_strdup(path_of(&key));
		reopen_with(&roomy);
		assert_int_equal(find(&key), DERIVE_ON_DISK);
		impostors[i](path);
		assert_null(derive_cache_read(cache, &key, MODIFIED_S));
		assert_int_equal(metric_get(METRIC_DERIVED_DAMAGED),
				 damaged + 1);
		assert_gone(&key);
		put(&key, i, SMALL);
		assert_cached(&key, i, SMALL);
	}
}

static void a_file_that_went_is_made_again(void **state)
{
	(void)state;
	struct derive_key key = key_of(1, 1);
	put(&key, 1, LARGE);
	assert_int_equal(unlink(path_of(&key)), 0);
	assert_null(derive_cache_read(cache, &key, MODIFIED_S));
	assert_gone(&key);
	put(&key, 1, LARGE);
	assert_cached(&key, 1, LARGE);
}

static void what_was_never_whole_goes_at_the_start(void **state)
{
	(void)state;
	g_autofree char *torn =
		g_build_filename(dir, "derived/new/0000000000000007", NULL);
	g_autofree char *foreign =
		g_build_filename(dir, "derived/notes.txt", NULL);
	assert_true(g_file_set_contents(torn, "torn", -1, NULL));
	assert_true(g_file_set_contents(foreign, "mine", -1, NULL));
	reopen_with(&roomy);
	assert_int_not_equal(access(torn, F_OK), 0);
	assert_int_equal(access(foreign, F_OK), 0);
}

static void a_purge_takes_one_source(void **state)
{
	(void)state;
	const struct derive_content source = {.store = 1, .blob_id = 3};
	struct derive_key keys[30], other = key_of(4, 1);
	put(&other, 99, SMALL);
	for (unsigned i = 0; i < COUNT(keys); i++) {
		keys[i] = key_of(3, i);
		put(&keys[i], i, i % 3 ? SMALL : LARGE);
	}
	derive_cache_purge(cache, &source);
	for (unsigned i = 0; i < COUNT(keys); i++)
		assert_gone(&keys[i]);
	assert_cached(&other, 99, SMALL);
	put(&keys[1], 1, SMALL);
	assert_cached(&keys[1], 1, SMALL);
}

/* It does not wait for the start to have looked through everything. */
static void a_purge_reaches_what_was_left(void **state)
{
	(void)state;
	const struct derive_content source = {.store = 1, .blob_id = 3};
	const struct derive_cache_options options = {.dir = dir,
						     .limits = roomy};
	struct derive_key key = key_of(3, 1), other = key_of(4, 1);
	struct err err;
	put(&key, 1, SMALL);
	put(&other, 2, SMALL);
	derive_cache_free(cache);
	assert_int_equal(derive_cache_new(&cache, &options, &err), 0);
	derive_cache_purge(cache, &source);
	derive_cache_settle(cache);
	assert_gone(&key);
	assert_cached(&other, 2, SMALL);
}

static void tools_remove_what_is_gone_from_the_disk(void **state)
{
	(void)state;
	struct derive_key gone[] = {key_of(3, 1), key_of(3, 2), key_of(5, 1)};
	struct derive_key other = key_of(4, 1);
	struct derive_gone *tool = derive_gone_new();
	for (unsigned i = 0; i < COUNT(gone); i++)
		put(&gone[i], i, LARGE);
	put(&other, 9, LARGE);
	derive_gone_add(tool, 1, 3);
	derive_gone_add(tool, 1, 5);
	derive_gone_add(tool, 2, 4);
	derive_gone_end(tool, dir);
	for (unsigned i = 0; i < COUNT(gone); i++) {
		assert_false(is_on_disk(&gone[i]));
		assert_null(derive_cache_read(cache, &gone[i], MODIFIED_S));
		assert_gone(&gone[i]);
	}
	assert_cached(&other, 9, LARGE);
}

static void without_a_disk_there_is_memory(void **state)
{
	(void)state;
	struct derive_limits none = roomy;
	struct derive_key small = key_of(1, 1), large = key_of(1, 2);
	none.max_bytes = 0;
	reopen_with(&none);
	put(&small, 1, SMALL);
	put(&large, 2, LARGE);
	assert_int_equal(find(&small), DERIVE_IN_MEMORY);
	assert_int_equal(find(&large), DERIVE_NOWHERE);
	assert_false(is_on_disk(&small));
	reopen_with(&none);
	assert_gone(&small);
}

static void a_folder_that_cannot_be_made_costs_the_disk_only(void **state)
{
	(void)state;
	struct derive_key key = key_of(1, 1);
	g_autofree char *path = g_build_filename(dir, "derived", NULL);
	derive_cache_free(cache);
	remove_tree(path);
	assert_true(g_file_set_contents(path, "a file", -1, NULL));
	open_with(&roomy);
	put(&key, 1, SMALL);
	assert_cached(&key, 1, SMALL);
}

static void the_folder_may_be_on_another_disk(void **state)
{
	(void)state;
	struct derive_key key = key_of(1, 1);
	g_autofree char *path = g_build_filename(dir, "derived", NULL);
	g_autofree char *elsewhere = g_build_filename(dir, "elsewhere", NULL);
	derive_cache_free(cache);
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	open_with(&roomy);
	put(&key, 1, LARGE);
	assert_cached(&key, 1, LARGE);
}

static void a_write_that_fails_costs_the_disk_only(void **state)
{
	(void)state;
	struct derive_key small = key_of(1, 1), large = key_of(1, 2);
	g_autofree char *path = g_build_filename(dir, "derived/new", NULL);
	int64_t unsaved = metric_get(METRIC_DERIVED_UNSAVED);
	assert_int_equal(rmdir(path), 0);
	assert_true(g_file_set_contents(path, "a file", -1, NULL));
	put(&small, 1, SMALL);
	put(&large, 2, LARGE);
	assert_cached(&small, 1, SMALL);
	assert_int_equal(find(&large), DERIVE_NOWHERE);
	assert_int_equal(metric_get(METRIC_DERIVED_UNSAVED), unsaved + 2);
	assert_int_equal(metric_get(METRIC_DERIVED_FILES), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	put(&large, 2, LARGE);
	assert_cached(&large, 2, LARGE);
}

static void a_full_disk_costs_the_disk_only(void **state)
{
	(void)state;
	struct derive_key key = key_of(1, 1);
	const struct derive_cache_options options = {
		.dir = dir, .limits = roomy, .reserve = UINT64_MAX};
	struct err err;
	int64_t unsaved = metric_get(METRIC_DERIVED_UNSAVED);
	derive_cache_free(cache);
	assert_int_equal(derive_cache_new(&cache, &options, &err), 0);
	put(&key, 1, SMALL);
	assert_cached(&key, 1, SMALL);
	assert_false(is_on_disk(&key));
	assert_int_equal(metric_get(METRIC_DERIVED_UNSAVED), unsaved + 1);
}

/* In the middle of the file. */
static void a_disk_that_becomes_full_leaves_nothing_torn(void **state)
{
	(void)state;
	struct derive_key small = key_of(1, 1), large = key_of(1, 2);
	struct rlimit before, little = {LARGE / 2, LARGE / 2};
	g_autofree char *torn =
		g_build_filename(dir, "derived/new/0000000000000000", NULL);
	struct derivative *derivative = picture(2, LARGE);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	derive_cache_put(cache, &large, derivative);
	derivative_unref(derivative);
	derive_cache_settle(cache);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_gone(&large);
	put(&small, 1, SMALL);
	assert_cached(&small, 1, SMALL);
	assert_int_not_equal(access(torn, F_OK), 0);
}

struct crowd {
	unsigned number;
	GThread *thread;
};

static gpointer use_it(gpointer user)
{
	const struct crowd *one = user;
	for (unsigned i = 0; i < 300; i++) {
		unsigned n = (i * 7 + one->number) % 25;
		size_t size = n % 5 ? SMALL + n : LARGE;
		struct derive_key key = key_of(n % 4, n);
		struct derivative *found;
		const struct derive_content source = {.store = 1,
						      .blob_id = n % 4};
		if (derive_cache_find(cache, &key, &found) == DERIVE_ON_DISK)
			found = derive_cache_read(cache, &key, MODIFIED_S);
		if (found)
			assert_picture(found, n, size);
		else
			derive_cache_put(cache, &key, found = picture(n, size));
		derivative_unref(found);
		if (i % 50 == 49)
			derive_cache_purge(cache, &source);
	}
	return NULL;
}

static void many_threads_use_it_at_once(void **state)
{
	(void)state;
	struct derive_limits tight = roomy;
	struct crowd crowd[6];
	tight.max_files = 10;
	tight.memory = 10 * SMALL;
	tight.descriptors = 2;
	reopen_with(&tight);
	for (unsigned i = 0; i < COUNT(crowd); i++) {
		crowd[i].number = i;
		crowd[i].thread = g_thread_new("user", use_it, &crowd[i]);
	}
	for (unsigned i = 0; i < COUNT(crowd); i++)
		g_thread_join(crowd[i].thread);
	derive_cache_settle(cache);
	assert_in_range(metric_get(METRIC_DERIVED_FILES), 0, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_all_that_a_picture_depends_on),
		cmocka_unit_test(a_key_is_read_from_its_name),
		TEST(small_ones_are_in_memory_and_on_disk),
		TEST(large_ones_are_opened_from_the_disk),
		TEST(last_modified_is_that_of_the_source),
		TEST(what_is_there_outlives_the_process),
		TEST(who_was_used_least_recently_goes_first),
		TEST(bytes_have_a_bound_too),
		TEST(the_order_outlives_the_process),
		TEST(memory_has_a_bound),
		TEST(open_files_have_a_bound),
		TEST(a_damaged_file_is_never_served),
		TEST(what_is_no_file_is_passed_over),
		TEST(what_takes_the_place_of_a_file_is_removed),
		TEST(a_file_that_went_is_made_again),
		TEST(what_was_never_whole_goes_at_the_start),
		TEST(a_purge_takes_one_source),
		TEST(a_purge_reaches_what_was_left),
		TEST(tools_remove_what_is_gone_from_the_disk),
		TEST(without_a_disk_there_is_memory),
		TEST(a_folder_that_cannot_be_made_costs_the_disk_only),
		TEST(the_folder_may_be_on_another_disk),
		TEST(a_write_that_fails_costs_the_disk_only),
		TEST(a_full_disk_costs_the_disk_only),
		TEST(a_disk_that_becomes_full_leaves_nothing_torn),
		TEST(many_threads_use_it_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
